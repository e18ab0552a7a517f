"""What can happen to a modelled pair, as steps that hypothesis draws, and how they are played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from hypothesis import strategies as st
from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import provider

from tests.scenarios.pairclients import Client
from tests.scenarios.pairdisk import Killed
from tests.scenarios.pairmodel import NAMES, SINGLES, Broken, World

Step = tuple[Any, ...]
Steps = list[tuple[Step, float]]

names = st.sampled_from(NAMES)
directions = st.sampled_from([NAMES, NAMES[::-1]])
shares = st.sampled_from([0.0, 0.05, 0.3, 0.8])
rooms = st.sampled_from([0, 0, 50, 1000, None])
everyone = st.tuples(st.integers(0, 300), st.sampled_from([20, 150, 300]))


def _one(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), *arguments)


TROUBLES = [
    _one("kill", names),
    _one("kill", names, st.integers(0, 4000)),
    _one("boot", names),
    _one("cut", directions),
    _one("split"),
    _one("split", st.sampled_from([3.0, 8.0, 11.0, 14.0, 40.0])),
    _one("mend"),
    _one("restart", names, st.sampled_from([0.01, 3.0, 20.0])),
    _one("pause", names, st.sampled_from([0.5, 5.0, 12.0, 40.0])),
    _one("skew", names, st.integers(-12, 12)),
    _one("full", names, rooms, st.booleans()),
    _one("full", st.just(NAMES[0]), rooms, st.booleans()),
    _one("full", st.just(NAMES[0]), st.just(0)),
    _one("loss", shares),
    _one("doubling", shares),
    _one("delay", st.sampled_from([0.0, 0.01, 2.0, 12.0])),
    _one("client_loss", shares),
    _one("refusals", st.integers(1, 12), st.sampled_from([1, 1, 4])),
]
CHORES = [_one("clean", names, st.integers(0, 4)), _one("sync", names), _one("maintenance", names)]
CLIENTS = [
    _one("one", st.sampled_from(["release", "decline", "rebind", "reboot"]), st.integers(1, SINGLES)),
    _one("crowd", st.just("join"), everyone, st.sampled_from([0, 0, 1, 3])),
    _one("crowd", st.just("join"), everyone, st.sampled_from([3, 1])),
    _one("crowd", st.sampled_from(["release", "decline", "rebind", "reboot", "vanish"]), everyone),
]
PERIODS = st.sampled_from([0.0005, 0.0015, 0.003, 0.05, 1.0, 4.0, 7.0, 12.0, 20.0, 70.0])
STEPS = st.one_of(*TROUBLES, *CHORES, *CLIENTS, *CLIENTS)
SCENARIOS = st.lists(st.tuples(STEPS, PERIODS), min_size=6, max_size=24)


def _crowd(world: World, deed: str, who: tuple[int, int], *arguments: int) -> None:
    """Many clients do the same at once: so many, from this one on, around the circle of those of the crowd."""
    crowd = list(world.clients.values())[SINGLES:]
    first, count = who
    for place in range(min(count, len(crowd))):
        getattr(crowd[(first + place) % len(crowd)], deed)(*arguments)


def _split(world: World, seconds: float | None = None) -> None:
    """Neither hears the other, for good or for so long."""
    world.cuts.update((NAMES, NAMES[::-1]))
    if seconds is not None:
        world.clock.callLater(seconds, world.cuts.clear)


def _restart(world: World, name: str, seconds: float) -> None:
    world.kill(name)
    world.clock.callLater(seconds, world.boot, name)


def _refuse(world: World, count: int, result: int = 1) -> None:
    world.refusals, world.refused_with = count, result


def _other(name: str) -> str:
    return NAMES[name == NAMES[0]]


def _setter(name: str) -> Callable[[World, Any], None]:
    return lambda world, value: setattr(world, name, value)


DEEDS: Final[dict[str, Callable[..., object]]] = {
    "kill": World.kill,
    "boot": World.boot,
    "cut": lambda world, direction: world.cuts.add(direction),
    "split": _split,
    "restart": _restart,
    "mend": lambda world: world.cuts.clear(),
    "pause": World.pause,
    "skew": World.skew,
    "full": World.fill,
    "clean": lambda world, name, steps: world.journals[name].clean(steps),
    "sync": lambda world, name: world.command(name, "ha-sync", **{"server-name": _other(name), "max-period": 60}),
    "maintenance": lambda world, name: world.command(name, "ha-maintenance-start"),
    "refusals": _refuse,
    "one": lambda world, deed, number: getattr(Client, deed)(world.client(number)),
    "crowd": _crowd,
    **{name: _setter(name) for name in ("loss", "doubling", "delay", "client_loss")},
}


@contextmanager
def no_errors_inside() -> Iterator[None]:
    """An error that a Deferred or the driver caught is an error all the same."""
    caught: list[str] = []

    @provider(ILogObserver)
    def look(event: Any) -> None:
        failure = event.get("log_failure")
        if failure is not None and not failure.check(Broken, Killed):
            caught.append(failure.getTraceback())

    globalLogPublisher.addObserver(look)
    try:
        yield
    finally:
        globalLogPublisher.removeObserver(look)
    assert not caught, caught[0]


def play(steps: Steps, **options: Any) -> None:
    """Let it all happen, then nothing more for a while; then everybody wants an address."""
    with no_errors_inside(), World(**options) as world:
        world.run(5.0)
        for (name, *arguments), period in steps:
            DEEDS[name](world, *arguments)
            world.run(period)
        world.heal()
        world.run(60.0)
        world.heal()  # what was asked of a server that stood still may have become of it only now
        world.run(320.0)
        _crowd(world, "join", (0, len(world.clients)), 0)
        world.run(20.0)
        world.check_health()
