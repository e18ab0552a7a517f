"""Timers on monotonic time, independent of the wall clock."""

from __future__ import annotations

import time
from typing import Any

import pytest
from twisted.internet.base import ReactorBase
from twisted.internet.task import Clock

from kea_twisted.adapters.system.clock import make_steady, wall_of


class IdleReactor(ReactorBase):
    """A reactor that waits for nothing."""

    def installWaker(self) -> None:
        """There is no other thread."""

    def removeAll(self) -> list[Any]:
        return []


def test_a_step_of_the_wall_clock_moves_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = 1_795_344_650.0, 1000.0
    monkeypatch.setattr(time, "time", lambda: wall)
    monkeypatch.setattr(time, "monotonic", lambda: steady)
    reactor: Any = IdleReactor()
    make_steady(reactor)
    fired: list[float] = []
    reactor.callLater(10.0, lambda: fired.append(reactor.seconds()))
    wall -= 3600.0
    steady += 9.0
    reactor.runUntilCurrent()
    assert not fired
    assert reactor.timeout() == pytest.approx(1.0)
    steady += 1.0
    reactor.runUntilCurrent()
    assert fired == [pytest.approx(1_795_344_660.0)]
    assert wall_of(reactor)() == wall


def test_a_clock_of_a_test_is_both() -> None:
    clock = Clock()
    clock.advance(5.0)
    assert wall_of(clock)() == clock.seconds() == 5.0
