"""The last warnings and errors of the log, kept in memory for remote operators."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from kea_twisted.adapters.log.format import Write, logger_name
from kea_twisted.events import SEVERITY_NAMES, Event

MOST: Final = 200
"""Lines that are kept."""


class Line(NamedTuple):
    """One line of the log; ``number`` counts all lines that were kept so far."""

    number: int
    at: float  # seconds since the epoch
    severity: str
    logger: str
    id: str
    text: str


class RecentLines:
    """The last lines of a log that were warnings or worse."""

    def __init__(self) -> None:
        self.count = 0
        self._lines: deque[Line] = deque(maxlen=MOST)

    def writer(self, event: Event, root: str) -> Write:
        """Return the function that keeps a line of an event."""
        severity, logger = SEVERITY_NAMES[event.severity], logger_name(event, root)

        def write(now: float, text: str) -> None:
            self.count += 1
            self._lines.append(Line(self.count, now, severity, logger, event.identifier, text))

        return write

    def after(self, number: int) -> list[Line]:
        """Return the kept lines with higher numbers, oldest first; 0: all of them."""
        return [line for line in self._lines if line.number > number]
