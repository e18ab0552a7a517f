"""The raw port of Linux when more arrives than can be answered: its turns, played with a socket in memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.net.backlog import MOST, PATIENCE
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.ports import BATCH
from kea_twisted.adapters.net.rawport import RawPort
from kea_twisted.wire.constants import DISCOVER, OPT_MESSAGE_TYPE, REQUEST
from kea_twisted.wire.frame import build_frame
from kea_twisted.wire.message import encode
from tests.builders import mac, message
from tests.fakes import FakeFallback, FrameSocket, RecordingLog

NIC = Nic("em1", 2, mac(99), (0x0A000001,))
HEADER = bytes(10)
NEW = 16
"""New clients that are answered in a turn at any rate."""


def frame(kind: int, xid: int) -> bytes:
    data = encode(message(kind, xid=xid))
    return HEADER + build_frame(mac(1), b"\xff" * 6, 0, 0xFFFFFFFF, 68, 67, data)


class Reactor(Clock):
    def addReader(self, reader: Any) -> None: ...
    def removeReader(self, reader: Any) -> None: ...


class Counts(Counter[str]):
    def count(self, name: str, step: int = 1) -> None:
        self[name] += step


class World:
    """A port; ``turn`` is what the reactor does when the socket has something."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.answered: list[tuple[int, int]] = []  # type and transaction id
        self.turns: list[int] = []  # how many were answered until the end of each
        self.counts, self.reactor, self.socket = Counts(), Reactor(), FrameSocket()
        log: Any = RecordingLog()
        protocol = DhcpProtocol(NIC, self._handle, self._turn_done, self.counts, log)
        opened: Any = (self.socket, FakeFallback())
        self.port: Any = RawPort(NIC, 67, protocol, self.reactor, lambda nic, port: opened, lambda: self.now)
        self.open()

    def open(self) -> None:
        self.port.startListening()

    def _handle(self, query: Any) -> None:
        self.answered.append((query.message.options[OPT_MESSAGE_TYPE][0], query.message.xid))

    def _turn_done(self) -> None:
        self.turns.append(len(self.answered))

    def arrive(self, kind: int, *xids: int) -> None:
        self.socket.frames += [frame(kind, xid) for xid in xids]

    def turn(self) -> list[tuple[int, int]]:
        """Return the answered clients, in order."""
        self.answered.clear()
        self.port.doRead()
        return self.answered[:]

    def crowd(self) -> None:
        """A turn's reading was not all there was."""
        self.arrive(REQUEST, *range(BATCH))
        assert len(self.turn()) == BATCH


@pytest.fixture
def world() -> World:
    return World()


def of(kind: int, *xids: int) -> list[tuple[int, int]]:
    return [(kind, xid) for xid in xids]


def test_in_quiet_times_all_are_answered_as_they_come(world: World) -> None:
    world.arrive(DISCOVER, 1)
    world.arrive(REQUEST, 2)
    world.arrive(DISCOVER, 3)
    assert world.turn() == [(DISCOVER, 1), (REQUEST, 2), (DISCOVER, 3)]
    assert world.turns == [3]


def test_in_a_crowd_renewals_go_first_and_new_clients_in_the_order_of_their_coming(world: World) -> None:
    world.crowd()
    world.arrive(DISCOVER, 1, 2)
    world.arrive(REQUEST, 3)
    world.arrive(DISCOVER, 4)
    world.arrive(REQUEST, 5)
    assert world.turn() == [*of(REQUEST, 3, 5), *of(DISCOVER, 1, 2, 4)]
    assert not world.counts and not world.reactor.getDelayedCalls()
    world.arrive(DISCOVER, 6)
    world.arrive(REQUEST, 7)
    assert world.turn() == [(DISCOVER, 6), (REQUEST, 7)]  # the crowd is gone


