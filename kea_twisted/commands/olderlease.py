"""Deletions by a partner that did not know the present lease of the address.

A server that stood still handles a RELEASE late, when its client has got the lease again from the other one.
"""

from __future__ import annotations

from kea_twisted.commands.context import Claims, Context
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import DEFAULT, Lease, is_ahead


def claims_to(context: Context, lease: Lease) -> Claims | None:
    """Return the claims of the relationship that a lease belongs to."""
    return context.ha.claims(lease) if context.ha is not None else None


def has_claim(context: Context, ours: Lease) -> bool:
    """Return True if a partner's newer lease may have to be refused in favour of ours."""
    claims = claims_to(context, ours)
    return claims is not None and (claims.alone or claims.has_promised(ours.address))


def is_unknown_to_partner(context: Context, ours: Lease) -> bool:
    """Return True if a client has our lease, and the partner has not confirmed it."""
    claims = claims_to(context, ours)
    return claims is not None and claims.has_promised(ours.address)


def is_given_after_end(context: Context, ours: Lease, theirs: Lease) -> bool:
    """Return True if a client may have got our lease, unknown to the partner, after that had ended an earlier one."""
    claims = claims_to(context, ours) if theirs.state != DEFAULT else None
    if claims is None or not claims.has_promised(ours.address):
        return False
    return ours.may_follow(theirs, claims.clocks_apart, context.now())


def is_given_alone(claims: Claims | None, ours: Lease, now: float) -> bool:
    """Return True if a lease was given while this server serves the partner's clients, and so the partner none.

    It is owed to the partner, or so young that the partner's clock cannot have shown its time before that.
    """
    if claims is None or not claims.alone or ours.state != DEFAULT or ours.is_expired(now):
        return False
    return claims.owes(ours.address) or 0 < claims.alone_since <= ours.cltt - claims.clocks_apart


def is_newer(context: Context, arguments: Json, ours: Lease) -> bool:
    """Return True if the lease in the arguments of a partner's lease4-del ended before this server gave ``ours``.

    A Kea sends the lease as it was. Where only the address is known, the deletion is of the present lease.
    """
    claims, now = claims_to(context, ours), context.now()
    if is_given_alone(claims, ours, now):
        return True
    expire, lifetime = arguments.get("expire"), arguments.get("valid-lft")
    return type(expire) is type(lifetime) is int and is_given_since(ours, by_own_clock(claims, expire - lifetime), now)


def is_given_since(lease: Lease, at: int, now: float) -> bool:
    """Return True if a client got a lease after this time; one of both from a wrong clock is before the other."""
    ahead = is_ahead(lease.cltt, now)
    return lease.cltt > at if ahead is is_ahead(at, now) else not ahead


def by_own_clock(claims: Claims | None, at: int) -> int:
    """Return the latest time that a partner's time can be on this server's clock.

    The lease that it is compared with may have been given by either server, and so by either clock.
    """
    return at if claims is None else max(at, at - claims.partner_ahead)


def is_deleted(claims: Claims | None, ours: Lease, at: int, given: int, now: float) -> bool:
    """Return True if the partner's deletion, at this time by its clock, is of our lease or a later one.

    ``given`` is the time of the lease that it deleted, 0 if that is not known. Another lease that either server may
    have given since is not deleted, as in ``ha.deletions``.
    """
    if not given:
        return not is_given_since(ours, by_own_clock(claims, at), now)
    if ours.cltt == given:
        return True
    if is_ahead(ours.cltt, now):
        return ours.cltt < given
    earliest = at if claims is None else min(at, at - claims.partner_ahead)
    return not is_ahead(earliest, now) and ours.cltt < earliest
