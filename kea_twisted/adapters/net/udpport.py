"""The port for ``dhcp-socket-type`` udp (Kea: pkt_filter_inet.cc): a UDP socket per interface.

Fit for relayed traffic, and for a try-out on the loopback interface without root. Such a socket shows no
hardware addresses, so the engine answers a client that has no address yet by broadcast.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Final

from kea_twisted.adapters.net.ports import BATCH, BUFFER_SIZE, Port
from kea_twisted.engine.effects import Reply
from kea_twisted.wire.address import address_text

_LARGEST: Final = 65535
_BIND_TO_DEVICE: Final[int | None] = getattr(socket, "SO_BINDTODEVICE", None)


class UdpPort(Port):
    """Reads and writes the datagrams of one interface."""

    _socket: socket.socket | None = None

    def fileno(self) -> int:
        """The socket's descriptor."""
        return -1 if self._socket is None else self._socket.fileno()

    def send(self, reply: Reply) -> None:
        """By address; OSError as the system says."""
        assert self._socket is not None
        self._socket.sendto(reply.payload, (address_text(reply.destination), reply.port))

    def _open(self) -> None:
        datagrams = self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.setblocking(False)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        with suppress(OSError):
            datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_SIZE)
        # a socket bound to an address does not hear 255.255.255.255, one bound to none hears every interface
        hears_broadcasts = self.nic.broadcast and not self.nic.loopback
        if hears_broadcasts and _BIND_TO_DEVICE is not None:
            datagrams.setsockopt(socket.SOL_SOCKET, _BIND_TO_DEVICE, self.nic.name.encode())
        address = address_text(0 if hears_broadcasts else self.nic.addresses[0])
        try:
            datagrams.bind((address, self.port))
        except OSError as error:
            shown = address_text(self.nic.addresses[0])
            text = f"Failed to bind socket {datagrams.fileno()} to {shown}/port={self.port}: {error.strerror}"
            raise OSError(error.errno, text) from error

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        assert self._socket is not None
        receive = self._socket.recvfrom
        deliver = self.protocol.datagramReceived
        for _ in range(BATCH):
            deliver(*receive(_LARGEST))
