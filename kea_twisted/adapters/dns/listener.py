"""The UDP port for name change requests."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from twisted.internet.error import CannotListenError

from kea_twisted.adapters.dns.udp import Datagrams, UdpReactor

ROOM: Final = 1 << 20  # bytes; requests that arrive while the queue is full wait here

LARGEST: Final = 8192  # bytes of a request; one with the longest name has about 1,300


class Listener:
    """One open port. ``received`` gets every datagram."""

    def __init__(self, reactor: UdpReactor, address: str, port: int, received: Callable[[bytes], object]) -> None:
        """Open it. Raises OSError."""
        self.place = (address, port)
        self.is_paused = False
        try:
            self._port = reactor.listenUDP(
                port, Datagrams(lambda datagram, *source: received(datagram)), interface=address, maxPacketSize=LARGEST
            )
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
