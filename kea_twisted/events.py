"""The log vocabulary: Kea's message identifiers, one row each.

A row is an identifier, a severity, the logger's name below ``kea-dhcp4``, the text with ``{}`` for each argument in
order, and what it tells the administrator. Text is Kea's where tools or people's scripts read it. Code logs with
``if EVENT in log.enabled: log.emit(EVENT, argument, …)``: a disabled event costs one look-up in a set.
"""

from __future__ import annotations

from typing import Final

FATAL: Final = 50
ERROR: Final = 40
WARN: Final = 30
INFO: Final = 20
DEBUG: Final = 10

SEVERITY_NAMES: Final = {FATAL: "FATAL", ERROR: "ERROR", WARN: "WARN", INFO: "INFO", DEBUG: "DEBUG"}


class Event:
    """One kind of log message. Compared and hashed by identity, so that ``in log.enabled`` is cheap."""

    __slots__ = ("identifier", "severity", "debuglevel", "logger", "text", "meaning")

    def __init__(
        self, identifier: str, severity: int, logger: str, text: str, meaning: str = "", *, debuglevel: int = 0
    ) -> None:
        self.identifier = identifier
        self.severity = severity
        self.debuglevel = debuglevel  # only for DEBUG: 0 to 99, Kea uses 0, 10, 15, 40, 45, 50, 55
        self.logger = logger  # "dhcp4", "leases", "ha-hooks" …; "" is kea-dhcp4 itself
        self.text = text
        self.meaning = meaning

    def __repr__(self) -> str:
        return f"<Event {self.identifier}>"


# --- server life ------------------------------------------------------------------------------------------------
DHCP4_STARTING = Event(
    "DHCP4_STARTING", INFO, "dhcp4", "Kea DHCPv4 server version {} ({}) starting", "first line of every start"
)
DHCP4_STARTED = Event(
    "DHCP4_STARTED", INFO, "dhcp4", "Kea DHCPv4 server version {} started", "configured, sockets open, serving"
)
DHCP4_INIT_FAIL = Event(
    "DHCP4_INIT_FAIL", ERROR, "dhcp4", "failed to initialize Kea server: {}", "the process ends with a failure"
)
DHCP4_SHUTDOWN = Event("DHCP4_SHUTDOWN", INFO, "dhcp4", "server shutdown", "the process ends as it was told to")
DHCP4_DYNAMIC_RECONFIGURATION = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION", INFO, "dhcp4", "initiate server reconfiguration using file: {}", "HUP or command"
)
DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", INFO, "dhcp4",
    "dynamic server reconfiguration succeeded with file: {}", "the new configuration is in force",
)
DHCP4_DYNAMIC_RECONFIGURATION_FAIL = Event(
    "DHCP4_DYNAMIC_RECONFIGURATION_FAIL", ERROR, "dhcp4",
    "dynamic server reconfiguration failed with file: {}", "the old configuration stays in force",
)

# --- configuration ----------------------------------------------------------------------------------------------

# --- packets ----------------------------------------------------------------------------------------------------

# --- leases -----------------------------------------------------------------------------------------------------

# --- lease file -------------------------------------------------------------------------------------------------

# --- sockets ----------------------------------------------------------------------------------------------------

# --- commands and HTTP ------------------------------------------------------------------------------------------

# --- high availability ------------------------------------------------------------------------------------------

# --- hooks ------------------------------------------------------------------------------------------------------
