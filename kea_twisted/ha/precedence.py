"""The one of two servers' leases of an address that counts."""

from __future__ import annotations

from kea_twisted.lease.lease import DECLINED, DEFAULT, RELEASED, Lease, is_ahead
from kea_twisted.lease.packed import pack


def replaces(one: Lease, other: Lease, now: float, apart: int = 0) -> bool:
    """Return True if a lease counts more: the newer one. Of the same second, both servers choose alike.

    A lease that was released or declined is as old as the one that it was before, and follows it. The age of a lease
    that a wrong clock gave is not known: it gives way to one that keeps its client from the address. A lease that has
    ended never counts more than one that another client has, nor than one that its own client may have got since, if
    the clocks are ``apart`` seconds apart. Of two probations the longer one counts (``covering``).
    """
    if one.may_follow(other, apart, now):
        return True
    if other.may_follow(one, apart, now):
        return False
    if one.supersedes(other, now) or other.supersedes(one, now):
        return other.state != DEFAULT
    if one.cltt != other.cltt:
        ahead = is_ahead(one.cltt, now)
        if ahead is not is_ahead(other.cltt, now):
            return not _excludes(other, one, now) if ahead else _excludes(one, other, now)
        return one.cltt > other.cltt
    if both_hold(one, other, now):
        return (one.hwaddr, one.client_id) < (other.hwaddr, other.client_id)
    if one.state == DEFAULT and other.state == DECLINED and not other.hwaddr:
        return not one.is_expired(now)  # a declined lease says no more whose it was, and its probation ends
    if one.state == other.state == DECLINED:
        return one.valid_lifetime > other.valid_lifetime
    ended = one.state in (DECLINED, RELEASED) and other.state == DEFAULT
    return ended and one.belongs_to(other.hwaddr, other.client_id)


def prevails(one: Lease, other: Lease, now: float) -> bool:
    """Return True if a lease is to be kept of two that differ; of two that nothing else tells apart, one is."""
    return replaces(one, other, now) or (not replaces(other, one, now) and pack(one) < pack(other))


def both_hold(one: Lease, other: Lease, now: float) -> bool:
    """Return True if two clients' leases of an address overlap in time."""
    older, newer = (one, other) if one.cltt <= other.cltt else (other, one)
    same = one.belongs_to(other.hwaddr, other.client_id)
    given = now if is_ahead(newer.cltt, now) else newer.cltt
    return not same and one.state == other.state == DEFAULT and not older.is_expired(given)


def _excludes(lease: Lease, other: Lease, now: float) -> bool:
    """Return True if a lease keeps the client of another one from the address at ``now``."""
    if lease.state not in (DEFAULT, DECLINED) or lease.is_expired(now):
        return False
    return lease.state == DECLINED or not lease.belongs_to(other.hwaddr, other.client_id)
