"""The raw port of FreeBSD: whole frames through a bpf device (bpf(4); Kea: pkt_filter_bpf.cc).

A read gives a buffer with several frames, each behind a header and padded to words. Written behind ISystem,
so that all of it runs in tests on any system. Datagram checksums are not verified here: the device does not
say which frames come from this very machine (jails, bridges) and have none yet.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from struct import Struct, calcsize
from typing import Final, NamedTuple

from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.fallback import FallbackSockets
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.packetfilter import Program, dhcp_filter
from kea_twisted.adapters.net.ports import BROADCAST, BROADCAST_MAC, Port, Reactor
from kea_twisted.adapters.net.receivetimes import TimedFrame
from kea_twisted.adapters.system.systemcalls import RealSystem
from kea_twisted.engine.effects import Reply
from kea_twisted.errors import MalformedPacket
from kea_twisted.interfaces import ISystem
from kea_twisted.wire.frame import build_frame, parse_frame
from kea_twisted.wire.prefilter import is_plain_query

DEVICE: Final = "/dev/bpf"  # opens as a new device each time
DESIRED_BUFFER: Final = 256 << 10  # bytes; the system's net.bpf.maxbufsize is 512 KiB

_UINT: Final = Struct("@I")
_STATS: Final = Struct("@II")  # struct bpf_stat: received, dropped
_IFREQ: Final = Struct("@16s16x")

_OUT: Final = 0x40000000  # the kernel answers in the argument; <sys/ioccom.h>
_IN: Final = 0x80000000  # the argument goes to the kernel
DLT_EN10MB: Final = 1
_RECEIVED_ONLY: Final = 0  # BPF_D_IN


def _request(direction: int, number: int, size: int) -> int:
    """Return an ioctl of group B: direction, size of the argument, number."""
    return direction | size << 16 | ord("B") << 8 | number


class Layout(NamedTuple):
    """Constants of the processor: struct bpf_hdr, and the word to which frames are padded.

    The header: time as a struct timeval (time_t, long), captured length, original length, own length.
    """

    header: Struct
    word: int


_LAYOUTS: Final = {
    "64 bits": Layout(Struct("=qqIIH"), 8),
    "32 bits": Layout(Struct("=qi4xIIH"), 4),
    "i386": Layout(Struct("=iiIIH"), 4),  # the only one whose time_t has 32 bits
}


def layout(architecture: str, long_size: int) -> Layout:
    """Return the layout of FreeBSD for a processor (uname -m) and the size of a C long."""
    if long_size == 8:
        return _LAYOUTS["64 bits"]
    return _LAYOUTS["i386" if architecture in ("i386", "amd64") else "32 bits"]  # amd64 also runs programs of i386


_HERE: Final = layout(platform.machine(), calcsize("@l"))

BIOCGBLEN: Final = _request(_OUT, 102, 4)
BIOCSBLEN: Final = _request(_IN | _OUT, 102, 4)
BIOCSETF: Final = _request(_IN, 103, calcsize("@IP"))
BIOCGDLT: Final = _request(_OUT, 106, 4)
BIOCSETIF: Final = _request(_IN, 108, _IFREQ.size)
BIOCGSTATS: Final = _request(_OUT, 111, _STATS.size)
BIOCIMMEDIATE: Final = _request(_IN, 112, 4)
BIOCSHDRCMPLT: Final = _request(_IN, 117, 4)
BIOCSDIRECTION: Final = _request(_IN, 119, 4)


def frames(buffer: bytes, by: Layout = _HERE, timed: bool = False) -> Iterator[bytes]:
    """Yield the whole frames in a buffer that was read from a bpf device; one that was cut off is left out.

    ``timed``: each knows when the kernel received it.
    """
    position, end = 0, len(buffer)
    unpack, least, word = by.header.unpack_from, by.header.size, by.word
    while position + least <= end:
        seconds, microseconds, captured, length, header = unpack(buffer, position)
        start = position + header
        if header < least or start + captured > end:
            return
        if captured == length:
            frame = buffer[start : start + captured]
            if timed:
                frame = TimedFrame(frame)
                frame.received = seconds + microseconds / 1e6
            yield frame
        position += (header + captured + word - 1) & -word


class BpfPort(Port):
    """Reads and writes Ethernet frames of one interface. ``fallback`` opens the UDP sockets beside the device."""

    def __init__(
        self,
        nic: Nic,
        port: int,
        protocol: DhcpProtocol,
        reactor: Reactor,
        system: ISystem | None = None,
        fallback: Callable[[tuple[int, ...], int], FallbackSockets] = FallbackSockets,
    ) -> None:
        super().__init__(nic, port, protocol, reactor)
        self._open_fallback = fallback
        self._system = RealSystem() if system is None else system
        self._device = -1
        self._size = 0
        self._dropped = 0  # frames that the device had no room for
        self._fallback: FallbackSockets | None = None

    def fileno(self) -> int:
        """Return the device's descriptor."""
        return self._device

    def send(self, reply: Reply) -> None:
        """Send to a hardware address or by broadcast as a frame, to an address by the kernel. Raises OSError."""
        payload, _, source, destination, port, mac = reply
        if mac or destination == BROADCAST:
            frame = build_frame(self.nic.mac, mac or BROADCAST_MAC, source, destination, self.port, port, payload)
            self._system.write(self._device, frame)
        else:
            assert self._fallback is not None
            self._fallback.send(payload, source, destination, port)

    def _open(self) -> None:
        self._fallback = self._open_fallback(self.nic.addresses, self.port)
        self._device = self._system.open(DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        with suppress(OSError):  # the system allows less: its own size will do
            self._control(BIOCSBLEN, _UINT.pack(DESIRED_BUFFER))
        self._control(BIOCSETIF, _IFREQ.pack(self.nic.name.encode()))
        if _UINT.unpack(self._control(BIOCGDLT, bytes(4)))[0] != DLT_EN10MB:
            raise OSError(f"the interface {self.nic.name} is not an Ethernet interface")
        self._control(BIOCIMMEDIATE, _UINT.pack(1))
        self._control(BIOCSHDRCMPLT, _UINT.pack(1))
        self._control(BIOCSDIRECTION, _UINT.pack(_RECEIVED_ONLY))
        program = Program(dhcp_filter(self.port, self.nic.destinations, linux=False))
        self._control(BIOCSETF, program.bsd())  # also drops what came in before
        self._size = _UINT.unpack(self._control(BIOCGBLEN, bytes(4)))[0]
        self._dropped = 0

    def _close(self) -> None:
        if self._device >= 0:
            self._system.close(self._device)
            self._device = -1
        if self._fallback is not None:
            self._fallback.close()
            self._fallback = None

    def _read(self) -> None:
        protocol = self.protocol
        names, counted = protocol.bulk_drop_counters(), []
        for frame in frames(self._system.read(self._device, self._size), timed=self.timed):
            if names and is_plain_query(frame, 0, False):
                counted.append(frame)
                continue
            self._deliver(frame)
            if names:
                protocol.handle_decoded()
                if protocol.bulk_drop_counters() != names:  # that changed something
                    protocol.count_bulk_drops(names, counted)
                    names, counted = protocol.bulk_drop_counters(), []
        protocol.count_bulk_drops(names, counted)
        self._count_lost()

    def _count_lost(self) -> None:
        """Count the frames that were lost since the last read; the device counts them since it was opened."""
        _, dropped = _STATS.unpack(self._control(BIOCGSTATS, bytes(_STATS.size)))
        lost, self._dropped = dropped - self._dropped & 0xFFFFFFFF, dropped
        if lost:
            self.protocol.lost(lost)

    def _deliver(self, frame: bytes) -> None:
        if isinstance(frame, TimedFrame):
            self.protocol.received(frame.received)
        try:
            datagram = parse_frame(frame, False)
        except MalformedPacket as error:
            self.protocol.malformed(error)
        else:
            self.protocol.frame_received(datagram)

    def _control(self, request: int, argument: bytes) -> bytes:
        answer: bytes = self._system.ioctl(self._device, request, argument)
        return answer
