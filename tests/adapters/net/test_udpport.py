"""The UDP port on the loopback interface, with real sockets and without a reactor."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from kea_twisted.adapters.net.fallback import FallbackSockets
from kea_twisted.adapters.net.nics import Nic, system_nics
from kea_twisted.adapters.net.ports import BATCH
from kea_twisted.adapters.net.udpport import UdpPort
from kea_twisted.engine.effects import Interface, Reply
from kea_twisted.wire.frame import Datagram
from tests.adapters.net.readers import ReaderReactor

LOCAL = 0x7F000001


class Watched(ReaderReactor):
    """The protocol and the reactor of a port, watched."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Any] = []
        self.interface = Interface("lo", 1, b"", (LOCAL,))
        self.batches = 0

    def frame_received(self, datagram: Any, interface: Any) -> None:
        self.got.append((datagram, interface))

    def batch_done(self) -> None:
        self.batches += 1


@pytest.fixture
def loopback() -> Nic:
    return next(nic for nic in system_nics().values() if nic.loopback and LOCAL in nic.addresses)


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(5)
        yield made


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@pytest.fixture
def port(loopback: Nic) -> Iterator[UdpPort]:
    watched: Any = Watched()
    made = UdpPort(loopback, free_port(), watched, watched)
    made.startListening()
    yield made
    made.stopListening()


def test_datagrams_are_delivered_in_batches(port: UdpPort, client: socket.socket) -> None:
    for _ in range(BATCH + 1):
        client.sendto(b"hello", ("127.0.0.1", port.port))
    watched: Any = port.protocol
    select.select([port.fileno()], [], [], 5)
    watched.readers[0].doRead()
    number = client.getsockname()[1]
    assert watched.got == [(Datagram(b"", LOCAL, LOCAL, number, port.port, b"hello"), None)] * BATCH
    port.doRead()
    assert len(watched.got) == BATCH + 1
    assert watched.batches == 2


def test_a_reply_comes_from_the_server_port(port: UdpPort, client: socket.socket) -> None:
    interface = Interface(port.nic.name, port.nic.ifindex, b"", (LOCAL,))
    port.send(Reply(b"answer", interface, LOCAL, LOCAL, client.getsockname()[1], b""))
    assert client.recvfrom(100) == (b"answer", ("127.0.0.1", port.port))


def test_a_closed_port_frees_its_number_at_once(port: UdpPort) -> None:
    watched: Any = port.protocol
    assert [reader.fileno() for reader in watched.readers][:1] == [port.fileno()]
    port.stopListening()
    port.stopListening()
    assert watched.readers == []
    assert port.fileno() == -1
    again = UdpPort(port.nic, port.port, watched, watched)
    again.startListening()
    again.stopListening()


def test_a_number_in_use_is_said_in_keas_words(port: UdpPort) -> None:
    watched: Any = Watched()
    second = UdpPort(port.nic, port.port, watched, watched)
    with pytest.raises(OSError, match=rf"Failed to bind socket \d+ to 127.0.0.1/port={port.port}: "):
        second.startListening()
    assert second.fileno() == -1


def test_a_socket_that_breaks_closes_the_port(port: UdpPort, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: Any = port.protocol
    watched.trouble = watched.got.append
    watched.readers[0].socket.close()
    watched.readers[0].doRead()
    assert not port.alive
    assert watched.got == [f"{port.nic.name}: Bad file descriptor"]


def test_fallback_sockets_send_from_the_address_asked_for(client: socket.socket) -> None:
    number = free_port()
    sockets = FallbackSockets((LOCAL,), number)
    sockets.send(b"answer", LOCAL, LOCAL, client.getsockname()[1])
    assert client.recvfrom(100) == (b"answer", ("127.0.0.1", number))
    sockets.close()


def test_a_fallback_address_in_use_asks_about_another_server() -> None:
    number = free_port()
    first = FallbackSockets((LOCAL,), number)
    with pytest.raises(OSError, match=f"address 127.0.0.1, port {number}.* is another DHCP server running"):
        FallbackSockets((LOCAL,), number)
    first.close()
