"""Signals that arrive in numbers: as many reloads as are needed, and no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from kea_twisted.server.service import Keadhcp


class Reactor(Clock):
    """A clock that also takes calls from signal handlers."""

    def callFromThread(self, function: Any) -> None:
        """In the next turn."""
        self.callLater(0, function)


def service(reload: Any) -> tuple[Any, Reactor]:
    """A service that can do nothing but reload."""
    made: Any = Keadhcp.__new__(Keadhcp)
    made._reactor = reactor = Reactor()
    made._reload_due = made._reloading = False
    made.running = 1
    made.log = SimpleNamespace(reopen=lambda: None)
    made.running_server = SimpleNamespace(reload=reload)
    return made, reactor


def test_signals_before_and_during_a_reload_are_one_each() -> None:
    pending: list[Deferred[None]] = []

    async def reload() -> None:
        for _ in range(1000):
            made._reload_soon()
        pending.append(Deferred())
        await pending[-1]

    made, reactor = service(reload)
    for _ in range(1000):
        made._reload_soon()
    for number in range(1, 4):
        reactor.advance(0)
        assert len(pending) == number
        reactor.advance(1)
        assert len(pending) == number
        pending[-1].callback(None)


def test_a_signal_after_a_reload_is_another() -> None:
    count: list[int] = []

    async def reload() -> None:
        count.append(1)
        if len(count) == 1:
            raise ValueError("of the first one")

    made, reactor = service(reload)
    made._failures = SimpleNamespace(failure=lambda text: None)
    for number in range(1, 4):
        made._reload_soon()
        reactor.advance(0)
        assert len(count) == number
