"""The one of two servers' leases of an address that counts."""

from __future__ import annotations

from kea_twisted.lease.lease import DECLINED, DEFAULT, RELEASED, Lease
from kea_twisted.lease.packed import pack


def replaces(one: Lease, other: Lease) -> bool:
    """Return True if a lease counts more: the newer one. Of the same second, both servers choose alike.

    A lease that was released or declined is as old as the one that it was before, and follows it.
    """
    if one.cltt != other.cltt:
        return one.cltt > other.cltt
    if both_hold(one, other):
        return (one.hwaddr, one.client_id) < (other.hwaddr, other.client_id)
    ended = one.state in (DECLINED, RELEASED) and other.state == DEFAULT
    return ended and one.belongs_to(other.hwaddr, other.client_id)


def prevails(one: Lease, other: Lease) -> bool:
    """Return True if a lease is to be kept of two that differ; of two that nothing else tells apart, one is."""
    return replaces(one, other) or (not replaces(other, one) and pack(one) < pack(other))


def both_hold(one: Lease, other: Lease) -> bool:
    """Return True if two clients' leases of an address overlap in time."""
    older, newer = (one, other) if one.cltt <= other.cltt else (other, one)
    same = one.belongs_to(other.hwaddr, other.client_id)
    return not same and one.state == other.state == DEFAULT and not older.is_expired(newer.cltt)
