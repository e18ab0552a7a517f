"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, Event

_LOGGER: Final = "flex-option-hooks"


def _debug(identifier: str, text: str, meaning: str) -> Event:
    return Event(f"FLEX_OPTION_PROCESS_{identifier}", DEBUG, _LOGGER, text, meaning, debuglevel=40)


ADDED: Final = _debug("ADD", "Added the option code {} with value {}", "the reply did not have it")
SUPERSEDED: Final = _debug("SUPERSEDE", "Supersedes the option code {} with value {}", "whatever the reply had")
REMOVED: Final = _debug("REMOVE", "Removed option code {}", "the reply had it")
SKIPPED: Final = _debug(
    "CLIENT_CLASS", "Skip processing of the option code {} for class '{}'", "the client is not in this class"
)
SUB_ADDED: Final = _debug(
    "SUB_ADD", "Added the sub-option code {} in option code {} with value {}", "the option did not have it"
)
SUB_SUPERSEDED: Final = _debug(
    "SUB_SUPERSEDE", "Supersedes the sub-option code {} in option code {} with value {}", "whatever the option had"
)
SUB_REMOVED: Final = _debug("SUB_REMOVE", "Removed sub-option code {} in option code {}", "the option had it")
SUB_SKIPPED: Final = _debug(
    "SUB_CLIENT_CLASS",
    "Skip processing of the sub-option code {} in option code {} for class '{}'",
    "the client is not in this class",
)
OTHER_VENDOR: Final = _debug(
    "VENDOR_ID_MISMATCH",
    "Skip processing of vendor option code {} with vendor id {} not matching wanted {}",
    "the reply has sub-options of another enterprise",
)
FAILED: Final = Event(
    "FLEX_OPTION_PROCESS_ERROR",
    ERROR,
    _LOGGER,
    "An error occurred processing query {}: {}",
    "an expression has no value, or not one of the option's type; the rules behind it are not applied to the reply",
)
UNLOADED: Final = Event(
    "FLEX_OPTION_UNLOAD", INFO, _LOGGER, "Flex Option hooks library has been unloaded", "replies stay as they are"
)

EVENTS: Final = (
    ADDED, SUPERSEDED, REMOVED, SKIPPED, SUB_ADDED, SUB_SUPERSEDED, SUB_REMOVED, SUB_SKIPPED, OTHER_VENDOR, FAILED,
    UNLOADED,
)  # fmt: skip
