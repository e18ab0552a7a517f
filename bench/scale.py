"""What size costs: many leases and many subnets."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from clients import Clients
from live.hosts import Lan
from loads import offer
from scenes import Map, Scene, many_subnets, plain

RATE = 500  # exchanges a second, far from anybody's limit
SUBNETS = (1, 100, 10_000)
LEASES = (1000, 100_000)
CLEANING_AFTER = 6  # seconds: soon, but not before everything runs
CLEANED_WITHIN = 90


@dataclass(frozen=True)
class Fact:
    """One figure of one server."""

    what: str
    server: str
    value: float
    unit: str


def measure(kind: str, leases: int, seconds: int) -> list[Fact]:
    """All facts about one server."""
    return [*_with_leases(kind, leases), *_costs(kind, seconds)]


def _with_leases(kind: str, count: int) -> list[Fact]:
    with _Started(kind, plain(), 0) as (empty, _):
        before = empty.memory()
    dhcp4 = plain()
    dhcp4["lease-database"]["lfc-interval"] = CLEANING_AFTER
    with _Started(kind, dhcp4, count) as (scene, took):
        each = (scene.memory() - before) / count
        lasted, stall = _cleaning(scene)
    leases = f"{count} leases"
    return [
        Fact(f"start with {leases}", kind, took, "s"),
        Fact(f"memory for each of {leases}", kind, each, "bytes"),
        Fact(f"clean-up of {leases}", kind, lasted, "s"),
        Fact("longest answer meanwhile", kind, stall, "ms"),
    ]


def _cleaning(scene: Scene) -> tuple[float, float]:
    """How long the clean-up took, and how long a client waited at most around it."""
    clients = Clients(scene.generator)
    folder, longest, began = scene.servers[0].folder, 0.0, 0.0
    until = time.monotonic() + CLEANED_WITHIN
    while time.monotonic() < until:
        longest = max(longest, clients.new(200, 0.2).delay(1.0))
        runs = any(folder.glob("kea-leases4.csv.1")) or any(folder.glob("kea-leases4.csv.output"))
        began = began or (time.monotonic() if runs else 0.0)
        if began and not runs:
            break
    clients.close()
    return (time.monotonic() - began if began else float("nan")), longest


def _costs(kind: str, seconds: int) -> list[Fact]:
    facts = []
    for count in SUBNETS:
        with _Started(kind, many_subnets(count), 0) as (scene, _):
            facts.append(Fact(f"exchange, {count} subnets", kind, offer(scene, RATE, seconds)[1], "us CPU"))
    for count in LEASES:
        with _Started(kind, plain(), count) as (scene, _):
            facts.append(Fact(f"exchange, {count} leases", kind, offer(scene, RATE, seconds)[1], "us CPU"))
    return facts


class _Started:
    """A server that runs while the block does, and how long its start took."""

    def __init__(self, kind: str, dhcp4: Map, leases: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench")
        self._lan = Lan()
        self._scene = Scene(self._lan, Path(self._folder.name) / "scale", kind, "single", dhcp4, leases)

    def __enter__(self) -> tuple[Scene, float]:
        return self._scene, self._scene.start()

    def __exit__(self, *error: object) -> None:
        self._scene.stop()
        self._lan.close()
        self._folder.cleanup()
