"""Twisted's HTTP server, made fit for strangers and for many small requests.

What differs from ``twisted.web.server.Site``: a request must arrive within ``RECEIVE_SECONDS``, a
connection may idle for ``IDLE_SECONDS`` (both as in Kea), bodies and the number of connections are bounded,
every refusal has a JSON body, and there is no access log, no session, no form parsing and no timer that
runs while nothing happens.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

from twisted.internet.interfaces import IAddress, IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from kea_twisted import events as E

RECEIVE_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 30.0
MAX_BODY: Final = 4 * 1024 * 1024
MAX_CONNECTIONS: Final = 256

JSON: Final = b"application/json"


def refusal(status: HTTPStatus) -> bytes:
    """The body of a refused request, in Kea's form."""
    return b'{ "result": %d, "text": "%s" }' % (status, status.phrase.encode())


class CommandRequest(Request):
    """A request whose path does not matter and whose body stays in memory."""

    defaultContentType = JSON
    channel: CommandChannel
    content: BytesIO
    site: CommandSite

    def __init__(self, channel: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(channel, *args, **kwargs)
        self.received = 0

    @property
    def peer(self) -> str:
        """The sender's address."""
        return peer_of(self.channel.transport)

    @property
    def body(self) -> bytes | None:
        """What came as body; None when it was longer than allowed."""
        return self.content.getvalue() if self.received <= MAX_BODY else None

    def gotLength(self, length: int | None) -> None:
        """Keep the body in memory: its length is bounded."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Take a part of the body; what is too long is read and thrown away, so that the sender hears why."""
        self.received += len(data)
        if self.received <= MAX_BODY:
            self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is here as a whole. Any path is as good as ``/``: nobody has to read a hostile one."""
        self.method, self.uri, self.path, self.clientproto, self.args = command, path, b"/", version, {}
        self.process()

    def process(self) -> None:
        """Hand it to the resource."""
        self.site = site = self.channel.factory
        self.prepath, self.postpath = [], [b""]
        self.render(site.resource)

    def getRequestHostname(self) -> bytes:
        """The routing wants a name; what the sender says it is does not matter."""
        return b"localhost"

    def refuse(self, status: HTTPStatus) -> bytes:
        """Set the status and return the body that goes with it."""
        self.setResponseCode(status, status.phrase.encode())
        return self.sized(refusal(status))

    def sized(self, body: bytes) -> bytes:
        """The body, its headers set."""
        headers = self.responseHeaders
        headers.setRawHeaders(b"Content-Length", [b"%d" % len(body)])
        headers.setRawHeaders(b"Content-Type", [JSON])
        headers.setRawHeaders(b"Date", [self.site.date()])
        for name, value in self.site.headers:
            headers.setRawHeaders(name, [value])
        return body


class CommandChannel(HTTPChannel):
    """One connection, with one lazy timer.

    Twisted's way starts and cancels a timer per request. Here setting a deadline is an assignment; the
    timer, when it runs out early, looks at the deadline and goes on waiting.
    """

    factory: CommandSite
    transport: Any

    requestFactory = CommandRequest

    def __init__(self) -> None:
        super().__init__()
        self._period: float | None = None
        self._deadline = 0.0
        self._timer: IDelayedCall | None = None
        self._receiving = False

    def connectionMade(self) -> None:
        """Start to wait for a request."""
        self.factory.channels.add(self)
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Bytes of a request, or of several."""
        log = self.factory.log_to
        if E.HTTP_DATA_RECEIVED in log.enabled:
            log.emit(E.HTTP_DATA_RECEIVED, len(data), peer_of(self.transport))
        super().dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the connection."""
        self.factory.channels.discard(self)
        super().connectionLost(reason)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def setTimeout(self, period: float | None) -> float | None:
        """Wait that long from now, None: forever; the period before is returned (see TimeoutMixin)."""
        before, self._period = self._period, period
        self._receiving = False
        if period is not None:
            self._wait(period)
        return before

    def resetTimeout(self) -> None:
        """Data came: the first bytes of a request start its time, further ones do not prolong it."""
        if self._period is not None and not self._receiving:
            self._receiving = True
            self._wait(RECEIVE_SECONDS)

    def timeoutConnection(self) -> None:
        """Too late: say so if a request was under way, and close."""
        event = E.HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED
        if self._receiving:
            event = E.HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED
            self._say(HTTPStatus.REQUEST_TIMEOUT)
        if event in self.factory.log_to.enabled:
            self.factory.log_to.emit(event, peer_of(self.transport))
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self.loseConnection()

    def forceAbortClient(self) -> None:
        """It did not take our last bytes either."""
        self._abortingCall = None
        self.transport.abortConnection()

    def lineLengthExceeded(self, line: bytes) -> None:
        """A header line without end."""
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Twisted's parser found no HTTP in it."""
        log = self.factory.log_to
        if E.HTTP_BAD_CLIENT_REQUEST_RECEIVED in log.enabled:
            log.emit(E.HTTP_BAD_CLIENT_REQUEST_RECEIVED, peer_of(self.transport), "malformed HTTP request")
        self._say(HTTPStatus.BAD_REQUEST)
        self.loseConnection()

    def _say(self, status: HTTPStatus) -> None:
        body = refusal(status)
        lines = (
            b"HTTP/1.1 %d %s" % (status, status.phrase.encode()),
            b"Content-Length: %d" % len(body),
            b"Content-Type: " + JSON,
            b"Date: " + self.factory.date(),
            b"Connection: close",
            *(b"%s: %s" % header for header in self.factory.headers),
            b"",
            body,
        )
        self.transport.write(b"\r\n".join(lines))

    def _wait(self, seconds: float) -> None:
        now = self.factory.reactor.seconds()
        self._deadline = now + seconds
        if self._timer is not None and self._timer.getTime() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.callLater(seconds, self._timer_ran_out)

    def _timer_ran_out(self) -> None:
        self._timer = None
        if self._period is None:
            return
        left = self._deadline - self.factory.reactor.seconds()
        if left > 0:
            self._timer = self.callLater(left, self._timer_ran_out)
        else:
            self.timeoutConnection()


class CommandSite(Site):
    """The factory of the connections of one listener. ``headers`` are part of every response."""

    protocol = CommandChannel  # type: ignore[assignment]  # spares the wrapper that looks for HTTP/2
    displayTracebacks = False
    noisy = False

    def __init__(self, resource: IResource, log: Any, reactor: Any = None) -> None:
        super().__init__(resource, requestFactory=CommandRequest, timeout=IDLE_SECONDS, reactor=reactor)
        self.log_to = log
        self.channels: set[CommandChannel] = set()
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self._date = (-1, b"")

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """A connection, unless there are too many: packets and the lease file need descriptors, too."""
        return super().buildProtocol(addr) if len(self.channels) < MAX_CONNECTIONS else None

    def drop(self) -> None:
        """End every connection at once, whatever it waits for."""
        for channel in list(self.channels):
            channel.transport.abortConnection()

    def retire(self) -> None:
        """End the connections that wait for nothing; the others end with their answers."""
        for channel in list(self.channels):
            if channel.requests:
                channel.persistent = False
            else:
                channel.transport.abortConnection()

    def date(self) -> bytes:
        """Now, as a Date header; made once a second."""
        now = int(self.reactor.seconds())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True).encode())
        return self._date[1]

    def startFactory(self) -> None:
        """No access log, so no timer for its dates."""

    def stopFactory(self) -> None:
        """Nothing was started."""

    def log(self, request: Any) -> None:
        """No access log."""


def peer_of(transport: Any) -> str:
    """The other end's address as text."""
    peer = transport.getPeer()
    return str(getattr(peer, "host", peer))
