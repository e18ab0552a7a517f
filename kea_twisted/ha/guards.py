"""The answers of a relationship to the guards of the state table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted.ha.evidence import Verdict
from kea_twisted.ha.failure import TERMINATE_SKEW
from kea_twisted.ha.messages import Cause
from kea_twisted.ha.relationshipview import RelationshipView
from kea_twisted.ha.settings import BACKUP, HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP, PRIMARY, STANDBY
from kea_twisted.ha.transitions import STARTING, TERMINATED_PATIENCE, Guard


def failure_confirmed(relationship: RelationshipView, now: float) -> bool:
    """Return whether the partner counts as down, and not only the way to it.

    Evidence decides first; where it does not, Kea's rule does. A partner that says itself that it serves, while its
    answers get lost, is replaced only if clients wait in vain. One that answers probes is not replaced, unless this
    server begins and hears that the partner, which waits for it, leaves clients without a server.
    """
    watch, link = relationship.watch, relationship.link
    verdict = watch.verdict(now)
    names = relationship.heartbeat.names
    if names.reached and verdict not in (Verdict.GONE, Verdict.CUT_OFF):
        return names.goes_first
    if verdict is Verdict.CUT_OFF:
        return False
    if verdict is Verdict.LINK_BROKEN and not (relationship.state in STARTING and watch.evidence.denies(now)):
        return False
    if verdict is Verdict.GONE or (relationship.state in STARTING and watch.may_start_alone(now)):
        return True
    if not link.interrupted(now):
        return False
    settings = relationship.settings
    if verdict is Verdict.CLAIMED:
        return link.unacked > settings.max_unacked_clients
    sees_clients = settings.mode == LOAD_BALANCING or settings.me.role == STANDBY
    return link.failure_detected if relationship.serves and sees_clients else True


def _both_ours(relationship: RelationshipView) -> bool:
    return relationship.link.partner_ours and relationship.watch.enabled


def healed(relationship: RelationshipView, now: float) -> bool:
    """Return whether what ended the relationship is over, for both servers."""
    link = relationship.link
    rejected = Cause.REJECTS in (relationship.cause, link.partner_cause)
    return link.partner_ours and link.clocks_agree and not rejected


GUARDS: Final[dict[Guard, Callable[[RelationshipView, float], bool]]] = {
    Guard.AM_PRIMARY: lambda r, now: r.settings.me.role == PRIMARY,
    Guard.AM_BACKUP: lambda r, now: r.settings.me.role == BACKUP,
    Guard.HOT_STANDBY: lambda r, now: r.settings.mode == HOT_STANDBY,
    Guard.LOAD_BALANCING: lambda r, now: r.settings.mode == LOAD_BALANCING,
    Guard.PASSIVE_BACKUP: lambda r, now: r.settings.mode == PASSIVE_BACKUP,
    Guard.NOT_HOT_STANDBY: lambda r, now: r.settings.mode != HOT_STANDBY,
    Guard.NOT_LOAD_BALANCING: lambda r, now: r.settings.mode != LOAD_BALANCING,
    Guard.SYNC_LEASES: lambda r, now: r.settings.sync_leases,
    Guard.SYNCED: lambda r, now: r.fetch.done,
    Guard.SKEW_TOO_HIGH: lambda r, now: abs(r.link.skew) > TERMINATE_SKEW,
    Guard.TOO_MANY_REJECTS: lambda r, now: not _both_ours(r) and r.link.too_many_rejects(now),
    Guard.FAILURE_CONFIRMED: failure_confirmed,
    Guard.TERMINATED_LONG_AGO: lambda r, now: now - r.link.partner_state_since >= TERMINATED_PATIENCE,
    Guard.OWES_UPDATES: lambda r, now: r.watch.enabled and r.updates.owes_promised(),
    Guard.UNSENT_UPDATES: lambda r, now: r.link.missed_updates(),
    Guard.CAN_RECOVER: lambda r, now: r.settings.delayed_updates_limit > 0,
    Guard.HEALED: healed,
    Guard.IN_TOUCH: lambda r, now: not r.link.interrupted(now),
    Guard.BACKLOG_OVERFLOWN: lambda r, now: r.recovery.overflown,
    Guard.BACKLOG_SENT: lambda r, now: r.recovery.sent,
    Guard.PARTNER_OURS: lambda r, now: _both_ours(r),
    Guard.WATCHED: lambda r, now: r.watch.enabled,
    Guard.PARTNER_RESET: lambda r, now: r.recovery.partner_reset,
}
