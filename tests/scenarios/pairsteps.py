"""The events of a modelled pair, as steps that hypothesis draws, and how they are played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import provider

from tests.scenarios.pairclients import Client
from tests.scenarios.pairconfig import NAMES, RESERVED, SINGLES
from tests.scenarios.pairdisk import Killed
from tests.scenarios.pairmodel import Broken, World

Step = tuple[Any, ...]
Steps = list[tuple[Step, float]]

DIRECTIONS = (NAMES, NAMES[::-1])
SHARES = (0.0, 0.05, 0.3, 0.8)
ROOMS = (0, 0, 50, 1000, None)
YES_NO = (False, True)


class Who(NamedTuple):
    """Many clients of the group: from which one on, and how many."""

    first: Sequence[int]
    count: Sequence[int]


class Kind(NamedTuple):
    """A kind of step: the name of the deed, and what each argument may be."""

    name: str
    arguments: tuple[Sequence[Any], ...]


def _one(name: str, *arguments: Sequence[Any]) -> Kind:
    return Kind(name, arguments)


EVERYONE = Who(range(301), (20, 150, 300))
A_FEW = Who(range(301), (1, 1, 1, 2, 5))
CLEAN_UP = _one("clean", NAMES, range(5))
TROUBLES = (
    _one("kill", NAMES),
    _one("kill", NAMES, range(4001)),
    _one("boot", NAMES),
    _one("cut", DIRECTIONS),
    _one("split"),
    _one("split", (3.0, 8.0, 11.0, 14.0, 40.0)),
    _one("mend"),
    _one("restart", NAMES, (0.01, 3.0, 20.0)),
    _one("pause", NAMES, (0.5, 5.0, 12.0, 40.0)),
    _one("skew", NAMES, range(-12, 13)),
    _one("full", NAMES, ROOMS, YES_NO),
    _one("full", NAMES[:1], ROOMS, YES_NO),
    _one("full", NAMES[:1], (0,)),
    _one("loss", SHARES),
    _one("doubling", SHARES),
    _one("delay", (0.0, 0.01, 2.0, 12.0)),
    _one("client_loss", SHARES),
    _one("refusals", range(1, 13), (1, 1, 4)),
    _one("off", NAMES),
    _one("deafen", NAMES, YES_NO),
    _one("half_deafen", NAMES, YES_NO),
    _one("flap", NAMES, ("deafen", "half_deafen"), (0.2, 3.0, 9.0)),
    _one("unhear", NAMES, (0.5, 3.0, 14.0)),
    _one("part"),
    _one("part", (3.0, 8.0, 14.0, 40.0)),
    _one("dhcp_cut", YES_NO),
    _one("clock", NAMES, (-3600, 86400, -86400, 400 * 86400, 0, 0)),
    _one("lack", NAMES, YES_NO),
    _one("reserve", (NAMES[:1], NAMES[1:], NAMES, NAMES), range(3)),
    _one("delete", NAMES, range(41)),
)
CHORES = (CLEAN_UP, _one("sync", NAMES), _one("maintenance", NAMES))
CLIENTS = (
    _one("one", ("release", "decline", "rebind", "reboot"), range(1, SINGLES + 1)),
    _one("group", ("join",), EVERYONE, (0, 0, 1, 3)),
    _one("group", ("join",), EVERYONE, (3, 1)),
    _one("group", ("release", "decline", "rebind", "reboot", "vanish"), EVERYONE),
)
SINGLE_CLIENTS = (
    CLIENTS[0],
    _one("group", ("join",), A_FEW, (0, 0, 1, 3)),
    _one("group", ("release", "decline", "rebind", "reboot", "vanish", "rebind", "reboot"), A_FEW),
)
PERIODS = (0.0005, 0.0015, 0.003, 0.05, 1.0, 4.0, 7.0, 12.0, 20.0, 70.0)


def _strategy(kind: Kind) -> st.SearchStrategy[Step]:
    drawn: list[st.SearchStrategy[Any]] = [
        st.tuples(*map(st.sampled_from, argument)) if isinstance(argument, Who) else st.sampled_from(argument)
        for argument in kind.arguments
    ]
    return st.tuples(st.just(kind.name), *drawn)


STEPS = st.one_of(*map(_strategy, (*TROUBLES, *CHORES, *CLIENTS, *CLIENTS)))
SCENARIOS = st.lists(st.tuples(STEPS, st.sampled_from(PERIODS)), min_size=6, max_size=24)


def _group(world: World, deed: str, who: tuple[int, int], *arguments: int) -> None:
    """Many clients do the same at once: so many, from this one on, around the circle of those of the group."""
    group = list(world.clients.values())[SINGLES:]
    first, count = who
    for place in range(min(count, len(group))):
        getattr(group[(first + place) % len(group)], deed)(*arguments)


def _split(world: World, seconds: float | None = None) -> None:
    """Neither hears the other, for good or for so long."""
    world.cuts.update((NAMES, NAMES[::-1]))
    if seconds is not None:
        world.clock.callLater(seconds, _mend, world)


def _mend(world: World) -> None:
    world.cuts.clear()
    world.changed_at = world.clock.seconds()


def _part(world: World, seconds: float | None = None) -> None:
    """Everything between the two is cut, for good or for so long."""
    world.part()
    if seconds is not None:
        world.clock.callLater(seconds, _unpart, world)


def _unpart(world: World) -> None:
    world.part(False)
    world.changed_at = world.clock.seconds()


def _flap(world: World, name: str, deed: str, seconds: float) -> None:
    """An interface of a server fails and works again four times."""
    for turn in range(8):
        world.clock.callLater(turn * seconds, DEEDS[deed], world, name, not turn % 2)


def _unhear(world: World, name: str, seconds: float) -> None:
    """The requests of a server get lost for so long."""
    world.unheard.add(name)
    world.clock.callLater(seconds, _hear, world, name)


def _hear(world: World, name: str) -> None:
    world.unheard.discard(name)
    world.changed_at = world.clock.seconds()


def _lack(world: World, name: str, lacks: bool) -> None:
    """A server's configuration has not got the second subnet, or has it again."""
    if world.relays:
        world.configure((name,), relayed=() if lacks else world.variants[_other(name)].relayed or world.relayed)


