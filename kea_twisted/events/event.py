"""One kind of log message."""

from __future__ import annotations

from typing import Final

FATAL: Final = 50
ERROR: Final = 40
WARN: Final = 30
INFO: Final = 20
DEBUG: Final = 10

SEVERITY_NAMES: Final = {FATAL: "FATAL", ERROR: "ERROR", WARN: "WARN", INFO: "INFO", DEBUG: "DEBUG"}


class Event:
    """One kind of log message. Compared and hashed by identity, so that ``in log.enabled`` is cheap.

    ``plain``: its arguments are numbers, addresses, labels of clients, and names that only root gives. There is
    nothing to escape in them, and looking for it would cost a twentieth of a packet.
    """

    __slots__ = ("identifier", "severity", "debuglevel", "logger", "text", "meaning", "form", "plain")

    def __init__(
        self,
        identifier: str,
        severity: int,
        logger: str,
        text: str,
        meaning: str = "",
        *,
        debuglevel: int = 0,
        plain: bool = False,
    ) -> None:
        self.identifier = identifier
        self.severity = severity
        self.debuglevel = debuglevel  # only for DEBUG: 0 to 99, Kea uses 0, 10, 15, 40, 45, 50, 55
        self.logger = logger  # "dhcp4", "leases", "ha-hooks" …; "" is kea-dhcp4 itself
        self.text = text
        self.meaning = meaning
        self.plain = plain
        self.form = text.replace("%", "%%").replace("{}", "%s")  # filled in by %, which is faster than format

    def __repr__(self) -> str:
        return f"<Event {self.identifier}>"
