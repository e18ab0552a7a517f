"""Datagrams become queries; what is no query is counted, and nothing escapes into the reactor."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from twisted.logger import globalLogPublisher

from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.engine.effects import Interface, Query
from kea_twisted.errors import CHECKSUM, MalformedPacket
from kea_twisted.wire.frame import Datagram
from kea_twisted.wire.message import Message, encode
from tests.fakes import RecordingLog

MAC, CLIENT = bytes.fromhex("080027c40fd1"), bytes.fromhex("080027aabbcc")
NIC = Nic("em1", 2, MAC, (0x0A000001, 0x0A000002), broadcasts=(0x0A0000FF, 0x0A0001FF))
DISCOVER = Message(1, 1, 0, 0x1D4E6EAA, 0, 0, 0, 0, 0, 0, CLIENT, b"", b"", {53: b"\x01"})


class Counts(Counter[str]):
    def count(self, name: str) -> None:
        self[name] += 1


class World:
    """A protocol and all it talks to."""

    def __init__(self, handle: Any = None, batch_done: Any = lambda: None) -> None:
        self.queries: list[Query] = []
        self.counts = Counts()
        self.log = RecordingLog()
        self.protocol = DhcpProtocol(NIC, handle or self.queries.append, batch_done, self.counts, self.log)


def test_a_frame_becomes_a_query_with_its_sender() -> None:
    world = World()
    world.protocol.frame_received(Datagram(CLIENT, 0, 0xFFFFFFFF, 68, 67, encode(DISCOVER)))
    world.protocol.batch_done()
    interface = Interface("em1", 2, MAC, NIC.addresses)
    assert world.queries == [Query(DISCOVER, interface, 0x0A000001, 0, 0xFFFFFFFF, 68, CLIENT)]
    assert world.log.lines == [
        ("DHCP4_BUFFER_RECEIVED", "received buffer from 0.0.0.0:68 to 255.255.255.255:67 over interface em1")
    ]
    assert not world.counts


@pytest.mark.parametrize(
    ("destination", "local"),
    [
        (0x0A000001, 0x0A000001),
        (0x0A000002, 0x0A000002),  # a second address, as of CARP
        (0xFFFFFFFF, 0x0A000001),
        (0x0A0000FF, 0x0A000001),  # the broadcast address of the subnet
        (0x0A0001FF, 0x0A000002),
    ],
)
def test_the_address_that_was_asked_is_the_one_that_answers(destination: int, local: int) -> None:
    world = World()
    world.protocol.frame_received(Datagram(b"", 0x0A000063, destination, 67, 67, encode(DISCOVER)))
    world.protocol.batch_done()
    (query,) = world.queries
    assert (query.source, query.source_port, query.source_mac) == (0x0A000063, 67, b"")
    assert (query.destination, query.local) == (destination, local)


def test_queries_of_a_turn_wait_for_its_end_and_keep_their_order() -> None:
    done: list[object] = []
    world = World(lambda query: done.append(query.message.xid), lambda: done.append("done"))
    for xid in (1, 2, 3):
        message = DISCOVER._replace(xid=xid)
        world.protocol.frame_received(Datagram(CLIENT, 0, 0xFFFFFFFF, 68, 67, encode(message)))
    assert done == []
    world.protocol.batch_done()
    assert done == [1, 2, 3, "done"]
    world.protocol.batch_done()
    assert done == [1, 2, 3, "done", "done"]


def test_what_is_no_message_is_counted_and_dropped() -> None:
    world = World()
    world.protocol.frame_received(Datagram(CLIENT, 1, 2, 68, 67, b"short"))
    assert world.queries == []
    assert world.counts == {
        "pkt4-received": 1, "pkt4-malformed-message": 1, "pkt4-parse-failed": 1, "pkt4-receive-drop": 1,
    }  # fmt: skip
    (text,) = world.log.texts("DHCP4_PACKET_DROP_0001")
    assert text.startswith(
        "[hwtype=1 08:00:27:aa:bb:cc], cid=[no info], tid=0x0: failed to parse packet from 0.0.0.1 to"
        " 0.0.0.2, received over interface em1, reason: "
    )


def test_a_frame_without_a_datagram_is_counted_too() -> None:
    world = World()
    world.protocol.malformed(MalformedPacket("wrong UDP checksum", CHECKSUM))
    assert world.counts["pkt4-receive-drop"] == world.counts["pkt4-wrong-checksum"] == 1
    assert world.log.lines == [("DHCP4_BUFFER_RECEIVE_FAIL", "error on attempt to receive packet: wrong UDP checksum")]


@pytest.fixture
def tracebacks() -> Any:
    seen: list[Any] = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)


def test_our_own_fault_drops_the_query_only(tracebacks: list[Any]) -> None:
    world = World(handle=lambda query: 1 / 0)
    world.protocol.frame_received(Datagram(CLIENT, 0, 1, 68, 67, encode(DISCOVER)))
    world.protocol.batch_done()
    assert world.counts == {"pkt4-processing-failed": 1, "pkt4-receive-drop": 1}
    (text,) = world.log.texts("DHCP4_PACKET_PROCESS_STD_EXCEPTION")
    assert text.endswith(
        "tid=0x1d4e6eaa: exception occurred during packet processing: ZeroDivisionError('division by zero')"
    )
    assert tracebacks[0]["log_failure"].check(ZeroDivisionError)


def test_a_batch_that_cannot_end_does_not_end_the_port(tracebacks: list[Any]) -> None:
    World(batch_done=lambda: 1 / 0).protocol.batch_done()
    assert tracebacks[0]["log_failure"].check(ZeroDivisionError)
