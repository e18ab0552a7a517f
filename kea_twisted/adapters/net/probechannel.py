"""The sockets of address probes: one for ICMP, and on Linux, when it is needed, one for ARP."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from struct import pack
from typing import Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted.adapters.net.ports import Reactor
from kea_twisted.wire.address import address_text
from kea_twisted.wire.probes import ECHO_REPLY, UNREACHABLE, arp_probe, echo_request

BATCH: Final = 256  # packets read in one turn
_SIZE: Final = 2048
_BUFFER: Final = 1 << 20
_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_UNWANTED: Final = 0xFFFFFFFF & ~(1 << ECHO_REPLY | 1 << UNREACHABLE)
"""A bit for each type of ICMP that is not wanted (raw(7))."""

_ETH_P_ARP: Final = 0x0806
HAS_ARP: Final = sys.platform.startswith("linux")


@implementer(IReadDescriptor)
class _Reader:
    """Hands all that a socket receives to ``received``; ``failed`` is called when it broke."""

    def __init__(
        self, opened: socket.socket, received: Callable[[bytes], object], failed: Callable[[OSError], object]
    ) -> None:
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket = opened
        self._received = received
        self._failed = failed

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._socket.fileno()

    def logPrefix(self) -> str:
        """Return the name for Twisted's log."""
        return "address probes"

    def doRead(self) -> None:
        """Read what has come."""
        try:
            for _ in range(BATCH):
                self._received(self._socket.recv(_SIZE))
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(error)

    def connectionLost(self, reason: Failure) -> None:
        """Do nothing: the owner closes the socket."""


class ProbeChannel:
    """Sends probes and receives what answers them: IP packets with ICMP, ARP frames."""

    def __init__(
        self,
        reactor: Reactor,
        icmp_received: Callable[[bytes], object],
        arp_received: Callable[[bytes], object],
        failed: Callable[[OSError], object],
    ) -> None:
        """Open the socket for ICMP. Raises OSError."""
        self._reactor = reactor
        self._arp_received = arp_received
        self._failed = failed
        self._readers: list[_Reader] = []
        self._arp: socket.socket | None = None
        self._icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        if HAS_ARP:
            self._icmp.setsockopt(_SOL_RAW, _ICMP_FILTER, pack("=I", _UNWANTED))
        self._watch(self._icmp, icmp_received)

    def send_echo(self, address: int, identifier: int, sequence: int) -> None:
        """Send an echo request. Raises OSError."""
        self._icmp.sendto(echo_request(identifier, sequence), (address_text(address), 0))

    def send_arp(self, interface: str, mac: bytes, address: int) -> None:
        """Send an ARP probe on an interface. Raises OSError."""
        if self._arp is None:
            self._arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ARP))
            self._watch(self._arp, self._arp_received)
        self._arp.sendto(arp_probe(mac, address), (interface, _ETH_P_ARP))

    def close(self) -> None:
        """Close the sockets."""
        for reader in self._readers:
            with suppress(Exception):
                self._reactor.removeReader(reader)
        self._icmp.close()
        if self._arp is not None:
            self._arp.close()

    def _watch(self, opened: socket.socket, received: Callable[[bytes], object]) -> None:
        reader = _Reader(opened, received, self._failed)
        self._readers.append(reader)
        self._reactor.addReader(reader)
