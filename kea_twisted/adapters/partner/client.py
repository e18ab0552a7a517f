"""The client of another server's control channel: JSON over HTTP, over connections that are kept alive.

An answer is a list of one map; a bare map is taken only for the error it holds, as Kea does. What goes wrong
below that is reported in the words of the operating system, as in Kea's log.
"""

from __future__ import annotations

import errno
import json
import os
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from hyperlink import EncodedURL
from OpenSSL.SSL import Error as SSLError
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, gatherResults, succeed
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, ConnectionLost, ConnectionRefusedError, DNSLookupError
from twisted.internet.interfaces import IConsumer, IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import (
    HTTPConnectionPool,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.log.redact import redacted
from kea_twisted.adapters.partner.agent import NO_COOKIES, ServerAgent
from kea_twisted.adapters.partner.limits import AnswerTooLong, LimitedEndpoint, limit_of
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.ha.messages import Written
from kea_twisted.ha.url import Url
from kea_twisted.interfaces import IPartner, Log
from kea_twisted.jsonvalue import Json

CONNECTIONS: Final = 8
"""The number of lease updates in flight. More do not make it faster, measured against Kea and
ourselves.
"""

IDLE: Final = 25
"""Seconds after which an unused connection is closed: Kea closes it after 30, and a request could run into
that.
"""

CONNECT_TIMEOUT: Final = 10
"""Seconds for a connection to come about. The time for the whole request is mostly shorter or the same."""

HEADERS: Final = Headers({b"content-type": [b"application/json"]})
LEASE_COMMANDS: Final = frozenset(("lease4-update", "lease4-del"))


END_OF_FILE: Final = "End of file"
PERHAPS_TLS: Final = "perhaps it speaks TLS, and is asked without"
PLAIN: Final = "it seems to speak plain HTTP, and is asked with TLS"


class PartnerUnreachable(Exception):
    """There was no answer; the text states the reason."""


MOST_LOGGED: Final = 4096
"""Characters of a body that are logged at the highest debug level."""


class PartnerAnswerInvalid(Exception):
    """There was an answer that is none; the text states the reason."""


@implementer(IPartner)
class Partner:
    """One other server. Lease updates queue for a few connections; everything else goes out at once."""

    def __init__(
        self,
        reactor: Reactor,
        url: Url,
        connections: int = CONNECTIONS,
        tls: IOpenSSLClientConnectionCreator | None = None,
        login: bytes | None = None,
        log: Log | None = None,
    ) -> None:
        """Prepare connections to a URL; none is made before the first request.

        ``tls`` makes connections secure, ``login`` is the base64 of user and password.
        """
        self._observers: list[Callable[[], object]] = []
        self.address = ""  # where the last connection led, in numbers
        self._reactor = reactor
        self._peer, self._tls, self._log = url, tls, log
        self._url = _EncodedUrl.from_text(f"http://{url.authority}/")
        self._connections = connections
        self._pools: list[HTTPConnectionPool] = []
        self._clients: dict[int, HTTPClient] = {}  # by the limit on answers: large ones go other ways
        self._headers = HEADERS
        if login is not None:
            self._headers = HEADERS.copy()
            self._headers.addRawHeader(b"authorization", b"Basic " + login)
        self._free = connections
        self._has_answered = False
        self._queue: deque[Deferred[None]] = deque()
        self._under_way: set[Deferred[Any]] = set()

    def send(self, command: dict[str, Json], timeout: float) -> Deferred[dict[str, Json]]:
        """See IPartner. ``timeout`` includes the time in the queue."""
        request = Deferred.fromCoroutine(self._send(command))
        self._under_way.add(request)
        request.addBoth(self._over, request)
        return request.addTimeout(timeout, self._reactor, self._timed_out)

    def on_end(self, observer: Callable[[], object]) -> None:
        """Call the observer whenever a connection ends."""
        self._observers.append(observer)

    def _timed_out(self, failure: object, timeout: float) -> Failure:
        # Where one kept connection died without a sign the others are likely dead, too, and each would cost a time-out.
        self._close_idle()
        return Failure(PartnerUnreachable(os.strerror(errno.ETIMEDOUT)))  # type: ignore[no-untyped-call]

    def _close_idle(self) -> list[Deferred[None]]:
        return [pool.closeCachedConnections() for pool in self._pools]  # type: ignore[no-untyped-call]

    def _reached(self, address: str) -> None:
        self.address = address

    def _ended(self) -> None:
        for observer in self._observers:
            observer()

    def close(self) -> Deferred[None]:
        """Give up on what is under way and close the connections."""
        for request in list(self._under_way):
            request.cancel()
        return gatherResults(self._close_idle()).addCallback(lambda _: None)

    def _client(self, limit: int) -> HTTPClient:
        """Return the client for answers of so many bytes."""
        client = self._clients.get(limit)
        if client is None:
            pool = HTTPConnectionPool(self._reactor, persistent=True)  # type: ignore[no-untyped-call]
            pool.maxPersistentPerHost = self._connections
            pool.cachedConnectionTimeout = IDLE
            self._pools.append(pool)
            way = _way(self._reactor, self._peer, self._tls, limit, self._ended, self._reached)
            agent = ServerAgent(self._reactor, self._url.to_text().encode(), way, pool)
            client = self._clients[limit] = HTTPClient(agent, NO_COOKIES)  # type: ignore[arg-type]  # treq's own can be indexed
        return client

    async def _send(self, command: dict[str, Json]) -> dict[str, Json]:
        body = (command.text if type(command) is Written else json.dumps(command)).encode()
        client = self._client(limit_of(command))
        if command["command"] not in LEASE_COMMANDS:
            return await self._ask(client, body)
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        try:
            return await self._ask(client, body)
        finally:
            self._pass_on()

    def _over(self, result: object, request: Deferred[Any]) -> object:
        self._under_way.discard(request)
        return result

    def _turn(self) -> Deferred[None]:
        turn: Deferred[None] = Deferred(self._queue.remove)
        self._queue.append(turn)
        return turn

    def _pass_on(self) -> None:
        if self._queue:
            self._queue.popleft().callback(None)
        else:
            self._free += 1

    async def _ask(self, client: HTTPClient, body: bytes) -> dict[str, object]:
        try:
            try:
                return read_body(await self._post(client, body))
            except (ResponseNeverReceived, ConnectionLost) as error:
                if was_canceled(error) or is_too_long(error):
                    raise
                # A kept connection that the other side had closed, or a server that just ended: ask once
                # more. All our commands may be carried out twice.
                return read_body(await self._post(client, body))
        except (ConnectError, ConnectionLost, DNSLookupError, ResponseFailed) as error:
            if is_too_long(error):
                raise PartnerAnswerInvalid("the response is too long") from error
            raise PartnerUnreachable(self._reason(error)) from error

    def _reason(self, error: Exception) -> str:
        """Return why there is no answer. A port of TLS ends each connection that speaks plain HTTP, without a word."""
        found = reason(error)
        perhaps_tls = found == END_OF_FILE and self._tls is None and not self._has_answered
        return f"{found} ({PERHAPS_TLS})" if perhaps_tls else found

    async def _post(self, client: HTTPClient, body: bytes) -> bytes:
        """Return the body of the response as it came: nothing is decompressed, and no redirection is followed."""
        self._say(E.HTTP_CLIENT_REQUEST_SEND, E.HTTP_CLIENT_REQUEST_SEND_DETAILS, body, "POST / HTTP/1.1")
        response = await client.post(
            self._url,
            headers=self._headers,
            data=_Body(body),
            cookies=NO_COOKIES,
            unbuffered=True,
            allow_redirects=False,
        )
        self._has_answered = True
        collector = _Collector()
        response.deliverBody(collector)
        answer = await collector.complete
        self._say(E.HTTP_SERVER_RESPONSE_RECEIVED, E.HTTP_SERVER_RESPONSE_RECEIVED_DETAILS, answer)
        return answer

    def _say(self, event: E.Event, details: E.Event, body: bytes, *what: str) -> None:
        log = self._log
        if log is None:
            return
        if event in log.enabled:
            log.emit(event, *what, self._peer.text)
        if details in log.enabled:
            log.emit(details, self._peer.text, redacted(body.decode("utf-8", "replace")[:MOST_LOGGED]))


class _EncodedUrl(EncodedURL):
    """A URL as it is sent: treq would encode the host name anew for each request, and refuse an IPv6 address."""

    _text = ""

    def to_uri(self) -> _EncodedUrl:
        """Return itself."""
        return self

    def to_text(self, with_password: bool = False) -> str:
        """Return the text, which is made once; there is no password in it."""
        if not self._text:
            self._text = super().to_text()
        return self._text


class _Collector(Protocol):
    """The body of a response; ``complete`` fires with it. How long it may be is for the connection to watch.

    treq's own would not end the connection when the wait for the body is canceled.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.complete: Deferred[bytes] = Deferred(self._cancel)

    def dataReceived(self, data: bytes) -> None:
        """Keep a part."""
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end; a server that does not say how long its body is ends the connection."""
        if self.complete.called:
            return
        if isinstance(reason.value, ResponseDone | PotentialDataLoss):
            self.complete.callback(b"".join(self._parts))
        else:
            self.complete.errback(reason)

    def _cancel(self, complete: Deferred[bytes]) -> None:
        self.transport.loseConnection()  # type: ignore[union-attr]


@implementer(IBodyProducer)
class _Body:
    """A body that is sent along with its headers."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """Write the body as a whole."""
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Do nothing: the body was written at once."""

    def resumeProducing(self) -> None:
        """Do nothing: the body was written at once."""

    def stopProducing(self) -> None:
        """Do nothing: the body was written at once."""


def _way(
    reactor: Reactor,
    url: Url,
    tls: IOpenSSLClientConnectionCreator | None,
    limit: int,
    ended: Callable[[], None],
    reached: Callable[[str], None],
) -> LimitedEndpoint:
    """Return the way to a server. Twisted's own looks names up, in threads, even those that are numbers."""
    kind: Any = TCP6ClientEndpoint if ":" in url.host else TCP4ClientEndpoint
    if url.is_named:
        kind = HostnameEndpoint
    endpoint = kind(reactor, url.host, url.port, CONNECT_TIMEOUT)
    return LimitedEndpoint(endpoint if tls is None else wrapClientTLS(tls, endpoint), limit, ended, reached)


def read_body(body: bytes) -> dict[str, object]:
    """Return the answer in a body; PartnerAnswerInvalid with Kea's words when there is none."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise PartnerAnswerInvalid(f"no valid JSON in the response: {error}") from None
    except RecursionError:
        raise PartnerAnswerInvalid("no valid JSON in the response: nested too deeply") from None
    if isinstance(value, dict):
        return {"result": 1, "text": value["text"]} if "text" in value else {"result": 1}
    if not isinstance(value, list):
        raise PartnerAnswerInvalid("body of the response must be a list")
    if not value:
        raise PartnerAnswerInvalid("list of responses must not be empty")
    if not isinstance(value[0], dict):
        raise PartnerAnswerInvalid("no valid answer in the response")
    return value[0]


def reason(error: Exception) -> str:
    """Return the reason for a missing answer, in the operating system's words if it has any."""
    inner = getattr(error, "reasons", None)
    if inner:
        return reason(inner[-1].value)
    number = getattr(error, "osError", None)
    if isinstance(number, int):
        return os.strerror(number)
    if isinstance(error, ConnectionRefusedError):
        return os.strerror(errno.ECONNREFUSED)
    if isinstance(error, DNSLookupError):
        return "Host not found"
    if isinstance(error, SSLError):
        return tls_reason(error)
    if isinstance(error, ConnectError):
        return os.strerror(errno.ETIMEDOUT)
    return END_OF_FILE


def tls_reason(error: SSLError) -> str:
    """Return OpenSSL's text, such as ``certificate verify failed``."""
    found = error.args[0] if error.args else ()
    words = [one[-1] for one in found if one and one[-1]] if isinstance(found, list) else []
    if not words:
        return "TLS: the connection ended"
    return f"TLS: {words[-1]} ({PLAIN})" if words[-1] == "wrong version number" else f"TLS: {words[-1]}"


def was_canceled(error: Exception) -> bool:
    """Return True if a request ended by our own time limit."""
    return any(one.check(CancelledError) for one in getattr(error, "reasons", ()))


def is_too_long(error: Exception) -> bool:
    """Return whether a request ended because the answer had too many bytes."""
    return any(isinstance(one.value, AnswerTooLong) or is_too_long(one.value) for one in getattr(error, "reasons", ()))
