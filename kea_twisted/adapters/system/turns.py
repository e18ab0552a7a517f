"""Long pieces of work in slices: one slice a reactor turn, so that packets need not wait."""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import Deferred

from kea_twisted.interfaces import Clock


class Turns:
    """Hands out turns to those that wait, one after the other."""

    def __init__(self, reactor: Clock) -> None:
        self._reactor = reactor
        self._waiting: deque[Deferred[None]] = deque()

    def wait(self) -> Deferred[None]:
        """Fires in a later reactor turn, when it is this caller's."""
        turn: Deferred[None] = Deferred()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            self._reactor.callLater(0, self._next)
        return turn

    def _next(self) -> None:
        turn = self._waiting[0]
        try:
            turn.callback(None)
        finally:
            # only now, so that a further wait() of the same caller does not schedule a second turn
            self._waiting.popleft()
            if self._waiting:
                self._reactor.callLater(0, self._next)