def test_a_turn_ends_and_some_new_clients_have_their_share_of_it(world: World) -> None:
    world.crowd()
    world.arrive(DISCOVER, *range(100, 200))
    world.arrive(REQUEST, *range(BATCH + 5))
    assert world.turn() == [*of(REQUEST, *range(BATCH)), *of(DISCOVER, *range(100, 100 + NEW))]
    left = [*of(REQUEST, *range(BATCH, BATCH + 5)), *of(DISCOVER, *range(100 + NEW, 100 + NEW + BATCH - 5))]
    assert world.turn() == left


def test_of_more_new_clients_than_may_wait_the_latest_are_answered_and_the_others_counted(world: World) -> None:
    world.port.bound(3)
    world.crowd()
    world.arrive(DISCOVER, *range(5))
    assert world.turn() == of(DISCOVER, 2, 3, 4)
    assert (world.counts["pkt4-queue-full"], world.counts["pkt4-receive-drop"]) == (2, 2)
    world.port.bound(0)
    world.crowd()
    world.arrive(DISCOVER, *range(5))
    assert world.turn() == of(DISCOVER, *range(5))
    world.port.bound(1 << 31)
    assert world.port._backlog.most == MOST, "a flood does not fill the memory"


def test_who_was_left_over_is_answered_though_nothing_comes_any_more(world: World) -> None:
    world.crowd()
    world.arrive(DISCOVER, *range(BATCH + 1))
    assert world.turn() == of(DISCOVER, *range(BATCH))
    world.reactor.advance(0)
    assert world.answered == of(DISCOVER, *range(BATCH + 1))
    assert world.turns[-2:] == [BATCH, BATCH + 1]
    assert not world.reactor.getDelayedCalls()


def test_no_more_than_one_turn_is_arranged_for_those_left_over(world: World) -> None:
    world.crowd()
    for first in (0, 1000):
        world.arrive(DISCOVER, *range(first, first + BATCH + 1))
        world.turn()
        assert len(world.reactor.getDelayedCalls()) == 1
    world.reactor.advance(0)
    assert not world.reactor.getDelayedCalls()
    world.crowd()
    world.arrive(DISCOVER, *range(BATCH + 1))
    world.turn()
    assert len(world.reactor.getDelayedCalls()) == 1


def test_new_clients_who_waited_in_vain_are_dropped_and_counted_and_the_newest_are_not(world: World) -> None:
    world.crowd()
    world.arrive(DISCOVER, *range(100, 200))
    world.arrive(REQUEST, *range(BATCH))
    world.turn()
    world.now += PATIENCE + 0.01
    world.arrive(DISCOVER, 7)
    assert world.turn() == [(DISCOVER, 7)]
    dropped = 100 - NEW
    assert world.counts == {"pkt4-received": dropped, "pkt4-queue-full": dropped, "pkt4-receive-drop": dropped}


def test_what_the_kernel_had_no_room_for_is_counted(world: World) -> None:
    world.crowd()
    world.socket.lost = 3
    world.arrive(REQUEST, 1)
    world.turn()
    assert world.counts == {"pkt4-received": 3, "pkt4-queue-full": 3, "pkt4-receive-drop": 3}


def test_a_frame_that_cannot_be_read_disturbs_nobody(world: World) -> None:
    world.crowd()
    world.socket.frames.append(HEADER + b"nonsense")
    world.arrive(DISCOVER, 1)
    assert world.turn() == [(DISCOVER, 1)]
    reasons = ("received", "malformed-frame", "parse-failed", "receive-drop")
    assert world.counts == {f"pkt4-{reason}": 1 for reason in reasons}


def test_a_port_that_was_closed_answers_nobody_who_waited(world: World) -> None:
    world.crowd()
    world.arrive(DISCOVER, *range(BATCH + 1))
    world.turn()
    world.port.stopListening()
    world.answered.clear()
    world.reactor.advance(0)
    assert not world.answered
    world.open()
    assert world.turn() == []
