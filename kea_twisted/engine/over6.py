"""The choice of the subnet of a query over DHCPv6, in Kea's order (``CfgSubnets4::selectSubnet4o6``).

Such a query shows nothing of where an IPv4 client is. A subnet names the clients it is for by the prefix of their IPv6
addresses, by the Interface-Id option of their relay, or by the interface at which the DHCPv6 server heard them. The one
with the lowest id for which one of the three applies is taken.
"""

from __future__ import annotations

from collections.abc import Iterable

from kea_twisted.config.model import Over6, Settings, Subnet
from kea_twisted.engine.exchange import Classes, Exchange
from kea_twisted.engine.guards import admits_to
from kea_twisted.engine.subnets import Links
from kea_twisted.wire.dhcp4o6 import Envelope


class LinksOver6(Links):
    """All subnets of a configuration with which a DHCPv6 server passes on queries."""

    __slots__ = ("_over6",)

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._over6 = subnets_over6(settings.subnets)

    def select(self, exchange: Exchange, why: list[str] | None = None) -> Subnet | None:
        """Return the subnet of a query, or None. ``why`` gets the rule that decided."""
        envelope = exchange.query.interface.envelope
        if envelope is None:
            return super().select(exchange, why)
        return select_over6(self._over6, envelope, exchange.classes)


def links_of(settings: Settings) -> Links:
    """Return the subnets of a configuration, indexed for the questions a packet asks."""
    return LinksOver6(settings) if settings.tree.get("dhcp4o6-port") else Links(settings)


def subnets_over6(subnets: Iterable[Subnet]) -> tuple[Subnet, ...]:
    """Return those that are for clients over DHCPv6, by id."""
    return tuple(sorted([subnet for subnet in subnets if subnet.over6 is not None], key=lambda subnet: subnet.id))


def select_over6(subnets: Iterable[Subnet], envelope: Envelope, classes: Classes | None) -> Subnet | None:
    """Return the first of ``subnets_over6`` that is for this client."""
    for subnet in subnets:
        if subnet.over6 is not None and admits_to(subnet, classes) and _is_for(subnet.over6, envelope):
            return subnet
    return None


def _is_for(over6: Over6, envelope: Envelope) -> bool:
    if over6.length is not None:
        host_bits = 128 - over6.length
        if int.from_bytes(envelope.address, "big") >> host_bits == over6.prefix >> host_bits:
            return True
    if over6.interface_id and over6.interface_id == envelope.interface_id:
        return True
    return bool(over6.interface) and over6.interface == envelope.interface
