"""Destinations of replies: RFC 2131 section 4.1, row by row."""

from __future__ import annotations

import pytest

from kea_twisted.engine.destination import destination
from kea_twisted.engine.exchange import Exchange
from kea_twisted.wire.constants import ACK, BROADCAST, BROADCAST_FLAG, DISCOVER, INFORM, NAK, OFFER, REQUEST
from tests.builders import NOW, World, ip, mac, message, packed, query

RELAY, OWN, NEW, FROM = ip("10.9.9.9"), ip("10.0.0.44"), ip("10.0.0.10"), ip("10.0.0.55")
MAC = mac(1)
TO_BROADCAST = (BROADCAST, 68, b"")


@pytest.mark.parametrize(
    ("kind", "reply", "fields", "places", "expected"),
    [
        (DISCOVER, OFFER, {"giaddr": RELAY, "ciaddr": OWN}, {}, (RELAY, 67, MAC)),
        (REQUEST, NAK, {"giaddr": RELAY}, {}, (RELAY, 67, MAC)),
        (REQUEST, ACK, {"ciaddr": OWN}, {}, (OWN, 68, MAC)),
        (REQUEST, NAK, {"ciaddr": OWN}, {}, TO_BROADCAST),
        (REQUEST, NAK, {}, {}, TO_BROADCAST),
        (DISCOVER, OFFER, {"flags": BROADCAST_FLAG}, {}, TO_BROADCAST),
        (DISCOVER, OFFER, {}, {"source_mac": b""}, TO_BROADCAST),
        (DISCOVER, OFFER, {}, {}, (NEW, 68, MAC)),
        (REQUEST, ACK, {}, {}, (NEW, 68, MAC)),
        (INFORM, ACK, {"ciaddr": OWN, "giaddr": RELAY}, {}, (OWN, 68, MAC)),
        (INFORM, ACK, {"giaddr": RELAY}, {}, (RELAY, 67, MAC)),
        (INFORM, ACK, {}, {"source": FROM}, (FROM, 68, MAC)),
    ],
)
def test_the_first_row_that_applies_decides(kind, reply, fields, places, expected):
    to = destination(Exchange(query(message(kind, **fields), **places), NOW), reply, NEW)
    assert (to.address, to.port, to.mac) == expected


@pytest.mark.parametrize(
    ("kind", "reply", "fields", "asked"),
    [
        (REQUEST, NAK, {"giaddr": RELAY}, True),
        (INFORM, ACK, {"giaddr": RELAY}, True),
        (REQUEST, ACK, {"giaddr": RELAY}, False),
        (REQUEST, NAK, {}, False),
    ],
)
def test_a_relay_is_asked_to_broadcast_what_cannot_be_addressed(kind, reply, fields, asked):
    to = destination(Exchange(query(message(kind, **fields)), NOW), reply, 0)
    assert bool(to.flags & BROADCAST_FLAG) == asked


def test_a_relay_may_name_its_own_port():
    relayed = query(message(DISCOVER, {82: b"\x13\x00"}, giaddr=RELAY), source_port=1067)
    assert destination(Exchange(relayed, NOW), OFFER, NEW).port == 1067


def test_a_moved_client_port_counts_for_relays_too():
    relayed = Exchange(query(message(DISCOVER, giaddr=RELAY)), NOW)
    assert destination(relayed, OFFER, NEW, 10068).port == 10068


def test_replies_leave_from_the_address_the_query_came_to():
    world = World()
    world.client(1).discover()
    reply = world.last.reply
    assert (reply.source, reply.interface.name) == (ip("10.0.0.1"), "em1")
    assert world.ask(message(DISCOVER), local=ip("10.0.0.2")).options[54] == packed("10.0.0.2")
