"""The part of Twisted's reactor that datagrams need."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from twisted.internet.protocol import DatagramProtocol

from kea_twisted.interfaces import Clock


class UdpPort(Protocol):
    """A UDP port that is open."""

    socket: socket.socket

    def write(self, datagram: bytes, addr: tuple[str, int], /) -> object:
        """Send a datagram. Raises OSError."""

    def stopListening(self) -> object:
        """Close the port."""

    def startReading(self) -> object:
        """Watch for datagrams."""

    def stopReading(self) -> object:
        """Watch no longer."""


class UdpReactor(Clock, Protocol):
    """A clock that can open UDP ports."""

    def listenUDP(
        self, port: int, protocol: DatagramProtocol, /, *, interface: str = "", maxPacketSize: int = 8192
    ) -> UdpPort:
        """Open a port. Raises CannotListenError."""
        ...


class Datagrams(DatagramProtocol):
    """Hands datagrams on with the address and the port that they come from."""

    noisy = False

    def __init__(self, received: Callable[[bytes, str, int], object]) -> None:
        self._received = received

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Twisted's call; an address of IPv6 has two members more."""
        self._received(datagram, addr[0], addr[1])
