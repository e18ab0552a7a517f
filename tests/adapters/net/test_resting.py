"""A port whose reading rests for a moment, because the end of a batch has asked for it."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.ports import BATCH, Port
from kea_twisted.adapters.net.rawport import RawPort
from kea_twisted.wire.constants import DISCOVER
from tests.adapters.net.test_rawport_overload import NIC, Counts, frame
from tests.fakes import FakeFallback, FrameSocket, RecordingLog


class Reactor(Clock):
    """Knows who is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: set[Any] = set()

    def addReader(self, reader: Any) -> None:
        """Watch."""
        self.watched.add(reader)

    def removeReader(self, reader: Any) -> None:
        """Watch no longer."""
        self.watched.discard(reader)


class World:
    """A port; ``rest`` is what the end of a batch asks for."""

    def __init__(self) -> None:
        self.rest: float | None = 0.003
        self.batches: list[list[int]] = [[]]
        self.reactor, self.socket = Reactor(), FrameSocket()
        log: Any = RecordingLog()
        protocol = DhcpProtocol(
            NIC, lambda query: self.batches[-1].append(query.message.xid), self._done, Counts(), log
        )
        opened: Any = (self.socket, FakeFallback())
        self.port: Any = RawPort(NIC, 67, protocol, self.reactor, lambda nic, port: opened)
        self.port.startListening()

    def _done(self) -> float | None:
        self.batches.append([])
        return self.rest

    def arrive(self, *xids: int) -> None:
        """Frames for the next look; the reactor sees them if it watches the port."""
        self.socket.frames += [frame(DISCOVER, xid) for xid in xids]
        if self.port in self.reactor.watched:
            self.port.doRead()


def test_what_comes_meanwhile_is_one_batch() -> None:
    world = World()
    world.arrive(1)
    assert world.batches == [[1], []] and not world.reactor.watched
    world.arrive(2)
    world.arrive(3)
    assert world.batches == [[1], []]
    world.reactor.advance(0.003)
    assert world.batches[:2] == [[1], [2, 3]] and not world.reactor.watched
    world.rest = None
    world.reactor.advance(0.003)
    assert world.port in world.reactor.watched and not world.reactor.getDelayedCalls()


def test_nothing_rests_while_there_is_more_to_read() -> None:
    world = World()
    world.arrive(*range(BATCH + 1))
    assert world.port in world.reactor.watched
    world.arrive()
    assert world.port not in world.reactor.watched and sum(map(len, world.batches)) == BATCH + 1


class PlainPort(Port):
    """A port that reads nothing."""

    def fileno(self) -> int:
        """None."""
        return -1

    def send(self, reply: object) -> None:
        """Send nothing."""

    def _open(self) -> None: ...
    def _close(self) -> None: ...
    def _read(self) -> None: ...
    def _deliver(self, frame: bytes) -> None: ...


def test_a_port_of_another_kind_is_watched_again_after_its_rest() -> None:
    reactor, log = Reactor(), RecordingLog()
    made: Any = PlainPort(NIC, 67, DhcpProtocol(NIC, print, lambda: 0.003, Counts(), log), reactor)  # type: ignore[arg-type]
    made.startListening()
    made.doRead()
    assert not reactor.watched
    reactor.advance(0.003)
    assert reactor.watched == {made}


def test_a_port_that_is_closed_meanwhile_is_not_watched_again() -> None:
    world = World()
    world.arrive(1)
    world.port.stopListening()
    world.reactor.advance(1)
    assert not world.reactor.watched and world.batches == [[1], []]
