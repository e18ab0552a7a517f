"""The cases of a pair: fault, mending, and the bounds that must hold."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

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

    ``gap`` bounds the longest time without any ACK, ``wait`` that of one client; ``half`` takes the place of ``wait``
    in load-balancing beside a Kea: the time until the clients of the server that fails are served. ``launched``: the
    servers that the fault starts; time counts from the moment when the last of them has opened its sockets.
    ``answers``: the server that has to serve then and whose decision it is; None: both.
    """

    title: str
    happen: Deed
    mend: Deed | None = None
    gap: float | None = None
    wait: float | None = None
    half: float | None = None
    answers: int | None = None
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
            bounds: dict[str, Any] = {"gap": 1.5} if number else {"wait": WAIT, "half": 1.5}
            found[f"clock{name}-{dying}-dies"] = Case(
                f"a clock steps {name}, then the {dying} dies", _step_then_kill(number, seconds), None,
                needs=Needs(steps=number), answers=number, **bounds
            )  # fmt: skip
    return found


_TWO, _SPLIT = Needs(network="two"), Needs(network="split")
_FULL_0 = Needs(leases=LEASES, full=0, running=(0,))
_FULL_1 = Needs(leases=LEASES, full=1, running=(1,))
_NONE = Needs(running=())

CASES: Final[dict[str, Case]] = {
    "boot-both": Case("both start", _launch(0, 1), gap=1.0, needs=_NONE, launched=(0, 1)),
    "boot-primary-refused": Case(
        "the primary starts, the other's process is gone",
        _launch(0),
        _launch(1),
        gap=1.5,
        needs=_NONE,
        launched=(0,),
        answers=0,
    ),
    "boot-standby-refused": Case(
        "the standby starts, the other's process is gone",
        _launch(1),
        _launch(0),
        gap=1.5,
        needs=_NONE,
        launched=(1,),
        answers=1,
    ),
    "boot-primary-off": Case(
        "the primary starts, the other's host is off", _alone(0), _on(1), gap=3.0, needs=_NONE, launched=(0,), answers=0
    ),
    "boot-standby-off": Case(
        "the standby starts, the other's host is off", _alone(1), _on(0), gap=3.0, needs=_NONE, launched=(1,), answers=1
    ),
    "kill-primary": Case("`kill -9` of the primary", _kill(0), _launch(0), gap=1.5, answers=1),
    "kill-standby": Case("`kill -9` of the standby", _kill(1), _launch(1), wait=WAIT, half=1.5, answers=0),
    "off-primary": Case("power off of the primary", _off(0), _on(0), gap=3.0, answers=1),
    "off-standby": Case("power off of the standby", _off(1), _on(1), wait=WAIT, half=3.0, answers=0),
    "hang-primary": Case(
        "SIGSTOP of the primary",
        _signal(0, signal.SIGSTOP),
        _signal(0, signal.SIGCONT),
        gap=4.0,
        seconds=10.0,
        answers=1,
    ),
    "hang-standby": Case(
        "SIGSTOP of the standby", _signal(1, signal.SIGSTOP), _signal(1, signal.SIGCONT), wait=WAIT, half=4.0, answers=0
    ),
    "deaf-down": Case(
        "the primary's interface is down", _ip(0, "link", "set", "em1", "down"), _up(0), gap=3.0, needs=_TWO
    ),
    "deaf-carrier": Case(
        "the primary's interface has no carrier",
        lambda s: s.hosts[0].cut(),
        lambda s: s.hosts[0].restore(),
        gap=3.0,
        needs=_TWO,
    ),
    "deaf-deleted": Case(
        "the primary's interface is deleted",
        lambda s: s.remove_interface(0),
        lambda s: s.add_interface(0),
        gap=3.0,
        needs=_TWO,
    ),
    "deaf-wrong-name": Case(
        "the primary's interface is misnamed after a reload", _reload(0, "em7"), _reload(0, "em1"), gap=3.0, needs=_TWO
    ),
    "http-refused": Case(
        "HTTP between the two is refused",
        lambda s: s.refuse_tcp("add"),
        lambda s: s.refuse_tcp("del"),
        wait=WAIT,
        takeover=False,
        answers=0,
    ),
    "http-down": Case(
        "the network for HTTP is down",
        _ip(1, "link", "set", "ha0", "down"),
        _ip(1, "link", "set", "ha0", "up"),
        wait=WAIT,
        needs=_TWO,
        takeover=False,
        answers=0,
    ),
    "http-dropped": Case(
        "HTTP between the two is dropped",
        lambda s: s.vanish("ha0", PRIVATE),
        lambda s: s.appear("ha0", PRIVATE),
        wait=WAIT,
        needs=_TWO,
        takeover=False,
        seconds=15.0,
        answers=0,
    ),
    "connections-dropped": Case(
        "kept-alive connections die silently", lambda s: s.drop_connections(), wait=WAIT, takeover=False, answers=0
    ),
    "link-lost": Case(
        "everything between the two is dropped, both hear all clients",
        lambda s: s.vanish("em1", ADDRESSES),
        lambda s: s.appear("em1", ADDRESSES),
        wait=WAIT,
        seconds=15.0,
        answers=0,
    ),
    "split": Case(
        "everything between the two is cut, each with clients of its own",
        _switch("link", "set", "joint", "down"),
        _switch("link", "set", "joint", "up"),
        gap=3.0,
        needs=_SPLIT,
        seconds=15.0,
    ),
    "disk-full-primary": Case(
        "the primary's disk is full",
        lambda s: s.fill_disk(),
        lambda s: s.free_disk(),
        gap=3.0,
        needs=Needs(small_disk=0),
        seconds=20.0,
    ),
    "disk-full-standby": Case(
        "the standby's disk is full",
        lambda s: s.fill_disk(),
        lambda s: s.free_disk(),
        gap=3.0,
        needs=Needs(small_disk=1),
        seconds=20.0,
        answers=0,
    ),
    "subnet-missing": Case(
        "a subnet that only the primary has", _nothing, wait=WAIT, needs=Needs(lacks="subnet"), answers=0
    ),
    "pool-missing": Case("a pool that only the primary has", _nothing, wait=WAIT, needs=Needs(lacks="pool"), answers=0),
    "return-primary": Case(
        "the primary returns to 200,000 leases", _launch(0), gap=0.5, needs=_FULL_1, seconds=12.0, answers=1
    ),
    "return-standby": Case(
        "the standby returns to 200,000 leases", _launch(1), gap=0.5, needs=_FULL_0, seconds=12.0, answers=0
    ),
    "fetch-killed": Case(
        "the standby is killed in its fetch", _fetch(_kill(1)), gap=0.5, needs=_FULL_0, seconds=12.0, answers=0
    ),
    "fetch-off": Case(
        "the standby's host goes off in its fetch", _fetch(_off(1)), gap=0.5, needs=_FULL_0, seconds=12.0, answers=0
    ),
    **_clock_cases(),
    "renew-standby-killed": Case(
        "`kill -9` of the standby while clients renew",
        _kill(1),
        wait=WAIT,
        needs=Needs(renews=True),
        half=1.5,
        answers=0,
    ),
    "renew-standby-off": Case(
        "power off of the standby while clients renew",
        _off(1),
        wait=WAIT,
        needs=Needs(renews=True),
        half=3.0,
        answers=0,
    ),
}
