"""Rules of handover beside the tables of states and steps, where both servers could serve or both have served.

It concerns watched partners only: Kea's rules know nothing of it.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.ha.dhcpservice import ALONE
from kea_twisted.ha.guards import failure_confirmed
from kea_twisted.ha.messages import Cause
from kea_twisted.ha.relationshipview import RelationshipView
from kea_twisted.ha.states import State
from kea_twisted.ha.transitions import NORMAL

BALANCING: Final = frozenset((State.LOAD_BALANCING, State.COMMUNICATION_RECOVERY))
"""The states in which both servers serve, each its own clients."""

PATIENCE: Final = 5.0
"""Seconds after which a partner that still works as one of two does not take over, as one that is paused."""

_UP_TO_ITS_END: Final = NORMAL | {State.TERMINATED}


def informs_after_end(relationship: RelationshipView) -> bool:
    """Return whether a partner of our own kind still gets updates although the clocks ended the relationship.

    It serves alone when this server dies, and must not give away what this one has promised since.
    """
    link = relationship.link
    # also one that does not know yet that the relationship ended
    ended = relationship.state is State.TERMINATED and link.partner_state in _UP_TO_ITS_END
    rejected = Cause.REJECTS in (relationship.cause, link.partner_cause)
    return ended and relationship.watch.enabled and link.partner_ours and not rejected


def catches_up(relationship: RelationshipView) -> bool:
    """Return whether the partner is ready, and hears what has happened since its fetch before it serves again."""
    returns = relationship.state is State.PARTNER_DOWN and relationship.link.partner_state is State.READY
    return returns and relationship.watch.enabled


def serves_instead(relationship: RelationshipView, left_at: float, now: float) -> bool:
    """Return whether the partner serves the clients that this server left to it, or is about to.

    A request that fails is no proof of the contrary: the evidence has to be as strong as for a takeover.
    """
    link, partner = relationship.link, relationship.link.partner_state
    if not relationship.settings.partner.auto_failover:
        return False
    if partner is State.UNAVAILABLE:
        return not failure_confirmed(relationship, now)
    if partner in NORMAL:
        return link.partner_ours and now - left_at <= PATIENCE
    return partner in ALONE


def has_left(relationship: RelationshipView) -> bool:
    """Return whether this server has left the work to its partner, which is to know what was promised before."""
    state, partner = relationship.state, relationship.link.partner_state
    left = state is State.IN_MAINTENANCE or (state is State.WAITING and relationship.unable != "")
    return left and relationship.watch.enabled and partner is not State.UNAVAILABLE


def may_linger(relationship: RelationshipView) -> bool:
    """Return whether the partner, a Kea that has returned, does not serve before its next heartbeat tells it to."""
    link = relationship.link
    handed_over = relationship.previous is State.PARTNER_DOWN and relationship.state in NORMAL
    waits = link.partner_state is State.READY and not link.partner_ours
    return handed_over and waits and relationship.watch.enabled and relationship.settings.me.auto_failover


def may_stand_in(relationship: RelationshipView, now: float) -> bool:
    """Return whether a server of load-balancing serves the clients of a partner that may be gone, and may not.

    New ones get addresses of this server's own half. A partner that was only slow asks before it gives an address.
    """
    watch = relationship.watch
    if relationship.state not in BALANCING or not watch.active or not relationship.settings.me.auto_failover:
        return False
    return watch.evidence.out_of_reach(now)
