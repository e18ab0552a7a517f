"""A pair one of whose servers does not hear one of its interfaces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kea_twisted.ha.outlook import standpoints
from kea_twisted.ha.states import State
from tests.scenarios.pairconfig import NAMES, SINGLES
from tests.scenarios.pairmodel import World
from tests.scenarios.pairworld import tutorial
from tests.scenarios.test_pair_bounds import ask

ONE, TWO = NAMES
EVERYONE = range(SINGLES + 1, SINGLES + 41)


def states(world: World) -> tuple[State, State]:
    one, two = (world.lives[name].state for name in NAMES)
    return one, two


@pytest.mark.parametrize(
    ("mode", "normal"), [("hot-standby", State.HOT_STANDBY), ("load-balancing", State.LOAD_BALANCING)]
)
def test_the_partner_serves_while_it_hears_more(mode: str, normal: State) -> None:
    with World(mode=mode, watch=True, probes=True, relays=True, group=60, retry=1.0) as world:
        world.run(8.0)
        ask(world, 2.0, EVERYONE)
        world.acks.clear()
        world.half_deafen(ONE)
        while world.lives[TWO].state is normal:
            world.run(0.001)
        assert states(world) == (State.WAITING, State.PARTNER_DOWN)  # this one has stopped before the other one begins
        ask(world, 3.0, EVERYONE)
        assert states(world) == (State.WAITING, State.PARTNER_DOWN)
        assert not standpoints(world.lives[ONE].relationship)[0].unable  # if its partner fails, it serves
        assert max(after - before for before, after in zip(world.acks, world.acks[1:], strict=False)) < 3.0
        world.half_deafen(TWO)
        ask(world, 5.0, EVERYONE)
        assert states(world) == (normal, normal)
        world.half_deafen(TWO, False)
        ask(world, 15.0, EVERYONE)
        assert states(world) == (State.WAITING, State.PARTNER_DOWN)
        world.kill(TWO)
        ask(world, 4.0, EVERYONE)
        assert states(world)[0] is State.PARTNER_DOWN
        world.boot(TWO)
        world.half_deafen(ONE, False)
        ask(world, 5.0, EVERYONE)
        assert states(world) == (normal, normal)
        world.heal()
        world.run(30.0)
        assert world.in_order and not world.conflicts


def test_nobody_is_left_to_a_partner_that_takes_over_for_nobody() -> None:
    peers = tuple(replace(peer, auto_failover=False) for peer in tutorial(ONE).peers)
    with World(watch=True, probes=True, relays=True, group=60, retry=1.0, peers=peers) as world:
        world.run(8.0)
        world.half_deafen(ONE)
        world.run(5.0)
        assert states(world) == (State.HOT_STANDBY, State.HOT_STANDBY)
        world.acks.clear()
        ask(world, 3.0, EVERYONE)
        assert world.acks


def test_nor_to_one_that_would_hear_of_it_late() -> None:
    with World(watch=True, relays=True, group=60, retry=1.0) as world:
        world.run(8.0)
        world.unheard.add(TWO)
        world.run(4.0)
        world.half_deafen(ONE)
        world.run(2.0)
        assert states(world) == (State.HOT_STANDBY, State.HOT_STANDBY)
        world.unheard.clear()
        ask(world, 5.0, EVERYONE)
        assert states(world) == (State.WAITING, State.PARTNER_DOWN)


def test_clients_are_taken_back_from_a_partner_that_does_not_take_over() -> None:
    with World(watch=True, probes=True, relays=True, group=60, retry=1.0) as world:
        world.run(8.0)
        world.lives[TWO].relationship.paused = True
        world.half_deafen(ONE)
        world.run(2.0)
        assert states(world) == (State.WAITING, State.HOT_STANDBY)
        world.run(8.0)
        for _ in range(10):
            ask(world, 1.0, EVERYONE)
            assert states(world) == (State.HOT_STANDBY, State.HOT_STANDBY)
        world.command(TWO, "ha-continue")
        world.half_deafen(ONE, False)
        world.run(5.0)
        world.half_deafen(ONE)
        ask(world, 5.0, EVERYONE)
        assert states(world) == (State.WAITING, State.PARTNER_DOWN)


def test_a_standby_stays_ready() -> None:
    with World(watch=True, probes=True, relays=True) as world:
        world.run(8.0)
        world.half_deafen(TWO)
        world.run(5.0)
        assert world.in_order
