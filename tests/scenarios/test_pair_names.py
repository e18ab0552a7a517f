"""A pair whose two configurations have different names for the same servers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kea_twisted.ha import commands
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url
from tests.scenarios.pairworld import Node, World, balanced, tutorial

DEFAULTS: dict[str, Any] = {
    "watch": Watch(enabled=True),
    "max_response_delay": 60.0,
    "max_ack_delay": 10.0,
    "max_unacked_clients": 10,
}
CLIENTS = range(1, 40)


def peers(mode: str, *names: str) -> dict[str, Any]:
    """The settings with these names."""
    made = balanced("server1") if mode == "load-balancing" else tutorial("server1")
    renamed = tuple(replace(peer, name=name) for peer, name in zip(made.peers, names, strict=True))
    return {"peers": renamed, "mode": made.mode, "delayed_updates_limit": made.delayed_updates_limit}


def pair(mode: str, of_one: tuple[str, str], of_two: tuple[str, str]) -> tuple[World, Node, Node]:
    """Two servers, each with names of its own for both."""
    world = World()
    world.probes = True
    world.aliases = {of_two[0]: of_one[0], of_one[1]: of_two[1]}
    one = world.boot(of_one[0], **DEFAULTS | peers(mode, *of_one))
    two = world.boot(of_two[1], **DEFAULTS | peers(mode, *of_two))
    return world, one, two


def one_serves_all(world: World, one: Node, two: Node, seconds: int) -> None:
    """Never do both serve a client, and soon one serves all."""
    for second in range(seconds):
        world.advance(1.0)
        served = [[node.asked(client) for client in CLIENTS] for node in (one, two)]
        assert not any(map(all, zip(*served, strict=True))), (second, one.state, two.state)
        if second > 5:
            assert all(map(any, zip(*served, strict=True))), (second, one.state, two.state)
    assert (one.state, two.state) == (State.PARTNER_DOWN, State.READY)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
@pytest.mark.parametrize(
    ("of_one", "of_two"),
    [
        (("server1", "server2"), ("other", "server2")),
        (("server1", "server2"), ("server1", "other")),
        (("server1", "server2"), ("alpha", "beta")),
    ],
)
def test_all_clients_are_served_and_none_by_both(of_one: Any, of_two: Any, mode: str) -> None:
    world, one, two = pair(mode, of_one, of_two)
    one_serves_all(world, one, two, 100)
    said = one.log.texts("HA_PEER_NAMES_DIFFER") + two.log.texts("HA_PEER_NAMES_DIFFER")
    assert any(of_one[0] in text and of_two[0] in text or of_one[1] in text and of_two[1] in text for text in said)


def test_a_server_that_waits_beside_one_with_other_names_serves_when_that_one_dies() -> None:
    world, one, two = pair("hot-standby", ("server1", "server2"), ("alpha", "beta"))
    world.advance(20.0)
    assert one.asked(1) and not two.asked(1)
    one.stop()
    two.perform(two.relationship.connection_ended(world.now))
    world.advance(3.0)
    assert two.asked(1) and two.relationship.shares  # it has no leases since its fetch


def test_the_server_that_serves_alone_goes_on_when_the_primary_returns_with_another_name() -> None:
    world = World()
    world.probes = True
    two = world.boot("server2", **DEFAULTS)
    world.advance(3.0)
    assert two.asked(1)
    world.aliases = {"server1": "primary"}
    one = world.boot("primary", **DEFAULTS | peers("hot-standby", "primary", "server2"))
    for _ in range(20):
        world.advance(1.0)
        assert two.asked(1) and not one.asked(1)
    assert "it does not know 'primary', its peers are server1, server2" in one.log.texts("HA_PEER_NAMES_DIFFER")[0]


def test_a_single_wrong_name_in_a_command_changes_nothing() -> None:
    world = World()
    one, two = (world.boot(name, **DEFAULTS) for name in ("server1", "server2"))
    world.advance(3.0)
    for _ in range(5):
        answer = one.command("ha-heartbeat", {"server-name": "sevrer2"})
        assert answer["result"] == 1 and answer["text"] == "sevrer2 matches no configured 'server-name'"
        world.advance(1.0)
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    assert not one.log.texts("HA_PEER_NAMES_DIFFER")


ROLES = {
    # mode: the roles of (self, other) in each of the two configurations
    "two primaries": ("hot-standby", ("primary", "standby"), ("primary", "standby")),
    "two standbys": ("hot-standby", ("standby", "primary"), ("standby", "primary")),
    "two primaries that share": ("load-balancing", ("primary", "secondary"), ("primary", "secondary")),
    "two secondaries": ("load-balancing", ("secondary", "primary"), ("secondary", "primary")),
}
NAMES = {
    "both names known": (("server1", "server2"), ("server2", "server1")),
    "no name known": (("alpha", "beta"), ("gamma", "delta")),
    "one name for both": (("server1", "server2"), ("server1", "server2")),
}


def of_one_role(mode: str, names: tuple[str, str], roles: tuple[str, str], host: int) -> dict[str, Any]:
    """The settings of a server that names itself first, at this host."""
    made = balanced("server1") if mode == "load-balancing" else tutorial("server1")
    hosts = (host, 3 - host)
    listed = tuple(
        replace(peer, name=name, role=role, url=parse_url(f"http://10.0.0.{place}:8000/"))
        for peer, name, role, place in zip(made.peers, names, roles, hosts, strict=True)
    )
    return {"peers": listed, "mode": made.mode, "delayed_updates_limit": made.delayed_updates_limit}


def rivals(roles: str, names: str) -> tuple[World, Node, Node]:
    """Two servers with one role, each in its own configuration."""
    mode, of_one, of_two = ROLES[roles]
    one_names, two_names = NAMES[names]
    world = World()
    world.probes = True
    one = Node(world, tutorial(one_names[0], **DEFAULTS | of_one_role(mode, one_names, of_one, 1)))
    two = Node(world, tutorial(two_names[0], **DEFAULTS | of_one_role(mode, two_names, of_two, 2)))
    world.between(one, two)
    return world, one, two


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("roles", ROLES)
def test_of_two_with_one_role_exactly_one_serves(roles: str, names: str) -> None:
    world, one, two = rivals(roles, names)
    one.start()
    two.start()
    one_serves_all(world, one, two, 60)
    for node in (one, two):
        assert len(node.log.texts("HA_PEER_ROLES_CONFLICT")) == 1
        fault = commands.status(node.relationship, world.now)["partner-watch"]["peer-roles-conflict"]
        assert "different roles" in fault and "10.0.0.1" in fault and "10.0.0.2" in fault
        assert "different roles" in node.command("ha-heartbeat")["text"]
    one.stop()
    two.perform(two.relationship.connection_ended(world.now))
    world.advance(3.0)
    assert two.asked(1)
    one.up = True
    one.start()
    for _ in range(20):
        world.advance(1.0)
        assert two.asked(1) and not one.asked(1)


def test_the_pair_works_together_when_one_file_has_been_mended() -> None:
    world, one, two = rivals("two primaries", "both names known")
    one.start()
    two.start()
    world.advance(20.0)
    two.stop()
    mended = world.boot("server2", **DEFAULTS)
    world.between(one, mended)
    world.advance(10.0)
    assert (one.state, mended.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    assert "peer-roles-conflict" not in commands.status(one.relationship, world.now)["partner-watch"]
