"""One HTTP request, as little of Twisted's as possible: the path matters for pages only, the body stays in memory.

The largest body is decided when the headers have been read: a client without credentials sends little.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

from twisted.web.server import Request

from kea_twisted.adapters.control.access import Entry
from kea_twisted.adapters.control.pages import INDEX_PATH

JSON: Final = b"application/json"
READING: Final = (b"GET", b"HEAD")

PIECE: Final = 65536
"""Bytes of an answer that are written at once; the next ones follow when the client has taken them."""


def refusal(status: HTTPStatus) -> bytes:
    """Return the body of a refused request, in Kea's form."""
    return b'{ "result": %d, "text": "%s" }' % (status, status.phrase.encode())


class CommandRequest(Request):
    """A request whose body stays in memory. ``entry`` is set with the headers. ``path`` is ``/`` for a command."""

    defaultContentType = JSON
    channel: Any  # a CommandChannel
    content: BytesIO
    site: Any  # a CommandSite
    entry: Entry

    def __init__(self, channel: object, *args: object, **kwargs: object) -> None:
        super().__init__(channel, *args, **kwargs)
        self.received = 0

    @property
    def peer(self) -> str:
        """The sender's address."""
        return str(self.channel.host)

    @property
    def body(self) -> bytes | None:
        """The body; None when it was longer than allowed."""
        return self.content.getvalue() if self.received <= self.entry.max_body else None

    def gotLength(self, length: int | None) -> None:
        """The headers are complete: find out who asks. The body stays in memory, its length is bounded."""
        self.entry = self.channel.factory.entry_of(self)
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Take a part of the body; what is too long is read and discarded, so that the sender gets the reason."""
        self.received += len(data)
        if self.received <= self.entry.max_body:
            self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is complete. Any path but that of a page is as good as ``/``: it need not be parsed."""
        page = path.partition(b"?")[0]
        self.method, self.uri, self.clientproto, self.args = command, path, version, {}
        if page == b"/" and command in READING:
            page = INDEX_PATH
        self.path = page if self.channel.factory.has_page(page, command) else b"/"
        self.process()

    def process(self) -> None:
        """Hand it to the resource."""
        self.site = site = self.channel.factory
        self.prepath, self.postpath = [], [self.path[1:]]
        self.render(site.resource)

    def getRequestHostname(self) -> bytes:
        """The routing wants a name; the one in the request does not matter."""
        return b"localhost"

    def refuse(self, status: HTTPStatus) -> bytes:
        """Set the status and return the body that goes with it."""
        self.setResponseCode(status, status.phrase.encode())
        body = refusal(status)
        self.set_headers(len(body))
        return body

    def set_headers(self, length: int | None, content_type: bytes = JSON) -> None:
        """Set the headers of a response with a body of so many bytes; None: it has no end."""
        headers = self.responseHeaders
        if length is not None:
            headers.setRawHeaders(b"Content-Length", [b"%d" % length])
        headers.setRawHeaders(b"Content-Type", [content_type])
        headers.setRawHeaders(b"Date", [self.site.date()])
        if self.channel.answered + 1 >= self.entry.max_requests > 0:
            self.channel.persistent = False
            headers.setRawHeaders(b"Connection", [b"close"])
        for name, value in self.site.headers:
            headers.setRawHeaders(name, [value])


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes, cut and joined into parts of about PIECE bytes."""
    small: list[bytes] = []
    size = 0
    for part in parts:
        for start in range(0, len(part), PIECE):
            piece = part[start : start + PIECE] if len(part) > PIECE else part
            small.append(piece)
            size += len(piece)
            if size >= PIECE:
                yield b"".join(small)
                small, size = [], 0
    if small:
        yield b"".join(small)
