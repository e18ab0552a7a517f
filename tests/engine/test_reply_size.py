"""Replies that are too long for the client or the interface leave out options, and are sent."""

from __future__ import annotations

import pytest

from kea_twisted.engine.effects import completed
from kea_twisted.wire.constants import DISCOVER, REQUEST
from kea_twisted.wire.message import decode
from tests.builders import EM1, World, ip, message, option_set, packed, settings, subnet

LONG = (224, 225, 226, 227, 228)
HEADERS = 28


def world(**data):
    options = option_set({3: packed("10.0.0.1"), 6: packed("10.0.0.2"), **{code: bytes(240) for code in LONG}}, **data)
    return World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", options=options)))


def payload(of, kind, options, **fields):
    decision = completed(of.decide(message(kind, options), **fields))
    assert decision.reply is not None
    return decision.reply.payload


@pytest.mark.parametrize(
    ("wishes", "size", "mtu", "kept"),
    [
        (LONG, 1500, 1500, LONG[:4]),
        (LONG, 1600, 1600, LONG),
        (LONG, 1400, 1500, LONG[:4]),
        (LONG, 576, 1500, LONG[:1]),
        (LONG, 100, 1500, LONG[:1]),  # RFC 2132 section 9.10: the least is 576
        (LONG, None, 1400, LONG[:4]),
        (LONG, 1500, 1200, LONG[:3]),
        ((228, 227, 226, 225, 224), 576, 1500, (228,)),
        (LONG, None, 9000, LONG),
    ],
)
def test_what_was_asked_for_last_is_left_out_until_the_reply_fits(wishes, size, mtu, kept):
    announced = {} if size is None else {57: size.to_bytes(2, "big")}
    data = payload(world(), DISCOVER, {55: bytes(wishes), **announced}, interface=EM1._replace(mtu=mtu))
    most = min(mtu, max(576, size or mtu)) - HEADERS
    assert len(data) <= most
    options = decode(data).options
    assert tuple(code for code in wishes if code in options) == kept
    assert {3, 6, 51, 53, 54} <= options.keys()


def test_a_request_with_too_many_wishes_gets_its_lease_and_an_answer():
    there = world()
    data = payload(there, REQUEST, {50: packed("10.0.0.10"), 54: packed("10.0.0.1"), 55: bytes(LONG), 57: b"\2\x40"})
    assert decode(data).yiaddr == ip("10.0.0.10")
    assert there.lease("10.0.0.10") is not None
    (line,) = there.log.texts("DHCP4_RESPONSE_OPTIONS_LEFT_OUT")
    assert "548 is the most" in line and "left out options 225, 226, 227, 228" in line


def test_the_identifiers_of_client_and_relay_stay_whatever_their_size():
    relayed = {82: b"\1\xfa" + bytes(250), 61: bytes(200), 55: bytes(LONG), 57: b"\2\x40"}
    options = decode(payload(world(), DISCOVER, relayed)).options
    assert (options[82], options[61]) == (relayed[82], relayed[61])
    assert not set(LONG) & options.keys()


def test_what_must_be_sent_but_was_not_asked_for_goes_last_of_all():
    data = payload(world(always=(228,)), DISCOVER, {55: bytes((224, 225)), 57: b"\2\x40"})
    assert [code for code in LONG if code in decode(data).options] == [228]


def test_a_small_option_that_fits_is_not_left_out_for_a_large_one_before_it():
    data = payload(world(), DISCOVER, {55: bytes((224, 225, 6)), 57: b"\2\x40"})
    assert {224, 6} <= decode(data).options.keys() and 225 not in decode(data).options
