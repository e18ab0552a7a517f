"""A server that starts, and whose requests its partner does not hear, as with a wrong URL; the other way works."""

from __future__ import annotations

import pytest

from kea_twisted.ha.states import State
from tests.scenarios.pairconfig import NAMES, SINGLES
from tests.scenarios.pairmodel import World
from tests.scenarios.test_pair_bounds import TIMERS, ask

ONE, TWO = NAMES
EVERYONE = range(SINGLES + 1, SINGLES + 41)


@pytest.mark.parametrize("probes", [True, False])
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_no_client_is_left_to_a_server_that_leaves_it_to_the_other_one(mode: str, probes: bool) -> None:
    with World(mode=mode, watch=True, probes=probes, group=40, retry=1.0, **TIMERS["short"]) as world:
        world.run(8.0)
        ask(world, 3.0, EVERYONE)
        world.unheard.add(ONE)
        world.kill(ONE)
        world.boot(ONE)  # before the other one noticed that it had gone
        ask(world, 3.0, EVERYONE)
        assert world.lives[ONE].state is State.WAITING  # it is not known yet what the other one does
        ask(world, 11.0, EVERYONE)
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
