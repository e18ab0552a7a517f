"""The two clocks of the server: the wall clock for leases and dates, and a steady one for intervals and timers.

Everything below the adapters gets its time as an argument, from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReactorTime

from kea_twisted.interfaces import Clock

now: Final[Callable[[], float]] = time.time
"""Seconds since the epoch, with fraction."""


def make_steady(reactor: IReactorTime) -> None:
    """Let the timers of a reactor run on monotonic time; Twisted's own stop for an hour that the clock is set back.

    ``reactor.seconds`` then begins with the present time and continues evenly, independent of the wall clock.
    """
    offset, monotonic = time.time() - time.monotonic(), time.monotonic

    def seconds() -> float:
        return monotonic() + offset

    vars(reactor).update(seconds=seconds, wall=time.time)


def wall_of(reactor: Clock) -> Callable[[], float]:
    """Return the wall clock beside a reactor's timers; that of a test's reactor is the same."""
    return getattr(reactor, "wall", reactor.seconds)


class Clocks:
    """Both clocks of a reactor, and its timers."""

    def __init__(self, reactor: Clock) -> None:
        self.wall = wall_of(reactor)
        self.seconds: Callable[[], float] = reactor.seconds
        self.callLater = reactor.callLater
