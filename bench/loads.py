"""The loads of one scene: climb to its best, then twice as much, then half of it with a watch in hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from busy import at_least, busiest, times
from clients import Clients, Timed
from facts import CPU, DELAY, EXCHANGES, Fact
from generator import generate
from scenes import ROLES, Scene

CLIENTS = 900_000
LADDER = (1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000, 10000, 12000)
RENEWALS = (2000, 3000, 4000, 6000, 8000, 10000, 12000, 15000, 20000)
ENOUGH = 0.8  # of a rate, to climb on
NEAR = 0.9  # of the best
AGAIN = 4
HELD = 2000  # clients that renew
MORE = {"relayed": ("-o", "82,0104656d3130")}
"""Of a scene: what perfdhcp is to send besides."""


class Reached(NamedTuple):
    """The outcome of a load: exchanges a second, CPU microseconds for each; ``at_least``: more was not asked for."""

    rate: float
    cpu: float
    at_least: bool


def measure(scene: Scene, seconds: int) -> list[Fact]:
    """All loads on a scene that has been started."""
    best, twice, timed = (_renewals if scene.name == "renewals" else _new_clients)(scene, seconds)
    part, server = scene.name, scene.kind
    return [
        Fact(part, "at best", server, best.rate, EXCHANGES, best.at_least),
        Fact(part, "at twice that", server, twice.rate, EXCHANGES, twice.at_least),
        Fact(part, "CPU of an exchange", server, best.cpu, CPU),
        Fact(part, "p50 at half of that", server, timed.delay(0.5), DELAY),
        Fact(part, "p99 at half of that", server, timed.delay(0.99), DELAY),
    ]


def offer(scene: Scene, rate: int, seconds: int) -> Reached:
    """New clients by perfdhcp. The rate is the seed: others come each time."""
    watch = _Watch(scene)
    load = generate(scene.generator, seconds, rate, CLIENTS, rate, MORE.get(scene.name, ()))
    return watch.reached(load.exchanges, seconds, load.busy)


def _new_clients(scene: Scene, seconds: int) -> tuple[Reached, Reached, Timed]:
    best, twice = _climb(LADDER, lambda rate: offer(scene, rate, seconds))
    clients = Clients(scene.generator, 2 if scene.name in ROLES else 1)
    timed = clients.new(best.rate / 2, seconds)
    clients.close()
    return best, twice, timed


def _renewals(scene: Scene, seconds: int) -> tuple[Reached, Reached, Timed]:
    clients = Clients(scene.generator)
    clients.new(500, HELD / 500)

    def ask(rate: int) -> Reached:
        watch, before = _Watch(scene), times(os.getpid())
        done = clients.renew(rate, seconds)
        return watch.reached(done.exchanges, seconds, busiest(before, times(os.getpid()), seconds))

    best, twice = _climb(RENEWALS, ask)
    timed = clients.renew(best.rate / 2, seconds)
    clients.close()
    return best, twice, timed


class _Watch:
    """Sees what a load costs the servers of a scene, from now on."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._before = scene, scene.cpus()

    def reached(self, exchanges: int, seconds: int, generator: float) -> Reached:
        """Return the outcome; ``generator`` is the share of the time in which that was busy."""
        used = [after - before for before, after in zip(self._before, self._scene.cpus(), strict=True)]
        cpu = sum(used) / max(exchanges, 1) * 1e6
        return Reached(exchanges / seconds, cpu, at_least(max(used) / seconds, generator))


def _climb(ladder: Sequence[int], ask: Callable[[int], Reached]) -> tuple[Reached, Reached]:
    """The best, and what is left of it under twice that load.

    A step may have met a busy moment of the machine: if twice the load gets more done, that was not the best yet.
    """
    best = twice = Reached(0.0, 0.0, False)
    steps = []
    for rate in ladder:
        steps.append(ask(rate))
        best = max(best, steps[-1])
        if steps[-1].rate < ENOUGH * rate:
            break
    for _ in range(AGAIN):
        twice = ask(int(2 * best.rate))
        steps.append(twice)
        if twice.rate <= best.rate:
            break
        best = twice
    # a server that breaks down under a load has its own reasons to wait
    limited = [step for step in steps if step.at_least and step.rate >= NEAR * best.rate]
    return best._replace(at_least=bool(limited)), twice._replace(at_least=twice in limited)
