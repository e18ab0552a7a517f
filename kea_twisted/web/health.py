"""The readiness of a DHCP server: it receives queries, can store leases, and its HA state lets it do its part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.engine.service_state import DATABASE, HOSTS_DATABASE, USER
from kea_twisted.ha.states import STATES, State
from kea_twisted.jsonvalue import Json
from kea_twisted.web.node import Supervised

READY_STATES: Final = frozenset({row.state for row in STATES.values() if row.service} | {State.READY, State.BACKUP})
"""The HA states in which a server serves or could take over; the part of a backup is to keep the leases."""

_RULED_OUT: Final = frozenset((USER, DATABASE, HOSTS_DATABASE))


def is_ready(node: Supervised) -> bool:
    """Return True if queries are received, leases can be written, and no operator or HA state rules the service out.

    A lost database of leases or reservations has the service disabled, too, as far as the configuration says so.
    """
    if not node.can_serve() or not _RULED_OUT.isdisjoint(node.service_state.origins):
        return False
    return node.ha is None or all(map(_does_its_part, node.ha.status(node.now())))


def _does_its_part(relationship: Mapping[str, Json]) -> bool:
    """Return True if a relationship, as status-get shows it, is in a state for that."""
    local = relationship["ha-servers"]["local"]
    state = State.named(local["state"])
    if state is State.PARTNER_DOWN:
        return bool(local["scopes"])  # a standby without auto-failover serves none
    return state in READY_STATES
