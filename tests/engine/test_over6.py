"""The choice of the subnet of a query over DHCPv6."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from kea_twisted.config.model import Over6
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.over6 import LinksOver6, links_of
from kea_twisted.engine.subnets import Links
from kea_twisted.wire.constants import ACK, DISCOVER, INFORM, OFFER
from kea_twisted.wire.dhcp4o6 import DHCPV4_QUERY, OPT_INTERFACE_ID, Envelope, Hop
from tests.builders import EM1, NOW, World, message, query, settings, subnet


def number(address: str) -> int:
    return int.from_bytes(socket.inet_pton(socket.AF_INET6, address), "big")


def envelope(address: str = "fe80::1", interface: str = "em9", interface_id: bytes = b"") -> Envelope:
    options = ((OPT_INTERFACE_ID, interface_id),) if interface_id else ()
    relays = (Hop(0, bytes(16), bytes(16), options),)
    return Envelope(DHCPV4_QUERY, bytes(3), relays, interface, socket.inet_pton(socket.AF_INET6, address), 546)


USUAL = subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", id=1)
BY_PREFIX = subnet("10.1.0.0/24", "10.1.0.10-10.1.0.20", id=5, over6=Over6(prefix=number("2001:db8::"), length=36))
BY_ID = subnet("10.2.0.0/24", "10.2.0.10-10.2.0.20", id=4, over6=Over6(interface_id=b"port-1"))
BY_INTERFACE = subnet("10.3.0.0/24", "10.3.0.10-10.3.0.20", id=7, over6=Over6(interface="em1"))
OF_ALL = subnet("10.4.0.0/24", "10.4.0.10-10.4.0.20", id=9, over6=Over6(length=0))
ALL = settings(BY_INTERFACE, USUAL, BY_PREFIX, BY_ID)


def over(of: Envelope) -> Exchange:
    """A query in that envelope."""
    return Exchange(query(message(DISCOVER), interface=EM1._replace(envelope=of)), NOW)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (envelope("2001:db8:fff::1"), 5),
        (envelope("2001:db8:1000::1"), None),
        (envelope(interface_id=b"port-1"), 4),
        (envelope("2001:db8::1", interface_id=b"port-1"), 4),  # the lower id, not the first rule
        (envelope(interface_id=b"port-2", interface="em1"), 7),
        (envelope(), None),
    ],
)
def test_a_subnet_names_its_clients_in_one_of_three_ways(of: Envelope, expected: int | None) -> None:
    chosen = LinksOver6(ALL).select(over(of))
    assert (chosen.id if chosen is not None else None) == expected


def test_a_prefix_without_bits_is_for_all() -> None:
    chosen = LinksOver6(settings(OF_ALL)).select(over(envelope()))
    assert chosen is OF_ALL


def test_a_guarded_subnet_is_for_members_of_its_classes() -> None:
    links = LinksOver6(settings(replace(BY_INTERFACE, client_classes=(("ours",),))))
    exchange = over(envelope(interface="em1"))
    assert links.select(exchange) is None
    exchange.classes = {"ours": None}
    assert links.select(exchange) is not None


def test_other_queries_are_placed_as_ever() -> None:
    assert LinksOver6(ALL).select(Exchange(query(message(DISCOVER)), NOW)) is USUAL
    assert type(links_of(ALL)) is Links
    assert type(links_of(replace(ALL, tree={"dhcp4o6-port": 786}))) is LinksOver6


def test_a_client_over_dhcpv6_gets_a_lease_and_an_inform_is_answered_without_an_address() -> None:
    world = World(replace(ALL, tree={"dhcp4o6-port": 786}))
    interface = EM1._replace(envelope=envelope(interface="em1"))
    offer = world.ask(message(DISCOVER), interface=interface)
    assert offer is not None and (offer.options[53][0], offer.yiaddr) == (OFFER, BY_INTERFACE.pools[0].first)
    reply = world.last.reply
    assert reply is not None and reply.interface is interface
    answer = world.ask(message(INFORM), interface=interface)
    assert answer is not None and answer.options[53][0] == ACK
