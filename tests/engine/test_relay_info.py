"""Option 82 in the user context of a lease, and in renewals."""

from __future__ import annotations

import json

from tests.builders import World, ip, mac, message, settings, subnet

AGENT = b"\x0c\3rid\1\4eth0\2\2ab"


def world_with(**fields) -> World:
    return World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", store_extended_info=True), **fields))


def test_a_lease_keeps_the_options_of_the_relay_as_kea_does():
    world = world_with()
    client = world.client(1)
    client.send(3, {82: AGENT, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    context = world.lease("10.0.0.10").user_context
    assert context == (
        '{ "ISC": { "relay-agent-info": { "relay-id": "726964", "remote-id": "6162", '
        '"sub-options": "0x010465746830020261620C03726964" } } }'
    )
    assert json.loads(context)


def test_a_renewal_without_relay_gets_them_back_and_does_not_hear_of_it():
    world = world_with(stash_agent_options=True)
    client = world.client(1)
    client.send(3, {82: AGENT, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    world.now += 3600
    answer = client.renew("10.0.0.10")
    assert 82 not in answer.options
    assert world.last.query.message.options[82] == b"\1\4eth0\2\2ab\x0c\3rid"
    assert "sub-options" in world.lease("10.0.0.10").user_context


def test_an_option_82_that_is_cut_off_counts_as_none():
    world = world_with(stash_agent_options=True)
    client = world.client(1)
    client.send(3, {82: AGENT, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    before = world.lease("10.0.0.10").user_context
    world.now += 3600
    world.ask(message(3, {82: b"\1\x09ab", 61: b"\1" + mac(1)}, ciaddr=ip("10.0.0.10")))
    assert world.last.query.message.options[82] == b"\1\4eth0\2\2ab\x0c\3rid"
    assert world.lease("10.0.0.10").user_context == before


def test_nobody_gets_the_options_of_another_client():
    world = world_with(stash_agent_options=True)
    world.client(1).send(3, {82: AGENT, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    world.client(2).renew("10.0.0.10")
    assert 82 not in world.last.query.message.options
