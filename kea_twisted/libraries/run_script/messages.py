"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

_LOGGER: Final = "run-script-hooks"

LOADED: Final = Event(
    "RUN_SCRIPT_LOAD", INFO, _LOGGER, "Run Script hooks library has been loaded", "the script runs from now on"
)
UNLOADED: Final = Event(
    "RUN_SCRIPT_UNLOAD", INFO, _LOGGER, "Run Script hooks library has been unloaded", "the script runs no longer"
)
OUTPUT: Final = Event("RUN_SCRIPT_OUTPUT", INFO, _LOGGER, "{}: {}", "a line that the script wrote for this hook point")
ENDED: Final = Event(
    "RUN_SCRIPT_ENDED", DEBUG, _LOGGER, "{}: the script ended with exit status {}", "0: success", debuglevel=40
)
FAILED: Final = Event(
    "RUN_SCRIPT_FAILED", WARN, _LOGGER, "{}: the script {}", "it ended with an error, or was ended by a signal"
)
TIMED_OUT: Final = Event(
    "RUN_SCRIPT_TIMED_OUT", WARN, _LOGGER, "{}: the script was ended, it ran for more than {} seconds",
    "see its parameter timeout",
)  # fmt: skip
NOT_STARTED: Final = Event(
    "RUN_SCRIPT_NOT_STARTED", ERROR, _LOGGER, "{}: the script cannot be started: {}", "the server goes on without"
)
OVERFULL: Final = Event(
    "RUN_SCRIPT_QUEUE_FULL", WARN, _LOGGER, "{}: the script was not run, {} runs wait already (max-queued)",
    "events come faster than the script is",
)  # fmt: skip
GAVE_UP: Final = Event(
    "RUN_SCRIPT_QUEUE_DROPPED", WARN, _LOGGER, "{} runs of the script that waited were dropped",
    "the library was unloaded",
)  # fmt: skip

EVENTS: Final = (LOADED, UNLOADED, OUTPUT, ENDED, FAILED, TIMED_OUT, NOT_STARTED, OVERFULL, GAVE_UP)

OWN: Final = (OUTPUT, ENDED, FAILED, TIMED_OUT, NOT_STARTED, OVERFULL, GAVE_UP)
"""Those that Kea's library does not have."""
