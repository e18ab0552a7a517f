"""ACK, NAK or silence: every state a REQUEST may come from, as a Kea 3.0 answers."""

from __future__ import annotations

import pytest

from kea_twisted import events as E
from kea_twisted.engine.effects import completed
from kea_twisted.engine.statistics import time_text
from kea_twisted.events import DEBUG
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.constants import ACK, BROADCAST_FLAG, NAK, REQUEST
from tests.builders import SERVER, World, ip, kind_of, mac, message, packed, query, settings, subnet

SILENCE = 0
HELD, FREE, OUTSIDE, ELSEWHERE = "10.0.0.10", "10.0.0.13", "10.0.0.200", "192.0.2.200"


def world_with(authoritative=False):
    here = subnet("10.0.0.0/24", "10.0.0.10-10.0.0.110", authoritative=authoritative)
    world = World(settings(here, authoritative=authoritative))
    world.client(1).obtain(HELD)
    world.now += 3600
    return world


TABLE = [
    # how, address, the client with the lease, a client unknown here, the same with an authoritative server
    ("select", HELD, ACK, NAK, NAK),
    ("select", FREE, ACK, ACK, ACK),
    ("select", OUTSIDE, SILENCE, SILENCE, SILENCE),
    ("select", ELSEWHERE, SILENCE, SILENCE, SILENCE),
    ("reboot", HELD, ACK, SILENCE, NAK),
    ("reboot", FREE, NAK, SILENCE, NAK),
    ("reboot", OUTSIDE, NAK, SILENCE, NAK),
    ("reboot", ELSEWHERE, NAK, SILENCE, NAK),
    ("renew", HELD, ACK, NAK, NAK),
    ("renew", FREE, ACK, ACK, ACK),
    ("renew", OUTSIDE, SILENCE, SILENCE, SILENCE),
    ("renew", ELSEWHERE, NAK, NAK, NAK),  # no subnet of ours
    ("rebind", HELD, ACK, NAK, NAK),
    ("rebind", FREE, ACK, ACK, ACK),
    ("rebind", OUTSIDE, SILENCE, SILENCE, SILENCE),
    (
        "rebind",
        ELSEWHERE,
        SILENCE,
        SILENCE,
        SILENCE,
    ),  # the interface tells the subnet, the address fits no pool
]


@pytest.mark.parametrize(("how", "address", "known", "unknown", "authoritative"), TABLE)
def test_the_answer_depends_on_the_state_the_address_and_who_asks(how, address, known, unknown, authoritative):
    assert kind_of(getattr(world_with().client(1), how)(address)) == known
    assert kind_of(getattr(world_with().client(2), how)(address)) == unknown
    assert kind_of(getattr(world_with(True).client(2), how)(address)) == authoritative


@pytest.mark.parametrize(
    ("how", "options", "fields", "plain", "authoritative"),
    [
        ("selecting", {54: packed("10.0.0.1"), 50: packed(FREE)}, {}, NAK, NAK),
        ("init-reboot", {50: packed(FREE)}, {}, SILENCE, NAK),
        ("rebinding through a relay", {}, {"ciaddr": ip("203.0.113.7")}, NAK, NAK),
    ],
)
def test_without_a_subnet(how, options, fields, plain, authoritative):
    """A relay of a network we know nothing about."""
    for is_authoritative, expected in ((False, plain), (True, authoritative)):
        world = world_with(is_authoritative)
        relay = ip("203.0.113.1")
        answer = world.client(3).send(3, options, giaddr=relay, source=ip("10.0.0.5"), **fields)
        assert kind_of(answer) == expected
        if expected == NAK:
            assert "DHCP4_PACKET_NAK_0001" in world.log.identifiers()


def test_a_rebinding_client_without_a_subnet_is_met_with_silence():
    world = World(settings(subnet("192.0.2.0/24", "192.0.2.10-192.0.2.20")))
    assert world.client(1).rebind("10.0.0.10") is None
    assert "DHCP4_PACKET_NAK_0001" not in world.log.identifiers()
    assert kind_of(world.client(1).renew("10.0.0.10")) == NAK


def at_info(world):
    world.log.enabled = frozenset(event for event in world.log.enabled if event.severity > DEBUG)
    return world


def test_init_reboot_is_logged_as_the_tutorial_shows_it():
    world = at_info(World())
    client = world.client(1)
    client.mac = bytes.fromhex("080027c40fd1")
    client.client_id = b"\x01" + client.mac
    client.obtain()
    world.now += 3600
    world.log.clear()
    client.xid = 0x1D4E6EA9
    client.reboot()
    label = "[hwtype=1 08:00:27:c4:0f:d1], cid=[01:08:00:27:c4:0f:d1], tid=0x1d4e6eaa"
    assert [line for line in world.log.lines if "LEASE" in line[0] or "REBOOT" in line[0]] == [
        ("DHCP4_INIT_REBOOT", f"{label}: client is in INIT-REBOOT state and requests address 10.0.0.10"),
        ("DHCP4_LEASE_ALLOC", f"{label}: lease 10.0.0.10 has been allocated for 7200 seconds"),
    ]


