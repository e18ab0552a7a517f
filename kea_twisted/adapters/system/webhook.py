"""A webhook: JSON is sent to a URL, one message after the other, again and again while that fails.

Nothing waits for it. What cannot be sent for long is dropped, oldest first, and counted.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from twisted.internet.defer import CancelledError, Deferred, TimeoutError

from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.interfaces import Timer
from kea_twisted.jsonvalue import Json

WAITING: Final = 100
"""Messages that wait at most."""

ATTEMPTS: Final = 12
"""Attempts to send one message, over some nine minutes."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts; each pause is twice the one before."""

TIMEOUT: Final = 10.0

_AGAIN: Final = frozenset({408, 425, 429})
"""Statuses below 500 after which another attempt may succeed."""

Post = Callable[[str, bytes], Awaitable[int]]
Report = Callable[[str, bool], object]


class Webhook:
    """Sends messages to one URL. ``post`` returns the status of HTTP.

    ``report`` is called with the reason of a failure, and True if the message is given up.
    """

    def __init__(self, clock: Reactor, url: str, post: Post, report: Report) -> None:
        self._clock = clock
        self._url = url
        self._post = post
        self._report = report
        self._queue: deque[dict[str, Json]] = deque()
        self._attempt = 0
        self._timer: Timer | None = None
        self._request: Deferred[int] | None = None
        self._stopped = False
        self._lost = 0

    def send(self, message: Mapping[str, Json]) -> None:
        """Send a message when those before it are sent."""
        if self._stopped:
            return
        if len(self._queue) == WAITING:
            self._lost += 1
            del self._queue[1 if self._request is not None else 0]
        self._queue.append(dict(message))
        if self._request is None and self._timer is None:
            self._try()

    def stop(self) -> None:
        """Send nothing any more; what waits is dropped."""
        self._stopped = True
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._request is not None:
            self._request.cancel()

    def _try(self) -> None:
        self._timer = None
        self._attempt += 1
        body = json.dumps(self._queue[0] | {"dropped-before": self._lost}).encode()
        self._request = Deferred.fromCoroutine(self._sent(body))
        self._request.addTimeout(TIMEOUT, self._clock)
        self._request.addCallbacks(self._answered, lambda failure: self._failed(_reason(failure.value)))

    async def _sent(self, body: bytes) -> int:
        return await self._post(self._url, body)

    def _answered(self, status: int) -> None:
        if 200 <= status < 300:
            self._lost = 0
            self._next()
        else:
            self._failed(f"status {status}", hopeless=status < 500 and status not in _AGAIN)

    def _failed(self, reason: str, *, hopeless: bool = False) -> None:
        if self._stopped:
            return
        given_up = hopeless or self._attempt >= ATTEMPTS
        if given_up or self._attempt == 1:
            self._report(reason, given_up)
        if given_up:
            self._lost += 1
            self._next()
            return
        self._request = None
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._attempt - 1))
        self._timer = self._clock.callLater(pause, self._try)

    def _next(self) -> None:
        """Go on with the next message."""
        self._request = None
        self._attempt = 0
        if self._queue:
            self._queue.popleft()
        if self._queue and not self._stopped:
            self._timer = self._clock.callLater(0, self._try)


def _reason(error: BaseException) -> str:
    if isinstance(error, CancelledError | TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
