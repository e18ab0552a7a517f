"""The leases that the partner lacks, or has an older state of, found while its leases are fetched.

A server that served alone remembers what it owes its partner, but not beyond its own end. The fetch after a start is
where that shows. Kea does not look, and its partner may give such an address to another client.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kea_twisted.lease.lease import DECLINED, DEFAULT, RELEASED, Lease
from kea_twisted.lease.store import LeaseStore


class MissingLeases:
    """Fed with the partner's leases, part by part in the order of their addresses, after they were taken in.

    ``subnets``: those whose leases the partner is to have; none: all.
    """

    def __init__(self, subnets: Collection[int]) -> None:
        self.addresses: set[int] = set()
        self._subnets = subnets
        self._after = -1  # up to here the addresses have been compared

    def compare(
        self, theirs: Collection[int], ahead: Iterable[Lease], last: bool, store: LeaseStore, now: float
    ) -> None:
        """A part: the addresses of the partner's leases, and ours that count more. ``last``: nothing follows."""
        end = None if last else max(theirs, default=self._after)
        for address in store.addresses(self._after, end):
            if address not in theirs:
                self._look_at(store.get(address), now)
        for lease in ahead:
            if lease.state == RELEASED and not self._is_elsewhere(lease):
                self.addresses.add(lease.address)  # the partner still has it as its client's
            else:
                self._look_at(lease, now)
        self._after = self._after if end is None else end

    def _look_at(self, ours: Lease | None, now: float) -> None:
        if ours is None:
            return
        if ours.state in (DEFAULT, DECLINED) and not ours.is_expired(now) and not self._is_elsewhere(ours):
            self.addresses.add(ours.address)

    def _is_elsewhere(self, lease: Lease) -> bool:
        return bool(self._subnets) and lease.subnet_id not in self._subnets
