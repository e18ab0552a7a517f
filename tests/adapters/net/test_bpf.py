"""FreeBSD's bpf devices, played by a system in memory."""

from __future__ import annotations

import errno
import struct
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from kea_twisted.adapters.net import bpf
from kea_twisted.adapters.net.bpf import BpfPort, frames, layout
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.system.systemcalls import RealSystem
from kea_twisted.engine.effects import Interface, Reply
from kea_twisted.interfaces import ISystem
from kea_twisted.wire.frame import build_frame, parse_frame
from tests.adapters.net.readers import ReaderReactor
from tests.fakes import FakeSystem

MAC, CLIENT = bytes.fromhex("080027c40fd1"), bytes.fromhex("080027aabbcc")
NIC = Nic("em1", 2, MAC, (0x7F000001,))


def record(frame: bytes, missing: int = 0) -> bytes:
    """A frame as the device delivers it: header, frame, padding up to a word."""
    header = struct.pack("@llIIH", 1, 2, len(frame), len(frame) + missing, 26)
    data = header + frame
    return data + bytes(-len(data) % 8)


def test_a_buffer_holds_several_padded_frames() -> None:
    wanted = [b"a" * length for length in (60, 61, 67, 300)]
    assert list(frames(b"".join(record(frame) for frame in wanted))) == wanted


def test_the_last_frame_needs_no_padding() -> None:
    assert list(frames(record(b"a" * 61) + record(b"b" * 61).rstrip(b"\0"))) == [b"a" * 61, b"b" * 61]


def test_a_frame_that_was_cut_off_is_left_out() -> None:
    assert list(frames(record(b"a" * 60, missing=1) + record(b"b" * 60))) == [b"b" * 60]


def test_a_buffer_cut_anywhere_gives_only_whole_frames() -> None:
    whole = record(b"a" * 60) + record(b"b" * 60)
    for length in range(len(whole)):
        assert all(frame in (b"a" * 60, b"b" * 60) for frame in frames(whole[:length]))


@pytest.mark.parametrize(
    ("machine", "long_size", "lengths_at", "word"),
    [("amd64", 8, 16, 8), ("arm64", 8, 16, 8), ("armv7", 4, 16, 4), ("i386", 4, 8, 4), ("amd64", 4, 8, 4)],
)
def test_each_processor_has_its_own_header(machine: str, long_size: int, lengths_at: int, word: int) -> None:
    """<net/bpf.h> and <sys/_timeval.h> of FreeBSD: time_t has 64 bits but on i386, long has not."""
    there = layout(machine, long_size)
    assert (there.header.size, there.word) == (lengths_at + 10, word)
    wanted = [b"a" * length for length in (60, 61, 67)]
    data = b""
    for frame in wanted:
        data += b"\x11" * lengths_at + struct.pack("=IIH", len(frame), len(frame), lengths_at + 10) + frame
        data += bytes(-len(data) % word)
    assert list(frames(data, there)) == wanted


def test_nonsense_sizes_do_not_loop() -> None:
    assert list(frames(bytes(4096))) == []


class Answers:
    """A driver: what it was asked, in order, and what it answers."""

    def __init__(self, link_type: int = 1, buffer: int = 4096) -> None:
        self.link_type, self.buffer = link_type, buffer
        self.dropped = 0

    def __call__(self, request: int, argument: Any) -> Any:
        if request == bpf.BIOCGDLT:
            return struct.pack("@I", self.link_type)
        if request == bpf.BIOCGSTATS:
            return struct.pack("@II", 0, self.dropped)
        if request == bpf.BIOCGBLEN:
            return struct.pack("@I", self.buffer)
        if request == bpf.BIOCSBLEN:
            raise OSError(errno.EINVAL, "Invalid argument")
        return argument


