"""The cases of a pair: fault, mending, and the bounds that must hold."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hastage import ADDRESSES, PRIVATE, Needs, Stage, wait_until_fetching

from tests.live.arrivals import run

LEASES: Final = 200_000
HOUR: Final = 3600
DAY: Final = 24 * HOUR
WAIT: Final = 1.0
"""Seconds that a client may wait where its server lives."""

Deed = Callable[[Stage], None]


@dataclass(frozen=True)
class Case:
    """``happen`` is the fault and ``mend`` its end, None where there is none.

    ``gap`` bounds the longest time without any ACK, ``wait`` that of one client. ``launched``: the servers that the
    fault starts; time counts from the moment when the last of them has opened its sockets.
    """

    happen: Deed
    mend: Deed | None = None
    gap: float | None = None
    wait: float | None = None
    twice: int | None = 0
    needs: Needs = Needs()
    launched: tuple[int, ...] = ()
    takeover: bool = True  # False: no server may serve alone
    seconds: float = 8.0  # to watch after the fault


def _launch(*numbers: int) -> Deed:
    def deed(stage: Stage) -> None:
        for number in numbers:
            stage.servers[number].launch()

    return deed


def _kill(number: int) -> Deed:
    return lambda stage: stage.servers[number].kill()


def _off(number: int) -> Deed:
    def deed(stage: Stage) -> None:
        stage.hosts[number].cut()
        stage.servers[number].kill()

    return deed


def _on(number: int) -> Deed:
    def deed(stage: Stage) -> None:
        stage.hosts[number].restore()
        stage.servers[number].launch()

    return deed


def _signal(number: int, which: signal.Signals) -> Deed:
    return lambda stage: stage.servers[number].running.signal(which)


def _alone(number: int) -> Deed:
    """Start a server whose partner's host is off."""

    def deed(stage: Stage) -> None:
        stage.hosts[1 - number].cut()
        stage.servers[number].launch()

    return deed


def _ip(number: int, *words: str) -> Deed:
    return lambda stage: stage.ip(number, *words)


def _switch(*words: str) -> Deed:
    return lambda stage: stage.lan.switch.ip(*words)


def _reload(number: int, interface: str) -> Deed:
    def deed(stage: Stage) -> None:
        stage.servers[number].write(stage.text(number, interface))
        stage.servers[number].reload()

    return deed


def _up(number: int) -> Deed:
    def deed(stage: Stage) -> None:
        stage.ip(number, "link", "set", "em1", "up")

    return deed


def _step_then_kill(number: int, seconds: int) -> Deed:
    """Step the clock of one server; up to four seconds later the other one dies."""

    def deed(stage: Stage) -> None:
        stage.step_clock(number, seconds)
        run(stage.arrivals, random.uniform(0.0, 4.0))
        stage.servers[1 - number].kill()

    return deed


def _fetch(deed: Deed) -> Deed:
    """Start the standby with no leases; in the midst of its fetch something happens to it."""

    def happen(stage: Stage) -> None:
        stage.servers[1].launch()
        wait_until_fetching(stage, 1)
        deed(stage)

    return happen


def _nothing(stage: Stage) -> None:
    """Let time pass."""


def _clock_cases() -> dict[str, Case]:
    found = {}
    for name, seconds in (("-1h", -HOUR), ("+1d", DAY), ("+400d", 400 * DAY)):
        for number, dying in ((1, "primary"), (0, "standby")):
            bounds = {"gap": 1.5} if number else {"wait": WAIT}
            found[f"clock{name}-{dying}-dies"] = Case(
                _step_then_kill(number, seconds), None, needs=Needs(steps=number), **bounds
            )
    return found


_TWO, _SPLIT = Needs(network="two"), Needs(network="split")
_FULL_0 = Needs(leases=LEASES, full=0, running=(0,))
_FULL_1 = Needs(leases=LEASES, full=1, running=(1,))
_NONE = Needs(running=())

