"""The HTTP channel over real sockets on loopback, and against what a real Kea answered on its listener."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.python import log as twisted_log
from twisted.python.failure import Failure

from kea_twisted.adapters.control.access import AccessPolicy, Logins
from kea_twisted.adapters.control.httpchannel import HttpChannel
from kea_twisted.commands.dispatch import dispatch
from tests.commands import recorded
from tests.commands.answers import PARTNER_MAY
from tests.commands.fakecontext import FakeContext
from tests.fakes import RecordingLog

JSON = "Content-Type: application/json"


@pytest.fixture(autouse=True)
def nothing_unhandled() -> Iterator[None]:
    """No request may leave an error in Twisted's log."""
    errors: list[Any] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("isError"):
            errors.append(event)

    twisted_log.addObserver(observe)
    yield
    twisted_log.removeObserver(observe)
    assert not errors


PARTNER = "10.0.0.2"


class Wire:
    """One connection of a HA partner to a site, in memory, with a clock of its own."""

    def __init__(
        self,
        answer: Callable[[Any], Any],
        permits: Callable[[str], bool] = PARTNER_MAY.__contains__,
        logins: Logins | None = None,
        **policy: Any,
    ) -> None:
        self.clock = Clock()
        self.log = RecordingLog()
        rules = AccessPolicy(permits, logins, **{"partners": frozenset({PARTNER}), **policy})
        self.site = HttpChannel(answer, rules, self.log, self.clock).site
        self.channel = self.connect(PARTNER)
        self.transport = self.channel.transport

    def connect(self, host: str) -> Any:
        """A further connection from an address; None: it is refused."""
        channel: Any = self.site.buildProtocol(IPv4Address("TCP", host, 50000))
        if channel is not None:
            transport = StringTransport()
            transport.abortConnection = transport.loseConnection  # type: ignore[method-assign]
            channel.makeConnection(transport)
        return channel

    def send(self, data: bytes) -> bytes:
        """Send bytes; what has come back since, some reactor turns later."""
        self.transport.clear()
        self.channel.dataReceived(data)
        self.clock.pump([0, 0, 0])
        return self.transport.value()

    @property
    def closed(self) -> bool:
        """Return True if the server ends the connection."""
        return bool(self.transport.disconnecting)


