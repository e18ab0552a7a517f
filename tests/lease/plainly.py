"""The rows of a lease file taken one by one, for comparison with what takes many at once."""

from __future__ import annotations

from collections.abc import Iterable

from kea_twisted.lease.lease import LeaseRow
from kea_twisted.lease.packed import pack


def replay(leases: dict[int, bytes], events: Iterable[tuple[str, LeaseRow]]) -> None:
    """Apply rows, one after the other, to packed leases by address: what ``replay_file`` does, at its plainest."""
    forget = leases.pop
    for _, row in events:
        if row[3]:
            leases[row[0]] = pack(row)
        else:
            forget(row[0], None)
