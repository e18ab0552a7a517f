"""The raw port of Linux: whole frames through a packet socket (packet(7); Kea: pkt_filter_lpf.cc).

Raw, because a client without an address must be answered by its hardware address, and because broadcasts must
be distinguished by interface. Frames from this machine (containers, veth) often carry no finished checksum; the
kernel says so in a virtio header, so all others can be verified.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from itertools import chain, islice
from struct import Struct
from time import monotonic
from typing import Final

from kea_twisted.adapters.net import receivetimes
from kea_twisted.adapters.net.backlog import MOST, Backlog, is_discover
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.fallback import SO_ATTACH_FILTER, FallbackSockets
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.packetfilter import Program, dhcp_filter
from kea_twisted.adapters.net.ports import BATCH, BROADCAST, BROADCAST_MAC, BUFFER_SIZE, Port, Reactor
from kea_twisted.adapters.net.receivetimes import TimedFrame
from kea_twisted.engine.effects import Reply
from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.frame import build_frame, parse_frame
from kea_twisted.wire.prefilter import is_plain_query

_ETH_P_IP: Final = 0x0800
_SOL_PACKET: Final = 263
_PACKET_VNET_HDR: Final = 15
_SO_RCVBUFFORCE: Final = 33
# struct virtio_net_hdr: flags, kind of segmentation, four sizes
_HEADER_SIZE: Final = 10
_NO_HEADER: Final = bytes(_HEADER_SIZE)
_CHECKSUM_MISSING_OR_VERIFIED: Final = 1 | 2  # VIRTIO_NET_HDR_F_NEEDS_CSUM, _DATA_VALID
_LARGEST: Final = 9216  # a jumbo frame with its header
_PACKET_STATISTICS: Final = 6
_tpacket_stats = Struct("II").unpack  # frames and drops since the last time
# Frames examined in a turn under overload, and new clients among them that are answered at any rate.
_MOST_EXAMINED: Final = 1024
_NEW: Final = BATCH // 4
_REST: Final = 0.005
"""Seconds between two looks at queries that are only counted: to wake up for each costs more than the rest."""


def open_sockets(nic: Nic, port: int) -> tuple[socket.socket, FallbackSockets]:
    """Open the packet socket of an interface and the UDP sockets beside it. Raises OSError."""
    if len(nic.mac) != 6:
        raise OSError(f"the interface {nic.name} is not an Ethernet interface")
    with ExitStack() as opened:
        fallback = FallbackSockets(nic.addresses, port)
        opened.callback(fallback.close)
        # protocol 0: nothing arrives before the filter is in place and the socket bound
        packets = opened.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        packets.setblocking(False)
        program = Program(dhcp_filter(port, nic.destinations, linux=True))
        packets.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program.linux())
        packets.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        _enlarge(packets)
        packets.bind((nic.name, _ETH_P_IP))
        opened.pop_all()
    return packets, fallback


class RawPort(Port):
    """Reads and writes Ethernet frames of one interface.

    ``sockets`` opens the packet socket and the UDP sockets beside it; ``steady`` is a steady clock, in seconds.
    """

    _socket: socket.socket | None = None
    _fallback: FallbackSockets | None = None
    _turn_arranged = False
    _looked = 0.0  # at queries that are only counted

    def __init__(
        self,
        nic: Nic,
        port: int,
        protocol: DhcpProtocol,
        reactor: Reactor,
        sockets: Callable[[Nic, int], tuple[socket.socket, FallbackSockets]] = open_sockets,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(nic, port, protocol, reactor)
        self._backlog = Backlog()
        self._open_sockets = sockets
        self._steady = steady

    def fileno(self) -> int:
        """Return the packet socket's descriptor."""
        return -1 if self._socket is None else self._socket.fileno()

    def send(self, reply: Reply) -> None:
        """Send to a hardware address or by broadcast as a frame, to an address by the kernel. Raises OSError."""
        payload, _, source, destination, port, mac = reply
        assert self._socket is not None and self._fallback is not None
        if mac or destination == BROADCAST:
            frame = build_frame(self.nic.mac, mac or BROADCAST_MAC, source, destination, self.port, port, payload)
            self._socket.send(_NO_HEADER + frame)
        else:
            self._fallback.send(payload, source, destination, port)

    def bound(self, packets: int) -> None:
        """Let at most so many new clients wait, the latest; 0: as many as come within their patience."""
        self._backlog.most = min(packets or MOST, MOST)

    def _open(self) -> None:
        self._socket, self._fallback = self._open_sockets(self.nic, self.port)

    def _close(self) -> None:
        for each in (self._socket, self._fallback):
            if each is not None:
                each.close()
        self._socket = self._fallback = None
        self._backlog.clear()

    def _read(self) -> None:
        assert self._socket is not None
        packets = self._socket
        names = self.protocol.bulk_drop_counters()
        if names:
            self._count(packets, names)
            return
        if self._overloaded:
            self._read_backlog(packets)
            return
        receive, deliver = self._receiver(packets) if self.timed else packets.recv, self._deliver
        for _ in range(BATCH):
            deliver(receive(_LARGEST))
        self._overloaded = True

    def _read_backlog(self, packets: socket.socket) -> None:
        """Read the whole backlog; new clients come after the others."""
        backlog, now = self._backlog, self._steady()
        left, more, receive = BATCH, True, self._receiver(packets)
        try:
            for _ in range(_MOST_EXAMINED):
                data = receive(_LARGEST)
                if is_discover(data, _HEADER_SIZE):
                    backlog.add(data, now)
                    continue
                self._deliver(data)
                left -= 1
                if not left:
                    break
        except BlockingIOError:
            more = False
        for data in backlog.take(max(left, _NEW), now):
            self._deliver(data)
        self._overloaded = more or len(backlog) > 0
        if not more:
            self._arrange_turn()
        self._count_lost(packets)

    def _count(self, packets: socket.socket, names: tuple[str, ...]) -> None:
        """Count the usual queries without decoding them; other frames are delivered."""
        now, silent = self._steady(), False
        counted: list[bytes] = []
        count = counted.append
        backlog, bulk_drop_counters = self._backlog, self.protocol.bulk_drop_counters
        receive = self._receiver(packets)
        waiting = chain(backlog.take(MOST, now), islice(iter(partial(receive, _LARGEST), None), _MOST_EXAMINED))
        try:
            for data in waiting:
                if is_plain_query(data, _HEADER_SIZE, not data[0] & _CHECKSUM_MISSING_OR_VERIFIED):
                    count(data)
                    continue
                self._deliver(data)
                self.protocol.handle_decoded()
                if bulk_drop_counters() != names:  # that changed something
                    break
        except BlockingIOError:
            silent = True
        finally:
            self.protocol.count_bulk_drops(names, counted)
        self._overloaded = len(backlog) > 0
        self._arrange_turn()
        self._count_lost(packets)
        if silent and counted and now - self._looked < _REST:
            self._rest(_REST)
        self._looked = now

    def _receiver(self, packets: socket.socket) -> Callable[[int], bytes]:
        """Return the function that reads a frame."""
        return partial(receivetimes.receive, packets) if self.timed else packets.recv

    def _time(self, on: bool) -> None:
        assert self._socket is not None
        receivetimes.switch(self._socket, on)

    def _look_again(self) -> None:
        self._resting = False
        self._looked = self._steady()
        if self.alive:
            self.doRead()
        if self.alive and not self._resting:
            self._reactor.addReader(self)

    def _arrange_turn(self) -> None:
        """Ensure that those left over have their turn: the socket may stay silent."""
        if len(self._backlog) and not self._turn_arranged:
            self._turn_arranged = True
            self._reactor.callLater(0, self._go_on)

    def _count_lost(self, packets: socket.socket) -> None:
        lost = self._backlog.take_lost() + self._lost_by_kernel(packets)
        if lost:
            self.protocol.lost(lost)

    def _go_on(self) -> None:
        self._turn_arranged = False
        if self.alive and self._overloaded:
            self.doRead()

    def _deliver(self, data: bytes) -> None:
        if self.timed:
            self.protocol.received(data.received if isinstance(data, TimedFrame) else 0.0)
        try:
            datagram = parse_frame(data[_HEADER_SIZE:], not data[0] & _CHECKSUM_MISSING_OR_VERIFIED)
        except MalformedPacket as error:
            self.protocol.malformed(error)
        else:
            self.protocol.frame_received(datagram)

    @staticmethod
    def _lost_by_kernel(packets: socket.socket) -> int:
        """Frames for which the kernel had no room since it was asked last."""
        _, lost = _tpacket_stats(packets.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        return int(lost)


def _enlarge(packets: socket.socket) -> None:
    try:
        packets.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER_SIZE)
    except OSError:  # not allowed to go beyond net.core.rmem_max
        with suppress(OSError):
            packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_SIZE)
