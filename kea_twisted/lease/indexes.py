"""Indexes of the lease store: which addresses belong to a key, which addresses exist.

Every table is cut into shards, so that the dictionary that has to grow (Python copies it then) is a small
one: one table of a million leases would hold up the reactor for 100 ms at that moment, a shard for one or
two. What was loaded at the start is in one piece, which is made faster and never grows again. Values are
addresses, and a key with a single address, which is nearly every key, costs no container.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import rshift
from typing import Final, Generic, TypeVar

SHARDS: Final = 64
MASK: Final = SHARDS - 1

Key = TypeVar("Key", bound=Hashable)


class AddressIndex(Generic[Key]):
    """The addresses of each key, exactly: what was discarded leaves nothing behind.

    It may begin with keys that have one address and others that have several; the tables become its own.
    """

    __slots__ = ("_loaded", "_one", "_several")

    def __init__(
        self, loaded: dict[Key, int] | None = None, several: Mapping[Key, dict[int, None]] | None = None
    ) -> None:
        # Two tables, and dictionaries as ordered sets, because the garbage collector never looks into a
        # dictionary of plain values; see the store.
        self._one: tuple[dict[Key, int], ...] = tuple({} for _ in range(SHARDS))
        self._several: tuple[dict[Key, dict[int, None]], ...] = tuple({} for _ in range(SHARDS))
        self._loaded: dict[Key, int] = {} if loaded is None else loaded  # keys with one address, too
        for key, addresses in several.items() if several is not None else ():
            self._several[hash(key) & MASK][key] = addresses

    def add(self, key: Key, address: int) -> None:
        """The address belongs to the key from now on."""
        part = hash(key) & MASK
        one = self._one[part]
        known = one.get(key)
        if known is None:
            several = self._several[part].get(key)
            if several is not None:
                several[address] = None
                return
            one = self._loaded
            known = one.get(key)
            if known is None:
                self._one[part][key] = address
                return
        if known != address:
            del one[key]
            self._several[part][key] = {known: None, address: None}

    def add_all(self, keys: Sequence[Key], addresses: Sequence[int]) -> None:
        """``add`` for many."""
        single, several, loaded = self._one, self._several, self._loaded
        several_known = any(several)
        for key, address in zip(keys, addresses, strict=True):
            part = hash(key) & MASK
            if several_known and key in several[part]:
                several[part][key][address] = None
                continue
            known = loaded[key] if key in loaded else single[part].setdefault(key, address)
            if known != address:
                self.add(key, address)
                several_known = True

    def discard(self, key: Key, address: int) -> bool:
        """The address does not belong to the key any more; False if it did not before."""
        part = hash(key) & MASK
        one = self._one[part]
        if one.get(key) == address:
            del one[key]
            return True
        several = self._several[part].get(key)
        if several is None:
            if self._loaded.get(key) != address:
                return False
            del self._loaded[key]
        elif address not in several:
            return False
        else:
            del several[address]
            if len(several) == 1:
                del self._several[part][key]
                one[key] = next(iter(several))
        return True

    def find(self, key: Key) -> Collection[int]:
        """The addresses of the key. Use the answer before the next change: it may be the index's own."""
        part = hash(key) & MASK
        known = self._one[part].get(key)
        if known is None and (not self._loaded or (known := self._loaded.get(key)) is None):
            several = self._several[part]
            return several.get(key, ()) if several else ()
        return (known,)

    def __iter__(self) -> Iterator[Key]:
        """All keys, in no order."""
        return chain(self._loaded, *self._one, *self._several)

    def __contains__(self, key: Key) -> bool:
        part = hash(key) & MASK
        return key in self._one[part] or key in self._loaded or key in self._several[part]

    def __len__(self) -> int:
        return len(self._loaded) + sum(map(len, self._one)) + sum(map(len, self._several))


class AddressOrder:
    """The blocks of 256 addresses with leases: enough to walk leases by address without sorting them."""

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

    def add_all(self, addresses: Sequence[int]) -> None:
        """``add`` for many, one or more; none comes twice."""
        counts = self._counts
        for block, more in _by_block(addresses):
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

    def __contains__(self, address: int) -> bool:
        """True if the block of the address has leases."""
        return address >> 8 in self._counts

    def candidates(self, after: int) -> Iterator[range]:
        """Ascending ranges above ``after`` that hold all addresses there are. Change nothing meanwhile."""
        if self._sorted is None:
            self._sorted = sorted(self._counts)
        first = after + 1
        start = bisect_right(self._sorted, (first >> 8) - 1)
        for position in range(start, len(self._sorted)):
            block = self._sorted[position]
            yield range(max(first, block << 8), (block + 1) << 8)


def _by_block(addresses: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The blocks of 256 addresses in which these are, none of them twice, and how many are in each."""
    low, high = min(addresses), max(addresses)
    if high - low + 1 > len(addresses):
        return Counter(map(rshift, addresses, repeat(8))).items()
    blocks = range(low >> 8, (high >> 8) + 1)
    return ((block, min(high, block << 8 | 255) - max(low, block << 8) + 1) for block in blocks)
