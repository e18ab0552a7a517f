"""Bulk leasequery over TCP: answers, limits, and that a slow requester costs little."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs

from kea_twisted.adapters.hooklibraries import bulkconnection
from kea_twisted.adapters.hooklibraries.bulkconnection import Connection, Connections
from kea_twisted.errors import MalformedPacket
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.libraries.lease_query import messages as M
from kea_twisted.libraries.lease_query.bulk import BulkQuery, Leases
from kea_twisted.libraries.lease_query.parameters import BulkSettings
from kea_twisted.libraries.lease_query.relayindex import RelayIndex
from kea_twisted.wire.message import Message, decode
from tests.builders import NOW, ip, mac, subnet
from tests.fakes import RecordingLog

REQUESTERS = ("192.0.2.1", "192.0.2.2")
TURN = 0.0001
RELAY = ("relay_agent_information", b"\x0c\x01r")


class Transport(StringTransport):
    """A connection whose requester reads nothing: it is full at 64 kB, as Twisted's."""

    def write(self, data: bytes) -> None:
        """Keep it."""
        super().write(data)
        if self.producer is not None and len(self.value()) > 65536:
            self.producer.pauseProducing()

    def read(self) -> bytes:
        """Read all there is."""
        data = self.value()
        self.clear()
        if self.producer is not None:
            self.producer.resumeProducing()
        return data


class Reactor(Clock):
    """A clock on which a call that is made in a turn comes in the next one, as a reactor does it."""

    def callLater(self, delay: float, *what: Any, **more: Any) -> Any:
        """Call it later."""
        return super().callLater(max(delay, TURN), *what, **more)


class Desk:
    """A library with leases of one relay."""

    def __init__(self, number: int = 3, **bulk: Any) -> None:
        self.log = RecordingLog()
        self.log.add(M.EVENTS)
        self.timers = Reactor()
        self.bulk = BulkSettings(True, **bulk)
        self.requesters = frozenset(map(ip, REQUESTERS))
        self.store, self.index = LeaseStore(), RelayIndex()
        context = json.dumps({"ISC": {"relay-agent-info": {"sub-options": "0x0C0172", "relay-id": "72"}}})
        for place in range(number):
            lease = Lease(ip("10.0.0.0") + place, mac(place), b"", 4000, int(NOW) - place % 1000, 1)
            self.store.put(lease._replace(user_context=context))
        self.index.begin(self.store)
        self.connections = Connections(self)

    def now(self) -> float:
        """The time."""
        return NOW

    def read(self, payload: bytes) -> Message:
        """The message."""
        return decode(payload)

    def begin(self, query: Message) -> BulkQuery:
        """A query on its way."""
        leases = Leases(self.store, self.index, {1: subnet("10.0.0.0/8")}, b"\x0a\0\0\1")
        return BulkQuery(query, leases)

    def connect(self, peer: str = REQUESTERS[0]) -> Connection | None:
        """A new connection, None if it was refused."""
        made = self.connections.buildProtocol(IPv4Address("TCP", peer, 4000))
        if made is not None:
            made.makeConnection(Transport())
        return made

    def index_all(self) -> None:
        """Complete the index."""
        while not self.index.is_complete:
            self.index.step()

    def work(self, turns: int = 10_000) -> int:
        """Let turns of the reactor pass until there is no work; their number."""
        for turn in range(turns):
            if not any(call.time <= self.timers.seconds() + 2 * TURN for call in self.timers.getDelayedCalls()):
                return turn
            self.timers.advance(TURN)
        return turns


def frame(*options: tuple[str, Any], xid: int = 1, kind: int = 14, **fields: Any) -> bytes:
    """A query as scapy writes it, behind its length."""
    fields = {"htype": 0, "hlen": 0, "chaddr": b"", **fields}
    payload = bytes(BOOTP(op=1, xid=xid, **fields) / DHCP(options=[("message-type", kind), *options, "end"]))
    return len(payload).to_bytes(2, "big") + payload


def payloads(connection: Connection) -> list[bytes]:
    """The messages that were sent, each behind two bytes with its length."""
    data, found = connection.transport.read(), []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        found.append(data[2:end])
        data = data[end:]
    return found


