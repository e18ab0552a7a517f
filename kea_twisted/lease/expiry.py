"""The index of lease ends, by which the lease store finds expired leases."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from heapq import merge
from math import ceil
from operator import itemgetter
from typing import Final

from kea_twisted.lease.indexes import AddressIndex

_ADDRESS: Final = (1 << 32) - 1  # of a loaded end
_AT_ONCE: Final = 1000  # loaded ends of one second listed together


class ExpiryIndex:
    """Addresses by the second in which their lease ends.

    No heap: the buckets are looked at second by second as time passes, so a renewal costs one removal and
    one insertion and leaves nothing stale behind. ``_due`` lists, in order, the seconds below ``_horizon``
    that have, or had, a bucket.

    Leases of the start are in no bucket. They are in ``loaded``, each as second << 32 | address, sorted, which takes
    a fraction of the time and of the memory; ``_gone`` has a 1 for each that was discarded.
    """

    __slots__ = ("_buckets", "_due", "_first", "_gone", "_horizon", "_loaded")

    def __init__(self, loaded: array[int] | None = None) -> None:
        self._buckets: AddressIndex[int] = AddressIndex()
        self._due: list[int] = []
        self._horizon = 0
        self._loaded: array[int] = array("Q") if loaded is None else loaded
        self._first = 0  # of those that are not gone, or a place before it
        self._gone = bytearray(len(self._loaded))

    def add(self, address: int, second: int) -> None:
        """The lease of the address ends in this second."""
        if second < self._horizon:
            place = bisect_left(self._due, second)
            if place == len(self._due) or self._due[place] != second:
                self._due.insert(place, second)
        self._buckets.add(second, address)

    def add_all(self, addresses: Sequence[int], seconds: Sequence[int]) -> None:
        """``add`` for many."""
        if min(seconds) < self._horizon:
            for address, second in zip(addresses, seconds, strict=True):
                self.add(address, second)
        else:
            self._buckets.add_all(seconds, addresses)

    def discard(self, address: int, second: int) -> None:
        """It does not any more; nothing happens if it did not."""
        if not self._buckets.discard(second, address) and self._gone:
            loaded, entry = self._loaded, second << 32 | address
            place = bisect_left(loaded, entry, self._first)
            if place < len(loaded) and loaded[place] == entry:
                self._gone[place] = 1

    def ended_by_second(self, now: float) -> Iterator[list[int]]:
        """Yield the addresses whose lease ended before ``now``, oldest first, in parts of one second each.

        Leases may change meanwhile, which it may or may not show.
        """
        self._advance(ceil(now))
        self._forget_empty()
        self._forget_gone()
        found = self._ended_in_buckets(now)
        if self._first < len(self._loaded):
            found = merge(found, self._ended_of_loaded(now), key=itemgetter(0))
        for _, addresses in found:
            yield addresses

    def __iter__(self) -> Iterator[int]:
        for second in self._buckets:
            yield from self._buckets.find(second)
        yield from _left(self._loaded, self._gone)

    def _ended_in_buckets(self, now: float) -> Iterator[tuple[int, list[int]]]:
        for second in tuple(self._due):
            if second >= now:  # the clock was set back
                return
            addresses = list(self._buckets.find(second))
            if addresses:
                yield second, addresses

    def _ended_of_loaded(self, now: float) -> Iterator[tuple[int, list[int]]]:
        loaded, gone, place = self._loaded, self._gone, self._first
        bound = bisect_left(loaded, ceil(now) << 32)
        while place < bound:
            second = loaded[place] >> 32
            end = bisect_left(loaded, second + 1 << 32, place, min(place + _AT_ONCE, bound))
            addresses = _left(loaded[place:end], gone[place:end])
            if addresses:
                yield second, addresses
            place = end

    def _forget_gone(self) -> None:
        first = self._gone.find(0, self._first)
        if first >= 0:
            self._first = first
        elif self._gone:
            self._loaded, self._first, self._gone = array("Q"), 0, bytearray()

    def _advance(self, bound: int) -> None:
        start = self._horizon
        if bound <= start:
            return
        self._horizon = bound
        buckets = self._buckets
        # One look per second that has passed, unless there are fewer buckets than seconds: at the first call,
        # or when the clock jumped.
        if bound - start <= len(buckets):
            self._due.extend(second for second in range(start, bound) if second in buckets)
        else:
            self._due.extend(sorted(second for second in buckets if start <= second < bound))

    def _forget_empty(self) -> None:
        passed = 0
        for second in self._due:
            if second in self._buckets:
                break
            passed += 1
        del self._due[:passed]


def _left(entries: array[int], gone: bytearray) -> list[int]:
    """The addresses of loaded ends that are not gone."""
    return [entry & _ADDRESS for entry, is_gone in zip(entries, gone, strict=True) if not is_gone]