def request(body: bytes, *headers: str, line: str = "POST / HTTP/1.1") -> bytes:
    """The bytes of a request."""
    lines = [line, "Host: 10.0.0.1", f"Content-Length: {len(body)}", *(headers or (JSON,))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def command(name: str, **arguments: Any) -> bytes:
    """The bytes of a command."""
    return request(json.dumps({"command": name, "arguments": arguments}).encode())


def status_of(response: bytes) -> int:
    """The status code, 0 for no response."""
    return int(response.split()[1]) if response else 0


def body_of(response: bytes) -> Any:
    """The JSON body, its length checked."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head, response
    assert b"Content-Type: application/json" in head
    return json.loads(body)


def echo(value: Any) -> Any:
    """A dispatcher that finds everything well."""
    return {"result": 0, "text": "well"}


RECORDED = [
    row
    for row in recorded.exchanges("http-partner")
    # An answer we give and Kea does not, or the other way round, each for a reason:
    if row["about"]
    not in (
        "content type with charset",  # says nothing wrong
        "length not a number",  # Kea takes it for no body and answers that the command is missing
        "length 0",
        "huge length",
        "negative length",  # Kea does not answer
        "HTTP 2.0",  # Kea answers as if it were 1.0
        "HTTP 0.9",
        "length too short",  # the rest is a second request, and malformed
        "two requests",
        "body is a list of a command",
        "chunked",  # Kea does not know it
        "garbage",  # Kea answers in HTTP 1.0
        "garbage line",
        "bare newlines",
        "no length",
    )
]


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: str(row["about"]))
def test_every_request_gets_the_status_and_body_of_a_real_kea(row: dict[str, Any]) -> None:
    context = FakeContext(ha=True)
    wire = Wire(lambda value: dispatch(context, value))
    expected = row["answer"].encode("latin-1")
    found = wire.send(row["request"].encode("latin-1")).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert status_of(found) == status_of(expected)
    assert found.split(b" ")[0] == expected.split(b" ")[0]
    if row["about"] == "HEAD":
        assert found.endswith(b"\r\n\r\n")
    elif "list" not in row["about"] and "a number" not in row["about"]:
        assert body_of(found) == json.loads(expected.partition(b"\r\n\r\n")[2])


def test_headers_are_those_of_kea() -> None:
    head = Wire(echo).send(command("ha-heartbeat")).partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]}
    assert names == {b"Content-Length", b"Content-Type", b"Date"}


def test_a_connection_is_kept_for_more_requests() -> None:
    wire = Wire(echo)
    for _ in range(3):
        assert status_of(wire.send(command("ha-heartbeat"))) == 200
    assert not wire.closed


def test_requests_sent_without_waiting_are_answered_in_order() -> None:
    asked: list[Any] = []

    def number(value: Any) -> Any:
        asked.append(value["arguments"])
        return {"result": 0, "arguments": len(asked)}

    wire = Wire(number)
    found = wire.send(command("ha-heartbeat", a=1) + command("ha-heartbeat", a=2))
    assert asked == [{"a": 1}, {"a": 2}]
    assert found.count(b"HTTP/1.1 200 OK") == 2


def test_a_request_may_come_byte_by_byte() -> None:
    wire = Wire(echo)
    for byte in command("ha-heartbeat"):
        found = wire.send(bytes((byte,)))
    assert status_of(found) == 200


def test_a_chunked_body_is_a_body() -> None:
    body = b'{"command": "ha-heartbeat"}'
    head = f"POST / HTTP/1.1\r\nHost: a\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert status_of(Wire(echo).send(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))) == 200


def test_what_is_not_permitted_never_reaches_the_commands() -> None:
    def never(value: Any) -> Any:
        raise AssertionError(value)

    wire = Wire(never)
    assert body_of(wire.send(command("config-set"))) == {"result": 403, "text": "Forbidden"}
    assert wire.log.texts("COMMAND_HTTP_LISTENER_COMMAND_REJECTED")
    assert not wire.closed


def test_without_restriction_everything_is_permitted() -> None:
    assert status_of(Wire(echo, lambda name: True).send(command("config-set"))) == 200


def test_a_slow_answer_is_sent_when_it_is_there() -> None:
    later: Deferred[Any] = Deferred()
    wire = Wire(lambda value: later)
    assert wire.send(command("ha-heartbeat")) == b""
    wire.clock.advance(3600)  # the sender is not to blame
    assert not wire.closed
    later.callback({"result": 0})
    assert body_of(wire.transport.value()) == [{"result": 0}]


def test_a_command_goes_on_when_its_sender_has_gone() -> None:
    cancelled: list[Any] = []
    later: Deferred[Any] = Deferred(cancelled.append)
    wire = Wire(lambda value: later)
    wire.send(command("ha-heartbeat"))
    wire.channel.connectionLost(Failure(ConnectionDone()))
    assert not cancelled
    later.callback({"result": 0})


def test_an_idle_connection_is_closed_after_thirty_seconds() -> None:
    wire = Wire(echo)
    wire.clock.advance(29)
    wire.send(command("ha-heartbeat"))
    wire.clock.advance(29)
    assert not wire.closed
    wire.clock.advance(2)
    assert wire.closed
    assert wire.log.identifiers()[-1] == "HTTP_IDLE_CONNECTION_TIMEOUT_OCCURRED"


def test_a_request_has_ten_seconds_however_it_trickles_in() -> None:
    wire = Wire(echo)
    wire.clock.advance(20)
    data = command("ha-heartbeat")
    for second in range(9):
        wire.send(data[second : second + 1])
        wire.clock.advance(1)
    assert not wire.closed
    wire.transport.clear()
    wire.clock.advance(2)
    assert body_of(wire.transport.value()) == {"result": 408, "text": "Request Timeout"}
    assert wire.closed


def test_a_connection_that_does_not_end_is_cut() -> None:
    wire = Wire(echo)
    cut: list[bool] = []
    wire.transport.abortConnection = lambda: cut.append(True)  # type: ignore[method-assign]
    wire.clock.advance(31)
    assert not cut
    wire.clock.advance(16)
    assert cut


def test_nothing_is_scheduled_when_all_connections_have_gone() -> None:
    wire = Wire(echo)
    wire.send(command("ha-heartbeat"))
    wire.site.doStart()
    wire.channel.connectionLost(Failure(ConnectionDone()))
    wire.site.doStop()
    assert wire.clock.getDelayedCalls() == []
    assert not wire.site.admission.connections


def test_a_long_body_is_refused_when_it_has_ended() -> None:
    wire = Wire(echo)
    block = b"x" * 65536
    head = request(b"", JSON).replace(b"Content-Length: 0", b"Content-Length: %d" % (160 * len(block)))
    found = wire.send(head)
    for _ in range(160):
        found = wire.send(block)
    assert status_of(found) == 413
    assert wire.closed
    assert len(wire.log.texts("HTTP_BAD_CLIENT_REQUEST_RECEIVED")) == 1


HOSTILE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n\r\n",
    "a line without end": b"A" * 200_000,
    "a header without end": b"POST / HTTP/1.1\r\nX: " + b"A" * 200_000,
    "many headers": b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "a header without colon": b"POST / HTTP/1.1\r\nbogus\r\nContent-Length: 0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a bad chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a path in no encoding": request(b"{}", JSON, line="POST /\xff%ff%00/../..//%2e HTTP/1.1"),
    "a host in no encoding": b"POST / HTTP/1.1\r\nHost: \xff\xfe..\r\nContent-Length: 2\r\n\r\n{}",
    "a long host": b"POST / HTTP/1.1\r\nHost: " + b"a" * 300 + b".\r\nContent-Length: 2\r\n\r\n{}",
    "a form": request(b"a=b&c=d", "Content-Type: application/x-www-form-urlencoded"),
    "a broken form": request(b"--x", "Content-Type: multipart/form-data; boundary=\xff"),
    "cookies": request(b"{}", JSON, "Cookie: a; b=c; =;;;"),
    "deep": request(b"[" * 100_000 + b"]" * 100_000),
    "no UTF-8": request(b'{"command": "\xff"}'),
    "a huge number": request(b'{"command": "ha-heartbeat", "arguments": ' + b"9" * 100_000 + b"}"),
    "star": request(b"{}", JSON, line="OPTIONS * HTTP/1.1"),
    "connect": request(b"{}", JSON, line="CONNECT a:1 HTTP/1.1"),
    "no method": request(b"{}", JSON, line=" / HTTP/1.1"),
    "upgrade": request(b"{}", JSON, "Connection: Upgrade", "Upgrade: websocket"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_get_a_short_answer_in_json(data: bytes) -> None:
    context = FakeContext(ha=True)
    wire = Wire(lambda value: dispatch(context, value))
    found = wire.send(data)
    assert status_of(found) in (200, 400)
    assert len(found) < 1000
    assert b"Traceback" not in found and b"<html" not in found
    body_of(found)


def test_nothing_after_a_malformed_header_is_carried_out() -> None:
    asked: list[Any] = []
    wire = Wire(asked.append)
    data = command("ha-reset").replace(b"Host: 10.0.0.1", b"bogus")
    assert status_of(wire.send(data + command("ha-reset"))) == 400
    assert asked == []
    assert wire.closed


class Client(Protocol):
    """Sends bytes over TCP and fires when the connection has ended or the response is complete."""

    def __init__(self, data: bytes, done: Deferred[bytes]) -> None:
        self.data, self.done, self.received = data, done, b""

    def connectionMade(self) -> None:
        """Send all of it."""
        assert self.transport is not None
        self.transport.write(self.data)

    def dataReceived(self, data: bytes) -> None:
        """Collect, until the body is as long as it is said to be."""
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = next(line.split()[1] for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
        if end and len(body) == int(length):
            assert self.transport is not None
            self.transport.loseConnection()

    def connectionLost(self, reason: Any = None) -> None:
        """Hand over what came."""
        self.done.callback(self.received)


def over_tcp(port: int, data: bytes) -> Deferred[bytes]:
    """The response to bytes sent over a real socket."""
    done: Deferred[bytes] = Deferred()
    factory = ClientFactory()
    factory.protocol = lambda: Client(data, done)  # type: ignore[assignment]
    reactor.connectTCP("127.0.0.1", port, factory)  # type: ignore[attr-defined]
    return done


@pytest_twisted.ensureDeferred
async def test_over_a_real_socket() -> None:
    context = FakeContext(ha=True)
    policy = AccessPolicy(PARTNER_MAY.__contains__, partners=frozenset({"127.0.0.1"}))
    site = HttpChannel(lambda value: dispatch(context, value), policy, context.log).site
    port = reactor.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[attr-defined]
    number = port.getHost().port
    try:
        small = await over_tcp(number, command("list-commands"))
        assert "ha-heartbeat" in body_of(small)[0]["arguments"]
        large = await over_tcp(number, request(b"x" * 10_000_000))
        assert body_of(large)["result"] == 413
        assert body_of(await over_tcp(number, b"\xff" * 100 + b"\r\n\r\n")) == {
            "result": 400,
            "text": "Bad Request",
        }
    finally:
        await port.stopListening()
        site.drop()
        await deferLater(reactor, 0.01)  # type: ignore[arg-type]
