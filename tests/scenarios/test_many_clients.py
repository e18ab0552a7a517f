"""Whole conversations of many clients with one server in memory."""

from __future__ import annotations

import random
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.lease.lease import DECLINED, DEFAULT
from kea_twisted.wire.constants import ACK
from tests.builders import World, ip, kind_of, message, subnet
from tests.builders import settings as configuration


def wide_world():
    return World(configuration(subnet("10.0.0.0/16", "10.0.1.0-10.0.10.255")))


def test_two_thousand_clients_get_two_thousand_addresses():
    world = wide_world()
    addresses = [world.client(number).obtain() for number in range(2000)]
    assert len(set(addresses)) == len(world.store) == 2000
    assert world.count("subnet[1].assigned-addresses") == 2000
    assert [world.client(number).discover().yiaddr for number in range(2000)] == addresses


def test_two_thousand_clients_who_all_ask_before_any_chooses_get_different_addresses():
    world = wide_world()
    clients = [world.client(number) for number in range(2000)]
    offers = [client.discover() for client in clients]
    answers = [client.select(offer.yiaddr) for client, offer in zip(clients, offers, strict=True)]
    assert {kind_of(answer) for answer in answers} == {ACK}
    assert len({answer.yiaddr for answer in answers}) == 2000


def test_a_busy_day_never_gives_one_address_to_two_clients():
    """Clients come, renew, leave, decline and go silent, while a pool that is too small is reclaimed."""
    dice = random.Random(7)
    world = World(configuration(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.40"), decline_probation_period=3600))
    clients = [world.client(number) for number in range(60)]
    reclaimer = world.reclaimer()
    holders: dict[int, tuple[object, float]] = {}
    for _ in range(6000):
        world.now += dice.choice((1, 5, 60, 600))
        client = dice.choice(clients)
        deed = dice.choice(("obtain", "renew", "renew", "reboot", "rebind", "release", "decline", "reclaim"))
        if deed == "reclaim":
            reclaimer.run(world.now)
            reclaimer.flush(world.now)
        elif deed == "obtain":
            offer = client.discover()
            answer = client.select(offer.yiaddr) if offer else None
            note(holders, world, client, answer)
        elif client.address and deed in ("renew", "reboot", "rebind"):
            note(holders, world, client, getattr(client, deed)())
        elif client.address and getattr(client, deed)() is not None:
            holders.pop(client.address, None)
            client.address = 0
    states = [lease.state for lease in world.store]
    assert world.count("assigned-addresses") == sum(state in (DEFAULT, DECLINED) for state in states)
    assert world.count("declined-addresses") == states.count(DECLINED)
    assert not world.log.texts("DHCP4_PACKET_PROCESS_STD_EXCEPTION")


def note(holders, world, client, answer):
    """Remember who holds an address until when; no other client may get it before."""
    if kind_of(answer) != ACK:
        return
    seconds = int.from_bytes(answer.options[51], "big")
    holder, until = holders.get(answer.yiaddr, (client, 0))
    assert holder is client or until < world.now
    for address in [address for address, (each, _) in holders.items() if each is client]:
        del holders[address]
    holders[answer.yiaddr] = (client, world.now + seconds)


OPTIONS = st.dictionaries(st.integers(1, 254), st.binary(max_size=20), max_size=6)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "ciaddr": st.sampled_from((0, ip("10.0.0.10"), ip("192.0.2.1"))),
        "giaddr": st.sampled_from((0, ip("10.0.0.5"), ip("192.0.2.1"))),
        "chaddr": st.binary(max_size=16),
        "flags": st.integers(0, 0xFFFF),
        "htype": st.integers(0, 255),
        "hops": st.integers(0, 255),
        "secs": st.integers(0, 0xFFFF),
    },
)


@settings(max_examples=500)
@given(st.lists(st.tuples(st.integers(0, 20), OPTIONS, FIELDS), min_size=1, max_size=5))
def test_no_message_that_can_be_decoded_is_too_much_for_the_server(messages):
    world = World()
    for kind, options, fields in messages:
        with suppress(MalformedPacket):
            world.ask(message(kind, options, **fields))
        world.now += 600
    assert not world.log.texts("DHCP4_PACKET_PROCESS_STD_EXCEPTION")
