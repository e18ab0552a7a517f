"""The time that clients go without an answer when something happens to a pair, in the time of the model.

A client asks every 0.2 seconds and repeats after one second. The bounds are those of docs/ha.md, with Kea's default
timers and with shorter ones.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any, Final, NamedTuple

import pytest

from kea_twisted.ha.states import State
from tests.scenarios.pairconfig import NAMES, SINGLES
from tests.scenarios.pairmodel import World

ONE, TWO = NAMES
PROBE_LEARNT: Final = 5.0
WATCHED: Final = 20.0
TIMERS: Final[dict[str, dict[str, Any]]] = {
    "default": {
        "heartbeat_delay": 10.0, "max_response_delay": 60.0, "max_ack_delay": 10.0, "max_unacked_clients": 10,
    },
    "short": {"heartbeat_delay": 2.0, "max_response_delay": 10.0, "max_ack_delay": 5.0, "max_unacked_clients": 0},
}  # fmt: skip


class Case(NamedTuple):
    """An event, and the longest time without an ACK and in vain, in seconds."""

    happens: Callable[[World], object]
    gap: float
    wait: float


CASES: Final = {
    "primary killed": Case(lambda world: world.kill(ONE), 1.5, 2.5),
    "standby killed": Case(lambda world: world.kill(TWO), 1.0, 1.0),
    "primary off": Case(lambda world: world.power_off(ONE), 3.0, 4.0),
    "standby off": Case(lambda world: world.power_off(TWO), 1.0, 1.0),
    "primary hangs": Case(lambda world: world.pause(ONE, 100.0), 4.0, 5.0),
    "standby hangs": Case(lambda world: world.pause(TWO, 100.0), 1.0, 1.0),
    "primary deaf": Case(lambda world: world.deafen(ONE), 3.0, 4.0),
    "standby deaf": Case(lambda world: world.deafen(TWO), 1.0, 1.0),
    "primary's disk full": Case(lambda world: world.fill(ONE, 0), 3.0, 4.0),
    "standby's disk full": Case(lambda world: world.fill(TWO, 0), 1.0, 1.0),
    "HTTP cut": Case(lambda world: world.cuts.update((NAMES, NAMES[::-1])), 1.0, 1.0),
    "everything cut": Case(lambda world: world.part(), 1.0, 4.0),
    "clock an hour back": Case(lambda world: world.skew(TWO, -3600), 1.0, 1.0),
    "standby lacks a subnet": Case(lambda world: world.configure((TWO,), relayed=()), 1.0, 1.0),
}

BALANCED: Final = {
    **CASES,
    **{f"{name} {what}": CASES[f"primary {what}"]._replace(gap=1.0, wait=1.0)
       for name in ("primary", "standby") for what in ("killed", "off", "hangs")},
}  # fmt: skip
"""In load-balancing the secondary has clients of its own, which the primary serves while the other one is in doubt."""


def ask(world: World, seconds: float, numbers: range) -> None:
    """A client asks every 0.2 seconds, in turn."""
    turns = cycle(numbers)
    end = world.clock.seconds() + seconds
    while world.clock.seconds() < end:
        client = world.client(next(turns))
        if not client.asking_since:
            (client.reboot if client.holds else client.join)()
        world.run(0.2)


def longest_gap(world: World, since: float) -> float:
    """The longest time without an ACK."""
    times = [since, *(at for at in world.acks if at >= since), world.clock.seconds()]
    return max(late - early for early, late in zip(times, times[1:], strict=False))


def pair(mode: str, clients: int, timers: str, growing_secs: bool = True) -> tuple[World, range]:
    """A world with so many clients that ask."""
    group = max(clients, 1)
    world = World(
        mode=mode, group=group, watch=True, probes=True, relays=True, retry=1.0, growing_secs=growing_secs,
        **TIMERS[timers],
    )  # fmt: skip
    return world, range(SINGLES + 1, SINGLES + 1 + group)


@pytest.mark.parametrize("timers", TIMERS)
@pytest.mark.parametrize(
    ("name", "mode"),
    [(name, mode) for name in CASES for mode in ("hot-standby", "load-balancing")],
)
def test_clients_are_served_again_in_time(name: str, mode: str, timers: str) -> None:
    for clients, growing_secs in ((3, False), (200, True)):
        made, numbers = pair(mode, clients, timers, growing_secs)
        with made as world:
            world.run(PROBE_LEARNT)
            ask(world, 10.0, numbers)
            began = world.clock.seconds()
            for client in world.clients.values():
                client.longest_wait = 0.0
            CASES[name].happens(world)
            ask(world, WATCHED, numbers)
            equal = name.replace("standby", "primary") if mode == "load-balancing" else name
            case = BALANCED.get(equal, CASES[name]) if mode == "load-balancing" else CASES[name]
            gap = longest_gap(world, began)
            waits = [max(client.longest_wait, client.waits) for client in map(world.client, numbers)]
            assert gap <= case.gap, f"{gap:.2f} s without an ACK"
            assert max(waits) <= case.wait, f"a client waited for {max(waits):.2f} s"
            assert not world.conflicts


@pytest.mark.parametrize("timers", TIMERS)
@pytest.mark.parametrize("step", [-3600.0, 86400.0, 400 * 86400.0])
@pytest.mark.parametrize(("stepped", "killed"), [NAMES, NAMES[::-1], (ONE, ONE), (TWO, TWO)])
def test_a_step_of_a_clock_delays_no_takeover(stepped: str, killed: str, step: float, timers: str) -> None:
    made, numbers = pair("hot-standby", 50, timers)
    with made as world:
        world.run(PROBE_LEARNT)
        ask(world, 5.0, numbers)
        world.skew(stepped, step)
        ask(world, 5.0, numbers)
        began = world.clock.seconds()
        world.kill(killed)
        ask(world, 10.0, numbers)
        assert longest_gap(world, began) <= 1.5


@pytest.mark.parametrize("timers", TIMERS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("off", "bound"), [(False, 1.5), (True, 3.0)])
def test_a_server_that_starts_alone_serves_in_time(name: str, off: bool, bound: float, timers: str) -> None:
    made, numbers = pair("hot-standby", 50, timers)
    with made as world:
        world.run(PROBE_LEARNT)
        for each in NAMES:
            (world.power_off if off else world.kill)(each)
        world.run(5.0)
        began = world.clock.seconds()
        world.boot(name)
        ask(world, 5.0, numbers)
        assert longest_gap(world, began) <= bound


def test_a_cut_of_http_moves_neither_server() -> None:
    made, numbers = pair("hot-standby", 50, "default")
    with made as world:
        world.run(PROBE_LEARNT)
        CASES["HTTP cut"].happens(world)
        ask(world, 60.0, numbers)
        assert {life.state for life in world.lives.values()} == {State.HOT_STANDBY}


@pytest.mark.parametrize("unacked", [0, 10])
def test_a_partner_that_is_heard_is_not_replaced_because_it_hears_nothing(unacked: int) -> None:
    """Its heartbeats say that it serves; when it dies the standby takes over as ever."""
    with World(mode="hot-standby", watch=True, probes=True, group=40, max_unacked_clients=unacked) as world:
        world.run(WATCHED)
        world.cuts.add((TWO, ONE))
        world.dhcp_cut = True
        ask(world, 40.0, range(SINGLES + 1, SINGLES + 41))
        assert [life.state for life in world.lives.values()] == [State.PARTNER_DOWN, State.HOT_STANDBY]
        world.kill(ONE)
        ask(world, 5.0, range(SINGLES + 1, SINGLES + 41))
        assert world.lives[TWO].state is State.PARTNER_DOWN
        world.heal()
        world.run(60.0)
        assert world.in_order and not world.conflicts


def test_a_partner_that_says_that_it_serves_is_replaced_if_clients_wait_in_vain() -> None:
    with World(mode="hot-standby", watch=True, probes=True, max_unacked_clients=0) as world:
        world.run(WATCHED)
        world.cuts.add((TWO, ONE))
        world.dhcp_cut = True
        world.run(10.0)
        world.deaf = {(1, 6)}
        world.run(30.0)
        assert world.lives[TWO].state is State.PARTNER_DOWN
