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


# --- databases ------------------------------------------------------------------------------------------------------

_RECONNECTION: Final = (
    ("ATTEMPT_FAILED", ERROR, "database reconnect failed: {}", "see the next one"),
    ("ATTEMPT_SCHEDULE", INFO, "scheduling attempt {} of {} in {} milliseconds",
     "max-reconnect-tries and reconnect-wait-time"),
    ("FAILED", ERROR, "maximum number of database reconnect attempts: {}, has been exhausted without success",
     "on-fail says whether the server ends"),
)  # fmt: skip


def _of_database(kind: str, product: str) -> tuple[Event, ...]:
    """Return the messages about one kind of database: opened, lost, and the three of reconnections."""
    logger = f"{kind}-fb-hooks"
    prefix = f"LEGAL_LOG_{kind.upper()}"
    opening = Event(f"{kind.upper()}_FB_DB", INFO, logger, f"opening {product} log database: {{}}",
                    "once per configuration")  # fmt: skip
    lost = Event(f"{prefix}_FATAL_ERROR", ERROR, logger, f"Unrecoverable {product} error occurred: {{}}",
                 "entries wait in memory until the connection is back")  # fmt: skip
    rows = [Event(f"{prefix}_DB_RECONNECT_{name}", severity, logger, text, meaning)
            for name, severity, text, meaning in _RECONNECTION]  # fmt: skip
    return (opening, lost, *rows)


PGSQL: Final = _of_database("pgsql", "PostgreSQL")
MYSQL: Final = _of_database("mysql", "MySQL")
NOT_OPENED: Final = _event(
    "DB_OPEN_CONNECTION_WITH_RETRY_FAILED", INFO, "Failed to connect to database: {} with error: {}",
    "retry-on-startup: clients are served, and entries wait",
)  # fmt: skip
OVERFULL: Final = _event(
    "ENTRIES_NOT_KEPT", ERROR, "{} entries wait for the legal log database: those that follow are lost",
    "the memory for them is used up; ENTRIES_LOST has their number later",
)  # fmt: skip
LOST: Final = _event(
    "ENTRIES_LOST", ERROR, "{} entries of the legal log are lost",
    "there was no room for them, the database refused them, or the server ended before they were written",
)  # fmt: skip

EVENTS: Final = (
    OPENING, OPENED, CLOSED, SYSLOG_OPENING, SYSLOG, LEASE_ERROR, COMMAND_ERROR, PROGRAM_FAILED, *PGSQL, *MYSQL,
    NOT_OPENED, OVERFULL, LOST,
)  # fmt: skip

OWN: Final = (PROGRAM_FAILED, OVERFULL, LOST)
"""Those that Kea's library does not have."""
