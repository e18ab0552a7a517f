"""One HTTP connection: requests one after the other, with limits on time and on what is read ahead.

What differs from Twisted's ``HTTPChannel``: a request must arrive within ``RECEIVE_SECONDS``, a connection may idle
for ``IDLE_SECONDS`` (both as in Kea), some part of an answer must be taken within ``SEND_SECONDS``, the next pipelined
request is begun in another reactor turn and not before the last answer has been taken, every refusal has a JSON body,
and no timer runs while nothing happens.
"""

# twisted.web.http is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IHandshakeListener, ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.control.httprequest import JSON, CommandRequest, refusal
from kea_twisted.adapters.control.requestqueue import RequestQueue

RECEIVE_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 30.0
SEND_SECONDS: Final = 10.0

MAX_AHEAD: Final = 16384
"""Bytes of further requests that are read while one is being carried out."""

_TLS: Final = b"\x16\x03"
"""The beginning of a TLS connection. Its client would wait for an answer, and this server for the end of a line."""


@implementer(IHandshakeListener)
class CommandChannel(HTTPChannel):
    """One connection, with one lazy timer.

    Twisted's way starts and cancels a timer per request. Here setting a deadline is an assignment; the
    timer, when it runs out early, looks at the deadline and continues waiting.
    """

    factory: Any  # a CommandSite
    transport: Any

    requestFactory = CommandRequest

    def __init__(self) -> None:
        super().__init__()
        self.host = ""
        self.trusted = False
        self.answered = 0
        self._queue: RequestQueue | None = None  # whose bounds the present request counts for
        self._done: CommandRequest | None = None  # answered, and the next request has to wait
        self._buffered = 0
        self._stuck = False  # the client does not take what is sent
        self._period: float | None = None
        self._deadline = 0.0
        self._timer: IDelayedCall | None = None
        self._receiving = False
        self._in_handshake = False

    @property
    def is_busy(self) -> bool:
        """True while a request is carried out or its answer is unread."""
        return bool(self._handlingRequest)

    def evict(self) -> None:
        """End at once, to make room for another connection."""
        self._log_event(E.HTTP_CONNECTION_STOP)
        self.transport.abortConnection()

    def begin(self, queue: RequestQueue) -> None:
        """The present request counts for the bounds of a queue, until its answer has been taken."""
        self._queue = queue
        queue.begin(self, self.host)

    def connectionMade(self) -> None:
        """Start to wait for a request."""
        self.factory.admission.add(self)
        self._in_handshake = ISSLTransport.providedBy(self.transport)
        super().connectionMade()

    def handshakeCompleted(self) -> None:
        """The client has shown what TLS asks of it."""
        self._in_handshake = False

    def dataReceived(self, data: bytes) -> None:
        """Bytes of a request, or of several."""
        log = self.factory.log_to
        log.emit(E.HTTP_DATA_RECEIVED, len(data), self.host)
        if not self._receiving and not self._handlingRequest and data.startswith(_TLS):
            self._refuse("it seems to be TLS, and this port speaks plain HTTP")
            return
        super().dataReceived(data)

    def rawDataReceived(self, data: bytes) -> None:
        """A part of a body, or what comes while a request is being carried out: little of that is read."""
        if not self._handlingRequest:
            super().rawDataReceived(data)
            return
        self._dataBuffer.append(data)
        self._buffered += len(data)
        if self._buffered > MAX_AHEAD:
            self._networkProducer.pauseProducing()

    def requestDone(self, request: CommandRequest) -> None:
        """A request is answered. The next one has to wait until the client takes the answer, and for its turn."""
        self.answered += 1
        if self._waitingForTransport or any(self._dataBuffer):
            self._done = request
            if not self._waitingForTransport:
                self.callLater(0, self._go_on)
        else:
            self._buffered = 0
            self._leave_queue()
            super().requestDone(request)

    def _go_on(self) -> None:
        request, self._done = self._done, None
        if request is not None:
            self._buffered = 0
            self._leave_queue()
            super().requestDone(request)

    def _leave_queue(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.end(self)

    def pauseProducing(self) -> None:
        """The client does not take what is sent: read no more from it, and wait for a limited time."""
        super().pauseProducing()
        self._stuck = True
        self._wait(SEND_SECONDS)

    def resumeProducing(self) -> None:
        """The client has taken everything."""
        self._stuck = False
        if self._period is not None:
            self._wait(self._period)
        super().resumeProducing()
        if not self._waitingForTransport:
            self._go_on()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the connection."""
        self.factory.admission.remove(self)
        if self._done is not None:
            self.requests.remove(self._done)
            self._done = None
        self._stuck = False
        super().connectionLost(reason)
        if self._in_handshake:
            why = _handshake_fault(reason.value)
            self.factory.refusals.emit(self.host, E.HTTP_CONNECTION_HANDSHAKE_FAILED, self.host, why)
        self._leave_queue()
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
        if self._receiving and not self._stuck:
            event = E.HTTP_CLIENT_REQUEST_TIMEOUT_OCCURRED
            self._say(HTTPStatus.REQUEST_TIMEOUT)
        self._log_event(event)
        if self._stuck:
            self.transport.abortConnection()
            return
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self.loseConnection()

    def forceAbortClient(self) -> None:
        """Abort: the client did not take the last bytes either."""
        self._abortingCall = None
        self.transport.abortConnection()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a header line that is too long."""
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Answer what Twisted's parser finds malformed."""
        self._refuse("malformed HTTP request")

    def _refuse(self, why: str) -> None:
        self.factory.log_to.emit(E.HTTP_BAD_CLIENT_REQUEST_RECEIVED, self.host, why)
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
        if self._period is None and not self._stuck:
            return
        left = self._deadline - self.factory.reactor.seconds()
        if left > 0:
            self._timer = self.callLater(left, self._timer_ran_out)
        else:
            self.timeoutConnection()

    def _log_event(self, event: E.Event) -> None:
        if event in self.factory.log_to.enabled:
            self.factory.log_to.emit(event, self.host)


def _handshake_fault(error: BaseException | None) -> str:
    """OpenSSL's reason in the form Kea logs it; pyOpenSSL, which a server without TLS never imports, gives a list."""
    reasons = error.args[0] if error is not None and error.args else None
    if isinstance(reasons, list) and reasons:
        library, _, text = reasons[-1]
        return f"{text} ({library})"
    return "stream truncated" if isinstance(error, ConnectionDone | ConnectionLost) else str(error)
