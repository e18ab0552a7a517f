"""The search for a free address in a subnet: a class for each row of ``config.allocators``.

Any of them may stand in for another: each gives out free addresses, at a cost that depends neither on the size of
a pool nor on how full it is.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cache
from importlib import import_module
from random import Random
from typing import Final

from kea_twisted.config.allocators import ALLOCATORS
from kea_twisted.engine.addressmap import FreeQueue
from kea_twisted.engine.books import PoolBook, SubnetBook
from kea_twisted.engine.guards import admits
from kea_twisted.lease.store import LeaseStore


class IterativeAllocator:
    """Addresses in ascending order, pool after pool, and round again: what Kea does by default.

    It remembers where it was, also when the address was only offered, so that two clients who ask at the same
    time are offered two addresses. The cost does not grow with the number of addresses taken.
    """

    __slots__ = ("picks", "capacity", "_pools", "_cursors", "_at", "_exclude", "_guards", "_last")

    def __init__(self, book: SubnetBook, exclude_first_last_24: bool = False, chance: Random | None = None) -> None:
        self.picks = 0
        self.capacity = sum(pool.taken.size for pool in book.pools)
        """The number of addresses of the pools, taken or not."""
        self._pools = book.pools
        self._cursors = [0] * len(book.pools)
        self._at = 0
        self._exclude = exclude_first_last_24
        guards = tuple(pool.pool.client_classes for pool in book.pools)
        self._guards = guards if any(guards) else None
        self._last = 0  # the last address, where pools are guarded

    def follow(self, before: IterativeAllocator) -> None:
        """Continue where the allocator of this subnet was that the old configuration had.

        From the start again, it would offer what others have been offered shortly before, and one of them would get a
        NAK.
        """
        reached = {pool.first: cursor for pool, cursor in zip(before._pools, before._cursors, strict=True)}
        self._cursors = [min(reached.get(pool.first, 0), pool.taken.size) for pool in self._pools]
        present = before._pools[before._at].first if before._pools else None
        self._at = next((at for at, pool in enumerate(self._pools) if pool.first == present), 0)
        self._last, self.picks = before._last, before.picks

    def move_away(self, moves: Callable[[Container[str]], bool]) -> None:
        """Continue in the middle of the free addresses, counted from the one given last on and round again.

        This concerns pools for classes of which ``moves`` is true. The other server continues behind its last address:
        it gets there when it has assigned half of the free addresses without being heard.
        """
        self._cursors = [
            max(pool.taken.nth_free((pool.latest + 1) % pool.taken.size, _left(pool) // 2), 0)
            if moves(pool.pool.client_classes)
            else cursor
            for pool, cursor in zip(self._pools, self._cursors, strict=True)
        ]

    def capacity_for(self, classes: Container[str] | None) -> int:
        """The same for a client in these classes."""
        return sum(pool.taken.size for pool in self._pools if admits(pool.pool.client_classes, classes))

    def occupancy(self, address: int) -> float:
        """Return the share of addresses in use when this one is; known to free lease queues only, as in Kea."""
        return 0.0

    def pick(self, store: LeaseStore, now: int, classes: Container[str] | None = None) -> int:
        """Return an address without a lease, or with one that has expired at ``now``; 0 if there is none.

        It is one of a pool that is for a client in these classes.
        """
        if self._guards is not None:
            return self._pick_admitted(self._guards, store, now, classes)
        pools, cursors = self._pools, self._cursors
        start, before = self._at, cursors.copy()
        # Once round, and at the end once more through the part of the first pool that lies before its cursor.
        for _ in range(len(pools) + 1):
            at = self._at
            pool = pools[at]
            offset = pool.taken.next_free(cursors[at])
            while offset >= 0:
                address = pool.first + offset
                cursors[at] = offset + 1
                lease = store.get(address)
                if (lease is None or lease.is_expired(now)) and not (self._exclude and self._excluded(address)):
                    return address
                offset = pool.taken.next_free(offset + 1)
            cursors[at] = 0
            self._at = (at + 1) % len(pools)
        self._at, self._cursors = start, before  # next time continue from where it was, as after once round
        return 0

    def _pick_admitted(
        self,
        guards: tuple[tuple[str, ...], ...],
        store: LeaseStore,
        now: int,
        classes: Container[str] | None,
    ) -> int:
        """Pick among pools with ``client-classes``: clients share the pools, not the order in which they use them.

        It continues in the pool of the last address, if that is for the client, else with the client's first
        one. A pool that is used up is left alone until a client has been through all of its own.
        """
        own = [number for number, guard in enumerate(guards) if admits(guard, classes)]
        start = next((at for at, number in enumerate(own) if self._last in self._pools[number].pool), 0)
        for first in (start, 0):
            for number in own[first:]:
                address = self._next(number, store, now)
                if address:
                    self._last = address
                    return address
                self._cursors[number] = self._pools[number].taken.size
            for number in own:
                self._cursors[number] = 0
        return 0

    def _next(self, number: int, store: LeaseStore, now: int) -> int:
        """The next address of a pool; 0 behind its end."""
        pool = self._pools[number]
        offset = pool.taken.next_free(self._cursors[number])
        while offset >= 0:
            address = pool.first + offset
            self._cursors[number] = offset + 1
            lease = store.get(address)
            if (lease is None or lease.is_expired(now)) and not self._excluded(address):
                return address
            offset = pool.taken.next_free(offset + 1)
        return 0

    def _excluded(self, address: int) -> bool:
        return self._exclude and address & 0xFF in (0, 0xFF)


class RandomAllocator(IterativeAllocator):
    """Addresses in random order, so that the next one cannot be predicted.

    An address picked recently is not picked again: it may only have been offered.
    """

    __slots__ = ("_chance", "_recent")

    def __init__(self, book: SubnetBook, exclude_first_last_24: bool = False, chance: Random | None = None) -> None:
        super().__init__(book, exclude_first_last_24)
        self._chance = chance or Random()
        self._recent: dict[int, None] = {}

    def follow(self, before: IterativeAllocator) -> None:
        """Avoid the addresses that the earlier allocator has picked recently, too."""
        super().follow(before)
        if isinstance(before, RandomAllocator):
            self._recent = before._recent.copy()

    def pick(self, store: LeaseStore, now: int, classes: Container[str] | None = None) -> int:
        """As IterativeAllocator's, which has the last word when a few tries have found nothing."""
        guards = self._guards
        pools = [pool for at, pool in enumerate(self._pools) if guards is None or admits(guards[at], classes)]
        for _ in range(_TRIES if pools else 0):
            taken, first = (pool := self._chance.choice(pools)).taken, pool.first
            offset = taken.next_free(self._chance.randrange(taken.size))
            if offset < 0:
                offset = taken.next_free(0)
            address = first + offset
            if offset >= 0 and address not in self._recent and not self._excluded(address):
                lease = store.get(address)
                if lease is None or lease.is_expired(now):
                    return self._remember(address)
        address = super().pick(store, now, classes)
        return self._remember(address) if address else 0

    def _remember(self, address: int) -> int:
        recent = self._recent
        recent[address] = None
        if len(recent) > _RECENT:
            del recent[next(iter(recent))]
        return address


