"""The cost of size: many leases and many subnets, in time to start, memory, and CPU of an exchange."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facts import BYTES, CPU, TIME, Fact
from live.hosts import Lan
from loads import offer
from scenes import Ends, Map, Scene, filled, many_subnets, plain

RATE = 500  # exchanges a second, far from the limit of any server


def leases(kind: str, most: int, seconds: int) -> list[Fact]:
    """With no leases, and with more and more of them up to the number."""
    part, facts = "leases", []
    with running(kind, plain(), 0) as (scene, took):
        facts += [Fact(part, "start, no leases", kind, took, TIME)]
        facts += [Fact(part, "start, no leases, CPU", kind, sum(scene.cpus()), TIME)]
        empty = scene.memory()
    for count in sorted({1000, 100_000, most}):
        if count > most:
            continue
        with running(kind, filled(), count) as (scene, took):
            if count == most:
                facts.append(Fact(part, f"start, {count:,} leases", kind, took, TIME))
                each = (scene.memory() - empty) / count
                facts.append(Fact(part, f"memory of one of {count:,} leases", kind, each, BYTES))
            facts.append(Fact(part, f"exchange, {count:,} leases", kind, offer(scene, RATE, seconds).cpu, CPU))
    return facts


def subnets(kind: str, most: int, seconds: int) -> list[Fact]:
    """With one subnet and with more and more of them up to the number."""
    part, facts = "subnets", []
    for count in sorted({1, 100, most}):
        with running(kind, many_subnets(count), 0) as (scene, took):
            if count == most:
                facts.append(Fact(part, f"start, {count:,} subnets", kind, took, TIME))
            what = f"exchange, {count:,} subnet{'s' * (count > 1)}"
            facts.append(Fact(part, what, kind, offer(scene, RATE, seconds).cpu, CPU))
    return facts


@contextmanager
def running(kind: str, dhcp4: Map, count: int, ends: Ends | None = None) -> Iterator[tuple[Scene, float]]:
    """A server that runs while the block does, with so many leases, and how long its start took."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Lan() as lan:
        scene = Scene(lan, Path(folder) / "scene", kind, "single", lambda _: dhcp4)
        if count:
            scene.fill(count, ends)
        took = scene.start(600)
        yield scene, took
        scene.stop()
