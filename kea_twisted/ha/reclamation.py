"""The expired leases that a server of a pair reclaims, and those whose names in the DNS its partner removes."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.states import State
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text


def reclaims(relationship: Relationship, lease: Lease) -> bool:
    """Return True if an expired lease is this server's to reclaim: all are, unless the relationship ended."""
    scopes, words = relationship.scopes, relationship.words
    if relationship.state is not State.TERMINATED or scopes.holds_lease(lease):
        return True
    if scopes.scope_of(lease.client_id or lease.hwaddr) is None:
        words.say(E.HA_LOAD_BALANCING_LEASE_IDENTIFIER_MISSING, address_text(lease.address))
    return False


def named_by_partner(relationship: Relationship, lease: Lease) -> bool:
    """Return True if the partner removes the names of an expired lease: it serves the client, beyond doubt."""
    if relationship.state not in (State.HOT_STANDBY, State.LOAD_BALANCING):
        return False
    scopes = relationship.scopes
    return scopes.scope_of(lease.client_id or lease.hwaddr) is not None and not scopes.holds_lease(lease)
