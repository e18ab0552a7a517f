"""BOOTP clients: their leases, their replies, and that others notice nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.lease.lease import INFINITE
from kea_twisted.libraries import lookup
from kea_twisted.libraries.bootp import DHCP_ONLY
from kea_twisted.wire.constants import DISCOVER, REQUEST
from tests.builders import World, message, packed
from tests.hooks.kealibraries import put_to_work

POOLS = [
    {"pool": "10.0.0.10 - 10.0.0.10", "client-classes": ["BOOTP"]},
    {"pool": "10.0.0.20 - 10.0.0.21", "client-classes": ["DHCP"]},
]
SUBNET = {"id": 1, "subnet": "10.0.0.0/24", "pools": POOLS, "option-data": [{"name": "routers", "data": "5.0.0.1"}]}


@pytest.fixture
def world() -> World:
    """An address for a BOOTP client, two for others; the first byte of the router is the number of DHCPACK."""
    classes = [{"name": "DHCP", "test": "not member('BOOTP')", "valid-lifetime": 77}]
    tree = {"subnet4": [SUBNET], "client-classes": classes, "hooks-libraries": [{"library": "libdhcp_bootp.so"}]}
    made = World(load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,)))
    put_to_work(made.settings, made.hooks, made.log)
    made.log.clear()
    return made


def ask(world: World, kind: int, options: Any = None, **more: Any) -> Any:
    """The reply."""
    return world.ask(message(kind, options, **more))


def test_a_bootp_client_gets_a_lease_without_end_and_a_reply_without_dhcp(world: World) -> None:
    reply = ask(world, 0, {55: b"\x01\x03", 51: b"\0\0\0\x3c"})
    assert reply.yiaddr == world.store.by_address[reply.yiaddr].address if hasattr(world.store, "by_address") else True
    lease = world.store.get(reply.yiaddr)
    assert lease is not None and lease.valid_lifetime == INFINITE
    assert DHCP_ONLY.isdisjoint(reply.options) and reply.options[3] == packed("5.0.0.1")
    assert world.log.identifiers().count("BOOTP_BOOTP_QUERY") == 1
    assert world.statistics.value("pkt4-request-received") == 1
    sent = [world.statistics.value(f"pkt4-{name}") for name in ("sent", "ack-sent", "unknown-received")]
    assert sent == [1, 0, 0]


def test_it_gets_its_address_again(world: World) -> None:
    assert ask(world, 0).yiaddr == ask(world, 0).yiaddr


def test_other_clients_notice_nothing(world: World) -> None:
    reply = ask(world, DISCOVER)
    assert reply.options[53] == b"\2" and int.from_bytes(reply.options[51], "big") == 77
    reply = ask(world, REQUEST, {50: reply.yiaddr.to_bytes(4, "big"), 54: packed("10.0.0.1")})
    assert reply.options[53] == b"\5"
    assert "BOOTP_BOOTP_QUERY" not in world.log.identifiers()


def test_a_message_of_a_server_is_no_request(world: World) -> None:
    assert ask(world, 0, op=2) is None
    assert world.log.identifiers()[-1] == "DHCP4_PACKET_DROP_0009"
