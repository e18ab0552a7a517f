"""A pair whose two configurations have different names for the same servers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
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
    for second in range(100):
        world.advance(1.0)
        served = [[node.asked(client) for client in CLIENTS] for node in (one, two)]
        assert not any(map(all, zip(*served, strict=True))), (second, one.state, two.state)
        if second > 5:
            assert all(map(any, zip(*served, strict=True))), (second, one.state, two.state)
    assert (one.state, two.state) == (State.PARTNER_DOWN, State.READY)
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
