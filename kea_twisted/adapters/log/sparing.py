"""Log lines that a sender can cause at will: so many a minute for each and for all, and one line about the rest.

Failed logins, packets that are refused: the first ones are what an administrator needs to see; millions of lines would
hide them, and fill the disk.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.events import Event
from kea_twisted.interfaces import Clock, Log

PERIOD: Final = 60.0  # seconds
LINES_EACH: Final = 5
LINES_IN_ALL: Final = 50


class SparingLog:
    """Emits to ``log``, an ILog, within limits. ``clock`` has the reactor's ``seconds`` and ``callLater``.

    ``summary`` is the event for lines that were withheld, with their number and the number of senders.
    """

    def __init__(self, log: Log, clock: Clock, summary: Event) -> None:
        self._log = log
        self._clock = clock
        self._summary = summary
        self._end = 0.0
        self._lines: dict[str, int] = {}
        self._left = LINES_IN_ALL
        self._withheld = 0
        self._senders: set[str] = set()

    def emit(self, sender: str, event: Event, *arguments: object) -> None:
        """Write a line about a sender, or count it."""
        if event not in self._log.enabled:
            return
        now = self._clock.seconds()
        if now >= self._end:
            self._begin(now)
        lines = self._lines.get(sender, 0)
        if self._left and lines < LINES_EACH:
            self._left -= 1
            self._lines[sender] = lines + 1
            self._log.emit(event, *arguments)
            return
        if not self._withheld:
            self._clock.callLater(max(0.0, self._end - now), self._sum_up)
        self._withheld += 1
        if len(self._senders) < LINES_IN_ALL:
            self._senders.add(sender)

    def _begin(self, now: float) -> None:
        self._end = now + PERIOD
        self._lines = {}
        self._left = LINES_IN_ALL

    def _sum_up(self) -> None:
        withheld, senders = self._withheld, len(self._senders)
        self._withheld, self._senders = 0, set()
        if self._summary in self._log.enabled:
            more = " or more" if senders == LINES_IN_ALL else ""
            self._log.emit(self._summary, withheld, f"{senders}{more}")
