"""Leases on their way from lease files into a store: read once, and put into large tables as they come.

A file has a row for each change, so an address may come again. Of those that do not, which in a file that has
been cleaned up are all, nothing is looked at twice.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Hashable, Mapping, Sequence
from itertools import compress, islice
from operator import add
from typing import Final, Generic, TypeVar

from kea_twisted.lease.expiry import ExpiryIndex
from kea_twisted.lease.indexes import AddressIndex, AddressOrder
from kea_twisted.lease.lease import DEFAULT, INFINITE, RECLAIMED, LeaseRow
from kea_twisted.lease.packed import Keys, keys, other_client_ids, pack
from kea_twisted.lease.rowblock import Block

_MANY: Final = 1000  # leases looked at together
_FEW: Final = 8  # one of so many addresses may come again before all tables are made anew
_LOW, _HIGH = (0, 1) if sys.byteorder == "little" else (1, 0)  # halves of a number of 64 bits

Key = TypeVar("Key", bound=Hashable)


class Tables:
    """The indexes of a store while they are made."""

    def __init__(self) -> None:
        self.by_hwaddr: KeyTable[bytes] = KeyTable()
        self.by_client_id: KeyTable[bytes] = KeyTable()
        self.by_hostname: KeyTable[str] = KeyTable()
        self.by_state: KeyTable[int] = KeyTable()
        self.active = Ends()
        self.reclaimed = Ends()
        self.order = AddressOrder()

    def add(self, leases: Keys, ends: list[int]) -> None:
        """Leases of addresses that are not in yet, with the seconds in which they end."""
        addresses = leases.addresses
        self.by_hwaddr.add_all(*_known(leases.hwaddrs, addresses))
        if leases.client_ids:
            self.by_client_id.add_all(*other_client_ids(leases))
        names, named = _known(leases.names, addresses)
        self.by_hostname.add_all([name.decode("utf-8", "surrogatepass").lower() for name in names], named)
        self.order.add_all(addresses)
        if not any(leases.states) and INFINITE not in leases.lifetimes:
            self.active.add_all(addresses, ends)
            return
        states = leases.states
        odd = [state not in (DEFAULT, RECLAIMED) for state in states]
        self.by_state.add_all(list(compress(states, odd)), list(compress(addresses, odd)))
        for index, is_reclaimed in ((self.active, False), (self.reclaimed, True)):
            chosen = [
                lifetime != INFINITE and (state == RECLAIMED) is is_reclaimed
                for lifetime, state in zip(leases.lifetimes, states, strict=True)
            ]
            index.add_all(list(compress(addresses, chosen)), list(compress(ends, chosen)))


class KeyTable(Generic[Key]):
    """An AddressIndex while it is made."""

    def __init__(self) -> None:
        self._one: dict[Key, int] = {}
        self._several: dict[Key, dict[int, None]] = {}

    def add_all(self, keys: Sequence[Key], addresses: Sequence[int]) -> None:
        """These addresses, none of which comes twice, belong to these keys."""
        firsts = list(map(self._one.setdefault, keys, addresses))
        if firsts == addresses:
            return
        for key, address, first in zip(keys, addresses, firsts, strict=True):
            if first != address:
                self._several.setdefault(key, {first: None})[address] = None

    def index(self) -> AddressIndex[Key]:
        """Return the finished index. Nothing can be added afterwards."""
        for key in self._several:
            del self._one[key]
        return AddressIndex(self._one, self._several)


class Ends:
    """An ExpiryIndex while it is made."""

    def __init__(self) -> None:
        self._usual = array("Q")
        self._odd: list[tuple[int, int]] = []

    def add_all(self, addresses: Sequence[int], seconds: Sequence[int]) -> None:
        """The leases of these addresses end in these seconds."""
        halves = array("I", bytes(8 * len(addresses)))
        try:
            halves[_LOW::2] = array("I", addresses)
            halves[_HIGH::2] = array("I", seconds)
        except OverflowError:  # nothing that has 32 bits
            self._odd += zip(addresses, seconds, strict=True)
        else:
            self._usual.frombytes(halves.tobytes())

    def index(self) -> ExpiryIndex:
        """Return the finished index."""
        index = ExpiryIndex(array("Q", sorted(self._usual)))
        for address, second in self._odd:
            index.add(address, second)
        return index


class Loading:
    """The leases that result from rows: new ones, others of the same address, deletions.

    ``leases`` are packed, by address.
    """

    def __init__(self) -> None:
        self.leases: dict[int, bytes] = {}
        self._tables: Tables | None = Tables()  # None: there were too many changes, they are made at the end
        self._outdated: dict[int, bytes] = {}  # of addresses that came again: what the tables know of them
        self.spans: dict[int, tuple[int, int]] | None = {}
        """By subnet the lowest and the highest address that had a lease; None where it was not worth finding out."""

    def take_block(self, block: Block) -> None:
        """The next rows."""
        addresses, packed, columns, ends = block
        self._see(columns.subnet_ids, addresses)
        if 0 in columns.lifetimes or not self._are_new(addresses):
            self._take_each(addresses, columns.lifetimes, packed)
            return
        before = len(self.leases)
        self.leases.update(zip(addresses, packed, strict=True))
        if len(self.leases) - before < len(addresses):
            self._link({address: self.leases[address] for address in addresses})
        elif self._tables is not None:
            lifetimes, cltts, _, _, _, states, hwaddrs, client_ids, names, _ = columns
            rest = Keys(addresses, lifetimes, cltts, states, hwaddrs, client_ids or (), names or ())
            self._tables.add(rest, ends)

    def take_rows(self, rows: Sequence[LeaseRow]) -> None:
        """The same, read one by one."""
        addresses = [row[0] for row in rows]
        self._see([row[5] for row in rows], addresses)
        self._take_each(addresses, [row[3] for row in rows], list(map(pack, rows)))

    def tables(self) -> tuple[Tables, dict[int, bytes]]:
        """The tables, and what is in them of leases that are others now, or gone; to be asked for once, at the end."""
        if self._tables is None:
            self._tables, self._outdated = Tables(), {}
            self._link(self.leases)
        return self._tables, self._outdated

    def _see(self, subnet_ids: Sequence[int], addresses: Sequence[int]) -> None:
        if self.spans is None or not addresses:
            return
        subnet_id, low, high = subnet_ids[0], min(addresses), max(addresses)
        if subnet_ids.count(subnet_id) < len(subnet_ids):
            self.spans = None
            return
        lowest, highest = self.spans.get(subnet_id, (low, high))
        self.spans[subnet_id] = min(low, lowest), max(high, highest)

    def _are_new(self, addresses: Sequence[int]) -> bool:
        if self._tables is None:
            return True  # for all that reads the result
        outdated = self._outdated
        return self.leases.keys().isdisjoint(addresses) and (not outdated or outdated.keys().isdisjoint(addresses))

    def _take_each(self, addresses: Sequence[int], lifetimes: Sequence[int], packed: Sequence[bytes]) -> None:
        leases, outdated = self.leases, self._outdated
        new: dict[int, bytes] = {}
        for address, lifetime, each in zip(addresses, lifetimes, packed, strict=True):
            of_it = new
            if address in leases:
                of_it = leases
                outdated.setdefault(address, leases[address])
            elif address in outdated:
                of_it = leases
            if lifetime:
                of_it[address] = each
            else:
                of_it.pop(address, None)
        leases.update(new)
        self._link(new)
        if len(outdated) > _MANY + len(leases) // _FEW:
            self._tables = None

    def _link(self, leases: Mapping[int, bytes]) -> None:
        """Tell the tables, if there are any, of leases of new addresses."""
        addresses, packed = iter(leases), iter(leases.values())
        while self._tables is not None and (some := list(islice(addresses, _MANY))):
            for kind in keys(some, list(islice(packed, _MANY))):
                self._tables.add(kind, list(map(add, kind.cltts, kind.lifetimes)))


def _known(keys: Sequence[bytes], addresses: Sequence[int]) -> tuple[Sequence[bytes], Sequence[int]]:
    """The keys that are not empty, and their addresses; there may be no keys at all."""
    return (keys, addresses) if all(keys) and keys else (list(filter(None, keys)), list(compress(addresses, keys)))
