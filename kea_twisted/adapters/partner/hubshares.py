"""The parts of the free addresses that the hub of several pairs gives: each pair's in the subnets of that pair."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.share import Share, Shares
from kea_twisted.ha.relationship import Relationship


class HubShares:
    """Hands the parts that are in force to the lease table of the hub."""

    def __init__(self, table: LeaseTable) -> None:
        self._table = table
        self._parts: dict[Relationship, tuple[Callable[[int], bool], Share]] = {}

    def of(self, relationship: Relationship) -> Callable[[Share | None], None]:
        """Return what takes the part of a relationship into use, None for all addresses."""
        return partial(self._use, relationship)

    def _use(self, relationship: Relationship, share: Share | None) -> None:
        outbox = relationship.outbox  # its subnets may be others after a change of the configuration
        self._parts.pop(relationship, None)
        if share is not None:
            self._parts[relationship] = (lambda subnet_id: subnet_id in outbox.subnets, share)
        self._table.use_share(Shares(tuple(self._parts.values())) if self._parts else None)
