"""The results of the allocation rule: a lease for the client, or none."""

from __future__ import annotations

from typing import NamedTuple

from kea_twisted.config.model import Subnet
from kea_twisted.engine.books import PoolBook
from kea_twisted.engine.clientname import ClientName
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.records import new


class Grant(NamedTuple):
    """A lease for a client, as it will be stored.

    ``remaining``: seconds left of a lease that is confirmed as it was (0: it is new or renewed). ``over``:
    the lease that had expired and makes room. ``former``: other leases of the client, which are removed. ``pool``:
    where the address lies.
    """

    lease: Lease
    subnet: Subnet
    name: ClientName | None
    remaining: int = 0
    over: Lease | None = None
    former: tuple[Lease, ...] = ()
    pool: PoolBook | None = None

    def changes(self) -> tuple[Change, ...]:
        """Return the changes of the table and the lease file, in order."""
        if self.remaining:
            return ()
        if not self.former:
            return (new(Change, (self.lease, False)),)
        return Change(self.lease), *[Change(lease, True) for lease in self.former]


class Refusal(NamedTuple):
    """No address. ``unknown``: the one asked for lies in no pool, another server may know it."""

    unknown: bool = False
