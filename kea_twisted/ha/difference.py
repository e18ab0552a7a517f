"""The leases in which two servers differ, and what is to be done about each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from kea_twisted.ha.deletions import Deletions
from kea_twisted.ha.precedence import prevails
from kea_twisted.ha.rows import packed_rows
from kea_twisted.interfaces import Log
from kea_twisted.lease.digest import lasts
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.packed import term, unpack
from kea_twisted.lease.store import LeaseStore

Differences: TypeAlias = dict[int, tuple[bytes | None, bytes | None]]
"""By address, the packed lease of this server and that of its partner; None: it has none."""


class Repair(NamedTuple):
    """The changes that make two tables equal."""

    take: list[Lease]  # the partner's count more, and there are no newer ones here
    send: list[Lease]  # ours count more
    delete: list[Lease]  # the partner's, which a command deleted here


class SubnetCount:
    """Counts of a subnet: leases compared, and leases repaired."""

    def __init__(self) -> None:
        self.leases = self.taken = self.sent = self.deleted = 0

    @property
    def differing(self) -> int:
        """The number of leases that differed."""
        return self.taken + self.sent + self.deleted


def find(
    store: LeaseStore,
    text: str,
    after: int,
    end: int | None,
    cutoff: int,
    subnets: Collection[int],
    name: str,
    log: Log,
) -> Differences:
    """Compare rows of the partner with the leases of the addresses above ``after`` up to ``end``."""
    theirs = packed_rows(text, name, log)
    addresses = {*store.addresses(after, end), *(each for each in theirs if end is None or each <= end)}
    found: Differences = {}
    for address, ours in zip(addresses, store.packed(addresses), strict=True):
        other = theirs.get(address)
        if ours != other and (_counts(ours, cutoff, subnets) or _counts(other, cutoff, subnets)):
            found[address] = ours, other
    return found


def lasting(first: Differences, second: Differences) -> Differences:
    """Return what differs in the same way at a second look; all else was an update under way."""
    return {address: each for address, each in first.items() if second.get(address) == each}


def decide(
    found: Mapping[int, tuple[bytes | None, bytes | None]], deletions: Deletions, now: float, partner_ahead: int
) -> Repair:
    """Choose for each address the lease that both are to have.

    ``partner_ahead``: the seconds by which the partner's clock is ahead.
    """
    repair = Repair([], [], [])
    for address, (ours, theirs) in found.items():
        own = None if ours is None else unpack(address, ours)
        other = None if theirs is None else unpack(address, theirs)
        if other is None or (own is not None and prevails(own, other, now)):
            assert own is not None
            repair.send.append(own)
        elif deletions.covers(other, now, partner_ahead):
            repair.delete.append(other)
        else:
            repair.take.append(other if own is None else other.covering(own, now))
    return repair


def count(counts: dict[int, SubnetCount], repair: Repair) -> None:
    """Add what is repaired to the counts by subnet."""
    for lease in repair.take:
        _count_of(counts, lease).taken += 1
    for lease in repair.send:
        _count_of(counts, lease).sent += 1
    for lease in repair.delete:
        _count_of(counts, lease).deleted += 1


def unchanged(leases: Iterable[Lease], found: Differences, lookup: Callable[[int], Lease | None]) -> list[Lease]:
    """Return those of the partner's leases whose own counterpart is still the one that was compared."""
    kept = []
    for lease in leases:
        ours = found[lease.address][0]
        if lookup(lease.address) == (None if ours is None else unpack(lease.address, ours)):
            kept.append(lease)
    return kept


def _count_of(counts: dict[int, SubnetCount], lease: Lease) -> SubnetCount:
    if lease.subnet_id not in counts:
        counts[lease.subnet_id] = SubnetCount()
    return counts[lease.subnet_id]


def _counts(packed: bytes | None, cutoff: int, subnets: Collection[int]) -> bool:
    return packed is not None and lasts(packed, cutoff) and (not subnets or term(packed)[2] in subnets)
