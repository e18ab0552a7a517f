"""One connection to a listener that has pages, in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from kea_twisted.adapters.control.access import AccessPolicy, everything
from kea_twisted.adapters.control.httpchannel import HttpChannel
from kea_twisted.adapters.control.pages import Pages
from tests.fakes import RecordingLog


class PageWire:
    """A monitor's connection."""

    def __init__(self, served: Pages, permits: Callable[[str], bool] = everything, **policy: Any) -> None:
        self.clock = Clock()
        self.log = RecordingLog()
        answer = {"result": 0, "text": "well"}
        policies = AccessPolicy(permits, **policy)
        self.listener = HttpChannel(lambda value: answer, policies, self.log, self.clock, served)
        self.channel: Any = self.listener.site.buildProtocol(IPv4Address("TCP", "10.0.0.9", 50000))
        self.transport = StringTransport()
        self.transport.abortConnection = self.transport.loseConnection  # type: ignore[method-assign]
        self.channel.makeConnection(self.transport)

    def send(self, line: str, *headers: str, body: bytes = b"") -> bytes:
        """Send a request of this request line; what has come back some reactor turns later."""
        self.transport.clear()
        lines = [f"{line} HTTP/1.1", "Host: 10.0.0.1", f"Content-Length: {len(body)}", *headers]
        self.channel.dataReceived("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.clock.pump([0] * 5)
        return self.transport.value()

    def get(self, path: str, *headers: str) -> tuple[int, bytes]:
        """The status and body of a page."""
        head, _, body = self.send(f"GET {path}", *headers).partition(b"\r\n\r\n")
        return int(head.split()[1]), body
