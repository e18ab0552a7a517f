"""Queries that wait for a hook library, and how they continue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from kea_twisted.engine.effects import Parked
from kea_twisted.server.perform import waiting_client
from kea_twisted.wire.identity import Client

GoOn = Callable[[Parked, object], object]


class Parking:
    """The parking lot of queries. ``waiting`` is shared with the performer: one bound holds for all."""

    def __init__(self, waiting: dict[Client, Any]) -> None:
        self._waiting = waiting

    def park(self, parked: Parked, go_on: GoOn) -> None:
        """Let a query wait; ``go_on`` then gets it with what it waited for, an exception if that failed.

        A query whose entry is gone from ``waiting`` meanwhile is forgotten.
        """
        client = waiting_client(parked)
        self._waiting[client] = parked
        awaitable: Any = parked.waiting.awaitable
        deferred: Deferred[Any] = awaitable if isinstance(awaitable, Deferred) else ensureDeferred(awaitable)
        deferred.addBoth(self._answered, client, parked, go_on)

    def _answered(self, answer: object, client: Client, parked: Parked, go_on: GoOn) -> None:
        if self._waiting.get(client) is not parked:
            return
        del self._waiting[client]
        go_on(parked, answer.value if isinstance(answer, Failure) else answer)