def test_the_log_at_info_is_that_of_kea_for_a_whole_exchange():
    world = at_info(World())
    world.client(1).obtain()
    label = "[hwtype=1 08:00:27:00:00:01], cid=[01:08:00:27:00:00:01], tid=0x101"
    assert [text for _, text in world.log.lines if "tid=0x101" in text] == [
        f"received query: {label}",
        f"{label}: DHCPDISCOVER (type 1) received from 0.0.0.0 to 255.255.255.255 on interface em1",
        f"{label}: lease 10.0.0.10 will be offered",
        f"{label}: trying to send packet DHCPOFFER (type 2) from 10.0.0.1:67 to 10.0.0.10:68 on interface em1",
    ]


def test_an_ack_says_what_it_confirms_and_stores_it():
    world = World()
    client = world.client(1)
    client.obtain()
    lease = world.lease("10.0.0.10")
    assert world.last.lease == lease
    assert [change.lease for change in world.last.changes] == [lease]
    assert lease == Lease(ip("10.0.0.10"), client.mac, client.client_id, 7200, int(world.now), 1)
    assert not world.last.reused


def test_a_nak_is_bare():
    world = World()
    world.client(1).obtain()
    answer = world.client(2).select(HELD)
    assert answer.options == {53: b"\x06", 54: packed("10.0.0.1"), 61: world.client(2).client_id}
    assert (answer.yiaddr, answer.ciaddr, answer.siaddr) == (0, 0, 0)
    assert (world.last.changes, world.last.lease) == ((), None)


def test_a_relayed_nak_asks_the_relay_to_broadcast():
    world = World()
    world.client(1).obtain()
    answer = world.client(2).select(HELD, giaddr=ip("10.0.0.5"))
    assert (kind_of(answer), answer.flags, world.last.reply.destination) == (
        NAK,
        BROADCAST_FLAG,
        ip("10.0.0.5"),
    )


def test_a_fault_of_ours_drops_one_packet_and_shows_its_traceback():
    world = World()
    emit = world.log.emit

    def broken(event, *arguments):
        if event is E.DHCP4_SUBNET_SELECTED:
            raise KeyError("index")
        emit(event, *arguments)

    world.log.emit = broken
    assert world.client(1).select(HELD) is None
    assert "KeyError: 'index'" in world.log.texts("DHCP4_PACKET_PROCESS_STD_EXCEPTION")[0]
    assert world.count("pkt4-processing-failed") == world.count("pkt4-receive-drop") == 1
    del world.log.emit
    assert kind_of(world.client(1).select(HELD)) == ACK


def test_a_reply_that_cannot_be_made_is_such_a_fault_too():
    world = World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.110", server_hostname="\ud800")))
    assert world.client(1).select(HELD) is None
    assert "UnicodeEncodeError" in world.log.texts("DHCP4_PACKET_PROCESS_STD_EXCEPTION")[0]
    assert world.count("pkt4-processing-failed") == world.count("pkt4-receive-drop") == 1
    assert (world.last.reply, world.last.changes[0].lease) == (None, world.lease(HELD))


def test_many_queries_may_be_received_before_the_first_is_decided_about():
    world = World()
    asked = [query(message(REQUEST, {50: packed(HELD), 54: packed("10.0.0.1")}, chaddr=mac(n))) for n in (1, 2)]
    begun = [world.server.receive(each, world.now + seconds) for seconds, each in enumerate(asked)]
    assert len(world.store) == world.count("pkt4-ack-sent") == 0
    first, second = (world.server.decide(each) for each in begun)
    assert world.lease(HELD) == first.lease == first.changes[0].lease
    assert (first.reply, second.reply.payload[242], second.changes) == (None, NAK, ())
    made = completed(first)
    assert made.reply.payload[242] == ACK and completed(made) is made
    assert made.reply == completed(world.server.decide(world.server.receive(asked[0], world.now))).reply


def test_what_is_counted_has_the_time_of_its_query():
    world = World()
    asked = query(message(REQUEST, {50: packed(HELD), 54: packed("10.0.0.1")}))
    begun = [world.server.receive(asked, world.now + 0.5 + seconds) for seconds in (0, 3)]
    world.server.decide(begun[0])
    assert world.statistics.get("assigned-addresses")[0] == [1, time_text(world.now + 0.5)]


def test_server_port_and_client_port_can_be_moved():
    world = World(client_port=10068, server_port=10067)
    world.client(1).discover()
    assert world.last.reply.port == 10068
    assert world.last.reply.source == SERVER
