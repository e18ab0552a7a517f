"""The raw port of Linux on a veth pair: real packet sockets, real checksums, no reactor."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import Sockets, port_maker
from kea_twisted.config.model import InterfacesConfig
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.wire.frame import build_frame, parse_frame
from kea_twisted.wire.message import Message, encode
from tests.fakes import RecordingLog

from .hosts import Host, Lan

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="packet sockets are Linux's"),
]

SERVER, ELSEWHERE, BROADCAST = 0x0A000001, 0x0A000063, 0xFFFFFFFF
EVERYONE = b"\xff" * 6
ETH_P_IP = 0x0800


class Counts(dict[str, int]):
    def count(self, name: str) -> None:
        self[name] = self.get(name, 0) + 1


class Reactor(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)


class World:
    """A server's sockets on one host of a LAN, and a client that speaks in frames."""

    def __init__(self, lan: Lan) -> None:
        self.server, self.client = lan.server("server", "10.0.0.1/24"), lan.client("client")
        self.queries: list[Query] = []
        self.counts, self.log, self.reactor = Counts(), RecordingLog(), Reactor()
        self.mac = bytes.fromhex(self.client.mac.replace(":", ""))
        self.server_mac = bytes.fromhex(self.server.mac.replace(":", ""))
        self.wire = self.client.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.wire.bind((self.client.interface, ETH_P_IP))
        self.wire.settimeout(5)
        self.message = Message(1, 1, 0, 0x1D4E6EAA, 0, 0, 0, 0, 0, 0, self.mac, b"", b"", {53: b"\x01"})
        make = port_maker(self.reactor, 67)
        self.ports = OpenPorts(self.log)
        self.sockets = Sockets(self.reactor, make, self.ports, self.queries.append, lambda: None, self.counts, self.log)
        self.open()

    def open(self) -> None:
        with inside(self.server):
            self.sockets.open(InterfacesConfig((self.server.interface,)))

    def send(self, destination: int = BROADCAST, mac: bytes = EVERYONE, port: int = 67) -> bytes:
        frame = build_frame(self.mac, mac, 0, destination, 68, port, encode(self.message))
        self.wire.send(frame)
        return frame

    def read(self) -> list[Query]:
        """Return the datagrams of the port; frames on a veth pair have arrived when ``send`` returns, nearly."""
        for _ in range(20):
            self.reactor.readers[0].doRead()
            if self.queries or self.counts:
                break
            self.server.run("true")
        got, self.queries[:] = self.queries[:], []
        return got

    def close(self) -> None:
        self.sockets.close()
        self.wire.close()


def inside(host: Host) -> Any:
    """This thread in the host's namespace for a moment: sockets stay where they were made."""
    return host.namespace.entered()


@pytest.fixture
def world(lan: Lan) -> Iterator[World]:
    made = World(lan)
    yield made
    made.close()


def test_a_broadcast_arrives_with_its_sender(world: World) -> None:
    world.send()
    (query,) = world.read()
    assert (query.message, query.source_mac, query.destination) == (world.message, world.mac, BROADCAST)
    assert (query.interface.name, query.local, query.interface.mac) == ("em1", SERVER, world.server_mac)


def test_unicast_to_us_arrives_and_other_traffic_does_not(world: World) -> None:
    world.send(ELSEWHERE)
    world.send(port=68)
    world.send(BROADCAST, bytes.fromhex("020000000001"))  # another host's frame, should the switch flood it
    world.send(SERVER, world.server_mac)
    assert [query.destination for query in world.read()] == [SERVER]
    assert world.read() == []


def test_a_wrong_checksum_is_counted_and_dropped(world: World) -> None:
    frame = world.send()
    assert len(world.read()) == 1
    world.wire.send(frame[:-1] + bytes([frame[-1] ^ 1]))
    assert world.read() == []
    assert world.counts["pkt4-receive-drop"] == 1


def test_a_local_sender_whose_checksum_is_not_finished_is_heard(world: World) -> None:
    world.client.add_address("10.0.0.9/24")
    with world.client.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("10.0.0.9", 68))
        sender.sendto(encode(world.message), ("10.0.0.1", 67))
        (query,) = world.read()
    assert (query.source, query.source_port) == (0x0A000009, 68)
    assert not world.counts


def received(world: World) -> tuple[bytes, Any]:
    frame = world.wire.recv(2000)
    return frame[:6], parse_frame(frame, True)


def test_replies_leave_to_one_client_or_to_all(world: World) -> None:
    world.send()
    (query,) = world.read()
    payload = encode(world.message._replace(op=2))
    world.ports.send(Reply(payload, query.interface, SERVER, 0x0A00000A, 68, world.mac))
    world.ports.send(Reply(payload, query.interface, SERVER, BROADCAST, 68, b""))
    (to_one, one), (to_all, everyone) = received(world), received(world)
    assert (to_one, to_all) == (world.mac, EVERYONE)
    assert one.payload == everyone.payload == payload
    assert (one.source, one.source_port, one.destination_port) == (SERVER, 67, 68)
    assert (one.destination, everyone.destination) == (0x0A00000A, BROADCAST)


def test_a_reply_without_hardware_address_goes_by_the_kernel(world: World) -> None:
    world.client.add_address("10.0.0.9/24")
    world.send()
    (query,) = world.read()
    with world.client.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("10.0.0.9", 68))
        receiver.settimeout(5)
        world.ports.send(Reply(b"hello", query.interface, SERVER, 0x0A000009, 68, b""))
        assert receiver.recvfrom(100) == (b"hello", ("10.0.0.1", 67))


def test_the_kernel_does_not_call_the_port_unreachable(world: World) -> None:
    world.client.add_address("10.0.0.9/24")
    with world.client.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("10.0.0.1", 67))
        for _ in range(3):  # an ICMP answer would make the next call fail
            sender.send(encode(world.message))
            world.server.run("true")
    assert len(world.read()) == 3


def test_an_interface_made_anew_is_heard_again(world: World) -> None:
    name = world.server.interface
    world.server.namespace.ip("link", "del", name)
    with inside(world.server):
        world.reactor.advance(2)
    assert world.ports.listening == ()
    world.server.namespace.ip("link", "add", name, "type", "veth", "peer", "name", "other")
    for end in (name, "other"):
        world.server.namespace.ip("link", "set", end, "up")
    world.server.add_address("10.0.0.1/24")
    with inside(world.server):
        world.reactor.advance(2)
    assert world.ports.listening == (name,)
    assert world.log.texts("DHCPSRV_INTERFACE_OPENED") == [f"interface {name} can be used now, listening on 10.0.0.1"]
