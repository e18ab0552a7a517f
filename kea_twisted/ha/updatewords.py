"""Log lines about lease updates that a peer did not take."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.ha.messages import Kind, Reply
from kea_twisted.ha.settings import Peer
from kea_twisted.ha.unconfirmed import UnconfirmedUpdate
from kea_twisted.interfaces import Log
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import label

WITHOUT_QUERY: Final = "of an earlier change"

LEASE_TYPE: Final = "V4"
"""Kea's name of the type of a DHCPv4 lease."""

_EVENTS: Final = {
    Kind.UNREACHABLE: E.HA_LEASE_UPDATE_COMMUNICATIONS_FAILED,
    Kind.CONFLICT: E.HA_LEASE_UPDATE_CONFLICT,
}


def say_not_taken(log: Log, name: str, peer: Peer, update: UnconfirmedUpdate, reply: Reply, in_group: bool) -> None:
    """Log that a peer did not take an update of this server (``name``), which may have been one of a group."""
    event = _EVENTS.get(reply.kind, E.HA_LEASE_UPDATE_FAILED)
    if event in log.enabled:
        query = label(update.tickets[0].message) if update.tickets else WITHOUT_QUERY
        log.emit(event, name, query, peer.label, reply.text)
    if reply.kind is not Kind.UNREACHABLE and in_group:
        _say_of_lease(log, update, reply)


def _say_of_lease(log: Log, update: UnconfirmedUpdate, reply: Reply) -> None:
    """Log the lease of a group that the peer did not take, as Kea does for those of DHCPv6."""
    gone = update.change is None or update.change.deleted
    event = E.HA_LEASE_UPDATE_DELETE_FAILED_ON_PEER if gone else E.HA_LEASE_UPDATE_CREATE_UPDATE_FAILED_ON_PEER
    if event in log.enabled:
        query = label(update.tickets[0].message) if update.tickets else WITHOUT_QUERY
        log.emit(event, query, LEASE_TYPE, address_text(update.address), reply.text)
