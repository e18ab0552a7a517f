"""Every pair of states that two servers of our own kind may be in when they see each other (again) heals by itself.

It ends in normal operation; or, where one was asked to go into maintenance, with the other one serving for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kea_twisted.ha import commands
from kea_twisted.ha.settings import HaSettings, Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import Node, World, balanced, tutorial

NAMES = ("server1", "server2")
MODES: dict[str, tuple[Callable[..., HaSettings], State]] = {
    "hot-standby": (tutorial, State.HOT_STANDBY),
    "load-balancing": (balanced, State.LOAD_BALANCING),
}
DEFAULTS: dict[str, Any] = {
    "watch": Watch(enabled=True),
    "max_response_delay": 60.0,
    "max_ack_delay": 10.0,
    "max_unacked_clients": 10,
}
PIM, IM = State.PARTNER_IN_MAINTENANCE, State.IN_MAINTENANCE
AT_MOST = 30.0


def states(mode: str) -> list[State]:
    """The states that a server of this mode may be in."""
    common = [State.WAITING, State.SYNCING, State.READY, State.PARTNER_DOWN, PIM, IM, State.TERMINATED]
    return [*common, *([State.COMMUNICATION_RECOVERY] if mode == "load-balancing" else []), MODES[mode][1]]


def pairs() -> list[tuple[str, State, State]]:
    """All of both modes."""
    return [(mode, one, other) for mode in MODES for one in states(mode) for other in states(mode)]


class Pair(World):
    """Both servers in normal operation."""

    def __init__(self, mode: str, **changes: Any) -> None:
        super().__init__()
        self.mode = mode
        self.make, self.normal = MODES[mode]
        self.changes = DEFAULTS | changes
        for name in NAMES:
            self.begin(name)
        self.advance(3.0)
        assert self.both == (self.normal, self.normal)

    def begin(self, name: str) -> Node:
        """Start a server (again)."""
        node = self.nodes[name] = Node(self, self.make(name, **self.changes))
        node.start()
        return node

    @property
    def both(self) -> tuple[State, State]:
        return self.nodes["server1"].state, self.nodes["server2"].state

    @property
    def agrees_on_maintenance(self) -> bool:
        """Return True if one is in maintenance and the other one serves for both."""
        return set(self.both) == {PIM, IM}

    def heals(self) -> bool:
        """Return True if it comes to an end that stays, in time."""
        end = self.now + AT_MOST
        while self.now < end:
            self.advance(0.5)
            if self.both == (self.normal, self.normal):
                self.advance(5.0)
                return self.both == (self.normal, self.normal)
        return False

    def comes_back(self) -> bool:
        """Return True if maintenance that both know of can be ended."""
        stays = next(node for node in self.nodes.values() if node.state is PIM)
        stays.command("ha-maintenance-cancel")
        return self.heals()


def put(pair: Pair, states: tuple[State, State]) -> None:
    """Put the servers into these states, however they came there."""
    for node, state in zip(pair.nodes.values(), states, strict=True):
        node.relationship.step(state, pair.now)
        node.perform(node.relationship.outbox.take())


@pytest.mark.parametrize("cut", [0.0, 0.3], ids=["seen", "cut"])
@pytest.mark.parametrize(("mode", "one", "other"), pairs())
def test_a_pair_of_states_heals(mode: str, one: State, other: State, cut: float) -> None:
    pair = Pair(mode)
    pair.cut = bool(cut)
    pair.advance(cut)
    put(pair, (one, other))
    pair.cut = False
    if not pair.heals():
        assert pair.agrees_on_maintenance and IM in (one, other), (mode, one, other, pair.both)
        assert pair.comes_back()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("pause", [0.0, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("after", [0.0, 1.0, 5.0])
def test_maintenance_ends_with_a_restart_of_either_server(mode: str, which: int, pause: float, after: float) -> None:
    pair = Pair(mode)
    pair.nodes["server1"].command("ha-maintenance-start")
    pair.advance(after)
    pair.nodes[NAMES[which]].stop()
    pair.advance(pause)
    pair.begin(NAMES[which])
    # the one that stays may be back before the other one has seen that it was gone: then both still know of it
    assert pair.heals() or (not which and pair.agrees_on_maintenance and pair.comes_back())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_maintenance_whose_begin_is_not_confirmed_is_known_to_both(mode: str, name: str) -> None:
    pair = Pair(mode)
    pair.lost = {"ha-maintenance-notify"}
    start(pair, name)
    pair.advance(15.0)
    pair.lost = set()
    assert pair.heals() or (pair.agrees_on_maintenance and pair.comes_back())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_maintenance_whose_end_is_not_confirmed_ends(mode: str, name: str) -> None:
    pair = Pair(mode)
    pair.nodes[name].command("ha-maintenance-start")
    assert pair.agrees_on_maintenance
    pair.advance(3.0)
    assert pair.agrees_on_maintenance  # and stays while both know of it
    pair.lost = {"ha-maintenance-notify"}
    start(pair, name, "ha-maintenance-cancel")
    pair.advance(12.0)
    pair.lost = set()
    assert pair.heals()


@pytest.mark.parametrize("mode", MODES)
def test_both_are_asked_to_stay_at_once(mode: str) -> None:
    pair = Pair(mode)
    for name in NAMES:
        start(pair, name)
    assert pair.heals() or (pair.agrees_on_maintenance and pair.comes_back())


@pytest.mark.parametrize("mode", MODES)
def test_a_server_in_maintenance_serves_when_the_one_that_stayed_is_gone(mode: str) -> None:
    pair = Pair(mode)
    pair.nodes["server1"].command("ha-maintenance-start")
    pair.advance(3.0)
    pair.nodes["server1"].stop()
    pair.advance(3.0)
    two = pair.nodes["server2"]
    assert two.state is State.PARTNER_DOWN and two.asked(1)


def test_beside_a_kea_it_waits_for_its_operator() -> None:
    pair = Pair("hot-standby", watch=Watch(enabled=False))
    put(pair, (State.HOT_STANDBY, IM))
    pair.advance(60.0)
    assert pair.both == (PIM, IM)
    put(pair, (PIM, State.READY))
    pair.advance(30.0)
    assert pair.both == (PIM, IM)


def start(pair: Pair, name: str, command: str = "ha-maintenance-start") -> None:
    """Have a server begin with a command that may not come to an end."""
    node = pair.nodes[name]
    commands.run(node.relationship, command, None, pair.now)
    node.perform(node.relationship.outbox.take())
