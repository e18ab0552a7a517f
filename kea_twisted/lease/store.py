"""All leases in memory, found by address, client, host name, state and end.

A lease is kept as packed bytes and becomes a ``Lease`` again when it is asked for, which takes about half a
microsecond. That saves 230 bytes a lease, and Python's garbage collector never looks at bytes, while it would
walk over a million records in each full collection and hold up the reactor for more than a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, islice
from operator import add
from typing import Final

from kea_twisted.lease.expiry import ExpiryIndex
from kea_twisted.lease.indexes import MASK, SHARDS, AddressIndex, AddressOrder
from kea_twisted.lease.lease import DEFAULT, INFINITE, RECLAIMED, Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.packed import (
    ETHERNET,
    SUBNET_AT,
    Keys,
    addresses_by_state,
    keys,
    other_client_ids,
    pack,
    unpack,
)
from kea_twisted.lease.search import SearchTerm, blocks_between
from kea_twisted.lease.searchtexts import SHIFT, SearchTexts

_MANY: Final = 16384  # leases looked at together: lists as long as all leases would leave a hole in memory
_GATHERED: Final = 2048  # leases looked at in one slice of a search: about a millisecond
_EXAMINED: Final = 24  # to examine the leases of a block takes as long as to look at so many texts,
_MADE: Final = 40  # and to make its text as long as this


class LeaseStore:
    """The one place where leases are. Changes come in by ``put``, ``remove`` and, at the start, ``load``."""

    def __init__(self) -> None:
        self._shards: tuple[dict[int, bytes], ...] = tuple({} for _ in range(SHARDS))
        # the shards of so many addresses in a row, side by side: no Python runs for each of a million leases
        self._ring = self._shards * (256 // SHARDS + 1)
        self._loaded: dict[int, bytes] = {}  # no address is in a shard, too; see the indexes
        self._by_client_id: AddressIndex[bytes] = AddressIndex()  # without those that the hardware address tells
        self._by_hwaddr: AddressIndex[bytes] = AddressIndex()
        self._by_hostname: AddressIndex[str] = AddressIndex()
        self._by_state: AddressIndex[int] = AddressIndex()  # without the two states that many leases are in
        self._active = ExpiryIndex()
        self._reclaimed = ExpiryIndex()
        self._order = AddressOrder()
        self._texts: SearchTexts | None = None
        self.loaded_spans: dict[int, tuple[int, int]] | None = None
        """By subnet the lowest and the highest address of a lease when they had been loaded; None if unknown."""

    def get(self, address: int) -> Lease | None:
        """The lease of the address."""
        packed = self._shards[address & MASK].get(address) or self._loaded.get(address)
        return None if packed is None else unpack(address, packed)

    def put(self, lease: Lease) -> Lease | None:
        """Store a lease in place of the one its address had, which is returned."""
        address = lease.address
        shard = self._loaded if address in self._loaded else self._shards[address & MASK]
        packed = shard.get(address)
        stored = shard[address] = pack(lease)
        if self._texts is not None and (packed is None or packed[SUBNET_AT:] != stored[SUBNET_AT:]):
            self._texts.add(address, stored)
        if packed is None:
            self._link(lease)
            return None
        old = unpack(address, packed)
        if old[1:3] == lease[1:3] and old[8:10] == lease[8:10]:
            self._renew(old, lease)
        else:
            self._unlink(old)
            self._link(lease)
        return old

    def remove(self, address: int) -> Lease | None:
        """Forget the lease of the address and return it."""
        packed = self._shards[address & MASK].pop(address, None) or self._loaded.pop(address, None)
        if packed is None:
            return None
        old = unpack(address, packed)
        self._unlink(old)
        if self._texts is not None and address not in self._order:
            self._texts.forget(address >> SHIFT)
        return old

    def load(self, loading: Loading) -> None:
        """Begin with what was loaded, which is the store's from now on; there must be no leases yet."""
        tables, outdated = loading.tables()
        self._texts = None
        self._loaded, self._order, self.loaded_spans = loading.leases, tables.order, loading.spans
        self._by_client_id, self._by_hwaddr = tables.by_client_id.index(), tables.by_hwaddr.index()
        self._by_hostname, self._by_state = tables.by_hostname.index(), tables.by_state.index()
        self._active, self._reclaimed = tables.active.index(), tables.reclaimed.index()
        for address, packed in outdated.items():
            self._unlink(unpack(address, packed))
            if address in self._loaded:
                self._link(unpack(address, self._loaded[address]))

    def take(self, addresses: Sequence[int], packed: Sequence[bytes]) -> None:
        """Store some packed leases, one or more, of addresses that have none yet; none may come twice."""
        shards = self._shards
        for address, each in zip(addresses, packed, strict=True):
            shards[address & MASK][address] = each
        self._order.add_all(addresses)
        for kind in keys(addresses, packed):
            self._link_all(kind)
        if self._texts is not None:
            for address, each in zip(addresses, packed, strict=True):
                self._texts.add(address, each)

    def __len__(self) -> int:
        return len(self._loaded) + sum(map(len, self._shards))

    def packed(self, addresses: Iterable[int]) -> list[bytes | None]:
        """The packed leases of the addresses; None for one that has none."""
        shards, loaded = self._shards, self._loaded
        return [shards[address & MASK].get(address) or loaded.get(address) for address in addresses]

    def __iter__(self) -> Iterator[Lease]:
        """Every lease, in no order. Change nothing while iterating."""
        for shard in (self._loaded, *self._shards):
            for address, packed in shard.items():
                yield unpack(address, packed)

    def items_packed(self) -> Iterator[tuple[int, bytes]]:
        """Every address with its packed lease, in no order. Change nothing while iterating."""
        return chain(self._loaded.items(), *(shard.items() for shard in self._shards))

    def by_client_id(self, client_id: bytes) -> tuple[Lease, ...]:
        """The leases with this client identifier, by address; none for an empty one."""
        found = self._leases(self._by_client_id.find(client_id))
        usual = self._leases(self._of_card(client_id))
        if not usual:
            return found
        if not found and len(usual) == 1:
            return usual if usual[0].client_id == client_id else ()
        return tuple(sorted(found + tuple(lease for lease in usual if lease.client_id == client_id)))

    def by_hwaddr(self, hwaddr: bytes) -> tuple[Lease, ...]:
        """The leases with this hardware address, by address; none for an empty one."""
        return self._leases(self._by_hwaddr.find(hwaddr))

    def by_hostname(self, hostname: str) -> tuple[Lease, ...]:
        """The leases with this host name, upper and lower case alike, by address."""
        return self._leases(self._by_hostname.find(hostname.lower()))

    def by_state(self, state: int, subnet_id: int | None = None) -> tuple[Lease, ...]:
        """The leases in this state, by address; all of them or those of one subnet."""
        addresses: Collection[int]
        if state in (DEFAULT, RECLAIMED):
            addresses = [lease.address for lease in self if lease.state == state]
        else:
            addresses = self._by_state.find(state)
        found = self._leases(addresses)
        return found if subnet_id is None else tuple(lease for lease in found if lease.subnet_id == subnet_id)

    def addresses_in(self, state: int) -> Collection[int]:
        """The addresses of leases in a state that is neither assigned nor reclaimed. Change nothing meanwhile."""
        return self._by_state.find(state)

    def addresses_by_state(self) -> Iterator[Mapping[tuple[int, int], Sequence[int]]]:
        """All addresses by subnet and state of their leases, in no order: some at a time. Change nothing meanwhile."""
        addresses = chain(self._loaded, *self._shards)
        packed = chain(self._loaded.values(), *(shard.values() for shard in self._shards))
        while some := list(islice(addresses, _MANY)):
            yield addresses_by_state(some, list(islice(packed, len(some))))

    def page(self, after: int, limit: int) -> list[Lease]:
        """Up to ``limit`` leases of addresses above ``after`` (-1: from the first), by address."""
        return list(islice(self._walk(after), limit))

    def addresses(self, after: int, end: int | None) -> Iterator[int]:
        """The addresses above ``after`` (-1: from the first) up to ``end`` (None: all) that have leases, ascending."""
        shards, loaded = self._shards, self._loaded
        for block in self._order.candidates(after):
            is_last = end is not None and block[-1] >= end
            for address in range(block[0], end + 1) if end is not None and is_last else block:
                if address in shards[address & MASK] or address in loaded:
                    yield address
            if is_last:
                return

    def packed_page(self, after: int, limit: int, blocks: int) -> tuple[list[int], list[bytes], int | None]:
        """The same, as addresses and packed leases, and the address behind which there may be more.

        No more than so many ``blocks`` of 256 addresses are examined, also if they are empty.
        """
        shards, loaded = self._shards, self._loaded
        addresses: list[int] = []
        packed: list[bytes] = []
        for block in self._order.candidates(after):
            if not blocks:
                return addresses, packed, block[0] - 1
            blocks -= 1
            for address in block:
                each = shards[address & MASK].get(address) or loaded.get(address)
                if each is not None:
                    addresses.append(address)
                    packed.append(each)
            if len(addresses) >= limit:
                return addresses[:limit], packed[:limit], addresses[limit - 1]
        return addresses, packed, None

    @property
    def is_prepared(self) -> bool:
        """True if ``scan`` goes through all leases in some 30 ms a million."""
        return self._texts is not None and self._texts.is_complete

    def prepare(self, after: int, blocks: int) -> int | None:
        """Make the texts for searches from the address above ``after``; return the one behind which to continue.

        None: all are made. No more than so many ``blocks`` of 256 addresses are made.
        """
        if self._texts is None:
            self._texts = SearchTexts(self._bodies)
        return self._texts.prepare(after, blocks, self._order)

    def tidy_texts(self, blocks: int) -> bool:
        """Make up to so many texts for searches anew that have grown by changes; return True if there are more."""
        return self._texts is not None and self._texts.tidy(blocks)

    def forget_texts(self) -> None:
        """Forget the texts for searches."""
        self._texts = None

    def scan(self, after: int, term: SearchTerm, blocks: int, enough: int) -> tuple[list[int], int | None]:
        """The addresses above ``after`` of leases in which the term may be, and the one behind which to continue.

        None: there are no more. No more is looked at than so many ``blocks`` of 256 addresses without a text, or more
        with one; ``enough`` addresses end it, too.
        """
        texts, effort = self._texts, blocks * _EXAMINED
        found: list[int] = []
        for block in blocks_between(self._order.candidates(max(after, term.first - 1)), term.last):
            if effort <= 0 or len(found) >= enough:
                return found, block[0] - 1
            number = block[0] >> SHIFT
            if texts is not None:
                if texts.is_complete and number not in texts:
                    texts.make(number)
                    effort -= _MADE
                if number in texts:
                    effort -= 1
                    if not texts.may_have(number, term):
                        continue
            effort -= _EXAMINED
            found += term.chosen(*self._present(block))
        return found, None

    def _bodies(self, block: range) -> list[bytes]:
        """The packed leases of a block, in no order."""
        packed = filter(None, map(dict.get, self._ring[block[0] & MASK :], block))
        return [*packed, *filter(None, map(self._loaded.get, block))] if self._loaded else list(packed)

    def gather(self, term: SearchTerm) -> Iterator[list[int]]:
        """Yield the addresses of all leases in which the term may be, in no order: some at a time.

        This goes through a million leases several times as fast as ``scan``, as it takes them as they lie in memory.
        Raises RuntimeError if one of those that were loaded was removed meanwhile.
        """
        addresses, packed = iter(self._loaded), iter(self._loaded.values())
        while some := list(islice(packed, _GATHERED)):
            chosen = list(islice(addresses, len(some)))
            yield term.chosen(chosen, some) if term.may_be_in(some) else []
        for shard in self._shards:
            those, bodies = list(shard), list(shard.values())
            for start in range(0, len(those), _GATHERED):
                some = bodies[start : start + _GATHERED]
                yield term.chosen(those[start : start + _GATHERED], some) if term.may_be_in(some) else []

    def _present(self, block: range) -> tuple[list[int], list[bytes]]:
        """The addresses of a block that have leases, and their packed leases."""
        packed = list(map(dict.get, self._ring[block[0] & MASK :], block))
        if self._loaded:
            packed = [one or other for one, other in zip(packed, map(self._loaded.get, block), strict=True)]
        return list(compress(block, packed)), list(filter(None, packed))

    def walk_expired(self, now: float) -> Iterator[Lease]:
        """Yield leases whose end has passed and that are not reclaimed, oldest first, one by one.

        Leases may change meanwhile: for a walk over many reactor turns.
        """
        yield from self._walk_ended(self._active, now)

    def walk_reclaimed(self, when: float) -> Iterator[Lease]:
        """Reclaimed leases that ended before ``when``, oldest first, one after the other, while leases may change."""
        yield from self._walk_ended(self._reclaimed, when)

    def _of_card(self, client_id: bytes) -> Collection[int]:
        """The addresses of the hardware address that the client identifier tells."""
        return self._by_hwaddr.find(client_id[1:]) if client_id[:1] == ETHERNET else ()

    def _leases(self, addresses: Collection[int]) -> tuple[Lease, ...]:
        if not addresses:
            return ()
        shards, loaded = self._shards, self._loaded
        return tuple(
            [unpack(address, shards[address & MASK].get(address) or loaded[address]) for address in sorted(addresses)]
        )

    def _walk_ended(self, index: ExpiryIndex, now: float) -> Iterator[Lease]:
        """Leases that are still in this index and still at an end when their turn comes."""
        over = index is self._reclaimed
        for addresses in index.ended_by_second(now):
            for address in addresses:
                lease = self.get(address)
                if lease is not None and (lease.state == RECLAIMED) is over and lease.is_expired(now):
                    yield lease

    def _walk(self, after: int) -> Iterator[Lease]:
        shards, loaded = self._shards, self._loaded
        for block in self._order.candidates(after):
            for address in block:
                packed = shards[address & MASK].get(address) or loaded.get(address)
                if packed is not None:
                    yield unpack(address, packed)

    def _link(self, lease: Lease) -> None:
        address, hwaddr, client_id, lifetime, cltt, _, _, _, hostname, state, _, _ = lease
        if hwaddr:
            self._by_hwaddr.add(hwaddr, address)
        if client_id and (client_id != ETHERNET + hwaddr or not hwaddr):
            self._by_client_id.add(client_id, address)
        if hostname:
            self._by_hostname.add(hostname.lower(), address)
        if state != DEFAULT and state != RECLAIMED:
            self._by_state.add(state, address)
        if lifetime != INFINITE:
            (self._reclaimed if state == RECLAIMED else self._active).add(address, cltt + lifetime)
        self._order.add(address)

    def _link_all(self, leases: Keys) -> None:
        """Put leases of one kind into all indexes but the order."""
        addresses = leases.addresses
        if leases.hwaddrs[0]:
            self._by_hwaddr.add_all(leases.hwaddrs, addresses)
        if leases.client_ids[0]:
            self._by_client_id.add_all(*other_client_ids(leases))
        if leases.names[0]:
            names = [name.decode("utf-8", "surrogatepass").lower() for name in leases.names]
            self._by_hostname.add_all(names, addresses)
        ends = list(map(add, leases.cltts, leases.lifetimes))
        if not any(leases.states) and INFINITE not in leases.lifetimes:
            self._active.add_all(addresses, ends)
            return
        for address, lifetime, end, state in zip(addresses, leases.lifetimes, ends, leases.states, strict=True):
            if state != DEFAULT and state != RECLAIMED:
                self._by_state.add(state, address)
            if lifetime != INFINITE:
                (self._reclaimed if state == RECLAIMED else self._active).add(address, end)

    def _unlink(self, lease: Lease) -> None:
        address, hwaddr, client_id, lifetime, cltt, _, _, _, hostname, state, _, _ = lease
        self._by_hwaddr.discard(hwaddr, address)
        self._by_client_id.discard(client_id, address)
        if hostname:
            self._by_hostname.discard(hostname.lower(), address)
        if state != DEFAULT and state != RECLAIMED:
            self._by_state.discard(state, address)
        if lifetime != INFINITE:
            (self._reclaimed if state == RECLAIMED else self._active).discard(address, cltt + lifetime)
        self._order.discard(address)

    def _renew(self, old: Lease, lease: Lease) -> None:
        """Only the end can have changed in what the indexes know."""
        index = self._reclaimed if lease.state == RECLAIMED else self._active
        if old.valid_lifetime != INFINITE:
            index.discard(lease.address, old.cltt + old.valid_lifetime)
        if lease.valid_lifetime != INFINITE:
            index.add(lease.address, lease.cltt + lease.valid_lifetime)
