"""The lease table: the one place where leases change, so that the store, the pools and the statistics agree.

Every change comes through ``apply``: from packets, from commands, from the HA partner, from reclamation. Per
subnet and pool a book is kept of what is taken and of the names to count under.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol

from kea_twisted.config.model import Subnet
from kea_twisted.engine.books import PoolBook, SubnetBook
from kea_twisted.engine.share import Share, Shares
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.lease import DECLINED, DEFAULT, RELEASED, Change, Lease
from kea_twisted.lease.packed import addresses_by_state
from kea_twisted.lease.store import LeaseStore

# In these states an address counts as assigned and is not given to another client. A declined one stays
# counted: Kea shows it in assigned-addresses and in declined-addresses.
_HELD: Final = frozenset((DEFAULT, DECLINED))


COUNTED_AS: Final = {
    DEFAULT: ("assigned-addresses",),
    DECLINED: ("assigned-addresses", "declined-addresses"),
}
"""The statistics that count leases, by their state."""

_SLICE: Final = 1000  # leases looked at in one go: about two milliseconds


class LeaseObserver(Protocol):
    """An object that follows the changes of the table."""

    def changed(self, old: Lease | None, new: Lease | None, /) -> None:
        """Note that a lease was stored, replaced or (``new`` is None) removed."""

    def added(self, addresses: Sequence[int], packed: Sequence[bytes], /) -> None:
        """Note that packed leases were stored, of addresses that had none."""


EVERYTHING: Final = 1 << 32
"""More than the highest address."""


class Progress(Protocol):
    """The progress of reading leases, in ascending order of their addresses, while clients are served."""

    @property
    def read_to(self) -> int:
        """The address up to which all leases are here."""

    def until(self, address: int = EVERYTHING) -> Awaitable[None]:
        """Wait until the leases up to an address are here, without it all of them."""

    def recounted(self) -> None:
        """Add the leases that are not here to statistics that were counted from the others."""


class LeaseTable:
    """Store, pools and address statistics of one server. Survives a reconfiguration."""

    def __init__(self, store: LeaseStore, statistics: Statistics) -> None:
        self.store = store
        self.statistics = statistics
        self._observers: tuple[LeaseObserver, ...] = ()
        self.share: Share | Shares | None = None  # the addresses for new clients; None: all that are free
        self.renews_until = 0  # leases given up to this second are not confirmed from the lease cache
        self._books: dict[int, SubnetBook] = {}
        self.progress: Progress | None = None
        """Set while leases are still read from a database; None: all are here."""
        self.own: frozenset[int] = frozenset()
        """The addresses of the machine, which are not allocated."""
        self._swept = -1  # the second in which the walk below began
        self._overdue: Iterator[Lease] | None = None

    def use_share(self, share: Share | Shares | None) -> None:
        """Give new clients only the addresses of this share from now on; None: all that are free."""
        self.share = share

    def share_in(self, subnet_id: int) -> Share | None:
        """Return the share that new clients of a subnet are limited to; None: all free addresses are theirs."""
        shares = self.share
        return None if shares is None else shares.of(subnet_id)

    def configure(self, subnets: Iterable[Subnet]) -> None:
        """Take these subnets and pools for the ones in force; their statistics start anew from the leases.

        The cumulative and reclaimed ones start at zero, as after a reconfiguration of Kea.
        """
        subnets = tuple(subnets)
        self.statistics.remove_prefix("subnet[")
        self._books = {subnet.id: SubnetBook(subnet.id, subnet.pools) for subnet in subnets}
        self.own = frozenset()
        self._swept, self._overdue = -1, None
        for subnet in subnets:
            self._start_statistics(subnet)
        self.recount()

    def keep_back(self, addresses: frozenset[int]) -> list[tuple[int, int, str]]:
        """Keep these addresses back from now on; return those that are new and in a pool, with subnet id and pool."""
        found: list[tuple[int, int, str]] = []
        for gone in self.own - addresses:
            for _, pool in self._pools_with(gone):
                pool.taken.keep_back(gone - pool.first, False)
        for address in sorted(addresses - self.own):
            for subnet_id, pool in self._pools_with(address):
                pool.taken.keep_back(address - pool.first)
                found.append((address, subnet_id, pool.pool.text))
        self.own = addresses
        return found

    def _pools_with(self, address: int) -> list[tuple[int, PoolBook]]:
        found = [(subnet_id, book.pool_of(address)) for subnet_id, book in self._books.items()]
        return [(subnet_id, pool) for subnet_id, pool in found if pool is not None]

    def subscribe(self, observer: LeaseObserver) -> None:
        """Notify the observer of every change from now on."""
        self._observers = (*self._observers, observer)

    def unsubscribe(self, observer: LeaseObserver) -> None:
        """Notify the observer no longer, if it was."""
        self._observers = tuple([each for each in self._observers if each is not observer])

    def take(self, addresses: Sequence[int], packed: Sequence[bytes]) -> None:
        """Store packed leases that the partner brings, of addresses that have none yet; none comes twice."""
        self.store.take(addresses, packed)
        for observer in self._observers:
            observer.added(addresses, packed)
        counts: dict[str, int] = {}
        self._mark(addresses_by_state(addresses, packed), counts)
        for name, more in counts.items():
            self.statistics.count(name, more)

    def recount(self) -> None:
        """Count assigned and declined addresses from the leases, and mark what is taken."""
        counts: dict[str, int] = {"assigned-addresses": 0, "declined-addresses": 0}
        for some in self.store.addresses_by_state():
            self._mark(some, counts)
        for name, value in counts.items():
            self.statistics.put(name, value)
        if self.progress is not None:
            self.progress.recounted()

    def _mark(self, found: Mapping[tuple[int, int], Sequence[int]], counts: dict[str, int]) -> None:
        """Mark the addresses of new leases, by subnet and state, as taken; ``counts`` gets what they add."""
        for (subnet_id, state), addresses in found.items():
            if state not in _HELD:
                continue
            book = self.book(subnet_id)
            for pool, of_it in book.by_pool(sorted(addresses)):
                if pool is not None:
                    pool.taken.take_all(of_it, pool.first)
                    pool.latest = of_it[-1] - pool.first
                for what in COUNTED_AS[state]:
                    for name in book.names(what, pool):
                        counts[name] = counts.get(name, 0) + len(of_it)

    def book(self, subnet_id: int) -> SubnetBook:
        """Return the book of a subnet; one that is not configured (a lease of a former configuration) has no pools."""
        book = self._books.get(subnet_id)
        if book is None:
            book = self._books[subnet_id] = SubnetBook(subnet_id)
        return book

    def known_book(self, subnet_id: int) -> SubnetBook | None:
        """Return the book of a subnet; None if it has none yet."""
        return self._books.get(subnet_id)

    def apply(self, change: Change, *, given_out: bool = True) -> None:
        """Store or remove the lease, and count what that means.

        ``given_out`` False: a command or the partner brings the lease, so that it is no allocation of ours
        and is not counted among the cumulative ones.
        """
        lease, deleted = change
        old = self.store.remove(lease.address) if deleted else self.store.put(lease)
        if self._observers:
            for observer in self._observers:
                observer.changed(old, None if deleted else lease)
        book = self._books.get(lease.subnet_id) or self.book(lease.subnet_id)
        if old is not None and old.subnet_id != lease.subnet_id:
            self._leave(old, self.book(old.subnet_id))
            old = None
        held = not deleted and lease.state in _HELD
        pool = book.pool_of(lease.address)
        if pool is not None:
            if held:
                offset = lease.address - pool.first
                pool.taken.take(offset)
                if old is None:
                    pool.latest = offset
            else:
                pool.taken.free(lease.address - pool.first)
        self._count(book, pool, old, lease if held else None, given_out)

    def apply_all(self, changes: Iterable[Change]) -> None:
        """``apply`` in order."""
        for change in changes:
            self.apply(change)

    def count_reclaimed(self, lease: Lease) -> None:
        """Count a lease that was found expired; ``lease`` as it was before."""
        book = self.book(lease.subnet_id)
        pool = book.pool_of(lease.address)
        self.statistics.count_all(book.names("reclaimed-leases", pool))
        if lease.state == DECLINED:
            self.statistics.count_all(book.names("reclaimed-declined-addresses", pool))

    def release_overdue(self, now: int) -> bool:
        """Mark addresses of expired leases as free that are not reclaimed yet.

        For an allocator that found nothing. Each call looks at a bounded number of leases and continues where
        the last one stopped, beginning anew at most once per second of ``now``; False when there is nothing
        left to look at.
        """
        if self._overdue is None:
            if self._swept == now:
                return False
            self._swept = now
            self._overdue = self.store.walk_expired(now)
        looked_at = 0
        for lease in islice(self._overdue, _SLICE):
            looked_at += 1
            if lease.state != RELEASED:
                pool = self.book(lease.subnet_id).pool_of(lease.address)
                if pool is not None:
                    pool.taken.free(lease.address - pool.first)
        if looked_at < _SLICE:
            self._overdue = None
        return looked_at > 0

    def _leave(self, old: Lease, book: SubnetBook) -> None:
        pool = book.pool_of(old.address)
        if pool is not None:
            pool.taken.free(old.address - pool.first)
        self._count(book, pool, old, None)

    def _count(
        self,
        book: SubnetBook,
        pool: PoolBook | None,
        old: Lease | None,
        new: Lease | None,
        given_out: bool = True,
    ) -> None:
        count = self.statistics.count_all
        was_held = old is not None and old.state in _HELD
        if new is not None:
            fresh = given_out and (not was_held or (old is not None and old.is_expired(new.cltt)))
            if not was_held:
                count(book.names("assigned-addresses", pool))
            if fresh:
                count(book.names("cumulative-assigned-addresses", pool))
        elif was_held:
            count(book.names("assigned-addresses", pool), -1)
        declined = (new is not None and new.state == DECLINED) - (old is not None and old.state == DECLINED)
        if declined:
            count(book.names("declined-addresses", pool), declined)

    def _start_statistics(self, subnet: Subnet) -> None:
        put = self.statistics.put
        book = self._books[subnet.id]
        for name in _SUBNET_STATISTICS:
            put(book.prefix + name, 0)
        for pool in book.pools:
            for name in _POOL_STATISTICS:
                if not self.statistics.value(pool.prefix + name):
                    put(pool.prefix + name, 0)
            size = pool.last - pool.first + 1
            for prefix in (book.prefix, pool.prefix):
                total = self.statistics.value(prefix + "total-addresses") + size
                put(prefix + "total-addresses", total)


_POOL_STATISTICS: Final = (
    "total-addresses",
    "assigned-addresses",
    "cumulative-assigned-addresses",
    "declined-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
)
_SUBNET_STATISTICS: Final = (
    # those of v4-allocation-fail come into being when they count, as in Kea
    *_POOL_STATISTICS,
    "v4-lease-reuses",
    "v4-reservation-conflicts",
)
