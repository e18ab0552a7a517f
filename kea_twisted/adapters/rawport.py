"""The raw port of Linux: whole frames through a packet socket (packet(7); Kea: pkt_filter_lpf.cc).

Raw, because a client without an address must be answered by its hardware address, and because broadcasts must
be told apart by interface. Frames from this machine (containers, veth) often carry no finished checksum; the
kernel says so in a virtio header, so all others can be verified.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Final

from kea_twisted.adapters.fallback import SO_ATTACH_FILTER, FallbackSockets
from kea_twisted.adapters.packetfilter import Program, dhcp_filter
from kea_twisted.adapters.ports import BATCH, BROADCAST, BROADCAST_MAC, BUFFER_SIZE, Port
from kea_twisted.engine.effects import Reply
from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.frame import build_frame, parse_frame

_ETH_P_IP: Final = 0x0800
_SOL_PACKET: Final = 263
_PACKET_VNET_HDR: Final = 15
_SO_RCVBUFFORCE: Final = 33
# struct virtio_net_hdr: flags, kind of segmentation, four sizes
_HEADER_SIZE: Final = 10
_NO_HEADER: Final = bytes(_HEADER_SIZE)
_CHECKSUM_MISSING_OR_VERIFIED: Final = 1 | 2  # VIRTIO_NET_HDR_F_NEEDS_CSUM, _DATA_VALID
_LARGEST: Final = 9216  # a jumbo frame with its header


class RawPort(Port):
    """Reads and writes Ethernet frames of one interface."""

    _socket: socket.socket | None = None
    _fallback: FallbackSockets | None = None

    def fileno(self) -> int:
        """The packet socket's descriptor."""
        return -1 if self._socket is None else self._socket.fileno()

    def send(self, reply: Reply) -> None:
        """To a hardware address or everyone by frame, to an address by the kernel; OSError as it says."""
        payload, _, source, destination, port, mac = reply
        assert self._socket is not None and self._fallback is not None
        if mac or destination == BROADCAST:
            frame = build_frame(
                self.nic.mac, mac or BROADCAST_MAC, source, destination, self.port, port, payload
            )
            self._socket.send(_NO_HEADER + frame)
        else:
            self._fallback.send(payload, source, destination, port)

    def _open(self) -> None:
        if len(self.nic.mac) != 6:
            raise OSError(f"the interface {self.nic.name} is no Ethernet interface")
        self._fallback = FallbackSockets(self.nic.addresses, self.port)
        # protocol 0: nothing arrives before the filter is in place and the socket bound
        packets = self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        packets.setblocking(False)
        program = Program(dhcp_filter(self.port, self.nic.addresses, linux=True))
        packets.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program.linux())
        packets.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        _enlarge(packets)
        packets.bind((self.nic.name, _ETH_P_IP))

    def _close(self) -> None:
        for each in (self._socket, self._fallback):
            if each is not None:
                each.close()
        self._socket = self._fallback = None

    def _read(self) -> None:
        assert self._socket is not None
        receive = self._socket.recv
        protocol = self.protocol
        for _ in range(BATCH):
            data = receive(_LARGEST)
            try:
                datagram = parse_frame(data[_HEADER_SIZE:], not data[0] & _CHECKSUM_MISSING_OR_VERIFIED)
            except MalformedPacket as error:
                protocol.malformed(error)
            else:
                protocol.frame_received(datagram)


def _enlarge(packets: socket.socket) -> None:
    try:
        packets.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER_SIZE)
    except OSError:  # not allowed to go beyond net.core.rmem_max
        with suppress(OSError):
            packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_SIZE)