CASES: Final[dict[str, Case]] = {
    "boot-both": Case(_launch(0, 1), gap=1.0, needs=_NONE, launched=(0, 1)),
    "boot-primary-refused": Case(_launch(0), _launch(1), gap=1.5, needs=_NONE, launched=(0,)),
    "boot-standby-refused": Case(_launch(1), _launch(0), gap=1.5, needs=_NONE, launched=(1,)),
    "boot-primary-off": Case(_alone(0), _on(1), gap=3.0, needs=_NONE, launched=(0,)),
    "boot-standby-off": Case(_alone(1), _on(0), gap=3.0, needs=_NONE, launched=(1,)),
    "kill-primary": Case(_kill(0), _launch(0), gap=1.5),
    "kill-standby": Case(_kill(1), _launch(1), wait=WAIT),
    "off-primary": Case(_off(0), _on(0), gap=3.0),
    "off-standby": Case(_off(1), _on(1), wait=WAIT),
    "hang-primary": Case(_signal(0, signal.SIGSTOP), _signal(0, signal.SIGCONT), gap=4.0, seconds=10.0),
    "hang-standby": Case(_signal(1, signal.SIGSTOP), _signal(1, signal.SIGCONT), wait=WAIT),
    "deaf-down": Case(_ip(0, "link", "set", "em1", "down"), _up(0), gap=3.0, needs=_TWO),
    "deaf-carrier": Case(lambda s: s.hosts[0].cut(), lambda s: s.hosts[0].restore(), gap=3.0, needs=_TWO),
    "deaf-deleted": Case(
        lambda s: s.remove_interface(0), lambda s: s.add_interface(0), gap=3.0, needs=_TWO
    ),
    "deaf-wrong-name": Case(_reload(0, "em7"), _reload(0, "em1"), gap=3.0, needs=_TWO),
    "http-refused": Case(
        lambda s: s.refuse_tcp("add"), lambda s: s.refuse_tcp("del"), wait=WAIT, takeover=False
    ),
    "http-down": Case(
        _ip(1, "link", "set", "ha0", "down"), _ip(1, "link", "set", "ha0", "up"), wait=WAIT, needs=_TWO,
        takeover=False,
    ),
    "http-dropped": Case(
        lambda s: s.vanish("ha0", PRIVATE), lambda s: s.appear("ha0", PRIVATE), wait=WAIT, needs=_TWO,
        takeover=False, seconds=15.0,
    ),
    "connections-dropped": Case(lambda s: s.drop_connections(), wait=WAIT, takeover=False),
    "link-lost": Case(
        lambda s: s.vanish("em1", ADDRESSES), lambda s: s.appear("em1", ADDRESSES), wait=WAIT, seconds=15.0
    ),
    "split": Case(
        _switch("link", "set", "joint", "down"), _switch("link", "set", "joint", "up"), gap=3.0, needs=_SPLIT,
        seconds=15.0,
    ),
    "disk-full-primary": Case(
        lambda s: s.fill_disk(), lambda s: s.free_disk(), gap=3.0, needs=Needs(small_disk=0), seconds=20.0
    ),
    "disk-full-standby": Case(
        lambda s: s.fill_disk(), lambda s: s.free_disk(), gap=3.0, needs=Needs(small_disk=1), seconds=20.0
    ),
    "subnet-missing": Case(_nothing, wait=WAIT, needs=Needs(lacks="subnet")),
    "pool-missing": Case(_nothing, wait=WAIT, needs=Needs(lacks="pool")),
    "return-primary": Case(_launch(0), gap=0.5, needs=_FULL_1, seconds=12.0),
    "return-standby": Case(_launch(1), gap=0.5, needs=_FULL_0, seconds=12.0),
    "fetch-killed": Case(_fetch(_kill(1)), gap=0.5, needs=_FULL_0, seconds=12.0),
    "fetch-off": Case(_fetch(_off(1)), gap=0.5, needs=_FULL_0, seconds=12.0),
    **_clock_cases(),
    "renew-standby-killed": Case(_kill(1), wait=WAIT, needs=Needs(renews=True)),
    "renew-standby-off": Case(_off(1), wait=WAIT, needs=Needs(renews=True)),
}  # fmt: skip
