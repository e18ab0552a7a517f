"""Repeated work of a running server: reclamation on a storage that takes its time, or fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from kea_twisted.adapters.system.clock import Clocks
from kea_twisted.config.model import ExpiredLeases
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.server.periodic import PeriodicTasks
from tests.builders import World, settings, subnet

MANY = 600  # leases: three slices


class Storage:
    """Keeps the commits; the lease file needs no timers here."""

    def __init__(self) -> None:
        self.commits: list[tuple[int, Deferred[None]]] = []
        self.error: LeasesUnsaved | None = None

    def maintain(self, settings: Any) -> None: ...

    def rest(self) -> None: ...

    def commit(self, changes: Sequence[Change]) -> Deferred[None]:
        """Take changes in; their number is kept."""
        if self.error is not None:
            raise self.error
        deferred: Deferred[None] = Deferred()
        self.commits.append((len(changes), deferred))
        return deferred


def reclaiming(storage: Any) -> tuple[World, Clock]:
    """A server whose leases are over, and the clock of its timers at the time of the first reclamation."""
    rules = ExpiredLeases(max_reclaim_leases=0, max_reclaim_time=0)
    world = World(settings(subnet("10.0.0.0/16", "10.0.0.0-10.0.200.0"), expired_leases_processing=rules))
    ended = int(world.now) - 100
    for number in range(MANY):
        world.table.apply(Change(Lease(0x0A000000 + number, number.to_bytes(6, "big"), b"", 60, ended, 1)))
    clock = Clock()
    clock.advance(world.now)
    tasks = PeriodicTasks(clock, Clocks(clock), world.log, storage, storage.commit)
    tasks.start(world.settings, world.reclaimer())
    clock.advance(rules.reclaim_timer_wait_time)
    return world, clock


def test_the_next_slice_comes_when_the_last_one_is_durable() -> None:
    storage = Storage()
    _, clock = reclaiming(storage)
    assert [number for number, _ in storage.commits] == [250]
    clock.advance(1)
    assert len(storage.commits) == 1
    for _ in range(2):
        storage.commits[-1][1].callback(None)
        clock.advance(0)
    assert [number for number, _ in storage.commits] == [250, 250, 100]


@pytest.mark.parametrize(
    ("error", "lines"),
    [(LeasesUnsaved("the lease database", OSError(104, "gone")), 1), (AddressesOvertaken({1}), 0)],
)
def test_a_commit_that_fails_does_not_end_the_run(error: Exception, lines: int) -> None:
    storage = Storage()
    world, clock = reclaiming(storage)
    storage.commits[0][1].errback(error)
    clock.advance(0)
    assert len(storage.commits) == 2
    assert len(world.log.texts("DHCP4_LEASE_SAVE_FAILED")) == lines


def test_a_disk_that_is_full_does_not_end_the_run() -> None:
    storage = Storage()
    storage.error = LeasesUnsaved("the lease file", OSError(28, "No space left on device"))
    world, clock = reclaiming(storage)
    for _ in range(3):
        clock.advance(0)
    saved = [text.partition(" ")[0] for text in world.log.texts("DHCP4_LEASE_SAVE_FAILED")]
    assert saved == ["250", "250", "100"]
