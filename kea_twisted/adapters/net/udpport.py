"""The port for ``dhcp-socket-type`` udp (Kea: pkt_filter_inet.cc): a UDP socket per address.

Fit for relayed traffic, and for a try-out on the loopback interface without root. Such a socket shows no
hardware addresses, so the engine answers a client that has no address yet by broadcast.

A socket is bound to each address, as in Kea: what it receives was sent to this address, and what it sends comes from
it. It receives from any interface, so that an address of the loopback interface can be an
anycast address. Where an interface is configured as a whole, further sockets receive its broadcasts, which a Kea does
not hear.

``outbound-interface`` same-as-inbound: a reply leaves by the interface on which its query came in, as far as the
system can tell and do that (IP_PKTINFO of Linux, ip(7)). With use-routing the routing table decides.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from struct import Struct
from typing import Final

from kea_twisted.adapters.net import receivetimes
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.ports import BATCH, BROADCAST, BUFFER_SIZE, Port, Reactor
from kea_twisted.engine.effects import Interface, Reply
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.frame import Datagram

_LARGEST: Final = 65535
_IS_LINUX: Final = sys.platform == "linux"
_BIND_TO_DEVICE: Final = 25  # Linux, <asm-generic/socket.h>
_PKTINFO: Final = 8  # Linux, <linux/in.h>
_INFO: Final = Struct("@i4s4s")  # struct in_pktinfo: interface, local address, address in the header
_INFO_SPACE: Final = socket.CMSG_SPACE(_INFO.size) + receivetimes.SPACE
_ANY: Final = bytes(4)


class _Listener:
    """A socket that receives what is sent to one address. It is the descriptor that the reactor watches."""

    def __init__(self, port: UdpPort, opened: socket.socket, destination: int) -> None:
        self.socket = opened
        self.destination = destination
        self.fileno = opened.fileno
        self.logPrefix = port.logPrefix
        self.connectionLost = port.connectionLost
        self.doRead = partial(port.read_from, self)


class UdpPort(Port):
    """Reads and writes the datagrams of one interface. ``routed``: use-routing is configured."""

    def __init__(self, nic: Nic, port: int, protocol: DhcpProtocol, reactor: Reactor, *, routed: bool = False) -> None:
        super().__init__(nic, port, protocol, reactor)
        self._routed = routed
        self._sockets: dict[int, socket.socket] = {}
        self._listeners: list[_Listener] = []
        self._reads: _Listener | None = None  # the one that is read from; None: the first one
        self._elsewhere: dict[int, Interface] = {}

    def fileno(self) -> int:
        """Return the descriptor of the first address."""
        return self._listeners[0].fileno() if self._listeners else -1

    def send(self, reply: Reply) -> None:
        """Send from the address that was asked (any other: the first). Raises the system's OSError."""
        payload, interface, source, destination, port, _ = reply
        sender = self._sockets.get(source) or self._listeners[0].socket
        to = (address_text(destination), port)
        if _IS_LINUX:
            index = 0 if self._routed and destination != BROADCAST else interface.index
            info = _INFO.pack(index, source.to_bytes(4, "big"), _ANY)
            sender.sendmsg([payload], [(socket.IPPROTO_IP, _PKTINFO, info)], 0, to)
        else:
            sender.sendto(payload, to)

    def read_from(self, listener: _Listener) -> None:
        """Deliver what one of the sockets has received, up to a batch."""
        self._reads = listener
        self.doRead()

    def _deliver(self, frame: bytes) -> None:
        """Do nothing: these sockets receive no frames."""

    def _time(self, on: bool) -> None:
        for listener in self._listeners:
            receivetimes.switch(listener.socket, on)

    def _readers(self) -> list[_Listener]:
        return self._listeners

    def _open(self) -> None:
        for address in self.nic.addresses:
            self._listen(address)
            self._sockets[address] = self._listeners[-1].socket
        if self.nic.broadcast and not self.nic.loopback and not self.nic.named:
            for address in dict.fromkeys((BROADCAST, *self.nic.broadcasts)):
                if address:
                    self._listen_to_broadcasts(address)

    def _listen(self, address: int, device: bytes = b"") -> None:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._listeners.append(_Listener(self, opened, address))
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        with suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_SIZE)
        if _IS_LINUX:
            opened.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
            if device:
                opened.setsockopt(socket.SOL_SOCKET, _BIND_TO_DEVICE, device)
        shown = address_text(address)
        try:
            opened.bind((shown, self.port))
        except OSError as error:
            text = f"Failed to bind socket {opened.fileno()} to {shown}/port={self.port}: {error.strerror}"
            raise OSError(error.errno, text) from error

    def _listen_to_broadcasts(self, address: int) -> None:
        try:
            self._listen(address, self.nic.name.encode())
        except OSError as error:
            # FreeBSD knows no socket for 255.255.255.255, and no system one for a broadcast address it has not got
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            self._listeners.pop().socket.close()

    def _close(self) -> None:
        for listener in self._listeners:
            listener.socket.close()
        self._listeners, self._sockets, self._reads = [], {}, None

    def _read(self) -> None:
        listener = self._reads or self._listeners[0]
        receive, deliver, destination = listener.socket.recvmsg, self.protocol.frame_received, listener.destination
        for _ in range(BATCH):
            data, more, _, sender = receive(_LARGEST, _INFO_SPACE)
            source = address_number(sender[0])
            if self.timed:
                self.protocol.received(receivetimes.time_in(more))
            deliver(Datagram(b"", source, destination, sender[1], self.port, data), self._inbound(more))

    def _inbound(self, more: Sequence[tuple[int, int, bytes]]) -> Interface | None:
        """The interface a datagram came in by, as ``reply.interface`` is to name it; None: this port's own."""
        for level, kind, data in more:
            if kind == _PKTINFO and level == socket.IPPROTO_IP:
                index = _INFO.unpack(data)[0]
                return None if index == self.nic.ifindex else self._interface(index)
        return None

    def _interface(self, index: int) -> Interface:
        found = self._elsewhere.get(index)
        if found is None:
            found = self._elsewhere[index] = self.protocol.interface._replace(index=index)
        return found
