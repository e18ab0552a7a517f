"""How a free address is found in a subnet: one class and one row for each word ``allocator`` may have."""

from __future__ import annotations

from typing import Final

from kea_twisted.engine.leases import SubnetBook
from kea_twisted.lease.store import LeaseStore


class IterativeAllocator:
    """Addresses in ascending order, pool after pool, and round again: what Kea does by default.

    It remembers where it was, also when the address was only offered, so that two clients who ask at the same
    time are offered two addresses. The cost does not grow with the number of addresses taken.
    """

    __slots__ = ("picks", "_pools", "_cursors", "_at", "_exclude")

    def __init__(self, book: SubnetBook, exclude_first_last_24: bool = False) -> None:
        self.picks = 0
        self._pools = book.pools
        self._cursors = [0] * len(book.pools)
        self._at = 0
        self._exclude = exclude_first_last_24

    @property
    def capacity(self) -> int:
        """How many addresses the pools have, taken or not."""
        return sum(pool.taken.size for pool in self._pools)

    def pick(self, store: LeaseStore, now: int) -> int:
        """An address without a lease, or with one that is over at ``now``; 0 when there is none."""
        pools, cursors = self._pools, self._cursors
        # Once round, and at the end once more through the part of the first pool that lies before its cursor.
        for _ in range(len(pools) + 1):
            at = self._at
            pool = pools[at]
            offset = pool.taken.next_free(cursors[at])
            while offset >= 0:
                address = pool.first + offset
                cursors[at] = offset + 1
                lease = store.get(address)
                if (lease is None or lease.is_expired(now)) and not self._excluded(address):
                    return address
                offset = pool.taken.next_free(offset + 1)
            cursors[at] = 0
            self._at = (at + 1) % len(pools)
        return 0

    def _excluded(self, address: int) -> bool:
        return self._exclude and address & 0xFF in (0, 0xFF)


ALLOCATORS: Final = {"iterative": IterativeAllocator}
"""By the word in the configuration. Any allocator may stand in for another: each gives out free addresses."""