def answers(connection: Connection) -> list[tuple[int, int, str]]:
    """Transaction, type and address of what was sent, as scapy reads it, behind its length."""
    found = []
    for payload in payloads(connection):
        message = BOOTP(payload)
        found.append((message.xid, dict(o for o in message[DHCP].options if o[0] == "message-type")["message-type"],
                      message.ciaddr))  # fmt: skip
    return found


def opened(desk: Desk) -> Connection:
    """A connection, all leases of relays being known."""
    desk.index_all()
    connection = desk.connect()
    assert connection is not None
    return connection


def test_all_leases_of_a_relay_are_reported_in_the_order_of_their_addresses() -> None:
    desk = Desk(3, page=2)
    connection = opened(desk)
    connection.dataReceived(frame(RELAY, xid=7))
    desk.work()
    assert answers(connection) == [
        (7, 13, "10.0.0.0"), (7, 13, "10.0.0.1"), (7, 13, "10.0.0.2"), (7, 15, "0.0.0.0"),
    ]  # fmt: skip


def test_queries_wait_until_all_leases_are_known() -> None:
    desk = Desk(3)
    connection = desk.connect()
    assert connection is not None
    connection.dataReceived(frame(RELAY))
    desk.work(20)
    assert answers(connection) == []
    desk.index_all()
    desk.work()
    assert len(answers(connection)) == 4


def test_a_period_chooses_among_the_leases() -> None:
    desk = Desk(9)
    connection = opened(desk)
    start, end = (int(NOW) - age for age in (5, 3))
    connection.dataReceived(frame(RELAY, (154, start.to_bytes(4, "big")), (155, end.to_bytes(4, "big"))))
    desk.work()
    assert [address for _, kind, address in answers(connection) if kind == 13] == ["10.0.0.3", "10.0.0.4", "10.0.0.5"]


def test_queries_about_relays_end_when_the_leases_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(3)
    monkeypatch.setattr("kea_twisted.libraries.lease_query.relayindex.agent_ids", None)
    connection = desk.connect()
    assert connection is not None
    connection.dataReceived(frame(RELAY))
    desk.work(20)
    with pytest.raises(TypeError):
        desk.index.step()
    desk.work()
    assert b"\1the leases of relays could not be read" in connection.transport.value()
    assert [kind for _, kind, _ in answers(connection)] == [15]


@pytest.mark.parametrize("options", [(("client_id", b"\1"),), (RELAY, (221, b"x")), ()])
def test_a_query_that_cannot_be_answered_gets_a_status_alone(options: Any) -> None:
    desk = Desk()
    connection = opened(desk)
    connection.dataReceived(frame(*options))
    desk.work()
    sent = connection.transport.value()
    assert b"\x97" in sent and [kind for _, kind, _ in answers(connection)] == [15]


def test_options_of_a_relay_that_cannot_be_read_are_left_out() -> None:
    desk = Desk(1)
    lease = desk.store.get(ip("10.0.0.0"))
    assert lease is not None
    desk.store.put(lease._replace(user_context=lease.user_context.replace("0x0C", "0xq")))
    connection = opened(desk)
    connection.dataReceived(frame(RELAY))
    desk.work()
    assert b"\x52\x03" not in connection.transport.value()
    assert [kind for _, kind, _ in answers(connection)] == [13, 15]


def test_an_answer_that_cannot_be_made_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("a lease that cannot be encoded")

    desk = Desk(3)
    connection, other = opened(desk), opened(desk)
    monkeypatch.setattr(bulkconnection, "encode", fails)
    connection.dataReceived(frame(RELAY))
    with capturedLogs() as failures:
        desk.work()
    assert [str(each["log_failure"].value) for each in failures] == ["a lease that cannot be encoded"]
    assert connection.transport.disconnecting and not other.transport.disconnecting
    monkeypatch.undo()
    other.dataReceived(frame(RELAY))
    desk.work()
    assert len(answers(other)) == 4