def _reserve(world: World, names: tuple[str, ...], turn: int) -> None:
    """The reserved addresses go to others."""
    if world.reserves:
        world.configure(names, reserved=RESERVED[turn:] + RESERVED[:turn])


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
    "mend": lambda world: world.part(False),
    "off": World.power_off,
    "deafen": World.deafen,
    "half_deafen": World.half_deafen,
    "flap": _flap,
    "unhear": _unhear,
    "part": _part,
    "clock": World.skew,
    "lack": _lack,
    "reserve": _reserve,
    "delete": World.delete,
    "pause": World.pause,
    "skew": World.skew,
    "full": World.fill,
    "clean": lambda world, name, steps: world.journals[name].clean(steps),
    "sync": lambda world, name: world.command(name, "ha-sync", **{"server-name": _other(name), "max-period": 60}),
    "maintenance": lambda world, name: world.command(name, "ha-maintenance-start"),
    "refusals": _refuse,
    "one": lambda world, deed, number: getattr(Client, deed)(world.client(number)),
    "group": _group,
    **{name: _setter(name) for name in ("loss", "doubling", "delay", "client_loss", "dhcp_cut")},
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
    """Play all steps, then a quiet time, then a REQUEST of every client."""
    with no_errors_inside(), World(**options) as world:
        world.run(5.0)
        for (name, *arguments), period in steps:
            DEEDS[name](world, *arguments)
            if name not in ("one", "group"):
                world.changed_at = world.clock.seconds()
            world.run(period)
        world.heal()
        world.run(60.0)
        world.heal()  # what was asked of a server that stood still may have become of it only now
        world.run(320.0)
        _group(world, "join", (0, len(world.clients)), 0)
        world.run(20.0)
        world.come_to_rest()
        world.check_health()
