"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import ERROR, INFO, WARN, Event

_LOGGER: Final = "legal-log-hooks"


def _event(identifier: str, severity: int, text: str, meaning: str) -> Event:
    return Event(f"LEGAL_LOG_{identifier}", severity, _LOGGER, text, meaning)


OPENING: Final = _event("STORE_OPEN", INFO, "opening Legal Log file: {}", "the library is loaded")
OPENED: Final = _event("STORE_OPENED", INFO, "Legal store opened: {}", "entries go into this file from now on")
CLOSED: Final = _event("STORE_CLOSED", INFO, "Legal store closed: {}", "no entry goes into this file any more")
SYSLOG_OPENING: Final = _event("SYSLOG_STORE_OPEN", INFO, "opening Legal Syslog: {}", "entries go to syslog")
SYSLOG: Final = Event("LEGAL_LOG_SYSLOG", INFO, "legal-log", "{}", "an entry, for syslog")
LEASE_ERROR: Final = _event(
    "LEASE4_WRITE_ERROR", ERROR, "Could not write to the legal store: {}", "the entry of a lease is lost"
)
COMMAND_ERROR: Final = _event(
    "COMMAND_WRITE_ERROR", ERROR, "Could not write command entry to the legal store: {}",
    "the entry of a command is lost",
)  # fmt: skip
PROGRAM_FAILED: Final = _event(
    "ROTATION_PROGRAM_FAILED", WARN, "the program '{}' of {} {}", "see prerotate and postrotate"
)  # fmt: skip

EVENTS: Final = (OPENING, OPENED, CLOSED, SYSLOG_OPENING, SYSLOG, LEASE_ERROR, COMMAND_ERROR, PROGRAM_FAILED)

OWN: Final = (PROGRAM_FAILED,)
"""Those that Kea's library does not have."""
