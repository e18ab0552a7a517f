"""A relationship as people look at it: both servers side by side, and the steps of the recent past."""

from __future__ import annotations

from kea_twisted.ha import commands
from kea_twisted.ha.outlook import Standpoint, outlook, standpoints
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import Peer
from kea_twisted.ha.states import STATES, Updates
from kea_twisted.jsonvalue import Json


def overview(relationship: Relationship, now: float) -> dict[str, Json]:
    """Return what is known of both servers, in values that JSON has; ``now`` is the steady time."""
    settings, history = relationship.settings, relationship.history
    own, partner = standpoints(relationship)
    nodes = [
        _node(settings.me, own)
        | {
            "here": True,
            "since": history.since,
            "scopes": list(relationship.scopes.served),
            "serves": relationship.serves,
            "unable": relationship.unable,
        }
    ]
    if partner is not None:
        nodes.append(_node(settings.partner, partner) | _partner(relationship, now))
    nodes += [{"name": each.name, "role": each.role, "url": each.url.text, "here": False} for each in settings.backups]
    return {
        "mode": settings.mode,
        "servers": nodes,
        "heartbeat-delay": settings.heartbeat_delay,
        "max-response-delay": settings.max_response_delay,
        "by-evidence": settings.watch.enabled,
        "updates": STATES[relationship.state].updates is Updates.SEND and settings.send_lease_updates,
        "paused": relationship.paused,
        "steps": history.count,
        "watch": commands.status(relationship, now).get("partner-watch", {}),
    }


def timeline(relationship: Relationship) -> list[dict[str, object]]:
    """Return the steps that are kept, the latest first."""
    return [step._asdict() for step in reversed(relationship.history.steps)]


def _node(peer: Peer, at: Standpoint) -> dict[str, object]:
    takes_over, text = outlook(at)
    return {
        "name": peer.name,
        "role": peer.role,
        "url": peer.url.text,
        "state": at.state.value if at.state is not None else "",
        "outlook": text,
        "takes-over": takes_over,
    }


def _partner(relationship: Relationship, now: float) -> dict[str, object]:
    """Return what this server knows of its partner by heartbeats and lease updates."""
    report = relationship.link.report(now)
    known = report["in-touch"]
    return {
        "here": False,
        "since": relationship.history.partner_since,
        "scopes": report["last-scopes"] if known else [],
        "heard": report["age"] if known else None,
        "clock-skew": report["clock-skew"],
        "owed": len(relationship.updates.owed),
        "interrupted": report["communication-interrupted"],
        "connecting": report["connecting-clients"],
        "unacked": report["unacked-clients"],
        "unacked-left": report["unacked-clients-left"],
        "evidence": relationship.watch.evidence.reasons(now) if relationship.watch.enabled else "",
    }