def test_a_requester_that_does_not_read_is_waited_for() -> None:
    """Twenty thousand leases wait in the store, and not in a buffer."""
    desk = Desk(20_000)
    connection = opened(desk)
    connection.dataReceived(frame(RELAY))
    desk.work()
    assert 65536 < len(connection.transport.value()) < 65536 + bulkconnection.LARGEST_SLICE * 400
    count = 0
    while found := payloads(connection):
        count += len(found)
        assert desk.work() < 1000
        assert len(connection.transport.value()) < 65536 + bulkconnection.LARGEST_SLICE * 400
    assert count == 20_001


def test_a_slice_is_small_whatever_is_configured() -> None:
    desk = Desk(5000, page=1_000_000)
    connection = opened(desk)
    connection.dataReceived(frame(RELAY))
    desk.timers.advance(TURN)
    assert len(answers(connection)) == bulkconnection.LARGEST_SLICE


def test_queries_beyond_those_answered_at_a_time_wait_and_are_then_answered() -> None:
    desk = Desk(3, queries=2, page=1)
    connection = opened(desk)
    connection.dataReceived(b"".join(frame(RELAY, xid=xid) for xid in range(1, 8)))
    assert connection.transport.producerState == "producing" or connection.paused
    assert connection.paused  # two are answered, two wait, the others are not read
    desk.work()
    assert not connection.paused
    ended = [xid for xid, kind, _ in answers(connection) if kind == 15]
    assert sorted(ended) == list(range(1, 8)) and ended[:2] == [1, 2]


def test_a_transaction_under_way_is_not_begun_again() -> None:
    desk = Desk()
    connection = opened(desk)
    connection.dataReceived(frame(RELAY, xid=5) + frame(RELAY, xid=5))
    desk.work()
    assert len(answers(connection)) == 4
    assert desk.log.texts("BULK_LEASE_QUERY_DUPLICATE_XID") == [
        "Dropping query from: 192.0.2.1, transaction id 5 is a duplicate"
    ]


@pytest.mark.parametrize(
    ("sent", "event"),
    [(b"\0\0", "BULK_LEASE_QUERY_EMPTY_REQUEST"), (b"\0\5hello", "BULK_LEASE_QUERY_UNPACK_ERROR"),
     (frame(kind=10), "BULK_LEASE_QUERY4_UNSUPPORTED_MSG_TYPE")],
)  # fmt: skip
def test_what_is_no_query_ends_the_connection(sent: bytes, event: str) -> None:
    desk = Desk()
    connection = opened(desk)
    connection.dataReceived(sent + frame(RELAY))
    desk.work()
    assert connection.transport.disconnecting and answers(connection) == []
    assert desk.log.identifiers() == [event]


def test_only_requesters_may_connect_and_the_last_slot_is_for_another_one() -> None:
    desk = Desk(connections=3)
    assert desk.connect("192.0.2.9") is None
    assert desk.connect() is not None and desk.connect() is not None
    assert desk.connect() is None
    other = desk.connect(REQUESTERS[1])
    assert other is not None
    assert desk.connect(REQUESTERS[1]) is None
    assert [text.rpartition(": ")[2] for text in desk.log.texts("BULK_LEASE_QUERY_REJECTED_CONNECTION")] == [
        "not a valid requester", "last free slot reserved for another requester", "too many connections",
    ]  # fmt: skip
    other.connectionLost()
    assert desk.connect(REQUESTERS[1]) is not None


def test_a_connection_on_which_nothing_moves_is_closed() -> None:
    desk = Desk(idle_seconds=10)
    connection = opened(desk)
    desk.timers.advance(9)
    connection.dataReceived(frame(RELAY))
    desk.work()
    desk.timers.advance(9)
    assert not connection.transport.disconnected
    desk.timers.advance(2)
    assert connection.transport.aborting if hasattr(connection.transport, "aborting") else True
    assert connection.transport.disconnecting or connection.transport.disconnected


def test_the_first_answer_has_the_server_identifier() -> None:
    desk = Desk(2)
    connection = opened(desk)
    connection.dataReceived(frame(RELAY))
    desk.work()
    assert connection.transport.value().count(b"\x36\x04\x0a\0\0\x01") == 1


def test_a_malformed_message_is_an_error() -> None:
    with pytest.raises(MalformedPacket):
        Desk().read(b"x")
