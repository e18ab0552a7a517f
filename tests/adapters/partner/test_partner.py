"""Asking a partner over real sockets on loopback."""

from __future__ import annotations

import errno
import gzip
import json
import os
import resource
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site
from zope.interface.verify import verifyObject

from kea_twisted.adapters.partner.client import Partner, PartnerAnswerInvalid, PartnerUnreachable, read_body, reason
from kea_twisted.ha.messages import heartbeat
from kea_twisted.ha.url import parse_url
from kea_twisted.interfaces import IPartner
from tests.fakes import RecordingLog

BEAT = heartbeat("server1")
UPDATE = {"command": "lease4-update", "arguments": {}}


class Listener(Resource):
    """A server that answers what the test says, and remembers."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.answer: Callable[[Any], Any] = lambda request: b'[ { "result": 0, "text": "fine" } ]'
        self.requests: list[tuple[dict[str, Any], Any]] = []
        self.peers: set[object] = set()
        self.waiting: list[Any] = []
        self.transports: list[Any] = []
        self.port: Any = reactor.listenTCP(0, Site(self), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.number = self.port.getHost().port

    def render_POST(self, request: Any) -> Any:
        self.requests.append((json.loads(request.content.read()), request.requestHeaders))
        self.peers.add(request.client.port)
        self.transports.append(request.channel.transport)
        return self.answer(request)

    async def stop(self) -> None:
        """The listener ends."""
        if self.port is not None:
            port, self.port = self.port, None
            await port.stopListening()

    def park(self, request: Any) -> int:
        """Answer later."""
        self.waiting.append(request)
        return NOT_DONE_YET

    def release(self) -> None:
        """Answer what is parked."""
        for request in self.waiting:
            request.write(b'[{"result": 0}]')
            request.finish()
        self.waiting.clear()


@pytest_twisted.async_yield_fixture
async def listener() -> AsyncIterator[Listener]:
    one = Listener()
    yield one
    await one.stop()


@pytest_twisted.async_yield_fixture
async def partner(listener: Listener) -> AsyncIterator[Partner]:
    one = Partner(reactor, parse_url(f"http://127.0.0.1:{listener.number}/"), connections=2)
    yield one
    await one.close()


def pause(seconds: float) -> Deferred[None]:
    return deferLater(reactor, seconds, lambda: None)  # type: ignore[arg-type]


async def failure_of(deferred: Deferred[Any]) -> Exception:
    with pytest.raises((PartnerUnreachable, PartnerAnswerInvalid)) as caught:
        await deferred
    return caught.value


def test_it_is_a_partner(partner: Partner) -> None:
    verifyObject(IPartner, partner)


@pytest_twisted.ensureDeferred
async def test_requests_and_responses_are_logged_as_kea_logs_them(listener: Listener) -> None:
    log = RecordingLog()
    text = f"http://127.0.0.1:{listener.number}/"
    one = Partner(reactor, parse_url(text), log=log)
    await one.send(BEAT, 5)
    await one.close()
    assert [line for line in log.lines if "DETAILS" not in line[0]] == [
        ("HTTP_CLIENT_REQUEST_SEND", f"sending HTTP request POST / HTTP/1.1 to {text}"),
        ("HTTP_SERVER_RESPONSE_RECEIVED", f"received HTTP response from {text}"),
    ]
    assert '"command": "ha-heartbeat"' in log.texts("HTTP_CLIENT_REQUEST_SEND_DETAILS")[0]
    assert '"fine"' in log.texts("HTTP_SERVER_RESPONSE_RECEIVED_DETAILS")[0]


@pytest_twisted.ensureDeferred
async def test_a_command_goes_out_as_json_and_the_answer_comes_back(listener: Listener, partner: Partner) -> None:
    assert await partner.send(BEAT, 5) == {"result": 0, "text": "fine"}
    sent, headers = listener.requests[0]
    assert sent == BEAT
    assert headers.getRawHeaders("content-type") == ["application/json"]
    assert headers.getRawHeaders("host") == [f"127.0.0.1:{listener.number}"]


@pytest_twisted.ensureDeferred
async def test_connections_are_kept(listener: Listener, partner: Partner) -> None:
    for _ in range(5):
        await partner.send(BEAT, 5)
    assert len(listener.peers) == 1


@pytest_twisted.ensureDeferred
async def test_updates_share_a_few_connections_and_a_heartbeat_does_not_queue(
    listener: Listener, partner: Partner
) -> None:
    listener.answer = listener.park
    updates = gatherResults([partner.send(UPDATE, 5) for _ in range(6)])
    beat = partner.send(BEAT, 5)
    await pause(0.1)
    sent = [request["command"] for request, _ in listener.requests]
    assert sent == ["lease4-update", "lease4-update", "ha-heartbeat"]
    listener.release()
    listener.answer = lambda request: b'[{"result": 0}]'
    assert await updates == [{"result": 0}] * 6
    assert await beat == {"result": 0}
    assert len(listener.peers) <= 3


@pytest_twisted.ensureDeferred
async def test_nobody_there_is_said_in_the_systems_words(listener: Listener, partner: Partner) -> None:
    await listener.stop()
    error = await failure_of(partner.send(BEAT, 5))
    assert isinstance(error, PartnerUnreachable)
    assert str(error) == os.strerror(errno.ECONNREFUSED) == "Connection refused"


@pytest_twisted.ensureDeferred
async def test_no_answer_in_time_is_a_time_out(listener: Listener, partner: Partner) -> None:
    listener.answer = listener.park
    error = await failure_of(partner.send(BEAT, 0.05))
    assert str(error) == os.strerror(errno.ETIMEDOUT)


@pytest_twisted.ensureDeferred
async def test_after_a_time_out_kept_connections_are_not_trusted(listener: Listener, partner: Partner) -> None:
    await gatherResults([partner.send(BEAT, 5), partner.send(BEAT, 5)])
    kept = listener.transports[:]
    listener.answer = listener.park
    await failure_of(partner.send(BEAT, 0.05))
    listener.answer = lambda request: b'[{"result": 0}]'
    await partner.send(UPDATE, 5)
    assert listener.transports[-1] not in kept


@pytest_twisted.ensureDeferred
async def test_time_in_the_queue_counts_and_a_place_in_it_is_given_back(listener: Listener, partner: Partner) -> None:
    listener.answer = listener.park
    errors = [partner.send(UPDATE, 0.05) for _ in range(4)]
    for deferred in errors:
        assert str(await failure_of(deferred)) == os.strerror(errno.ETIMEDOUT)
    listener.answer = lambda request: b'[{"result": 0}]'
    assert await partner.send(UPDATE, 5) == {"result": 0}


@pytest_twisted.ensureDeferred
async def test_a_kept_connection_that_was_closed_is_replaced(listener: Listener, partner: Partner) -> None:
    await partner.send(BEAT, 5)

    def hang_up(request: Any) -> int:
        listener.answer = lambda request: b'[{"result": 0}]'
        request.transport.abortConnection()
        return NOT_DONE_YET

    listener.answer = hang_up
    assert await partner.send(BEAT, 5) == {"result": 0}


@pytest_twisted.ensureDeferred
async def test_the_end_of_an_idle_connection_is_told(listener: Listener, partner: Partner) -> None:
    ended: Deferred[None] = Deferred()
    await partner.send(BEAT, 5)
    partner.on_end(lambda: ended.callback(None))
    listener.transports[0].abortConnection()
    await ended.addTimeout(5, reactor)


@pytest_twisted.ensureDeferred
async def test_where_a_host_name_led_is_known(listener: Listener, partner: Partner) -> None:
    assert partner.address == ""
    await partner.send({"command": "status-get"}, 5)
    assert partner.address == "127.0.0.1"


@pytest_twisted.ensureDeferred
async def test_one_that_always_hangs_up_is_unreachable(listener: Listener, partner: Partner) -> None:
    def hang_up(request: Any) -> int:
        request.transport.loseConnection()
        return NOT_DONE_YET

    answers = listener.answer
    for has_answered, text in (
        (False, "End of file (perhaps it speaks TLS, and is asked without)"),
        (True, "End of file"),
    ):
        listener.answer = answers
        if has_answered:
            await partner.send(BEAT, 5)
        listener.answer = hang_up
        error = await failure_of(partner.send(BEAT, 5))
        assert isinstance(error, PartnerUnreachable) and str(error) == text


@pytest.mark.parametrize("status", [200, 400, 403])
@pytest_twisted.ensureDeferred
async def test_a_bare_map_is_an_error_whatever_the_status(listener: Listener, partner: Partner, status: int) -> None:
    def refuse(request: Any) -> bytes:
        request.setResponseCode(status)
        return b'{ "result": 403, "text": "Forbidden" }'

    listener.answer = refuse
    assert await partner.send(BEAT, 5) == {"result": 1, "text": "Forbidden"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"3", b"[3]", b"\xff"])
@pytest_twisted.ensureDeferred
async def test_what_is_no_answer_is_said(listener: Listener, partner: Partner, body: bytes) -> None:
    listener.answer = lambda request: body
    assert isinstance(await failure_of(partner.send(BEAT, 5)), PartnerAnswerInvalid)


@pytest_twisted.ensureDeferred
async def test_a_page_of_ten_thousand_leases_comes_through(listener: Listener, partner: Partner) -> None:
    lease = {"ip-address": "10.0.0.1", "hw-address": "02:00:00:00:00:01", "valid-lft": 7200, "cltt": 1}
    page = json.dumps([{"result": 0, "arguments": {"leases": [lease] * 10000}}]).encode()
    listener.answer = lambda request: page
    answer = await partner.send(BEAT, 5)
    assert len(answer["arguments"]["leases"]) == 10000


@pytest_twisted.ensureDeferred
async def test_no_compression_is_offered_and_no_cookie_kept(listener: Listener, partner: Partner) -> None:
    def answer(request: Any) -> bytes:
        request.addCookie("session", "1")
        return b'[{"result": 0}]'

    listener.answer = answer
    for _ in range(2):
        await partner.send(BEAT, 5)
    for _, headers in listener.requests:
        assert not headers.hasHeader("accept-encoding") and not headers.hasHeader("cookie")


def test_kea_words_for_answers_that_are_none() -> None:
    bodies = ((b"3", "body of the response must be a list"), (b"[]", "list of responses must not be empty"))
    for body, words in bodies:
        with pytest.raises(PartnerAnswerInvalid, match=words):
            read_body(body)


def test_a_route_that_does_not_exist_is_named() -> None:
    from twisted.internet.error import NoRouteError

    assert reason(NoRouteError(errno.EHOSTUNREACH, "x")) == "No route to host"


@pytest_twisted.ensureDeferred
async def test_closing_gives_up_on_what_is_under_way(listener: Listener, partner: Partner) -> None:
    listener.answer = listener.park
    requests = [partner.send(UPDATE, 5) for _ in range(4)] + [partner.send(BEAT, 5)]
    await pause(0.05)
    await partner.close()
    for request in requests:
        with pytest.raises(Exception):  # noqa: B017
            await request
    await pause(0.05)


# --- a hostile server in the partner's place ----------------------------------------------------------------


class Stream(Protocol):
    """Answers a request with raw bytes: a beginning, then the same again and again until the connection ends."""

    def __init__(self, head: bytes, more: bytes) -> None:
        self.head, self.more, self.sent, self.over = head, more, 0, False

    def dataReceived(self, data: bytes) -> None:
        """Any bytes are a request."""
        assert self.transport is not None
        self.transport.write(self.head)
        if self.more:
            self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """More of it."""
        assert self.transport is not None
        self.sent += len(self.more)
        self.transport.write(self.more)

    def stopProducing(self) -> None:
        """The end."""

    def connectionLost(self, reason: Any = None) -> None:
        """The client has had enough."""
        self.over = True


BOMB = gzip.compress(bytes(200_000_000), 9)
LONG_PAGE = {"command": "lease4-get-page", "arguments": {"from": "start", "limit": 100}}


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n[", b" " * 65536),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n[", b" " * 65536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: y\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536),
        (b"HTTP/1.1 ", b"2" * 65536),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200_000, b""),
    ],
    ids=["endless", "length", "chunked", "headers", "header", "status", "continue", "bomb", "deep"],
)
@pytest.mark.parametrize("command", [BEAT, LONG_PAGE], ids=["heartbeat", "page"])
@pytest_twisted.ensureDeferred
async def test_an_answer_without_measure_is_no_answer(head: bytes, more: bytes, command: dict[str, Any]) -> None:
    streams: list[Stream] = []
    factory = ServerFactory()
    factory.buildProtocol = lambda address: streams.append(Stream(head, more)) or streams[-1]  # type: ignore[method-assign,assignment,func-returns-value]
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
    hostile = Partner(reactor, parse_url(f"http://127.0.0.1:{port.getHost().port}/"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((PartnerAnswerInvalid, PartnerUnreachable)) as raised:
        await hostile.send(command, 20)
    assert "timed out" not in str(raised.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB
    await hostile.close()
    assert len(streams) == 1 and streams[0].sent < 20_000_000
    await pause(0.01)
    assert not more or streams[0].over
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_an_answer_that_trickles_in_ends_in_time() -> None:
    stream = Stream(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", b"")
    factory = ServerFactory()
    factory.buildProtocol = lambda address: stream  # type: ignore[method-assign,assignment]
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
    hostile = Partner(reactor, parse_url(f"http://127.0.0.1:{port.getHost().port}/"))
    with pytest.raises(PartnerUnreachable, match="timed out"):
        await hostile.send(BEAT, 0.2)
    await pause(0.05)
    assert stream.over
    await hostile.close()
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_the_bound_is_for_each_answer_of_a_connection(listener: Listener, partner: Partner) -> None:
    listener.answer = lambda request: json.dumps([{"result": 0, "text": "x" * 900_000}]).encode()
    for _ in range(3):
        assert (await partner.send(BEAT, 5))["result"] == 0
    assert len(listener.peers) == 1
