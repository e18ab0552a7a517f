"""Leases that a command deleted here: the partner is told, and nothing it says of them from before counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from kea_twisted.lease.lease import Lease

LIMIT: Final = 100_000
"""Deletions remembered; the oldest are forgotten beyond that."""


class Deletions:
    """By address, the time (seconds since the epoch) of the deletion, and those not confirmed by the partner."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.unconfirmed: set[int] = set()
        self._at: dict[int, float] = {}
        self._limit = limit

    def __bool__(self) -> bool:
        return bool(self._at)

    def add(self, addresses: Iterable[int], now: float) -> None:
        """These leases were deleted."""
        for address in addresses:
            self._at.pop(address, None)
            self._at[address] = now
            self.unconfirmed.add(address)
        while len(self._at) > self._limit:
            oldest = next(iter(self._at))
            del self._at[oldest]
            self.unconfirmed.discard(oldest)

    def covers(self, lease: Lease) -> bool:
        """Whether a lease was deleted here after its client had it last."""
        return lease.cltt < int(self._at.get(lease.address, 0.0))

    def revived(self, addresses: Iterable[int], lookup: Callable[[int], Lease | None]) -> list[Lease]:
        """Those of the addresses whose deleted lease is in the table again."""
        if not self._at:
            return []
        found = (lookup(address) for address in addresses if address in self._at)
        return [lease for lease in found if lease is not None and self.covers(lease)]
