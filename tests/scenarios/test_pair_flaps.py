"""A pair one of whose servers fails and works again in turn, and requests that fail while its partner serves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kea_twisted.ha.commands import status
from kea_twisted.ha.settings import HOT_STANDBY, LOAD_BALANCING
from kea_twisted.ha.states import State
from tests.scenarios.pairconfig import NAMES, SINGLES
from tests.scenarios.pairmodel import World
from tests.scenarios.test_pair_bounds import ask, longest_gap

ONE, TWO = NAMES
EVERYONE = range(SINGLES + 1, SINGLES + 41)
LEFT = (State.WAITING, State.PARTNER_DOWN)
FAULTS: dict[str, Callable[[World, bool], object]] = {
    "deaf": lambda world, deaf: world.deafen(ONE, deaf),
    "half deaf": lambda world, deaf: world.half_deafen(ONE, deaf),
    "disk full": lambda world, full: world.fill(ONE, 0 if full else None),
}


def states(world: World) -> tuple[State, State]:
    one, two = (world.lives[name].state for name in NAMES)
    return one, two


def takeovers(world: World) -> int:
    """How often the second server took over."""
    steps = world.lives[TWO].relationship.history.steps
    return sum(step.server == TWO and step.after == "partner-down" for step in steps)


def pair(mode: str) -> World:
    return World(mode=mode, watch=True, probes=True, relays=True, group=60, retry=1.0)


@pytest.mark.parametrize("fault", ["deaf", "half deaf"])
@pytest.mark.parametrize("mode", [HOT_STANDBY, LOAD_BALANCING])
def test_a_server_whose_fault_comes_and_goes_leaves_its_clients_to_its_partner_once(mode: str, fault: str) -> None:
    with pair(mode) as world:
        world.run(8.0)
        ask(world, 2.0, EVERYONE)
        since = world.clock.seconds()
        for _ in range(8):
            FAULTS[fault](world, True)
            ask(world, 3.0, EVERYONE)
            assert states(world) == LEFT
            FAULTS[fault](world, False)
            ask(world, 4.0, EVERYONE)
            assert states(world) == LEFT
        found = status(world.lives[ONE].relationship, world.clock.seconds())["partner-watch"]
        assert found["unable-to-serve"].endswith("waits for 10 s without another fault")
        ask(world, 10.0, EVERYONE)
        assert world.in_order and takeovers(world) == 1
        assert longest_gap(world, since) < 3.0
        for wait in (20.0, 40.0):
            FAULTS[fault](world, True)
            ask(world, 3.0, EVERYONE)
            assert states(world) == LEFT
            FAULTS[fault](world, False)
            ask(world, wait - 1.0, EVERYONE)
            assert states(world) == LEFT
            ask(world, 6.0, EVERYONE)
            assert world.in_order
        assert takeovers(world) == 3
        assert longest_gap(world, since) < 3.0 and not world.conflicts


@pytest.mark.parametrize("end", [World.kill, World.power_off, lambda world, name: world.deafen(name)])
@pytest.mark.parametrize("fault", FAULTS)
def test_it_serves_at_once_if_its_partner_does_not(fault: str, end: Callable[[World, str], object]) -> None:
    with pair(HOT_STANDBY) as world:
        world.run(8.0)
        FAULTS[fault](world, True)
        ask(world, 3.0, EVERYONE)
        FAULTS[fault](world, False)
        ask(world, 3.0, EVERYONE)
        assert states(world) == LEFT
        since = world.clock.seconds()
        end(world, TWO)
        ask(world, 4.0, EVERYONE)
        assert states(world)[0] is State.PARTNER_DOWN and longest_gap(world, since) < 3.0


def test_a_server_takes_no_clients_back_because_a_request_failed() -> None:
    with pair(HOT_STANDBY) as world:
        world.run(8.0)
        world.half_deafen(ONE)
        ask(world, 3.0, EVERYONE)
        assert states(world) == LEFT
        for seconds in (0.5, 3.0):  # one heartbeat, or several
            world.unheard.add(ONE)
            ask(world, seconds, EVERYONE)
            world.unheard.clear()
            ask(world, 5.0, EVERYONE)
        assert states(world) == LEFT and takeovers(world) == 1
        steps = [step for step in world.lives[ONE].relationship.history.steps if step.server == ONE]
        assert steps[-1].after == "waiting"


@pytest.mark.parametrize("role", [0, 1])
@pytest.mark.parametrize("mode", [HOT_STANDBY, LOAD_BALANCING])
def test_what_a_server_without_a_network_did_not_hear_is_no_sign_that_its_partner_is_gone(mode: str, role: int) -> None:
    """The interface of its DHCP service carries HTTP, too."""
    with pair(mode) as world:
        world.run(8.0)
        faulty, other = NAMES[role], NAMES[not role]
        world.deafen(faulty)
        world.cuts.update((NAMES, NAMES[::-1]))
        ask(world, 28.0, EVERYONE)
        assert world.lives[other].state is State.PARTNER_DOWN
        world.deafen(faulty, False)
        world.cuts.clear()
        for _ in range(8):
            ask(world, 1.0, EVERYONE)
            assert world.lives[faulty].state is State.WAITING and world.lives[other].state is State.PARTNER_DOWN
        ask(world, 10.0, EVERYONE)
        assert world.in_order


def test_a_server_whose_partner_is_gone_when_it_has_its_network_again_serves_soon() -> None:
    with pair(HOT_STANDBY) as world:
        world.run(8.0)
        world.deafen(ONE)
        world.cuts.update((NAMES, NAMES[::-1]))
        ask(world, 28.0, EVERYONE)
        world.power_off(TWO)
        world.deafen(ONE, False)
        world.cuts.clear()
        since = world.clock.seconds()
        ask(world, 6.0, EVERYONE)
        assert world.lives[ONE].state is State.PARTNER_DOWN and longest_gap(world, since) < 5.0
