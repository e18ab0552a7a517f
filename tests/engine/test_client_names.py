"""Host names and FQDNs, as a Kea without DNS updates treats them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kea_twisted.config.model import NameRules
from tests.builders import World, pool, settings, subnet


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"Client_One", "clientone"),
        (b"Client.Example.ORG", "client.example.org"),
        (b"abc\0", "abc"),
        (b".", "myhost-10-0-0-10"),
        (b"a.b.c..d", None),
        (b"_", None),
        (b"\xff\xfe", None),
        (b"x" * 64, None),
    ],
)
def test_a_host_name_is_cleaned_stored_and_told_to_the_client(sent, stored):
    world = World()
    client = world.client(1)
    answer = client.send(3, {12: sent, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    assert answer.options.get(12) == (stored.encode() if stored else None)
    assert world.lease("10.0.0.10").hostname == (stored or "")


@pytest.mark.parametrize(
    ("sent", "answer", "stored"),
    [
        (
            b"\x05\0\0\x06Client\x07example\x03org\0",
            b"\x0e\0\0\x06client\x07example\x03org\0",
            "client.example.org.",
        ),
        (b"\x08\0\0client", b"\x08\0\0client.", "client."),
        (b"\x04\0\0\x06client", b"\x0c\0\0\x06client\0", "client."),
        (b"\x01\0\0", b"\x0a\0\0myhost-10-0-0-10.", "myhost-10-0-0-10."),
        (b"\x04\x01\x02\0", None, ""),  # the root
    ],
)
def test_an_fqdn_is_answered_with_no_update_for_you(sent, answer, stored):
    world = World()
    got = world.client(1).send(3, {81: sent, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    assert got.options.get(81) == answer
    assert world.lease("10.0.0.10").hostname == stored


@pytest.mark.parametrize(
    "sent", [b"\x09\0\0client", b"\x04\0\0\x3fx", b"\0\0\0a..b", b"\x09\0\0\x05moca1", b"emp-01", b"", b"\1", b"\1\0"]
)
def test_an_impossible_fqdn_is_ignored(sent):
    reply = World().client(1).send(1, {81: sent})
    assert reply.yiaddr and 81 not in reply.options


def test_an_fqdn_wins_over_a_host_name():
    world = World()
    answer = world.client(1).send(1, {12: b"one", 81: b"\0\0\0two"})
    assert (12 in answer.options, 81 in answer.options) == (False, True)


def test_a_new_name_renews_a_young_lease():
    world = World()
    client = world.client(1)
    client.obtain()
    client.send(3, {12: b"name", 50: b"\x0a\0\0\x0a"})
    assert (world.last.reused, world.lease("10.0.0.10").hostname) == (False, "name")


SUFFIX = {"suffix": "example.org"}
ALWAYS = {"replaces_sent": True, "replaces_none": True, "prefix": "gen"}


@pytest.mark.parametrize(
    ("rules", "sent", "told"),
    [
        (SUFFIX, {12: b"host"}, b"host.example.org"),
        (SUFFIX, {12: b"host.example.org"}, b"host.example.org"),
        (SUFFIX, {12: b"host.other."}, b"host.other."),
        (SUFFIX, {81: b"\0\0\0host"}, b"\x08\0\0host.example.org."),
        (SUFFIX, {81: b"\0\0\0host.other."}, b"\x08\0\0host.other."),
        (SUFFIX, {}, None),
        (ALWAYS, {12: b"host"}, b"gen-10-0-0-10"),
        (ALWAYS, {}, b"gen-10-0-0-10"),
        ({"replaces_none": True}, {12: b"host"}, b"host"),
        ({"replaces_sent": True}, {}, None),
        ({"forbidden": re.compile("[^a-z]"), "replacement": "x"}, {12: b"a_1.b"}, b"axxxb"),
        ({"forbidden": None}, {12: b"a_1"}, b"a_1"),
    ],
)
def test_rules_about_names(rules, sent, told):
    world = World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", names=NameRules(**rules))))
    answer = world.client(1).send(3, {**sent, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    assert (answer.options.get(12) or answer.options.get(81)) == told


def test_a_pool_has_rules_of_its_own():
    own = replace(pool("10.0.0.10-10.0.0.10"), names=NameRules(suffix="pool.example"))
    world = World(settings(subnet("10.0.0.0/24", own, "10.0.0.11-10.0.0.20")))
    assert world.client(1).send(1, {12: b"a"}).options[12] == b"a.pool.example"
    assert world.client(2).send(1, {12: b"b"}).options[12] == b"b"
