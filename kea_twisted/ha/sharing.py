"""This server's part of the free addresses while the partner may serve out of sight."""

from __future__ import annotations

from kea_twisted.engine.share import Share
from kea_twisted.ha.relationship import Relationship


def gives_all(relationship: Relationship) -> bool:
    """Return True if no half is left to the partner: a Kea leaves none, and one whose process ended gives none.

    The latter is a matter of the moment: the partner may begin again, and not be heard.
    """
    watch = relationship.watch
    ended = watch.is_behind(relationship.state) and watch.evidence.proves_end
    return relationship.updates.partner_is_known_kea or ended


def share_of(relationship: Relationship, strict: frozenset[int]) -> Share:
    """Return the part that new clients get; ``strict`` are the subnets that the partner has with another id."""
    settings, updates = relationship.settings, relationship.updates
    is_first = relationship.heartbeat.names.goes_first
    unknown = updates.partner_is_kea and not updates.partner_is_known_kea  # it was not heard since the start
    behind = relationship.watch.is_behind(relationship.state)
    return Share(
        odd=not is_first,
        whole=gives_all(relationship),
        moves=behind or unknown or not is_first,
        own="" if behind or unknown else f"HA_{settings.this_server_name}",  # else the partner gives from these, too
        other=f"HA_{settings.partner.name}",
        is_owed=lambda address: address in updates.owed,
        strict=strict,
        names_other=relationship.identifiers.holds,
    )
