"""Subnets by identifier and by address: built per configuration, used per lease update."""

from __future__ import annotations

from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.subnets import Links


class SubnetIndex:
    """The configured subnets by identifier and by address."""

    def __init__(self, settings: Settings, links: Links | None = None) -> None:
        self.by_id = {subnet.id: subnet for subnet in settings.subnets}
        self._links = Links(settings) if links is None else links

    def holding(self, address: int) -> Subnet | None:
        """Return the subnet an address lies in; of several the one with the lowest identifier."""
        return self._links.of_address(address)

    def select(self, exchange: Exchange) -> Subnet | None:
        """The subnet a query is served from."""
        return self._links.select(exchange)
