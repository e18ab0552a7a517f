"""A listener under attack: what others do takes neither the partner's connections nor memory nor time."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from kea_twisted.adapters.control import admission
from kea_twisted.adapters.control.access import Logins, everything, nothing
from kea_twisted.adapters.control.admission import MAX_OTHERS, MAX_OTHERS_ACTIVE, OTHER, PARTNER
from kea_twisted.adapters.control.httpconnection import SEND_SECONDS
from kea_twisted.adapters.control.httprequest import PIECE, in_pieces
from kea_twisted.adapters.control.requestqueue import RequestQueue
from kea_twisted.commands.envelope import Parts
from tests.adapters.control import test_httpchannel
from tests.adapters.control.test_httpchannel import JSON, Wire, body_of, command, echo, request, status_of

LOGINS = Logins("the stables", {base64.b64encode(b"groom:hay"): "groom"})
CREDENTIALS = "Authorization: Basic " + base64.b64encode(b"groom:hay").decode()
BEAT = command("ha-heartbeat")


class Narrow(StringTransport):
    """A connection whose client takes only what it is asked to take: more than 64 KiB ahead stop the producer."""

    aborted = False

    def write(self, data: bytes) -> None:
        super().write(data)
        if len(self.value()) > PIECE and self.producer is not None:
            self.producer.pauseProducing()

    def take(self) -> bytes:
        """Take all that is there."""
        taken = self.value()
        self.clear()
        self.producer.resumeProducing()
        return taken

    def abortConnection(self) -> None:
        self.aborted = True


def narrow(wire: Wire, host: str = "10.0.0.9") -> tuple[Any, Narrow]:
    """A connection whose answers are not taken."""
    channel = wire.connect(host)
    channel.connectionLost(Failure(ConnectionDone()))
    channel = wire.site.buildProtocol(test_httpchannel.IPv4Address("TCP", host, 50001))
    transport = Narrow()
    channel.makeConnection(transport)
    return channel, transport


def big(size: int = 3 * PIECE) -> dict[str, Any]:
    """An answer of about so many bytes."""
    return {"result": 0, "arguments": Parts((b'"', b"x" * size, b'"'))}


# --- connections --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hosts", [1, 40])
def test_idle_connections_of_others_never_keep_the_partner_out(hosts: int) -> None:
    wire = Wire(echo)
    for number in range(320):
        wire.connect(f"10.0.1.{number % hosts}")
    assert len(wire.site.admission.connections) <= MAX_OTHERS + 1
    assert status_of(wire.send(BEAT)) == 200
    for _ in range(PARTNER.connections - 1):
        assert wire.connect(test_httpchannel.PARTNER) is not None
    assert wire.log.texts("HTTP_TOO_MANY_CONNECTIONS")


def test_the_log_tells_of_too_many_connections_once_a_minute() -> None:
    wire = Wire(echo)
    for _ in range(100):
        wire.connect("10.0.1.1")
    wire.clock.advance(61)
    for _ in range(100):
        wire.connect("10.0.1.1")
    assert len(wire.log.texts("HTTP_TOO_MANY_CONNECTIONS")) == 2


def test_a_new_connection_takes_the_place_of_the_one_that_is_missed_least() -> None:
    wire = Wire(lambda value: later, lambda name: True, LOGINS)
    later: Deferred[Any] = Deferred()
    busy, trusted, answered, idle, *_ = channels = [wire.connect("10.0.1.1") for _ in range(OTHER.connections)]
    for channel, data in (
        (answered, request(b"no json")),
        (trusted, request(b"no json", JSON, CREDENTIALS)),
        (busy, BEAT),
    ):
        channel.dataReceived(data)
        wire.clock.advance(0)
    for victim in (idle, *channels[4:]):
        wire.connect("10.0.1.1")
        assert victim.transport.disconnecting, channels.index(victim)
        assert not answered.transport.disconnecting
    assert not busy.transport.disconnecting and not trusted.transport.disconnecting
    later.callback({"result": 0})


def test_an_address_with_nothing_but_busy_connections_gets_no_more() -> None:
    wire = Wire(lambda value: Deferred())
    for channel in [wire.connect("10.0.1.1") for _ in range(OTHER.connections)]:
        channel.dataReceived(BEAT)
    assert wire.connect("10.0.1.1") is None
    assert wire.connect("10.0.1.2") is not None


def test_others_ask_a_limited_number_of_times_on_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "OTHER", OTHER._replace(requests=3))
    wire = Wire(echo)
    channel = wire.connect("10.0.1.1")
    for _ in range(3):
        assert not channel.transport.disconnecting
        channel.dataReceived(BEAT)
        wire.clock.advance(0)
    assert channel.transport.disconnecting and channel.transport.value().count(b"Connection: close") == 1


# --- bodies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"no json", b"x" * 1_000_000, b"[" * 60_000], ids=len)
def test_without_credentials_a_body_is_neither_kept_nor_parsed(body: bytes) -> None:
    wire = Wire(echo, nothing, LOGINS)
    data = request(body)
    wire.send(data[:-1])
    [under_way] = wire.channel.requests
    assert under_way.received and not under_way.content.getvalue()
    assert status_of(wire.send(data[-1:])) == 401


@pytest.mark.parametrize(
    ("host", "size", "status"),
    [
        ("10.0.1.1", OTHER.body - 200, 200),
        ("10.0.1.1", OTHER.body + 1, 413),
        (test_httpchannel.PARTNER, PARTNER.body - 200, 200),
        (test_httpchannel.PARTNER, PARTNER.body + 1, 413),
    ],
)
def test_a_body_may_be_as_long_as_its_sender_is_known(host: str, size: int, status: int) -> None:
    wire = Wire(echo, everything)
    channel = wire.connect(host)
    channel.dataReceived(command("config-set", text="x" * size))
    assert status_of(channel.transport.value()) == status


@pytest.mark.parametrize("way", ["password", "certificate"])
def test_who_is_known_may_send_more(way: str) -> None:
    wire = Wire(echo, everything, LOGINS, trusted=way == "certificate", max_request=7_000_000)
    head = (JSON, CREDENTIALS) if way == "password" else (JSON,)
    for size, status in (6_300_000, 200), (7_000_001, 413):
        body = json.dumps({"command": "config-set", "arguments": "x" * size}).encode()
        assert status_of(wire.send(request(body, *head))) == status


# --- answers that are not taken -----------------------------------------------------------------------------


def test_pipelined_requests_wait_until_answers_are_taken() -> None:
    asked: list[Any] = []

    def answer(value: Any) -> Any:
        asked.append(value)
        return {"result": 0, "text": "x" * 40_000}

    wire = Wire(answer)
    channel, transport = narrow(wire)
    for _ in range(20):
        channel.dataReceived(BEAT * 30)
        wire.clock.pump([0, 0])
    assert len(asked) == 2  # the first fits in, the second stops it
    assert transport.producerState == "producing" or transport.producerState == "paused"
    assert channel._buffered < 100_000 or transport.producerState == "paused"
    while len(asked) < 100:
        before = len(asked)
        assert status_of(transport.take()) == 200
        wire.clock.pump([0] * 4)
        assert before < len(asked) <= before + 2


def test_what_comes_during_a_request_is_not_read_without_end() -> None:
    wire = Wire(lambda value: Deferred())
    channel, transport = narrow(wire)
    channel.dataReceived(BEAT)
    channel.dataReceived(b"x" * PIECE)
    assert transport.producerState == "paused"


def test_a_reactor_turn_begins_one_request_of_others() -> None:
    turns: list[Any] = []
    begun: list[Any] = []
    queue = RequestQueue(2, 1, turns.append)
    connections = [Wire(echo).connect(f"10.0.1.{number}") for number in range(10)]
    assert queue.enter(connections[0]) is None
    for connection in connections[1:]:
        waiting: Any = queue.enter(connection)
        waiting.addCallback(lambda _, connection=connection: begun.append(connection))
    for turn in range(9):
        assert begun == connections[1 : 1 + turn]
        turns.pop(0)()
    assert len(queue) == 0


def test_a_big_answer_leaves_as_it_is_taken() -> None:
    wire = Wire(lambda value: big(10 * PIECE))
    channel, transport = narrow(wire)
    channel.dataReceived(BEAT)
    received = transport.take()
    assert len(received) < 3 * PIECE
    for _ in range(12):
        received += transport.take()
    assert body_of(received) == [{"arguments": "x" * 10 * PIECE, "result": 0}]
    assert not channel.is_busy


def test_others_have_few_big_answers_at_a_time() -> None:
    asked: list[Any] = []
    wire = Wire(lambda value: asked.append(value) or big())
    takers = [narrow(wire, f"10.0.1.{number // 2}") for number in range(8)]
    for channel, _ in takers:
        channel.dataReceived(BEAT)
        wire.clock.advance(0)
    assert len(asked) == MAX_OTHERS_ACTIVE
    assert status_of(wire.send(BEAT)) == 200  # of the partner
    for channel, transport in takers:
        while not transport.value():
            wire.clock.advance(0)
        while channel.is_busy:
            transport.take()
        wire.clock.pump([0, 0])
    assert len(asked) == 9


def test_a_client_that_leaves_gives_no_place_back_before_its_command_has_ended() -> None:
    pending: list[Deferred[Any]] = []

    def answer(value: Any) -> Any:
        pending.append(Deferred())
        return pending[-1]

    wire = Wire(answer)
    for number in range(10):
        channel = wire.connect(f"10.0.1.{number}")
        channel.dataReceived(BEAT)
        wire.clock.advance(0)
        channel.connectionLost(Failure(ConnectionDone()))
    assert len(pending) == MAX_OTHERS_ACTIVE
    last = wire.connect("10.0.1.99")
    last.dataReceived(BEAT)
    for each in pending:
        each.callback(big())
        wire.clock.advance(0)
    assert len(pending) == MAX_OTHERS_ACTIVE + 1


def test_an_answer_that_is_not_taken_ends_the_connection() -> None:
    wire = Wire(lambda value: big())
    channel, transport = narrow(wire)
    channel.dataReceived(BEAT)
    wire.clock.advance(SEND_SECONDS - 1)
    transport.take()
    wire.clock.advance(SEND_SECONDS - 1)
    assert not transport.aborted
    wire.clock.advance(2)
    assert transport.aborted
    channel.connectionLost(Failure(ConnectionDone()))
    assert not wire.site.queue_of(channel)._active


def test_a_client_that_reads_late_is_served_further() -> None:
    wire = Wire(lambda value: big(PIECE))
    channel, transport = narrow(wire)
    for _ in range(3):
        channel.dataReceived(BEAT)
        wire.clock.advance(SEND_SECONDS - 1)
        received = transport.take()
        wire.clock.advance(SEND_SECONDS - 1)
        assert status_of(received + transport.take()) == 200
        wire.clock.advance(0)
    wire.clock.advance(31)
    assert transport.disconnecting  # idle


def test_a_password_comes_before_the_turn_of_others() -> None:
    wire = Wire(lambda value: Deferred(), everything, LOGINS)
    for number in range(5):
        wire.connect(f"10.0.1.{number}").dataReceived(BEAT)
    asked = wire.connect("10.0.1.99")
    asked.dataReceived(request(b"[]", JSON, CREDENTIALS))
    assert not asked.transport.value()  # under way
    assert wire.site.queue_of(asked)._active


def test_pieces_are_the_whole_in_bounded_parts() -> None:
    parts = [b"a" * 10, b"b" * (3 * PIECE + 5), b"c", b""]
    pieces = list(in_pieces(parts))
    assert b"".join(pieces) == b"".join(parts)
    assert all(len(piece) <= 2 * PIECE for piece in pieces) and len(pieces) < 6
