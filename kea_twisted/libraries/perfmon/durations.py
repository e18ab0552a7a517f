"""Durations: the time between two events of queries, summed up in intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from kea_twisted.engine.timeline import Moment
from kea_twisted.wire.constants import ACK, DISCOVER, INFORM, NAK, OFFER, REQUEST, TYPE_NAMES

ALL_SUBNETS: Final = 0
ANY_TYPE: Final = 0
TOTAL: Final = ("composite", "total_response")
"""The events in the key of the time from the first to the last event of a query."""

_PAIRS: Final = {
    ANY_TYPE: (ANY_TYPE, OFFER, ACK, NAK),
    DISCOVER: (ANY_TYPE, OFFER, NAK),
    REQUEST: (ANY_TYPE, ACK, NAK),
    INFORM: (ANY_TYPE, ACK),
}


class Key(NamedTuple):
    """The identity of a duration, in the order in which durations are shown."""

    query: int
    response: int
    start: str
    stop: str
    subnet_id: int

    @property
    def types(self) -> str:
        """The message types as labels have them."""
        return f"{type_text(self.query)}-{type_text(self.response)}"

    @property
    def label(self) -> str:
        """The label in log messages."""
        return f"{self.types}.{self.start}-{self.stop}.{self.subnet_id}"

    @property
    def statistic(self) -> str:
        """The name of the statistic with the mean of the last interval."""
        subnet = f"subnet-id[{self.subnet_id}]." if self.subnet_id != ALL_SUBNETS else ""
        return f"{subnet}perfmon.{self.types}.{self.start}-{self.stop}.mean-usecs"


class Interval:
    """The durations of the queries in one interval, in microseconds. ``start`` is in seconds since the epoch."""

    __slots__ = ("start", "occurrences", "least", "most", "total")

    def __init__(self, start: float, first: int) -> None:
        self.start = start
        self.occurrences = 1
        self.least = self.most = self.total = first

    def add(self, duration: int) -> None:
        """Count a query."""
        self.occurrences += 1
        self.total += duration
        if duration < self.least:
            self.least = duration
        elif duration > self.most:
            self.most = duration

    @property
    def mean(self) -> int:
        """The mean of all queries."""
        return self.total // self.occurrences


class Durations:
    """All durations: of each, the interval that is being filled, and the last complete one."""

    def __init__(self, width_s: int) -> None:
        self._width = width_s
        self._present: dict[Key, Interval] = {}
        self._complete: dict[Key, Interval] = {}

    def __len__(self) -> int:
        return len(self._present)

    def add(self, key: Key, duration: int, now: float) -> Interval | None:
        """Count a query; return the interval before it, if that is complete by now."""
        interval = self._present.get(key)
        if interval is not None and now - interval.start <= self._width:
            interval.add(duration)
            return None
        self._present[key] = Interval(now, duration)
        if interval is not None:
            self._complete[key] = interval
        return interval

    def rows(self) -> Iterator[tuple[Key, Interval | None]]:
        """Yield each duration with its last complete interval, None before there is one, in the order of keys."""
        for key in sorted(self._present):
            yield key, self._complete.get(key)


def samples(query: int, response: int, moments: Iterable[Moment], subnet_id: int) -> Iterator[tuple[Key, int]]:
    """Yield the durations of a query: between its events, the total, and each of these for all subnets, too."""
    subnets = (subnet_id, ALL_SUBNETS) if subnet_id != ALL_SUBNETS else (ALL_SUBNETS,)
    first = before = None
    for moment in moments:
        if before is None:
            first = moment
        else:
            duration = _microseconds(before, moment)
            for number in subnets:
                yield Key(query, response, before.event, moment.event, number), duration
        before = moment
    if first is not None and before is not None:
        for number in subnets:
            yield Key(query, response, *TOTAL, number), _microseconds(first, before)


def check_types(query: int, response: int) -> None:
    """Raise ValueError if such a query is not monitored, or has no such response."""
    if query not in _PAIRS:
        raise ValueError(f"Query type not supported by monitoring: {_name(query)}")
    if response not in _PAIRS[query]:
        raise ValueError(f"Response type: {_name(response)} not valid for query type: {_name(query)}")


def type_text(number: int) -> str:
    """Return the name of a message type in labels."""
    return "*" if number == ANY_TYPE else _name(number)


def _name(number: int) -> str:
    return TYPE_NAMES.get(number, "UNKNOWN")


def _microseconds(earlier: Moment, later: Moment) -> int:
    return round((later.time - earlier.time) * 1e6)
