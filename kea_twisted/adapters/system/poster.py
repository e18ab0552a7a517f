"""POST requests with JSON, by treq: imported by servers that send alarms."""

from __future__ import annotations

from typing import Final

from treq.client import HTTPClient
from twisted.web.client import Agent
from twisted.web.http_headers import Headers

from kea_twisted.adapters.system.reactor import Reactor

_HEADERS: Final = Headers({b"content-type": [b"application/json"]})
_CONNECT_TIMEOUT: Final = 5.0


class Poster:
    """Sends each request over a connection of its own. Of answers only the status counts."""

    def __init__(self, reactor: Reactor) -> None:
        self._client = HTTPClient(Agent(reactor, connectTimeout=_CONNECT_TIMEOUT))  # type: ignore[no-untyped-call]

    async def __call__(self, url: str, body: bytes) -> int:
        """Send a body; return the status of the answer."""
        response = await self._client.post(url, data=body, headers=_HEADERS, allow_redirects=False)
        await response.collect(_ignore)  # the connection ends with it
        status: int = response.code
        return status


def _ignore(data: bytes) -> None:
    """Take a part of an answer."""
