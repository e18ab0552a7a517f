"""Deletions by a partner that did not know the present lease of the address.

A server that stood still handles a RELEASE late, when its client has got the lease again from the other one.
"""

from __future__ import annotations

from kea_twisted.commands.context import Context
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import DEFAULT, Lease, is_ahead


def is_given_alone(context: Context, ours: Lease) -> bool:
    """Return True if a lease was given while this server serves the partner's clients, and so the partner none."""
    if not context.service_state.alone or ours.state != DEFAULT or ours.is_expired(context.now()):
        return False
    return ours.cltt >= context.table.renews_until > 0


def is_of_older(arguments: Json, ours: Lease, now: float) -> bool:
    """Return True if the lease in the arguments of a partner's lease4-del ended before this server gave ``ours``.

    A Kea sends the lease as it was. Where only the address is known, the deletion is of the present lease.
    """
    expire, lifetime = arguments.get("expire"), arguments.get("valid-lft")
    return type(expire) is type(lifetime) is int and is_given_since(ours, expire - lifetime, now)


def is_given_since(lease: Lease, at: int, now: float) -> bool:
    """Return True if a client got a lease after this time; one of both from a wrong clock is before the other."""
    ahead = is_ahead(lease.cltt, now)
    return lease.cltt > at if ahead is is_ahead(at, now) else not ahead