class Watched(ReaderReactor):
    """The protocol and the reactor of a port, watched."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Any] = []
        self.count_bulk_drops = self.handle_decoded = lambda *_: None

    def bulk_drop_counters(self) -> tuple[str, ...]:
        return ()

    def frame_received(self, datagram: Any) -> None:
        self.got.append(datagram)

    def lost(self, number: int) -> None:
        self.got.append(f"lost: {number}")

    def malformed(self, reason: object) -> None:
        self.got.append(f"malformed: {reason}")

    trouble = malformed

    def batch_done(self) -> None:
        self.got.append("done")


def port(system: FakeSystem, watched: Watched) -> BpfPort:
    return BpfPort(NIC, 6767, watched, watched, system)  # type: ignore[arg-type]


def test_both_systems_provide_the_interface() -> None:
    assert verifyObject(ISystem, FakeSystem())
    assert verifyObject(ISystem, RealSystem())


def test_opening_asks_for_ethernet_frames_received_on_one_interface() -> None:
    system, watched = FakeSystem(ioctl=Answers()), Watched()
    opened = port(system, watched)
    opened.startListening()
    assert system.opened == ["/dev/bpf"]
    assert [f"{request:#x}" for request, _ in system.ioctls] == [
        "0xc0044266",  # BIOCSBLEN, refused here
        "0x8020426c",  # BIOCSETIF
        "0x4004426a",  # BIOCGDLT
        "0x80044270",  # BIOCIMMEDIATE
        "0x80044275",  # BIOCSHDRCMPLT
        "0x80044277",  # BIOCSDIRECTION
        "0x80104267",  # BIOCSETF
        "0x40044266",  # BIOCGBLEN
    ]
    assert system.ioctls[1][1] == b"em1".ljust(32, b"\0")
    assert watched.readers == [opened]
    opened.stopListening()
    assert (watched.readers, system.closed, opened.fileno()) == ([], [100], -1)


def test_an_interface_without_ethernet_is_refused_and_closed() -> None:
    system = FakeSystem(ioctl=Answers(link_type=0))
    with pytest.raises(OSError, match="not an Ethernet interface"):
        port(system, Watched()).startListening()
    assert system.closed == [100]


def test_a_read_delivers_all_frames_and_ends_the_batch() -> None:
    system, watched = FakeSystem(ioctl=Answers()), Watched()
    opened = port(system, watched)
    opened.startListening()
    frame = build_frame(CLIENT, b"\xff" * 6, 0, 0xFFFFFFFF, 68, 6767, b"hello")
    system.reads.append(record(frame) + record(b"\0" * 60) + record(frame))
    opened.doRead()
    opened.doRead()  # nothing there
    datagram = parse_frame(frame, True)
    assert watched.got == [datagram, "malformed: ethertype 0x0000, not IPv4", datagram, "done", "done"]
    opened.stopListening()


def test_frames_that_the_device_had_no_room_for_are_counted_once() -> None:
    answers, watched = Answers(), Watched()
    system = FakeSystem(ioctl=answers)
    opened = port(system, watched)
    opened.startListening()
    for answers.dropped in (0, 7, 7, 9, 0xFFFFFFFF, 2):
        system.reads.append(b"")
        opened.doRead()
    assert [each for each in watched.got if each != "done"] == ["lost: 7", "lost: 2", f"lost: {0xFFFFFFF6}", "lost: 3"]
    assert bpf.BIOCGSTATS == 0x4008426F
    opened.stopListening()


def test_an_interface_that_is_gone_closes_the_port() -> None:
    system, watched = FakeSystem(ioctl=Answers()), Watched()
    opened = port(system, watched)
    opened.startListening()
    system.reads = [OSError(errno.ENETDOWN, "Network is down"), OSError(errno.ENXIO, "Device not configured")]
    opened.doRead()
    assert opened.alive
    opened.doRead()
    assert not opened.alive
    assert watched.readers == []


def test_replies_leave_as_frames_to_a_client_or_to_all() -> None:
    system, watched = FakeSystem(ioctl=Answers()), Watched()
    opened = port(system, watched)
    opened.startListening()
    interface = Interface("em1", 2, MAC, NIC.addresses)
    opened.send(Reply(b"one", interface, 1, 2, 68, CLIENT))
    opened.send(Reply(b"two", interface, 1, 0xFFFFFFFF, 68, b""))
    assert [frame[:12] for frame in system.written] == [CLIENT + MAC, b"\xff" * 6 + MAC]
    assert [parse_frame(frame, True).payload for frame in system.written] == [b"one", b"two"]
    opened.stopListening()
