"""The health of a server, and its subscribers."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.lease import Change
from kea_twisted.server.health import RETRY, Health
from kea_twisted.server.perform import Performer
from tests.adapters.net.socketworld import EM1, World
from tests.fakes import RecordingLog
from tests.fakestorage import MemoryStorage
from tests.scenarios.pairworld import lease_of

FULL = "the lease file cannot be written: No space left on device"


def test_a_full_disk_is_told_and_its_end_too() -> None:
    """Owed rows are written again without a request."""
    clock, log, told, journal = Clock(), RecordingLog(), [], MemoryStorage()
    world = World(EM1)
    send: Any = lambda reply: None  # noqa: E731
    performer = Performer(journal, send, HookChain(), log, Statistics(0.0), 67)
    health = Health(clock, world.sockets, performer, told.append)
    world.open("em1")
    journal.full = True
    change = Change(lease_of(1, 1000))
    with pytest.raises(OSError):
        performer.commit([change])
    assert told == [FULL] and health.fault == FULL
    clock.advance(RETRY)
    clock.advance(RETRY)
    assert told == [FULL] and log.lines == []
    journal.full = False
    clock.advance(RETRY)
    assert told == [FULL, ""] and journal.rows == [change]
    assert not clock.getDelayedCalls()


def test_a_deaf_server_is_told_and_its_end_too() -> None:
    told: list[str] = []
    world = World(EM1)
    performer = Performer(MemoryStorage(), lambda reply: None, HookChain(), RecordingLog(), Statistics(0.0), 67)
    health = Health(Clock(), world.sockets, performer, told.append)
    world.open("em1")
    assert told == [] and health.fault == ""
    world.have(EM1._replace(up=False))
    world.sockets.links_changed()
    assert told == ["the interface em1 is down"]
    world.have(EM1)
    world.sockets.links_changed()
    assert told[1:] == [""]
    health.stop()
    world.have()
    world.sockets.links_changed()
    assert len(told) == 2
