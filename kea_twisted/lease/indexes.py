"""Indexes of the lease store: which addresses belong to a key, which leases end when, which addresses exist.

Every table is cut into shards, so that the dictionary that has to grow (Python copies it then) is a small
one: one table of a million leases would hold up the reactor for 100 ms at that moment, a shard for one or
two. Values are addresses, and a key with a single address, which is nearly every key, costs no container.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from math import ceil
from typing import Final, Generic, TypeVar

SHARDS: Final = 64
MASK: Final = SHARDS - 1

Key = TypeVar("Key", bound=Hashable)


class AddressIndex(Generic[Key]):
    """The addresses of each key, exactly: what was discarded leaves nothing behind."""

    __slots__ = ("_one", "_several")

    def __init__(self) -> None:
        # Two tables, and dictionaries as ordered sets, because the garbage collector never looks into a
        # dictionary of plain values; see the store.
        self._one: tuple[dict[Key, int], ...] = tuple({} for _ in range(SHARDS))
        self._several: tuple[dict[Key, dict[int, None]], ...] = tuple({} for _ in range(SHARDS))

    def add(self, key: Key, address: int) -> None:
        """The address belongs to the key from now on."""
        part = hash(key) & MASK
        one = self._one[part]
        known = one.get(key)
        if known is None:
            several = self._several[part].get(key)
            if several is None:
                one[key] = address
            else:
                several[address] = None
        elif known != address:
            del one[key]
            self._several[part][key] = {known: None, address: None}

    def add_all(self, keys: Sequence[Key], addresses: Sequence[int]) -> None:
        """``add`` for many."""
        single, several = self._one, self._several
        several_known = any(several)
        for key, address in zip(keys, addresses, strict=True):
            part = hash(key) & MASK
            if several_known and key in several[part]:
                several[part][key][address] = None
                continue
            known = single[part].setdefault(key, address)
            if known != address:
                del single[part][key]
                several[part][key] = {known: None, address: None}
                several_known = True

    def discard(self, key: Key, address: int) -> None:
        """The address does not belong to the key any more; nothing happens if it did not."""
        part = hash(key) & MASK
        one = self._one[part]
        if one.get(key) == address:
            del one[key]
            return
        several = self._several[part].get(key)
        if several is not None:
            several.pop(address, None)
            if len(several) == 1:
                del self._several[part][key]
                one[key] = next(iter(several))

    def find(self, key: Key) -> Collection[int]:
        """The addresses of the key. Use the answer before the next change: it may be the index's own."""
        part = hash(key) & MASK
        known = self._one[part].get(key)
        return self._several[part].get(key, ()) if known is None else (known,)

    def __iter__(self) -> Iterator[Key]:
        """All keys, in no order."""
        for table in (self._one, self._several):
            for shard in table:
                yield from shard

    def __contains__(self, key: Key) -> bool:
        part = hash(key) & MASK
        return key in self._one[part] or key in self._several[part]

    def __len__(self) -> int:
        return sum(map(len, self._one)) + sum(map(len, self._several))


class ExpiryIndex:
    """Addresses by the second in which their lease ends.

    No heap: the buckets are looked at second by second as time goes on, so a renewal costs one removal and
    one insertion and leaves nothing stale behind. ``_due`` lists, in order, the seconds below ``_horizon``
    that have, or had, a bucket.
    """

    __slots__ = ("_buckets", "_due", "_horizon")

    def __init__(self) -> None:
        self._buckets: AddressIndex[int] = AddressIndex()
        self._due: list[int] = []
        self._horizon = 0

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
        """It does not any more."""
        self._buckets.discard(second, address)

    def ended(self, now: float) -> Iterator[int]:
        """The addresses whose lease ended before ``now``, oldest first. Change nothing while iterating."""
        self._advance(ceil(now))
        self._forget_empty()
        for second in self._due:
            if second >= now:  # the clock was set back
                break
            yield from self._buckets.find(second)

    def ended_by_second(self, now: float) -> Iterator[list[int]]:
        """The same, a list for each second; there may be changes meanwhile, which it may or may not show."""
        self._advance(ceil(now))
        self._forget_empty()
        for second in tuple(self._due):
            if second >= now:
                break
            addresses = list(self._buckets.find(second))
            if addresses:
                yield addresses

    def __iter__(self) -> Iterator[int]:
        for second in self._buckets:
            yield from self._buckets.find(second)

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


class AddressOrder:
    """Which blocks of 256 addresses have leases: enough to walk leases by address without sorting them."""

    __slots__ = ("_counts", "_sorted")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._sorted: list[int] | None = None  # made at the first question, kept from then on

    def add(self, address: int) -> None:
        """An address that was not there came in."""
        block = address >> 8
        count = self._counts.get(block, 0)
        self._counts[block] = count + 1
        if not count and self._sorted is not None:
            insort(self._sorted, block)

    def add_all(self, addresses: Iterable[int]) -> None:
        """``add`` for many."""
        counts = self._counts
        for block, more in Counter([address >> 8 for address in addresses]).items():
            count = counts.get(block, 0)
            counts[block] = count + more
            if not count and self._sorted is not None:
                insort(self._sorted, block)

    def discard(self, address: int) -> None:
        """An address that was there is gone."""
        block = address >> 8
        if self._counts[block] > 1:
            self._counts[block] -= 1
            return
        del self._counts[block]
        if self._sorted is not None:
            del self._sorted[bisect_left(self._sorted, block)]

    def candidates(self, after: int) -> Iterator[range]:
        """Ascending ranges above ``after`` that hold all addresses there are. Change nothing meanwhile."""
        if self._sorted is None:
            self._sorted = sorted(self._counts)
        first = after + 1
        start = bisect_right(self._sorted, (first >> 8) - 1)
        for position in range(start, len(self._sorted)):
            block = self._sorted[position]
            yield range(max(first, block << 8), (block + 1) << 8)
