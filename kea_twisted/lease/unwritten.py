"""The rows that a shared storage has not been given yet, as they were before: the conditions of the next writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kea_twisted.lease.lease import Lease


class UnwrittenRows:
    """By address: the lease before the first change that the storage does not have. Follows a lease table."""

    def __init__(self) -> None:
        self.rows: dict[int, Lease | None] = {}

    def changed(self, old: Lease | None, new: Lease | None) -> None:
        """Keep the lease that was replaced or removed; None for a new one."""
        either = old if new is None else new
        if either is not None:
            self.rows.setdefault(either.address, old)

    def added(self, addresses: Sequence[int], packed: Sequence[bytes]) -> None:
        """Keep that these addresses had no lease."""
        for address in addresses:
            self.rows.setdefault(address, None)

    def take(self, address: int, otherwise: Lease) -> Lease | None:
        """Return the lease before the first change, ``otherwise`` if there was no change; it is being written now."""
        return self.rows.pop(address, otherwise)

    def restore(self, rows: Mapping[int, Lease | None]) -> None:
        """Keep again what ``take`` returned: the write failed."""
        self.rows.update(rows)

    def forget(self, address: int) -> None:
        """Drop the row of an address: the storage has what the table has."""
        self.rows.pop(address, None)

    def clear(self) -> None:
        """Drop all rows: another storage is in use."""
        self.rows.clear()
