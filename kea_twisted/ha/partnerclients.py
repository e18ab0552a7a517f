"""Queries of the partner's clients: kept while the partner serves them, accepted in its place otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from kea_twisted.engine.effects import Query
from kea_twisted.ha.handedover import is_request
from kea_twisted.ha.haservice import HaService


def leave_to_partner(service: HaService, query: Query, now: float) -> None:
    """Keep a query of the partner's client, which may be answered later."""
    service.relationship.recent.add(query, now)
    if service.relationship.watch.client_asks(now):
        service.driver.perform([])


def answers_for(services: Sequence[HaService], query: Query, identifier: int) -> bool:
    """Return True if a query that names a partner by ``identifier`` is for this server, which serves its client.

    In a hub a REQUEST that is not is kept, as this is before the choice of the subnet.
    """
    for relationship, driver in services:
        if identifier not in relationship.identifiers.known:
            continue
        if relationship.scopes.holds_query(query.message):
            return True
        if is_request(query.message):
            if len(services) == 1:
                return True  # the partner lacks some subnets, so that the choice of the subnet decides
            relationship.recent.add(query, driver.now())
    return False
