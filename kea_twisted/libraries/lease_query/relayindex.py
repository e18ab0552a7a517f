"""The leases of each relay identifier and remote identifier, by address. Follows a lease table.

It is made in slices, as there may be a million leases when the library is loaded; what changes meanwhile is taken in at
once. Addresses of one identifier are kept in an array: four bytes each, and the next page is found by bisection.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from kea_twisted.lease.extendedinfo import RELAY_INFO, AgentIds, agent_ids
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.packed import unpack
from kea_twisted.lease.store import LeaseStore

SLICE: Final = 2000
"""Leases that are read in one go, two to six milliseconds."""
_MARKER: Final = RELAY_INFO.encode()
_NO_ADDRESSES: Final = array("I")


class SortedAddresses:
    """The addresses of each identifier, ascending. An identifier with one address costs no array."""

    def __init__(self) -> None:
        self._found: dict[bytes, int | array[int]] = {}

    def add(self, identifier: bytes, address: int) -> None:
        """The address belongs to the identifier from now on."""
        known = self._found.get(identifier)
        if known is None:
            self._found[identifier] = address
        elif isinstance(known, int):
            if known != address:
                self._found[identifier] = array("I", sorted((known, address)))
        else:
            place = bisect_left(known, address)
            if place == len(known) or known[place] != address:
                known.insert(place, address)

    def discard(self, identifier: bytes, address: int) -> None:
        """The address does not belong to the identifier any more, if it did."""
        known = self._found.get(identifier)
        if known is None:
            return
        if isinstance(known, int):
            if known == address:
                del self._found[identifier]
            return
        place = bisect_left(known, address)
        if place < len(known) and known[place] == address:
            del known[place]
            if len(known) == 1:
                self._found[identifier] = known[0]

    def after(self, identifier: bytes, address: int, limit: int) -> list[int]:
        """Return up to ``limit`` addresses of the identifier above ``address``, ascending."""
        known = self._found.get(identifier, _NO_ADDRESSES)
        if isinstance(known, int):
            return [known] if known > address else []
        start = bisect_right(known, address)
        return known[start : start + limit].tolist()

    def __len__(self) -> int:
        return len(self._found)


class RelayIndex:
    """The leases of relays: ``by_relay_id`` and ``by_remote_id``. ``is_broken``: some could not be read."""

    def __init__(self) -> None:
        self.by_relay_id = SortedAddresses()
        self.by_remote_id = SortedAddresses()
        self._rest: Iterator[None] | None = None
        self.is_broken = False

    @property
    def is_complete(self) -> bool:
        """True if all leases are in."""
        return self._rest is None

    def begin(self, store: LeaseStore) -> None:
        """Begin anew with the leases of a store, which ``step`` reads."""
        self.is_broken = False
        self.by_relay_id, self.by_remote_id = SortedAddresses(), SortedAddresses()
        self._rest = self._read(store)

    def step(self) -> None:
        """Read some more of the leases. After an error ``is_broken`` is set, and no more are read."""
        if self._rest is None:
            return
        try:
            next(self._rest, None)
        except Exception:
            self.is_broken = True
            raise

    def changed(self, old: Lease | None, new: Lease | None) -> None:
        """Take in a change of the table."""
        before = old.user_context if old is not None else ""
        after = new.user_context if new is not None else ""
        if before == after:
            return
        if old is not None and before:
            ids = agent_ids(before)
            self.by_relay_id.discard(ids.relay_id, old.address)
            self.by_remote_id.discard(ids.remote_id, old.address)
        if new is not None and after:
            self._add(new.address, agent_ids(after))

    def added(self, addresses: Sequence[int], packed: Sequence[bytes]) -> None:
        """Take in leases that were stored together."""
        for address, each in zip(addresses, packed, strict=True):
            if _MARKER in each:
                self._add(address, agent_ids(unpack(address, each).user_context))

    def _add(self, address: int, ids: AgentIds) -> None:
        if ids.relay_id:
            self.by_relay_id.add(ids.relay_id, address)
        if ids.remote_id:
            self.by_remote_id.add(ids.remote_id, address)

    def _read(self, store: LeaseStore) -> Iterator[None]:
        after = -1
        while leases := store.page(after, SLICE):
            for lease in leases:
                if lease.user_context:
                    self._add(lease.address, agent_ids(lease.user_context))
            after = leases[-1].address
            yield
        self._rest = None
