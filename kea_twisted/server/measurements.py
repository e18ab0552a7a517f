"""The measurements of a running server: how long replies take, how late its timers are, which counters have changed.

They are made only while a page shows them, but for the use of the pools, of which a forecast needs days.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.config.model import Settings
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.pooluse import INTERVAL as POOL_INTERVAL
from kea_twisted.engine.pooluse import PoolUse
from kea_twisted.engine.statistics import Statistics
from kea_twisted.interfaces import Clock, Timer
from kea_twisted.server.packetloop import PacketLoop

REPLY_BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
LAG_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
INTERVAL: Final = 0.1
"""Seconds between two looks at the lag."""


class Measurements:
    """``reply_times`` and ``lag``, in seconds, since measuring began."""

    def __init__(self, clock: Clock, loop: PacketLoop, statistics: Statistics) -> None:
        self.reply_times = Histogram(REPLY_BOUNDS)
        self.lag = Histogram(LAG_BOUNDS)
        self._clock = clock
        self._loop = loop
        self._statistics = statistics
        self._timer: Timer | None = None
        self._due = 0.0
        self._scraped = False  # by a monitor
        self._watched = False  # by people
        self.pools = PoolUse()
        self._pool_timer: Timer | None = None
        self._settings: Settings | None = None

    def use(self, settings: Settings) -> None:
        """Measure if this configuration has a page for monitors."""
        self._scraped = any(socket.metrics for socket in settings.control_sockets)
        self._statistics.watch(self._scraped)
        self._settings = settings
        self._begin()
        has_pools = bool(settings.subnets) or any(socket.web for socket in settings.control_sockets)
        if has_pools and self._pool_timer is None:
            self._sample_pools()
        elif not has_pools:
            self._rest()

    def watch(self, watched: bool) -> None:
        """Measure while people look at the page for them."""
        self._watched = watched
        self._begin()

    def _begin(self) -> None:
        needed = self._scraped or self._watched
        self._loop.measure(self.reply_times if needed else None)
        if needed and self._timer is None:
            self._schedule()
        elif not needed:
            self._end()

    def stop(self) -> None:
        """End the timers."""
        self._rest()
        self._end()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rest(self) -> None:
        if self._pool_timer is not None:
            self._pool_timer.cancel()
            self._pool_timer = None

    def _sample_pools(self) -> None:
        """Take a sample of the use of all pools, a slice in each reactor turn, now and from time to time."""
        assert self._settings is not None
        slices = self.pools.sample(self._settings.subnets, self._statistics, self._clock.seconds())

        def go_on() -> None:
            if next(slices, self) is self:
                self._pool_timer = self._clock.callLater(POOL_INTERVAL, self._sample_pools)
            else:
                self._pool_timer = self._clock.callLater(0, go_on)

        go_on()

    def _schedule(self) -> None:
        self._due = self._clock.seconds() + INTERVAL
        self._timer = self._clock.callLater(INTERVAL, self._look)

    def _look(self) -> None:
        self.lag.observe(max(0.0, self._clock.seconds() - self._due))
        self._schedule()
