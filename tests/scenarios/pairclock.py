"""A clock that only the test moves, for hundreds of timers: twisted.internet.task.Clock sorts them at every call."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

from twisted.internet.error import AlreadyCalled, AlreadyCancelled


class Call:
    """As much of IDelayedCall as is used here."""

    __slots__ = ("at", "_do", "_over")

    def __init__(self, at: float, do: Callable[[], object]) -> None:
        self.at = at
        self._do = do
        self._over: type[Exception] | None = None

    def active(self) -> bool:
        return self._over is None

    def cancel(self) -> None:
        if self._over is not None:
            raise self._over
        self._over = AlreadyCancelled

    def go(self) -> None:
        self._over = AlreadyCalled
        self._do()


class FakeClock:
    """Seconds since the epoch, and what is to happen when; what is due together happens in the order of asking."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._calls: list[tuple[float, int, Call]] = []
        self._count = itertools.count()

    def seconds(self) -> float:
        return self._now

    def callLater(self, delay: float, function: Callable[..., object], *arguments: Any) -> Call:
        call = Call(self._now + delay, (lambda: function(*arguments)) if arguments else function)
        heapq.heappush(self._calls, (call.at, next(self._count), call))
        return call

    def step(self, end: float) -> bool:
        """Let the next thing happen; False when there is none until then."""
        while self._calls and self._calls[0][0] <= end:
            at, _, call = heapq.heappop(self._calls)
            if call.active():
                self._now = max(self._now, at)
                call.go()
                return True
        self._now = max(self._now, end)
        return False
