"""Bounds on what a partner answers: a hostile or broken one must cost neither memory nor time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint, ITCPTransport
from twisted.python.failure import Failure
from twisted.web.iweb import IClientRequest, IResponse
from zope.interface import implementer

from kea_twisted.jsonvalue import Json

MAX_HEAD: Final = 65536
"""Bytes of the status line and the headers of an answer, and of all interim responses (RFC 9110 15.2) before it."""

MAX_ANSWER: Final = 1 << 20
"""Bytes of an answer."""

MAX_LEASE: Final = 2048
"""Bytes of a lease in a page of them, on average: a user-context may be long."""

_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")
_INTERIM: Final = re.compile(rb"HTTP/\d\.\d 1")


class AnswerTooLong(Exception):
    """An answer that is longer than any right one could be."""


def limit_of(command: Mapping[str, Json]) -> int:
    """Return the number of bytes that the answer to a command may have."""
    if command["command"] != "lease4-get-page":
        return MAX_ANSWER
    return MAX_ANSWER + MAX_LEASE * int(command["arguments"]["limit"])


@implementer(IStreamClientEndpoint)
class LimitedEndpoint:
    """An endpoint for an HTTP client, whose answers are bounded.

    ``ended`` is called when a connection ends, ``reached`` with the address when one occurred.

    The pool of Twisted's agent keeps the end of an idle connection to itself.
    """

    def __init__(
        self, endpoint: IStreamClientEndpoint, limit: int, ended: Callable[[], None], reached: Callable[[str], None]
    ) -> None:
        self._endpoint = endpoint
        self._reached = reached
        self._limit = limit
        self._ended = ended

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect, and watch the connection."""
        return self._endpoint.connect(factory).addCallback(self._watch)

    def _watch(self, protocol: IProtocol) -> IProtocol:
        connection = cast(_HttpConnection, protocol)
        _Meter(connection, self._limit, self._ended)
        self._reached(str(getattr(connection.transport.getPeer(), "host", "")))
        return protocol


class _HttpConnection(Protocol):
    """The part of Twisted's HTTP11ClientProtocol that is needed here."""

    transport: ITCPTransport
    request: Callable[[IClientRequest], Deferred[IResponse]]
    dataReceived: Callable[[bytes], None]
    connectionLost: Callable[[Failure], None]


class _Meter:
    """Stands before the methods of one HTTP client connection, and counts what comes."""

    def __init__(self, protocol: _HttpConnection, limit: int, ended: Callable[[], None]) -> None:
        self._request, self._receive, self._lose = protocol.request, protocol.dataReceived, protocol.connectionLost
        protocol.request, protocol.dataReceived, protocol.connectionLost = self.request, self.receive, self.lose
        self._protocol = protocol
        self._limit = limit
        self._ended = ended
        self._size = 0
        self._head: bytes | None = b""  # what came of the head; None: the head is complete

    def request(self, request: IClientRequest) -> Deferred[IResponse]:
        """A request goes out, so an answer begins."""
        self._size, self._head = 0, b""
        return self._request(request)

    def receive(self, data: bytes) -> None:
        """A part of an answer."""
        self._size += len(data)
        if self._head is not None:
            self._head = _left_of_head(self._head + data, max(0, len(self._head) - 3))
        if self._size > (self._limit if self._head is None else MAX_HEAD):
            self._protocol.transport.abortConnection()
        else:
            self._receive(data)

    def lose(self, reason: Failure) -> None:
        """The connection has ended."""
        if self._size > (self._limit if self._head is None else MAX_HEAD):
            reason = Failure(AnswerTooLong("the response is too long"))  # type: ignore[no-untyped-call]
        self._lose(reason)
        self._ended()


def _left_of_head(data: bytes, seen: int) -> bytes | None:
    """Take complete interim responses off the beginning of an answer; None if a whole head of the answer is behind.

    No end of a head begins in the first ``seen`` bytes.
    """
    start = 0
    while (end := _END_OF_HEAD.search(data, max(start, seen))) is not None:
        if not _INTERIM.match(data, start):
            return None
        start = end.end()
    return data[start:]
