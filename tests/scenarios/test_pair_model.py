"""Whatever happens to a pair, its promises hold, and when it is over everything is as before.

No client holds an ACK that is not in the server's file and, in normal operation, in its partner's; no address
has two clients unless the servers could not know of each other; nothing waits for ever.

PAIR_MODEL_EXAMPLES=5000 looks longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import provider

from kea_twisted.ha.states import State
from tests.scenarios.pairmodel import NAMES, Broken, World

EXAMPLES: Final = int(os.environ.get("PAIR_MODEL_EXAMPLES", "40"))

Step = tuple[Any, ...]

names = st.sampled_from(NAMES)
directions = st.sampled_from([NAMES, NAMES[::-1]])
shares = st.sampled_from([0.0, 0.05, 0.3, 0.8])

STEPS = st.one_of(
    st.tuples(st.just("kill"), names),
    st.tuples(st.just("kill"), names, st.integers(0, 400)),
    st.tuples(st.just("boot"), names),
    st.tuples(st.just("cut"), directions),
    st.tuples(st.just("mend")),
    st.tuples(st.just("pause"), names, st.sampled_from([0.5, 5.0, 12.0, 40.0])),
    st.tuples(st.just("skew"), names, st.integers(-12, 12)),
    st.tuples(st.just("full"), names, st.booleans()),
    st.tuples(st.just("loss"), shares),
    st.tuples(st.just("doubling"), shares),
    st.tuples(st.just("delay"), st.sampled_from([0.0, 0.01, 2.0, 12.0])),
    st.tuples(st.just("client_loss"), shares),
    st.tuples(st.just("refusals"), st.integers(1, 4)),
    st.tuples(st.just("release"), st.integers(1, 6)),
)
PERIODS = st.sampled_from([0.0005, 0.0015, 0.003, 0.05, 1.0, 4.0, 7.0, 12.0, 20.0, 70.0])
SCENARIOS = st.lists(st.tuples(STEPS, PERIODS), min_size=3, max_size=20)


def _set_full(world: World, name: str, full: bool) -> None:
    world.journals[name].full = full


def _setter(name: str) -> Callable[[World, Any], None]:
    return lambda world, value: setattr(world, name, value)


DEEDS: Final[dict[str, Callable[..., object]]] = {
    "kill": World.kill,
    "boot": World.boot,
    "cut": lambda world, direction: world.cuts.add(direction),
    "mend": lambda world: world.cuts.clear(),
    "pause": World.pause,
    "skew": World.skew,
    "full": _set_full,
    "release": lambda world, number: world.client(number).release(),
    **{name: _setter(name) for name in ("loss", "doubling", "delay", "client_loss", "refusals")},
}


@contextmanager
def no_errors_inside() -> Iterator[None]:
    """An error that a Deferred or the driver caught is an error all the same."""
    caught: list[str] = []

    @provider(ILogObserver)
    def look(event: Any) -> None:
        failure = event.get("log_failure")
        if failure is not None and not failure.check(Broken):
            caught.append(failure.getTraceback())

    globalLogPublisher.addObserver(look)
    try:
        yield
    finally:
        globalLogPublisher.removeObserver(look)
    assert not caught, caught[0]


def play(steps: list[tuple[Step, float]], **options: Any) -> World:
    """Let it all happen, then nothing more for a while."""
    with no_errors_inside():
        world = World(**options)
        world.run(5.0)
        for (name, *arguments), period in steps:
            DEEDS[name](world, *arguments)
            world.run(period)
        world.heal()
        world.run(400.0)
        world.check_health()
    return world


def test_an_address_given_twice_in_a_split_is_noticed_when_the_servers_meet() -> None:
    world = World(spare=-1)
    world.deaf = {(server, client) for server in (1, 2) for client in (4, 5)}
    world.run(5.0)
    world.cuts |= {NAMES, NAMES[::-1]}
    world.run(30.0)
    assert [life.state for life in world.lives.values()] == [State.PARTNER_DOWN] * 2
    world.deaf = {(1, 4), (2, 5)}  # one address is left, and each server has one client more
    world.run(5.0)
    assert world.conflicts == {(4, 5)}
    world.heal()
    world.run(60.0)
    assert all(life.is_normal for life in world.lives.values())
    assert sum(client.holds for client in world.clients.values()) == 5
    assert any(log.texts("HA_LEASE_GIVEN_TWICE") for log in world.logs)


def test_a_heartbeat_that_is_due_while_one_is_under_way_waits_for_its_answer() -> None:
    steps: list[tuple[Step, float]] = [
        (("client_loss", 0.05), 12.0), (("loss", 0.3), 70.0), (("refusals", 2), 1.0),
        (("skew", "server1", -11), 4.0), (("kill", "server1"), 4.0),
    ]  # fmt: skip
    play(steps, seed=4, kea_like=True, max_unacked_clients=0)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCENARIOS, st.integers(0, 9), st.booleans(), st.sampled_from([0, 2]))
def test_a_pair_keeps_its_promises(
    steps: list[tuple[Step, float]], seed: int, kea_like: bool, unacked: int
) -> None:
    play(steps, seed=seed, kea_like=kea_like, max_unacked_clients=unacked)


def test_what_an_earlier_process_owed_the_partner_is_told_before_it_is_confirmed() -> None:
    steps: list[tuple[Step, float]] = [
        (("release", 1), 0.0005),
        (("boot", "server1"), 0.0005),
        (("cut", NAMES), 7.0),
        (("kill", "server1"), 0.0005),
    ]
    play(steps, seed=0, kea_like=False, max_unacked_clients=0)
