"""Requests that wait until they may be carried out, so that a reactor turn stays short and memory is bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Protocol

from twisted.internet.defer import Deferred


class Connection(Protocol):
    """A connection that requests come from."""

    host: str  # the address of the client


class RequestQueue:
    """The requests of one kind of peer.

    At most ``active`` of them, and ``per_host`` of one address, are being carried out or wait for their answer to be
    taken. ``schedule`` calls in the next reactor turn: no more than one request is begun in each; None: any number.
    """

    def __init__(
        self, active: int, per_host: int, schedule: Callable[[Callable[[], None]], object] | None = None
    ) -> None:
        self._limit = active
        self._per_host = per_host
        self._schedule = schedule
        self._active: dict[Hashable, str] = {}  # what holds a place, and its address
        self._waiting: deque[tuple[Connection, Deferred[None]]] = deque()
        self._turn_used = False

    def __len__(self) -> int:
        """Return the number of waiting requests."""
        return len(self._waiting)

    def enter(self, connection: Connection) -> Deferred[None] | None:
        """None: the request may be carried out now; else it may when this fires. Cancel it when the client is gone."""
        if self._may_begin(connection):  # then none of those that wait may
            self._use_turn()
            return None
        waiting: Deferred[None] = Deferred(self._forget)
        self._waiting.append((connection, waiting))
        return waiting

    def begin(self, holder: Hashable, host: str) -> None:
        """Hold a place: an answer is not yet made, or not yet taken."""
        self._active[holder] = host

    def end(self, holder: Hashable) -> None:
        """Give the place back."""
        if self._active.pop(holder, None) is not None and self._waiting:
            self._serve()

    def _may_begin(self, connection: Connection) -> bool:
        if self._turn_used or len(self._active) >= self._limit:
            return False
        host: str = connection.host
        return list(self._active.values()).count(host) < self._per_host

    def _use_turn(self) -> None:
        if self._schedule is not None:
            self._turn_used = True
            self._schedule(self._next_turn)

    def _next_turn(self) -> None:
        self._turn_used = False
        self._serve()

    def _serve(self) -> None:
        """Begin those that may, the longest waiting first."""
        while (chosen := next((each for each in self._waiting if self._may_begin(each[0])), None)) is not None:
            self._waiting.remove(chosen)
            self._use_turn()
            chosen[1].callback(None)

    def _forget(self, canceled: Deferred[None]) -> None:
        self._waiting = deque(each for each in self._waiting if each[1] is not canceled)
