"""What is done to one scene: climb to its best, then twice as much, then half of it with a watch in hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients import Clients
from generator import generate
from scenes import ROLES, Scene

CLIENTS = 900_000
LADDER = (1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000, 10000, 12000)
RENEWALS = (2000, 3000, 4000, 6000, 8000, 10000, 12000, 15000, 20000)
ENOUGH = 0.8  # of a rate, to climb on
AGAIN = 4
HELD = 2000  # clients that renew
MORE = {"relayed": ("-o", "82,0104656d3130")}
"""Of a scene: what perfdhcp is to send besides."""


@dataclass(frozen=True)
class Row:
    """One measurement: exchanges a second at best and under twice that load, CPU at best, delays at half."""

    scene: str
    server: str
    best: float
    twice: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def measure(scene: Scene, seconds: int) -> Row:
    """All loads on a scene that has been started."""
    return _renewals(scene, seconds) if scene.name == "renewals" else _new_clients(scene, seconds)


def offer(scene: Scene, rate: int, seconds: int) -> tuple[float, float]:
    """New clients by perfdhcp: exchanges a second, CPU for each. The rate is the seed: others come each time."""
    before = scene.cpu()
    load = generate(scene.generator, seconds, rate, CLIENTS, rate, MORE.get(scene.name, ()))
    return load.exchanges / seconds, (scene.cpu() - before) / max(load.exchanges, 1) * 1e6


def _new_clients(scene: Scene, seconds: int) -> Row:
    best, twice, cpu = _climb(LADDER, lambda rate: offer(scene, rate, seconds))
    clients = Clients(scene.generator, 2 if scene.name in ROLES else 1)
    timed = clients.new(best / 2, seconds)
    clients.close()
    return Row(scene.name, scene.kind, best, twice, cpu, timed.delay(0.5), timed.delay(0.99))


def _renewals(scene: Scene, seconds: int) -> Row:
    clients = Clients(scene.generator)
    clients.new(500, HELD / 500)

    def ask(rate: int) -> tuple[float, float]:
        before = scene.cpu()
        done = clients.renew(rate, seconds).exchanges
        return done / seconds, (scene.cpu() - before) / max(done, 1) * 1e6

    best, twice, cpu = _climb(RENEWALS, ask)
    timed = clients.renew(best / 2, seconds)
    clients.close()
    return Row(scene.name, scene.kind, best, twice, cpu, timed.delay(0.5), timed.delay(0.99))


def _climb(ladder: Sequence[int], ask: Callable[[int], tuple[float, float]]) -> tuple[float, float, float]:
    """The best rate, what is left of it under twice that load, and the CPU at best.

    A step may have met a busy moment of the machine: if twice the load gets more done, that was not the best yet.
    """
    best = cpu = twice = 0.0
    for rate in ladder:
        reached, cost = ask(rate)
        if reached > best:
            best, cpu = reached, cost
        if reached < ENOUGH * rate:
            break
    for _ in range(AGAIN):
        twice, cost = ask(int(2 * best))
        if twice <= best:
            break
        best, cpu = twice, cost
    return best, twice, cpu
