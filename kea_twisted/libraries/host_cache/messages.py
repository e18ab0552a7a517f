"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, Event

_LOGGER: Final = "host-cache-hooks"


def _done(identifier: str, text: str) -> Event:
    return Event(f"HOST_CACHE_COMMAND_{identifier}", INFO, _LOGGER, text, "a command was carried out")


def _failed(identifier: str, text: str) -> Event:
    return Event(f"HOST_CACHE_COMMAND_{identifier}_FAILED", ERROR, _LOGGER, text, "a command was refused")


def _result(identifier: str, text: str, meaning: str) -> Event:
    return Event(f"HOST_CACHE_{identifier}", DEBUG, _LOGGER, text, meaning, debuglevel=45)


LOADED: Final = Event(
    "HOST_CACHE_INIT_OK", INFO, _LOGGER, "loading Host Cache hooks library successful", "the library is loaded"
)
UNLOADED: Final = Event(
    "HOST_CACHE_DEINIT_OK", INFO, _LOGGER, "unloading Host Cache hooks library successful", "the library is unloaded"
)
CLEAR: Final = _done("CLEAR", "cache-clear command successful")
FLUSH: Final = _done("FLUSH", "cache-flush command successful")
FLUSH_FAILED: Final = _failed("FLUSH", "cache-flush command failed (parameters: {}, reason: {})")
GET: Final = _done("GET", "cache-get command successful (returned: {})")
GET_BY_ID: Final = _done("GET_BY_ID", "cache-get-by-id command successful (returned: {})")
GET_BY_ID_FAILED: Final = _failed("GET_BY_ID", "cache-get-by-id command failed (reason: {})")
INSERT: Final = _done("INSERT", "cache-insert command successful (inserted: {}, overwritten: {})")
INSERT_FAILED: Final = _failed("INSERT", "cache-insert command failed (parameters: {}, reason: {})")
LOAD: Final = _done("LOAD", "cache-load command successful (loaded: {}, overwritten: {})")
LOAD_FAILED: Final = _failed("LOAD", "cache-load command failed (parameters: {}, reason: {})")
REMOVE: Final = _done("REMOVE", "cache-remove command successful (parameters: {})")
REMOVE_FAILED: Final = _failed("REMOVE", "cache-remove command failed (parameters: {}, reason: {})")
SIZE: Final = _done("SIZE", "cache-clear command successful: {}")  # as Kea has it
WRITE: Final = _done("WRITE", "cache-write command successful (dumped: {})")
WRITE_FAILED: Final = _failed("WRITE", "cache-write command failed (parameters: {}, reason: {})")
ADDED: Final = _result("ADD", "add host: {}", "the databases have it, and it will be known without asking again")
FOUND_BY_IDENTIFIER: Final = _result(
    "GET_ONE_SUBNET_ID_IDENTIFIER_HOST", "using subnet id {} and identifier {}, found host: {}",
    "no database is asked for it",
)  # fmt: skip
FOUND_BY_ADDRESS: Final = _result(
    "GET_ONE_SUBNET_ID_ADDRESS4_HOST", "using subnet id {} and address {}, found host: {}",
    "no database is asked for it",
)  # fmt: skip
DELETED_BY_IDENTIFIER: Final = _result(
    "DEL_SUBNET_ID_IDENTIFIER4", "using subnet id {} and identifier {}, delete host: {}",
    "a command has changed it in the databases",
)  # fmt: skip
DELETED_BY_ADDRESS: Final = _result(
    "DEL_SUBNET_ID_ADDRESS4", "using subnet id {} and address {}, delete host: {}",
    "a command has changed it in the databases",
)  # fmt: skip

EVENTS: Final = (
    ADDED, FOUND_BY_IDENTIFIER, FOUND_BY_ADDRESS, DELETED_BY_IDENTIFIER, DELETED_BY_ADDRESS,
    LOADED, UNLOADED, CLEAR, FLUSH, FLUSH_FAILED, GET, GET_BY_ID, GET_BY_ID_FAILED, INSERT, INSERT_FAILED, LOAD,
    LOAD_FAILED, REMOVE, REMOVE_FAILED, SIZE, WRITE, WRITE_FAILED,
)  # fmt: skip
