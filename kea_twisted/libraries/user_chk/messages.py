"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import ERROR, Event

_LOGGER: Final = "user_chk"

LOAD_FAILED: Final = Event(
    "USER_CHK_HOOK_LOAD_ERROR", ERROR, _LOGGER, "DHCP UserCheckHook could not be loaded: {}",
    "one of the two files cannot be used",
)  # fmt: skip
UNLOAD_FAILED: Final = Event(
    "USER_CHK_HOOK_UNLOAD_ERROR", ERROR, _LOGGER, "DHCP UserCheckHook an error occurred unloading the library: {}",
    "the outcome file could not be closed",
)  # fmt: skip
REFRESH_FAILED: Final = Event(
    "USER_CHK_REFRESH_FAILED", ERROR, _LOGGER, "{}; the users read before stay in force",
    "the registry has changed and cannot be used",
)  # fmt: skip
OUTCOME_FAILED: Final = Event(
    "USER_CHK_OUTCOME_FAILED", ERROR, _LOGGER, "{} cannot be written: {}",
    "outcomes are lost until the file can be written; logged once",
)  # fmt: skip

OWN: Final = (REFRESH_FAILED, OUTCOME_FAILED)
EVENTS: Final = (LOAD_FAILED, UNLOAD_FAILED, *OWN)
