"""The UDP port for name change requests."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol

ROOM: Final = 1 << 20  # bytes; requests that arrive while the queue is full wait here


class Listener:
    """One open port. ``received`` gets every datagram."""

    def __init__(self, reactor: Any, address: str, port: int, received: Callable[[bytes], object]) -> None:
        """Open it. Raises OSError."""
        self.place = (address, port)
        self.is_paused = False
        try:
            self._port = reactor.listenUDP(port, _Datagrams(received), interface=address, maxPacketSize=65535)
        except CannotListenError as error:
            raise error.socketError from None
        with suppress(OSError, AttributeError):  # the system may allow less
            self._port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)

    def pause(self) -> None:
        """Read no more: what arrives waits in the system's buffer."""
        if not self.is_paused:
            self.is_paused = True
            self._port.stopReading()

    def resume(self) -> None:
        """Read again."""
        if self.is_paused:
            self.is_paused = False
            self._port.startReading()

    def close(self) -> None:
        """Close the port."""
        self._port.stopListening()


class _Datagrams(DatagramProtocol):
    def __init__(self, received: Callable[[bytes], object]) -> None:
        self._received = received

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """Twisted's call."""
        self._received(datagram)
