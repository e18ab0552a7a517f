"""The moments of queries: from the kernel, through a socket of each kind, while a library wants them."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from kea_twisted.adapters.net import bpf, receivetimes
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.udpport import UdpPort
from kea_twisted.engine.effects import Query
from kea_twisted.wire.constants import DISCOVER
from kea_twisted.wire.message import encode
from tests.builders import message
from tests.fakes import RecordingLog

LOOPBACK = Nic("lo", 1, b"", (0x7F000001,), loopback=True)


class Reactor:
    """A reactor that watches nothing."""

    def addReader(self, reader: Any) -> None:
        """Nothing."""

    removeReader = addReader


class Timed:
    """An open UDP port on the loopback interface, and what it has read."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        log: Any = RecordingLog()
        self.open_ports = OpenPorts(log)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.number = free.getsockname()[1]
        protocol = DhcpProtocol(LOOPBACK, self.queries.append, lambda: None, None, log)  # type: ignore[arg-type]
        self.port = UdpPort(LOOPBACK, self.number, protocol, Reactor())  # type: ignore[arg-type]
        self.port.startListening()

    def read(self) -> Query:
        """The query that is sent now, as it is read a little later."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(encode(message(DISCOVER)), ("127.0.0.1", self.number))
        time.sleep(0.02)
        self.port.doRead()
        return self.queries[-1]


@pytest.fixture
def timed() -> Any:
    world = Timed()
    yield world
    world.port.stopListening()


def test_moments_are_noted_while_someone_wants_them(timed: Timed) -> None:
    timed.open_ports.time_queries(True)
    timed.open_ports.add(timed.port)
    timed.open_ports.time_queries(True)
    before = time.time()
    timeline = timed.read().timeline
    assert timeline is not None
    assert [moment.event for moment in timeline.moments] == ["socket_received", "buffer_read", "process_started"]
    for _ in range(20):  # a kernel begins a moment later to time what it receives
        received, read, started = (moment.time for moment in timeline.moments)
        assert before <= received + 0.001 < read + 0.001
        assert read <= started
        if read - received > 0.015:
            break
        timeline = timed.read().timeline
        assert timeline is not None
    else:
        pytest.fail("no time of the kernel's")
    timed.open_ports.time_queries(False)
    assert timed.read().timeline is not None
    timed.open_ports.time_queries(False)
    assert timed.read().timeline is None


def test_each_query_has_its_own_moments(timed: Timed) -> None:
    timed.open_ports.add(timed.port)
    timed.open_ports.time_queries(True)
    assert timed.read().timeline is not timed.read().timeline


def test_a_frame_keeps_the_time_of_the_kernel() -> None:
    mine, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with mine, other:
        mine.send(b"data")
        frame = receivetimes.receive(other, 100)
        assert (frame, frame.received) == (b"data", 0.0)
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver:
        receiver.bind(("127.0.0.1", 0))
        receivetimes.switch(receiver, True)
        before = time.time()
        receiver.sendto(b"more", receiver.getsockname())
        frame = receivetimes.receive(receiver, 100)
        assert frame == b"more"
        assert before - 0.001 <= frame.received <= time.time()


def test_frames_of_freebsd_have_theirs_in_the_header() -> None:
    layout = bpf.layout("amd64", 8)
    header = layout.header.pack(1_700_000_000, 250_000, 4, 4, 26)
    buffer = header.ljust(26, b"\0") + b"data"
    (frame,) = bpf.frames(buffer, layout, timed=True)
    assert isinstance(frame, receivetimes.TimedFrame)
    assert (frame, frame.received) == (b"data", 1_700_000_000.25)
    assert type(next(bpf.frames(buffer, layout))) is bytes
