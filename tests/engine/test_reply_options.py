"""The contents of a reply: options, their order, fixed fields."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kea_twisted.wire.constants import ACK, DISCOVER, NAK, REQUEST
from tests.builders import World, ip, kind_of, message, option_set, packed, pool, settings, subnet

CONFIGURED = {
    2: b"\0\0\x0e\x10",
    3: packed("10.0.0.1"),
    4: packed("10.0.0.9"),
    6: packed("10.0.0.53"),
    7: packed("10.0.0.9"),
    15: b"example.org",
    42: packed("10.0.0.9"),
    119: b"\x07example\x03org\0",
}


def world_with(options=None, **fields):
    chosen = option_set(CONFIGURED) if options is None else options
    return World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", options=chosen, **fields)))


def offer(world, wishes=b"", **options):
    asked = {
        61: b"\x01abcdef",
        **({55: wishes} if wishes else {}),
        **{int(k[1:]): v for k, v in options.items()},
    }
    return world.ask(message(DISCOVER, asked)).options


def test_mask_lifetime_and_server_are_always_there():
    assert offer(World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20")))) == {
        53: b"\x02",
        1: bytes((255, 255, 255, 0)),
        51: (7200).to_bytes(4, "big"),
        54: packed("10.0.0.1"),
        61: b"\x01abcdef",
    }


def test_a_subnet_of_all_addresses_has_a_mask_too():
    assert offer(World(settings(subnet("0.0.0.0/0", "10.0.0.10-10.0.0.20"))))[1] == bytes(4)


def test_options_go_out_in_the_order_of_their_codes_with_the_type_first():
    options = offer(world_with(), bytes((119, 42, 3, 6, 1)), _118=packed("10.0.0.0"), _12=b"Host")
    assert list(options) == [53, 1, 3, 6, 12, 15, 42, 51, 54, 61, 118, 119]


def test_router_dns_and_domain_are_sent_unasked_and_others_only_when_asked_for():
    assert set(offer(world_with())) & set(CONFIGURED) == {3, 6, 15}
    assert set(offer(world_with(), bytes((2, 42)))) & set(CONFIGURED) == {2, 3, 6, 15, 42}


def test_always_send_and_never_send():
    options = option_set(CONFIGURED, always=(4, 7), never=frozenset((7, 42, 6)))
    assert set(offer(world_with(options), bytes((42,)))) & set(CONFIGURED) == {3, 4, 15}


def test_what_is_asked_for_and_not_configured_is_left_out():
    assert 44 not in offer(world_with(), bytes((44, 200)))


def test_the_pool_has_its_own_options():
    inner = pool("10.0.0.10-10.0.0.10", option_set({3: packed("10.0.0.2")}))
    outer = pool("10.0.0.20-10.0.0.30", option_set({3: packed("10.0.0.3")}))
    world = World(settings(subnet("10.0.0.0/24", inner, outer)))
    answers = [world.client(n).discover().options[3] for n in (1, 2)]
    assert answers == [packed("10.0.0.2"), packed("10.0.0.3")]


def test_a_configured_server_identifier_replaces_the_address():
    world = world_with(option_set({54: packed("203.0.113.9")}))
    options = offer(world)
    assert options[54] == packed("203.0.113.9")
    answer = world.ask(message(REQUEST, {50: packed("10.0.0.10"), 54: options[54]}))
    assert kind_of(answer) == ACK


def test_the_client_identifier_is_echoed_unless_switched_off():
    assert 61 in offer(world_with())
    quiet = World(replace(world_with().settings, echo_client_id=False))
    assert 61 not in offer(quiet)


def test_relay_information_and_subnet_selection_are_echoed():
    options = offer(world_with(), _82=b"\x01\x02ab", _118=packed("10.0.0.0"))
    assert (options[82], options[118]) == (b"\x01\x02ab", packed("10.0.0.0"))
    assert list(options)[-1] == 82


def test_relay_information_of_more_than_an_option_is_echoed_in_parts():
    agent = b"\x01\xc8" + b"c" * 200 + b"\x02\xc8" + b"r" * 200
    world = world_with()
    reply = world.ask(message(DISCOVER, {61: b"\1abc", 82: agent}, giaddr=ip("10.0.0.5")))
    assert reply.options[82] == agent


def test_the_fixed_fields_come_from_the_subnet():
    world = world_with(next_server=ip("10.0.0.7"), server_hostname="boot", boot_file_name="/pxe/0")
    client = world.client(1)
    for answer in (client.discover(), client.select("10.0.0.10"), client.inform("10.0.0.99")):
        assert (answer.siaddr, answer.sname, answer.file) == (ip("10.0.0.7"), b"boot", b"/pxe/0")
    nak = world.client(2).select("10.0.0.10")
    assert (nak.siaddr, nak.sname, nak.file) == (0, b"", b"")


def test_what_the_client_sent_comes_back_in_the_fixed_part():
    sent = message(DISCOVER, flags=0x8000, giaddr=ip("10.0.0.5"), hops=3, secs=9, xid=77)
    answer = world_with().ask(sent)
    assert (answer.op, answer.xid, answer.hops, answer.flags, answer.giaddr) == (
        2,
        77,
        3,
        0x8000,
        ip("10.0.0.5"),
    )
    assert (answer.secs, answer.htype, answer.chaddr) == (0, 1, sent.chaddr)


def test_ciaddr_comes_back_in_an_ack_only():
    world = world_with()
    client = world.client(1)
    client.obtain()
    world.now += 3600
    assert client.renew().ciaddr == client.address
    assert client.discover(ciaddr=client.address).ciaddr == 0


def test_many_different_wish_lists_do_not_fill_the_memory():
    world = world_with()
    for number in range(5000):
        offer(world, number.to_bytes(2, "big") + b"\x03")
    assert len(world.server.parts.answers._options._cache) <= 4096


def test_a_client_that_can_do_without_ipv4_is_told_to_where_configured():
    world = world_with(option_set({108: b"\0\0\x07\x08"}), prefers_v6_only=True)
    answer = world.client(1).discover()
    assert answer.yiaddr == ip("10.0.0.10")  # it did not say that it can
    answer = world.client(1).send(DISCOVER, {55: bytes((1, 3, 108))})
    assert (answer.yiaddr, answer.options[108], 51 in answer.options) == (0, b"\0\0\x07\x08", False)


def test_a_nak_has_the_server_identifier_of_offer_and_ack():
    inner = pool("10.0.0.10-10.0.0.10", option_set({54: packed("203.0.113.1")}))
    outer = pool("10.0.0.20-10.0.0.30", option_set({54: packed("203.0.113.2")}))
    configured = settings(
        subnet("10.0.0.0/24", inner, outer, options=option_set({54: packed("203.0.113.3")})),
        options=option_set({54: packed("203.0.113.4")}), authoritative=True,
    )  # fmt: skip
    world = World(configured)
    assert world.client(1).discover().options[54] == packed("203.0.113.1")
    for address in (10, 20):
        world.client(address).select(f"10.0.0.{address}", server=ip("203.0.113.1"))
    naks = [world.client(9).select(f"10.0.0.{address}", server=ip("203.0.113.1")) for address in (10, 20)]
    assert [nak.options[54] for nak in naks] == [packed("203.0.113.1"), packed("203.0.113.2")]
    assert set(naks[0].options) == {53, 54, 61}
    nowhere = world.client(9).reboot("10.0.0.10", giaddr=ip("192.0.2.1"))
    assert nowhere.options[54] == packed("203.0.113.4")


@pytest.mark.parametrize("configured", [{}, {54: packed("203.0.113.9")}, {119: b"\1x\0"}])
def test_the_identifier_that_a_relay_asks_for_comes_before_all_others(configured):
    """RFC 5107 section 4, in OFFER, ACK and NAK."""
    world = world_with(option_set(configured))
    through = {"giaddr": ip("10.0.0.5")}
    asked = {61: b"\1abc", 82: b"\x0b\x04" + packed("10.0.0.254"), 55: bytes((119,))}
    wanted = {**asked, 50: packed("10.0.0.10"), 54: packed("10.0.0.254")}
    offer = world.ask(message(DISCOVER, asked, **through))
    ack = world.ask(message(REQUEST, wanted, **through))
    nak = world.ask(message(REQUEST, {**wanted, 61: b"\1other"}, chaddr=b"\2\2\2\2\2\2", **through))
    assert [kind_of(each) for each in (offer, ack, nak)] == [2, ACK, NAK]
    assert [each.options[54] for each in (offer, ack, nak)] == [packed("10.0.0.254")] * 3
