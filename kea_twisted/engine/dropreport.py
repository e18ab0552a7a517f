"""Reports of dropped packets: counted by reason, and visible at the default log level.

Kea logs each drop at a debug level, where few administrators see it. The same line is logged at INFO here, one of each
reason in a minute, so that a sender of malformed packets cannot fill the log.
"""

from __future__ import annotations

from typing import Final, Protocol

from kea_twisted import events as E
from kea_twisted.errors import CHECKSUM, FRAME, MESSAGE, OPTION, MalformedPacket
from kea_twisted.interfaces import Log

SECONDS: Final = 60.0
"""Between two visible lines for the same reason."""

IGNORED: Final = "pkt4-options-ignored"
COUNTERS: Final = {
    FRAME: "pkt4-malformed-frame",
    CHECKSUM: "pkt4-wrong-checksum",
    MESSAGE: "pkt4-malformed-message",
    OPTION: "pkt4-malformed-option",
}
"""By the part of a packet that is malformed; beside Kea's ``pkt4-parse-failed``. They exist from the first on."""


class Counter(Protocol):
    """The part of the statistics that is needed here."""

    def count(self, name: str, step: int = 1) -> None:
        """Add to a counter."""


class RateLimit:
    """A limit of one line of each kind per interval."""

    __slots__ = ("_seconds", "_last", "_held")

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._last: dict[str, float] = {}
        self._held: dict[str, int] = {}

    def passes(self, kind: str, now: float) -> int:
        """Return the number of lines of this kind held back since the last one; -1: this one is held back, too.

        A clock that was set back lets a line pass.
        """
        last = self._last.get(kind)
        if last is not None and last <= now < last + self._seconds:
            self._held[kind] = self._held.get(kind, 0) + 1
            return -1
        self._last[kind] = now
        return self._held.pop(kind, 0)


class DropReport:
    """Counts and logs packets that are dropped because of what they are."""

    __slots__ = ("_log", "_statistics", "_limit")

    def __init__(self, log: Log, statistics: Counter) -> None:
        self._log = log
        self._statistics = statistics
        self._limit = RateLimit()

    def malformed(self, error: MalformedPacket, event: E.Event, now: float, *arguments: object) -> None:
        """A packet that cannot be parsed; the event and its arguments are Kea's."""
        count = self._statistics.count
        count(COUNTERS[error.part])
        count("pkt4-parse-failed")
        count("pkt4-receive-drop")
        self.dropped(error.part, event, now, *arguments)

    def dropped(self, reason: str, event: E.Event, now: float, *arguments: object) -> None:
        """A packet that is dropped for this reason and counted already."""
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
        elif E.DHCP4_PACKET_DROPPED in self._log.enabled:
            held = self._limit.passes(reason, now)
            if held >= 0:
                self._log.emit(E.DHCP4_PACKET_DROPPED, event.form % arguments, held)
