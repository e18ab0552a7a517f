"""What is done to one scene: climb to its best, then twice as much, then half of it with a watch in hand."""

from __future__ import annotations

from dataclasses import dataclass

from clients import Clients
from generator import generate
from scenes import ROLES, Scene

CLIENTS = 900_000
LADDER = (1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000, 10000, 12000)
RENEWALS = (2000, 3000, 4000, 6000, 8000, 10000, 12000, 15000, 20000)
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
    best = cpu = 0.0
    for rate in LADDER:
        reached, cost = offer(scene, rate, seconds)
        if reached > best:
            best, cpu = reached, cost
        if reached < 0.8 * rate:
            break
    twice, _ = offer(scene, int(2 * best), seconds)
    clients = Clients(scene.generator, 2 if scene.name in ROLES else 1)
    timed = clients.new(best / 2, seconds)
    clients.close()
    return Row(scene.name, scene.kind, best, twice, cpu, timed.delay(0.5), timed.delay(0.99))


def _renewals(scene: Scene, seconds: int) -> Row:
    clients = Clients(scene.generator)
    clients.new(500, HELD / 500)
    best = cpu = 0.0
    for rate in RENEWALS:
        before = scene.cpu()
        reached = clients.renew(rate, seconds).exchanges / seconds
        if reached > best:
            best, cpu = reached, (scene.cpu() - before) / max(reached * seconds, 1) * 1e6
        if reached < 0.8 * rate:
            break
    twice = clients.renew(2 * best, seconds).exchanges / seconds
    timed = clients.renew(best / 2, seconds)
    clients.close()
    return Row(scene.name, scene.kind, best, twice, cpu, timed.delay(0.5), timed.delay(0.99))
