"""The names to update in the DNS for what was decided about a query (Kea: ``createNameChangeRequests``).

A name is a lease whose name is to be added, or removed where ``deleted`` is set. The requests are made and sent when
the leases are on disk.
"""

from __future__ import annotations

from typing import Protocol

from kea_twisted.engine.grants import Grant
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.lease.lease import Change, Lease


class NameUpdates(Protocol):
    """The way to the server that updates the DNS."""

    @property
    def enabled(self) -> bool:
        """True if names are updated at present."""

    def update(self, change: Change) -> None:
        """Have the names of a lease added to the DNS, or removed; it may have none. Never raises, never waits."""


def names_of(grant: Grant, table: LeaseTable) -> tuple[Change, ...]:
    """Return the names to update when a grant becomes a lease; the table is as before.

    Kea leaves the DNS alone where a client keeps its name and flags but gets another address. Here an address that
    changes is a change of the name, too.
    """
    lease, over = grant.lease, grant.over
    if grant.remaining:
        return ()
    gone = [] if over is None else [Change(over, True)]
    pool = grant.pool
    rules = (pool.pool.names if pool is not None else None) or grant.subnet.names
    if not rules.sends:
        return tuple(gone)
    gone += [Change(former, True) for former in grant.former]
    old = table.store.get(lease.address) if over is None else None
    if old is not None and not gone and not rules.on_renew and _same_names(old, lease):
        return ()
    if old is not None:
        gone.append(Change(old, True))
    return *gone, Change(lease)


def without_names(lease: Lease) -> Lease:
    """Return the lease with names that the DNS does not have."""
    return lease._replace(fqdn_fwd=False, fqdn_rev=False)


def _same_names(one: Lease, other: Lease) -> bool:
    if one.fqdn_fwd != other.fqdn_fwd or one.fqdn_rev != other.fqdn_rev:
        return False
    return one.hostname.lower() == other.hostname.lower()
