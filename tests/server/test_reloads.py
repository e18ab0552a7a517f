"""Signals that arrive in numbers: as many reloads as are needed, and no more."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from kea_twisted.server.reloads import Reloads


class Reactor(Clock):
    """A clock that also takes calls from signal handlers."""

    def callFromThread(self, function: Any) -> None:
        """In the next turn."""
        self.callLater(0, function)


def test_signals_before_and_during_a_reload_are_one_each() -> None:
    pending: list[Deferred[None]] = []

    async def reload() -> None:
        for _ in range(1000):
            reloads.request()
        pending.append(Deferred())
        await pending[-1]

    reactor = Reactor()
    reloads = Reloads(reactor, reload)
    for _ in range(1000):
        reloads.request()
    for number in range(1, 4):
        reactor.advance(0)
        assert len(pending) == number
        reactor.advance(1)
        assert len(pending) == number
        pending[-1].callback(None)


def test_a_signal_after_a_reload_is_another(capsys: Any) -> None:
    count: list[int] = []

    async def reload() -> None:
        count.append(1)
        if len(count) == 1:
            raise ValueError("of the first one")

    reactor = Reactor()
    reloads = Reloads(reactor, reload)
    for number in range(1, 4):
        reloads.request()
        reactor.advance(0)
        assert len(count) == number