class FreeQueueAllocator(RandomAllocator):
    """Kea's free lease queue: first what was never used since the start, in random order, then what was free longest.

    The queue has only what was offered or became free since the start, and of a pool not more than
    ``addressmap.LONGEST``: large pools cost no time at the start. A byte for each address of a block of the map that is
    in use tells which were used. The allocator knows how many addresses are left.
    """

    __slots__ = ()

    def __init__(self, book: SubnetBook, exclude_first_last_24: bool = False, chance: Random | None = None) -> None:
        super().__init__(book, exclude_first_last_24, chance)
        for pool in book.pools:
            pool.taken.begin_queue()

    def follow(self, before: IterativeAllocator) -> None:
        """Take over the queues of the pools that were there before."""
        super().follow(before)
        queues = {pool.first: pool.taken.queue for pool in before._pools}
        for pool in self._pools:
            queue, earlier = pool.taken.queue, queues.get(pool.first)
            if queue is not None and earlier is not None and not len(queue):
                queue.follow(earlier, pool.taken)

    def pick(self, store: LeaseStore, now: int, classes: Container[str] | None = None) -> int:
        """As RandomAllocator's, which has the last word, from a random pool with free addresses."""
        guards = self._guards
        own = [pool for at, pool in enumerate(self._pools) if guards is None or admits(guards[at], classes)]
        pools = [pool for pool in own if _left(pool) > 0]
        self._chance.shuffle(pools)
        for pool in pools:
            queue = pool.taken.queue
            if queue is None:
                continue
            offset = self._never_used(pool, queue, store, now)
            if offset < 0:
                offset = self._longest_free(pool, queue, store, now)
            if offset >= 0:
                queue.put(offset)  # behind all others: it may only be offered, too
                return pool.first + offset
        address = super().pick(store, now, classes)
        for pool in pools:
            if pool.taken.queue is not None and pool.first <= address <= pool.last:
                pool.taken.queue.put(address - pool.first)
        return address

    def _never_used(self, pool: PoolBook, queue: FreeQueue, store: LeaseStore, now: int) -> int:
        """Return a free offset that is not in the queue, or -1."""
        used = queue.used
        for _ in range(_WALK):
            if used.kept_back == used.size:
                break
            offset = used.next_free(self._chance.randrange(used.size))
            if offset < 0:
                offset = used.next_free(0)
            if self._is_usable(pool, offset, store, now):
                return offset
            queue.drop(offset)
        return -1

    def _longest_free(self, pool: PoolBook, queue: FreeQueue, store: LeaseStore, now: int) -> int:
        """Return the first offset of the queue that can be given, or -1. Those before it leave the queue."""
        for _ in range(_WALK):
            offset = queue.oldest()
            if offset < 0:
                break
            if self._is_usable(pool, offset, store, now):
                return offset
            queue.drop(offset)
        return -1

    def _is_usable(self, pool: PoolBook, offset: int, store: LeaseStore, now: int) -> bool:
        if not pool.taken.is_free(offset) or self._excluded(pool.first + offset):
            return False
        lease = store.get(pool.first + offset)
        return lease is None or lease.is_expired(now)

    def occupancy(self, address: int) -> float:
        """The share of all addresses of the subnet; 0 for an address that is in none of its pools."""
        total = busy = 0
        found = False
        for pool in self._pools:
            total += pool.taken.size
            busy += pool.taken.kept_back
            if pool.first <= address <= pool.last:
                found = True
                busy += pool.taken.is_free(address - pool.first)
        return busy / total if found else 0.0


def _left(pool: PoolBook) -> int:
    """The number of free addresses of a pool."""
    return pool.taken.size - pool.taken.kept_back


_TRIES: Final = 8
_RECENT: Final = 256
_WALK: Final = 256  # addresses for a pick of which the map does not know that they are in use


@cache
def allocator_class(name: str) -> type[IterativeAllocator]:
    """Import the class of an allocator by its name in the configuration. Raises KeyError."""
    module, _, attribute = ALLOCATORS[name].partition(":")
    kind: type[IterativeAllocator] = getattr(import_module(module), attribute)
    return kind
