"""A server that starts, and whose requests its partner does not hear, as with a wrong URL; the other way works."""

from __future__ import annotations

import pytest

from kea_twisted.ha.states import State
from tests.scenarios.pairconfig import NAMES, SINGLES
from tests.scenarios.pairmodel import World
from tests.scenarios.test_pair_bounds import TIMERS, ask, longest_gap

ONE, TWO = NAMES
EVERYONE = range(SINGLES + 1, SINGLES + 41)


@pytest.mark.parametrize("probes", [True, False])
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
@pytest.mark.parametrize("timers", TIMERS)
def test_no_client_is_left_to_a_server_that_leaves_it_to_the_other_one(timers: str, mode: str, probes: bool) -> None:
    with World(mode=mode, watch=True, probes=probes, group=40, retry=1.0, **TIMERS[timers]) as world:
        world.run(8.0)
        ask(world, 3.0, EVERYONE)
        world.unheard.add(ONE)
        world.kill(ONE)
        world.boot(ONE)  # before the other one noticed that it had gone
        since = world.clock.seconds()
        ask(world, 5.0, EVERYONE)
        assert mode == "load-balancing" or longest_gap(world, since) < 3.0
        assert [world.lives[name].state for name in NAMES] == [State.PARTNER_DOWN, State.READY]
        world.acks.clear()
        ask(world, 8.0, EVERYONE)
        assert len(world.acks) >= 36
        world.heal()
        world.run(30.0)
        assert world.in_order and not world.conflicts


def test_a_server_that_does_not_hear_one_that_serves_alone_waits_for_it() -> None:
    with World(watch=True, probes=True, group=40, retry=1.0, **TIMERS["short"]) as world:
        world.run(8.0)
        world.kill(ONE)
        ask(world, 4.0, EVERYONE)
        world.unheard.add(ONE)
        world.boot(ONE)
        ask(world, 40.0, EVERYONE)
        assert [world.lives[name].state for name in NAMES] == [State.WAITING, State.PARTNER_DOWN]
        world.heal()
        world.run(30.0)
        assert world.in_order and not world.conflicts


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_two_that_begin_and_do_not_get_each_others_answers_do_not_both_serve(mode: str) -> None:
    with World(mode=mode, watch=True, probes=True, group=40, retry=1.0) as world:
        world.run(8.0)
        for name in NAMES:
            world.kill(name)
        world.answers_lost = True
        for name in NAMES:
            world.boot(name)
            world.lives[name].relationship.link.partner_ours = True  # each has heard that of the other one
        ask(world, 20.0, EVERYONE)
        assert [world.lives[name].state for name in NAMES] == [State.PARTNER_DOWN, State.WAITING]
