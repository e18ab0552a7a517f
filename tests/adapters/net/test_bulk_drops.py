"""Queries for another server are counted without being decoded, which cannot be seen from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted import events as E
from kea_twisted.adapters.log.logs import VOCABULARY
from kea_twisted.adapters.net.bpf import BpfPort
from kea_twisted.adapters.net.dhcpprotocol import DhcpProtocol
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.ports import BATCH
from kea_twisted.adapters.net.rawport import RawPort
from kea_twisted.adapters.system.clock import Clocks
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.events import DEBUG
from kea_twisted.ha.haservice import HaService
from kea_twisted.ha.library import HaLibrary
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.states import State
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, OFFER, RELEASE, REQUEST
from kea_twisted.wire.frame import build_frame
from kea_twisted.wire.message import encode
from tests.adapters.net.test_bpf import Answers, record
from tests.builders import NOW, SERVER, mac, message, tutorial_settings
from tests.fakes import FakeFallback, FakeSystem, FrameSocket, RecordingLog
from tests.fakestorage import MemoryStorage
from tests.scenarios.pairworld import balanced, tutorial

NIC = Nic("em1", 2, mac(99), (SERVER,))
HEADER = bytes(10)
REST = 0.005
LEASEQUERY = 10


def frame(kind: int, number: int = 1, options: dict[int, bytes] | None = None, **fields: Any) -> bytes:
    data = encode(message(kind, options, chaddr=mac(number), xid=number, **fields))
    return HEADER + build_frame(mac(number), b"\xff" * 6, 0, 0xFFFFFFFF, 68, 67, data)


def changed(position: int, *values: int) -> bytes:
    data = bytearray(frame(DISCOVER))
    data[10 + position : 10 + position + len(values)] = bytes(values)
    return bytes(data)


ALL_KINDS = (
    *(frame(kind, kind) for kind in (DISCOVER, REQUEST, DECLINE, RELEASE, INFORM)),
    *(frame(kind, 20) for kind in (0, OFFER, LEASEQUERY, 99)),
    frame(DISCOVER, 30, secs=60),
    frame(DISCOVER, 31, {61: b"\1"}),
    frame(REQUEST, 32, {50: b"\1\2\3"}),
    frame(REQUEST, 33, {52: b"\1"}, file=b"\x3d\1\1"),
    HEADER + b"nonsense",
    changed(14, 0x46),
    changed(22, 1),
    changed(40, 1, 1),
    changed(278, 1),
    frame(DISCOVER)[:-1],
)


class Reactor(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.watched = False

    def addReader(self, reader: Any) -> None:
        self.watched = True

    def removeReader(self, reader: Any) -> None:
        self.watched = False


class World:
    """A server with a partner, from the socket on. ``seen``: every query is looked into."""

    def __init__(self, seen: bool = False, ha: Any = None) -> None:
        self.noticed = 0
        self.after_each: Callable[[], None] = lambda: None  # called when a query was handled
        self.reactor = Reactor()
        self.reactor.advance(NOW)
        self.log: Any = RecordingLog()
        self.log.enabled = frozenset(event for event in VOCABULARY if event.severity != DEBUG)
        self.statistics, self.service, self.hooks = Statistics(NOW), ServiceState(), HookChain()
        self.settings = tutorial_settings()
        store = LeaseStore()
        table = LeaseTable(store, self.statistics)
        self.relationship = Relationship(ha or tutorial("server2"), self.service, store.get, self.log, NOW)
        driver: Any = self
        HaLibrary([HaService(self.relationship, driver)], self.log).register(self.hooks, self.settings)
        self.sent: list[Reply] = []
        self.server = server = Server(Core(self.settings, table, self.hooks, self.log, self.statistics, self.service))
        self.performer = Performer(MemoryStorage(), self.sent.append, self.hooks, self.log, self.statistics, 67)
        self.loop = PacketLoop(Clocks(self.reactor), server, self.performer)
        decoded: list[int] = []
        self.decoded = decoded

        def handle(query: Any) -> None:
            decoded.append(query.message.xid)
            self.loop.handle(query)
            self.after_each()

        protocol = DhcpProtocol(
            NIC, handle, self.loop.batch_done, self.statistics, self.log, None if seen else self.loop
        )
        self.socket = FrameSocket()
        opened: Any = (self.socket, FakeFallback())
        self.port: Any = RawPort(NIC, 67, protocol, self.reactor, lambda nic, port: opened, self.reactor.seconds)
        self.port.startListening()
        self.enter(State.HOT_STANDBY)

    # what the library asks of its driver

    def now(self) -> float:
        return self.reactor.seconds()

    def notice_standstill(self) -> None:
        self.noticed += 1

    def perform(self, effects: Any) -> None: ...

    # what a test does

    def enter(self, state: State) -> None:
        self.relationship.step(state, self.now())

    def arrive(self, *frames: bytes) -> None:
        """Queries arrive, and the reactor looks at the socket if it is read."""
        self.socket.frames += frames
        while self.socket.frames and self.reactor.watched:
            self.port.doRead()

    def counted(self) -> dict[str, int]:
        return {name: self.statistics.value(name) for name in self.statistics.names()}


def interrupted(world: World) -> None:
    world.reactor.advance(11)  # longer than max-response-delay


def in_debug(event: E.Event) -> Any:
    def speak(world: World) -> None:
        world.log.enabled |= {event}

    return speak


def with_a_guest(world: World) -> None:
    world.hooks.register("buffer4_receive", lambda query: None)


def off(world: World) -> None:
    world.service.disable("user")


SITUATIONS = {
    "standby": (lambda world: None, True),
    "all are served": (lambda world: world.enter(State.PARTNER_DOWN), False),
    "the partner is silent": (interrupted, False),
    "waiting": (lambda world: world.enter(State.WAITING), True),
    "disabled": (off, True),
    "not for us is logged": (in_debug(E.HA_BUFFER4_RECEIVE_NOT_FOR_US), False),
    "what comes is logged": (in_debug(E.DHCP4_BUFFER_RECEIVED), False),
    "a hook library wants to see": (with_a_guest, False),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_counters_and_log_are_the_same_as_if_everybody_was_looked_at(situation: str) -> None:
    arrange, is_unseen = SITUATIONS[situation]
    looks, world = World(seen=True), World()
    for each in (looks, world):
        arrange(each)
        each.arrive(*ALL_KINDS)
    assert (not {DISCOVER, REQUEST, DECLINE, RELEASE, INFORM} & set(world.decoded)) is is_unseen
    assert len(looks.decoded) > len(world.decoded) if is_unseen else looks.decoded == world.decoded
    assert world.counted() == looks.counted()
    assert world.counted()["pkt4-received"] == len(ALL_KINDS)
    assert sorted(world.log.lines) == sorted(looks.log.lines)  # those about frames come before those about queries
    assert len(world.sent) == len(looks.sent)


def reply_waits(world: World) -> None:
    world.performer.waiting[mac(1)] = None


@pytest.mark.parametrize("arrange", [with_a_guest, in_debug(E.DHCP4_BUFFER_RECEIVED), reply_waits])
def test_a_standstill_is_looked_for_in_each_reading_turn(arrange: Any) -> None:
    world = World()
    arrange(world)
    world.arrive(frame(LEASEQUERY))
    assert world.noticed


def read_by_bpf(world: World, frames: tuple[bytes, ...]) -> Any:
    """The same frames by the port of FreeBSD, in one reading."""
    world.port.stopListening()
    system = FakeSystem(ioctl=Answers(buffer=1 << 16))
    port: Any = BpfPort(NIC, 67, world.port.protocol, world.reactor, system, lambda addresses, port: FakeFallback())
    port.startListening()
    system.reads.append(b"".join(record(data[len(HEADER) :]) for data in frames))
    port.doRead()
    return port


@pytest.mark.parametrize("situation", SITUATIONS)
def test_with_bpf_they_are_the_same_too(situation: str) -> None:
    arrange, is_unseen = SITUATIONS[situation]
    looks, world = World(seen=True), World()
    for each in (looks, world):
        arrange(each)
        read_by_bpf(each, ALL_KINDS)
    assert len(looks.decoded) > len(world.decoded) if is_unseen else looks.decoded == world.decoded
    assert world.counted() == looks.counted()
    assert world.counted()["pkt4-received"] == len(ALL_KINDS)
    assert sorted(world.log.lines) == sorted(looks.log.lines)  # those about frames come before those about queries


def test_with_bpf_a_change_of_state_counts_from_the_next_query_on() -> None:
    world = World()
    world.after_each = lambda: world.enter(State.PARTNER_DOWN)
    read_by_bpf(world, (frame(DISCOVER, 1), frame(LEASEQUERY, 2), frame(DISCOVER, 3), frame(DISCOVER, 4)))
    assert [int.from_bytes(reply.payload[4:8], "big") for reply in world.sent] == [3, 4]
    assert world.counted()["pkt4-not-for-us"] == 1


def test_a_disabled_server_says_so_of_each_query_where_that_is_logged() -> None:
    world = World()
    in_debug(E.DHCP4_PACKET_DROP_0008)(world)
    off(world)
    world.arrive(frame(DISCOVER))
    assert len(world.log.texts("DHCP4_PACKET_DROP_0008")) == 1


def test_in_load_balancing_every_query_has_to_be_looked_into() -> None:
    world = World(ha=balanced("server2"))
    world.enter(State.LOAD_BALANCING)
    world.relationship.serve_names([])
    world.arrive(frame(DISCOVER, 5))
    assert world.decoded == [5]


def test_the_end_of_a_pause_is_noticed() -> None:
    world = World()
    world.enter(State.PARTNER_DOWN)
    world.service.disable("user", world.now() + 1)
    world.arrive(frame(DISCOVER, 5))
    assert not world.sent
    world.reactor.advance(1)
    world.arrive(frame(DISCOVER, 6))
    assert len(world.sent) == 1


def test_a_change_of_state_counts_from_the_next_query_on() -> None:
    world = World()
    world.after_each = lambda: world.enter(State.PARTNER_DOWN)
    world.arrive(frame(DISCOVER, 1), frame(LEASEQUERY, 2), frame(DISCOVER, 3), frame(DISCOVER, 4))
    assert [int.from_bytes(reply.payload[4:8], "big") for reply in world.sent] == [3, 4]
    assert world.counted()["pkt4-not-for-us"] == 1


def test_those_who_wait_in_a_crowd_lose_nothing_when_the_state_changes() -> None:
    world = World()
    world.enter(State.PARTNER_DOWN)
    world.socket.frames += [frame(REQUEST, number) for number in range(BATCH)]
    world.port.doRead()  # this was not all there is
    world.socket.frames += [frame(DISCOVER, number) for number in range(100, 100 + BATCH)]
    world.socket.frames += [frame(DISCOVER, 500)]
    world.port.doRead()
    sent = len(world.sent)
    world.enter(State.HOT_STANDBY)
    world.reactor.advance(0)  # the one that is left over is the partner's
    assert (len(world.sent), world.counted()["pkt4-not-for-us"]) == (sent, 1)
    assert world.counted()["pkt4-received"] == 2 * BATCH + 1
    world.enter(State.PARTNER_DOWN)
    world.arrive(frame(DISCOVER, 600))
    assert len(world.sent) == sent + 1


def test_those_who_wait_in_a_crowd_are_answered_if_the_state_changes_meanwhile() -> None:
    world = World()
    world.enter(State.PARTNER_DOWN)
    world.socket.frames += [frame(REQUEST, number) for number in range(BATCH)]
    world.port.doRead()
    world.socket.frames += [frame(DISCOVER, number) for number in range(100, 100 + BATCH)]
    world.socket.frames += [frame(DISCOVER, 500, {52: b"\1"}), frame(DISCOVER, 501)]
    world.port.doRead()
    sent = len(world.sent)
    world.enter(State.HOT_STANDBY)
    world.after_each = lambda: world.enter(State.PARTNER_DOWN)
    world.reactor.advance(0)
    assert len(world.sent) == sent + 1  # but for the first one, which changed the state


def test_what_the_kernel_had_no_room_for_is_counted() -> None:
    world = World()
    world.socket.lost = 3
    world.arrive(frame(DISCOVER))
    assert world.counted()["pkt4-queue-full"] == 3
    assert world.counted()["pkt4-received"] == 4


def test_one_query_now_and_then_is_read_at_once() -> None:
    world = World()
    for number in range(1, 5):
        world.arrive(frame(DISCOVER, number))
        assert world.counted()["pkt4-received"] == number
        assert not world.reactor.getDelayedCalls()
        world.reactor.advance(1)


def test_many_are_read_every_few_milliseconds() -> None:
    world = World()
    world.arrive(frame(DISCOVER, 1))
    world.arrive(frame(DISCOVER, 2))
    assert not world.reactor.watched
    for round_ in range(1, 4):
        world.arrive(*[frame(DISCOVER, 3)] * 5)
        assert world.counted()["pkt4-received"] == 5 * round_ - 3
        world.reactor.advance(REST)
        assert world.counted()["pkt4-received"] == 5 * round_ + 2
    world.reactor.advance(REST)
    assert world.reactor.watched and not world.reactor.getDelayedCalls()


def test_who_came_meanwhile_is_answered_when_the_partner_is_gone() -> None:
    world = World()
    world.arrive(frame(DISCOVER, 1))
    world.arrive(frame(DISCOVER, 2))
    world.arrive(frame(DISCOVER, 3))
    world.enter(State.PARTNER_DOWN)
    world.reactor.advance(REST)
    assert [int.from_bytes(reply.payload[4:8], "big") for reply in world.sent] == [3]
    assert world.reactor.watched


def test_a_port_that_was_closed_meanwhile_stays_closed() -> None:
    world = World()
    world.arrive(frame(DISCOVER, 1))
    world.arrive(frame(DISCOVER, 2))
    world.port.stopListening()
    world.socket.frames.append(frame(DISCOVER, 3))
    world.reactor.advance(REST)
    assert not world.reactor.watched
    assert world.counted()["pkt4-received"] == 2


def test_what_answers_wait_for_may_come_again() -> None:
    world = World()
    waiting: Any = object()
    world.performer.waiting[(mac(1), b"")] = waiting
    world.arrive(frame(REQUEST, 1))
    assert world.counted()["pkt4-duplicate"] == 1
