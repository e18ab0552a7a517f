"""The socket to the DHCPv6 server, with real sockets at ::1 and without a reactor."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from kea_twisted import events as E
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.over6socket import Over6Socket
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.wire.dhcp4o6 import read
from kea_twisted.wire.message import Message, encode
from tests.adapters.net.readers import ReaderReactor
from tests.adapters.net.socketworld import FakePort, World
from tests.builders import EM1
from tests.engine.test_over6 import envelope
from tests.fakes import RecordingLog
from tests.wire.test_dhcp4o6 import option, vendor

LO = Nic("lo", 1, b"", (0x7F000001,))
OTHER = Nic("em2", 9, b"\2\0\0\0\0\1", (0x0A000101,))
MESSAGE = encode(Message(1, 1, 0, 7, 0, 0, 0, 0, 0, 0, b"\2\0\0\0\0\7", b"", b"", {53: b"\1"}))


class Bench:
    """The socket with ports of these interfaces, and the DHCPv6 server opposite."""

    def __init__(self, *nics: Nic) -> None:
        self.log = RecordingLog()
        self.handled: list[Query] = []
        self.batches = 0
        self.ports = OpenPorts(self.log, lambda destination: None)
        for nic in nics:
            protocol: Any = DhcpProtocol(nic, self.handled.append, self._batch_done, self, self.log)
            port: Any = FakePort(World(), None, nic, protocol)  # type: ignore[arg-type]
            port.alive, port.timed = True, False
            self.ports.add(port)
        self.server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.reactor = ReaderReactor()
        self.opened = self._opened()
        self.server.connect(("::1", self.opened.port + 1))
        self.server.settimeout(5)
        self.counted: list[str] = []

    def _opened(self) -> Over6Socket:
        """A socket at two ports that nobody else has."""
        for _ in range(20):
            self.server.close()
            self.server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            self.server.bind(("::1", 0))
            made = Over6Socket(self.reactor, self.server.getsockname()[1], self.ports, self.log)
            try:
                made.open()
            except OSError:
                continue
            made.start()
            return made
        raise AssertionError("no two free ports in a row")

    def passes_on(self, data: bytes) -> None:
        self.server.send(data)
        self.opened.doRead()

    def count(self, name: str, number: int = 1) -> None:
        self.counted.append(name)

    def _batch_done(self) -> None:
        self.batches += 1

    def close(self) -> None:
        self.opened.close()
        self.server.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(OTHER, LO)
    yield made
    made.close()


def origin(interface: bytes) -> bytes:
    return vendor((60000, interface), (60001, bytes(15) + b"\1"), (60002, b"\x02\x22"))


def test_a_query_is_handled_as_one_of_the_interface_that_is_named(bench: Bench) -> None:
    bench.passes_on(b"\x14\0\0\0" + origin(b"lo") + option(87, MESSAGE))
    (query,) = bench.handled
    assert (query.interface.name, query.local, bench.batches) == ("lo", LO.addresses[0], 1)
    assert query.interface.envelope is not None and query.interface.envelope.interface == "lo"
    assert query.message.chaddr == b"\2\0\0\0\0\7"


def test_where_the_interface_is_not_listened_on_another_gives_the_server_identifier() -> None:
    bench = Bench(OTHER)
    bench.passes_on(b"\x14\0\0\0" + origin(b"lo") + option(87, MESSAGE))
    (query,) = bench.handled
    assert (query.interface.name, query.local) == ("lo", OTHER.addresses[0])
    bench.close()


def test_without_any_interface_it_is_dropped_with_the_reason() -> None:
    bench = Bench()
    bench.passes_on(b"\x14\0\0\0" + origin(b"lo") + option(87, MESSAGE))
    (text,) = bench.log.texts(E.DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET.identifier)
    assert (bench.handled, "no interface is listened on" in text) == ([], True)
    bench.close()


@pytest.mark.parametrize(
    ("data", "event", "said"),
    [
        (b"\x14\0\0\0" + option(87, MESSAGE), E.DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET, "no ISC vendor option"),
        (b"\x14\0\0\0" + origin(b"em9"), E.DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET, "can't get interface em9"),
        (b"\x14\0\0\0" + origin(b"lo\0"), E.DHCPSRV_DHCP4O6_RECEIVED_BAD_PACKET, "can't get interface lo"),
        (b"\x14\0\0\0" + origin(b"lo"), E.DHCP4_DHCP4O6_BAD_PACKET, "DHCPv4 message option not present"),
        (b"\x14\0\0\0" + origin(b"lo") + option(87, MESSAGE) * 2, E.DHCP4_DHCP4O6_BAD_PACKET, "more than one"),
    ],
)
def test_what_is_not_one_query_is_dropped_and_logged(bench: Bench, data: bytes, event: E.Event, said: str) -> None:
    bench.passes_on(data)
    (text,) = bench.log.texts(event.identifier)
    assert (bench.handled, said in text) == ([], True)


def test_a_malformed_dhcpv4_message_is_counted(bench: Bench) -> None:
    bench.passes_on(b"\x14\0\0\0" + origin(b"lo") + option(87, b"short"))
    assert (bench.handled, "pkt4-received" in bench.counted) == ([], True)


def test_a_response_goes_to_the_dhcpv6_server(bench: Bench) -> None:
    bench.passes_on(b"\x14\1\0\0" + origin(b"lo") + option(87, MESSAGE))
    bench.opened.send(Reply(MESSAGE, bench.handled[0].interface, 1, 2, 68, b""))
    sent, messages = read(bench.server.recv(65536))
    assert (sent.type, sent.transaction, sent.interface, sent.port) == (21, b"\1\0\0", "lo", 0x222)
    assert messages == [MESSAGE.rstrip(b"\0")]


def test_a_dhcpv6_server_that_is_gone_is_logged(bench: Bench) -> None:
    bench.server.close()
    reply = Reply(MESSAGE, EM1._replace(envelope=envelope()), 1, 2, 68, b"")
    bench.opened.send(reply)
    bench.opened.send(reply)
    assert bench.log.texts(E.DHCP4_DHCP4O6_PACKET_SEND_FAIL.identifier)


def test_a_port_that_is_taken_is_refused(bench: Bench) -> None:
    other = Over6Socket(ReaderReactor(), bench.opened.port, bench.ports, bench.log)
    with pytest.raises(OSError, match="Failed to bind DHCP4o6 socket to ::1 port") as caught:
        other.open()
    assert caught.value.errno == errno.EADDRINUSE
