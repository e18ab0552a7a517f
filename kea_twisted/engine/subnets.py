"""The choice of the subnet of a query, in Kea's order (``CfgSubnets4::selectSubnet``).

1. the address a relay names in the link-selection sub-option (RFC 3527), 2. option 118 (RFC 3011), 3. the
relay's address among the ``relay`` addresses of a subnet or shared network, 4. the relay's address inside a
subnet, 5. ciaddr, 6. the source address (both only of what was sent to this server alone), 7. the interface
named in a subnet or shared network, 8. an address of the interface inside a subnet. The first of this list
that is present decides: the next one is not tried, except 4 after 3 and 8 after 7.

Where several subnets fit, the one with the lowest id is taken; one that is for members of certain classes
fits no other client. Everything is looked up, nothing searched: one dictionary per prefix length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kea_twisted.config.model import Settings, SharedNetwork, Subnet
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.guards import admits_to
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OPT_AGENT_OPTIONS, OPT_SUBNET_SELECTION
from kea_twisted.wire.relay import link_selection


class Links:
    """All subnets of a configuration, indexed for the questions a packet asks."""

    __slots__ = ("_lengths", "_interfaces", "_relays", "_siblings", "_ignore_link_selection", "_guarded")

    def __init__(self, settings: Settings) -> None:
        subnets = sorted(settings.subnets, key=lambda subnet: subnet.id)
        networks = {network.name: network for network in settings.shared_networks}
        lengths: dict[int, dict[int, Subnet]] = {}
        interfaces: dict[str, list[Subnet]] = {}
        relays: dict[int, list[Subnet]] = {}
        self._guarded = any(subnet.client_classes for subnet in subnets)
        self._siblings: dict[int, tuple[Subnet, ...]] = {}
        self._ignore_link_selection = settings.ignore_rai_link_selection
        for subnet in subnets:
            network = networks.get(subnet.shared_network)
            lengths.setdefault(subnet.mask, {}).setdefault(subnet.prefix, subnet)
            for interface in _interface(subnet, network):
                interfaces.setdefault(interface, []).append(subnet)
            for relay in _relays(subnet, network):
                relays.setdefault(relay, []).append(subnet)
            self._siblings[subnet.id] = _rotated(subnet, network)
        self._lengths = tuple(lengths.items())
        self._interfaces, self._relays = interfaces, relays

    def of_address(self, address: int, exchange: Exchange | None = None) -> Subnet | None:
        """Return the subnet this address is in; with an exchange, only one that admits its client."""
        best: Subnet | None = None
        guarded = exchange is not None and self._guarded
        for mask, prefixes in self._lengths:
            subnet = prefixes.get(address & mask)
            if subnet is not None and (best is None or subnet.id < best.id):
                if guarded and exchange is not None and not admits_to(subnet, exchange.classes):
                    continue
                best = subnet
        return best

    def siblings(self, subnet: Subnet, exchange: Exchange | None = None) -> tuple[Subnet, ...]:
        """Return the subnets of its shared network, itself first, then by id and round again.

        With an exchange, only those that are for its client: there may be none.
        """
        siblings = self._siblings[subnet.id]
        if self._guarded and exchange is not None:
            classes = exchange.classes
            return tuple([member for member in siblings if admits_to(member, classes)])
        return siblings

    def select(self, exchange: Exchange, why: list[str] | None = None) -> Subnet | None:
        """Return the subnet of a query, or None. ``why`` gets the rule that decided."""
        query, message = exchange.query, exchange.message
        options, giaddr = message.options, message.giaddr
        if OPT_AGENT_OPTIONS in options or OPT_SUBNET_SELECTION in options:
            named = self._named(exchange)
            if named:
                _note(why, "%s, which the relay's link selection or option 118 names", named)
                return self.of_address(named, exchange)
        if giaddr:
            relayed = self._relays.get(giaddr)
            subnet = self._first_admitting(relayed, exchange) if relayed is not None else None
            if subnet is not None:
                _note(why, "the relay %s, which is configured for it", giaddr)
                return subnet
            _note(why, "the address %s of the relay", giaddr)
            return self.of_address(giaddr, exchange)
        if query.destination == query.local:
            if message.ciaddr:
                _note(why, "the address %s of the client", message.ciaddr)
                return self.of_address(message.ciaddr, exchange)
            if query.source:
                _note(why, "the source address %s", query.source)
                return self.of_address(query.source, exchange)
        subnet = self._first_admitting(self._interfaces.get(query.interface.name, ()), exchange)
        if subnet is not None:
            _note(why, "the interface it came by, which is configured for it")
            return subnet
        _note(why, "the addresses of the interface it came by")
        return self._first_of(query.interface.addresses or (query.local,), exchange)

    def _named(self, exchange: Exchange) -> int:
        options = exchange.message.options
        if OPT_AGENT_OPTIONS in options and not self._ignore_link_selection:
            link = link_selection(exchange.agent)
            if link is not None:
                return link
        return int.from_bytes(options.get(OPT_SUBNET_SELECTION, b""), "big")

    def _first_admitting(self, subnets: Sequence[Subnet], exchange: Exchange) -> Subnet | None:
        if not self._guarded:
            return subnets[0] if subnets else None
        return next((subnet for subnet in subnets if admits_to(subnet, exchange.classes)), None)

    def _first_of(self, addresses: Iterable[int], exchange: Exchange) -> Subnet | None:
        for address in addresses:
            subnet = self.of_address(address, exchange)
            if subnet is not None:
                return subnet
        return None


def _note(why: list[str] | None, text: str, address: int = -1) -> None:
    if why is not None:
        why.append(text if address < 0 else text % address_text(address))


def _interface(subnet: Subnet, network: SharedNetwork | None) -> tuple[str, ...]:
    name = subnet.interface or (network.interface if network else "")
    return (name,) if name else ()


def _relays(subnet: Subnet, network: SharedNetwork | None) -> frozenset[int]:
    return subnet.relay_addresses or (network.relay_addresses if network else frozenset())


def _rotated(subnet: Subnet, network: SharedNetwork | None) -> tuple[Subnet, ...]:
    if network is None or len(network.subnets) < 2:
        return (subnet,)
    members = sorted(network.subnets, key=lambda member: member.id)
    place = next(number for number, member in enumerate(members) if member.id == subnet.id)
    return tuple(members[place:] + members[:place])
