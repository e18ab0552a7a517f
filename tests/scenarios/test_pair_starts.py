"""A server of a pair that starts or returns: it serves neither too early nor too late."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.states import State
from kea_twisted.lease.lease import Lease
from tests.scenarios.pairworld import Node, World, lease_of, tutorial
from tests.scenarios.test_pair_watch import DEFAULTS, HS, PD, WAITING, pair


def test_a_lone_server_serves_at_once_when_its_partner_is_refused() -> None:
    for name in ("server1", "server2"):
        world = World()
        node = world.boot(name, **DEFAULTS)
        world.advance(0.5)
        assert node.state is PD and node.asked(1)


@pytest.mark.parametrize(
    ("before", "probes", "seconds"),
    [("partner-down", None, 3.0), ("hot-standby", False, 3.0), ("hot-standby", None, 62.0), ("", True, 200.0)],
)
def test_a_lone_server_with_a_silent_partner_is_careful(before: str, probes: bool | None, seconds: float) -> None:
    world = World()
    world.boot("server2", **DEFAULTS)
    if probes:
        world.advance(2.0)  # it serves
    world.cut, world.probes = True, probes
    node = world.boot("server1", **DEFAULTS)
    node.relationship.recall(before)
    world.advance(seconds / 2 if seconds > 3 else 1.0)
    assert node.state is WAITING
    world.advance(seconds)
    assert (node.state is PD) is (probes is not True)


@pytest.mark.parametrize(
    ("before", "shares"), [("hot-standby", True), ("syncing", True), ("partner-down", False), ("", False)]
)
def test_a_lone_server_that_did_not_serve_last_leaves_addresses_to_the_one_that_may_have(
    before: str, shares: bool
) -> None:
    world = World()
    one = world.boot("server1", **DEFAULTS)
    one.relationship.recall(before)
    world.advance(2.0)
    assert one.state is PD and one.relationship.shares is shares
    world.boot("server2", **DEFAULTS)
    world.advance(3.0)
    assert one.state is HS and not one.relationship.shares


def test_a_server_whose_partner_dies_while_it_fetches_serves_soon_and_knows_that_leases_are_missing() -> None:
    world, one, two = pair()
    one.stop()
    world.advance(2.0)
    assert two.state is PD
    one = world.boot("server1", **DEFAULTS)

    def dies(command: dict[str, Any]) -> None:
        if command["command"].startswith("lease4-get"):
            two.stop()

    two.answer_with = dies
    world.advance(3.0)
    assert one.state is PD and one.relationship.shares


def test_of_two_that_begin_while_only_their_dhcp_messages_pass_the_primary_serves() -> None:
    world = World()
    world.cut, world.probes = True, True
    one, two = (world.boot(name, **DEFAULTS) for name in ("server1", "server2"))
    world.advance(3.0)
    assert (one.state, two.state) == (PD, WAITING)
    world.advance(100.0)
    assert (one.state, two.state) == (PD, WAITING)
    world.cut = False
    world.advance(8.0)
    assert (one.state, two.state) == (HS, HS)


@pytest.mark.parametrize(("name", "other"), [("server1", "server2"), ("server2", "server1")])
def test_a_server_that_begins_anew_while_only_its_dhcp_messages_pass_leaves_the_work_to_the_other(
    name: str, other: str
) -> None:
    world, *_ = pair(probes=True)
    world.cut = True
    world.nodes[name].stop()
    node = world.boot(name, **DEFAULTS)
    world.advance(3.0)
    assert world.nodes[other].state is PD and node.state is WAITING
    world.advance(100.0)
    assert world.nodes[other].state is PD and node.state is WAITING


# the return of a server


def test_the_live_server_goes_on_serving_while_the_other_fetches_and_sends_the_difference() -> None:
    world, one, two = pair()
    two.stop()
    world.advance(1.5)
    assert one.state is PD
    for client in range(1, 5):
        one.client(lease_of(client, world.now))
    two = world.boot("server2", {}, **DEFAULTS)
    late = Lease(0x0A000063, b"\2\0\0\0\0\x63", b"\1\2\0\0\0\0\x63", 7200, int(world.now), 1)

    def meanwhile(command: dict[str, Any]) -> None:
        if command["command"] == "ha-sync-complete-notify":
            assert one.client(late) is None  # the last page is read, and it is not in it

    one.answer_with = meanwhile
    while (one.state, two.state) != (HS, HS):
        assert one.service.enabled
        world.advance(0.0005)
    world.advance(0.1)
    assert two.leases == one.leases
    assert late.address in two.leases


def test_a_server_that_returns_serves_no_sooner_than_it_knows_what_was_given_since_its_fetch() -> None:
    world, one, two = pair()
    one.stop()
    world.advance(1.5)
    assert two.state is PD
    one = world.boot("server1", {}, **DEFAULTS)
    late = lease_of(1, world.now)

    def meanwhile(command: dict[str, Any]) -> None:
        if command["command"] == "ha-sync-complete-notify":
            assert two.client(late) is None

    two.answer_with = meanwhile
    while one.state is not HS:
        assert two.service.enabled
        world.advance(0.0002)
    assert late.address in one.leases
    world.advance(0.1)
    assert two.state is HS and not two.relationship.updates.owed


@pytest.mark.parametrize("kea", [True, False])
def test_the_clients_of_a_returning_kea_are_served_until_its_next_heartbeat(kea: bool) -> None:
    """One of our own kind serves in milliseconds, so that the standby stops at once."""
    world, one, two = pair()
    one.stop()
    world.advance(1.5)
    assert two.state is PD
    settings = tutorial("server1", **{} if kea else DEFAULTS)
    world.nodes["server1"] = one = Node(world, settings)
    one.relationship.step(State.READY, world.now)
    one.relationship.heartbeat.active = False  # its next heartbeat takes long
    one.relationship.heartbeat.rest()
    world.advance(11.0)
    assert two.state is HS and two.asked(1) is kea and two.relationship.shares is kea
    ticket = two.client(lease_of(1, world.now))
    assert ticket is not None  # and the Kea hears of their leases
    one.relationship.step(HS, world.now)
    world.advance(0.3)
    assert two.state is HS and not two.asked(1) and not two.relationship.shares


def test_an_update_that_the_returning_server_refuses_does_not_keep_it_from_serving() -> None:
    world, one, two = pair()
    one.stop()
    world.advance(1.5)
    one = world.boot("server1", {}, **DEFAULTS)
    one.answer_with = lambda command: {"result": 1, "text": "no"} if command["command"] == "lease4-update" else None
    two.answer_with = lambda command: (
        two.client(lease_of(1, world.now)) if command["command"] == "ha-sync-complete-notify" else None
    )
    world.advance(3.0)
    assert (one.state, two.state) == (HS, HS)
