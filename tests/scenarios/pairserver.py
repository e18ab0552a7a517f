"""A whole server of a modelled pair, from the engine to the HA driver; only sockets, time and the disk are models."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed

from kea_twisted import events as E
from kea_twisted.adapters.partner.client import PartnerUnreachable, read_body
from kea_twisted.adapters.partner.deletionfile import DeletionFile
from kea_twisted.adapters.partner.driver import HaDriver
from kea_twisted.adapters.partner.memory import StateMemory
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import parse, render
from kea_twisted.engine.effects import Interface, Query, Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import LeasesUnsaved
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.haservice import HaService
from kea_twisted.ha.library import HaLibrary
from kea_twisted.ha.messages import Written
from kea_twisted.ha.probe import is_answered_in
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.transitions import NORMAL
from kea_twisted.lease.lease import Change, Lease, Overtaken
from kea_twisted.libraries.commands import available
from kea_twisted.server.activeconfiguration import ActiveConfiguration, ConfiguredServer, activate
from kea_twisted.server.health import Health
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.wire.message import decode
from tests.commands.answers import PARTNER_MAY
from tests.fakes import RecordingLog
from tests.scenarios.pairclock import Call, FakeClock
from tests.scenarios.pairconfig import FIRST_RELAYED, Variant, settings
from tests.scenarios.pairdisk import Journal, Killed
from tests.scenarios.pairsockets import Ears, Ports

LAN_DELAY = 0.001

ALONE = (State.PARTNER_DOWN, State.COMMUNICATION_RECOVERY, State.TERMINATED)
"""In these a server confirms what it cannot tell its partner."""

SAID = frozenset((E.HA_LEASE_GIVEN_TWICE, E.DHCP4_HOOK_FAILED))


class Log(RecordingLog):
    """Of what addresses were given twice, it is known when that was said."""

    def __init__(self, clock: FakeClock, said: dict[str, float]) -> None:
        super().__init__()
        self.enabled = SAID
        self._clock = clock
        self._said = said

    def emit(self, event: E.Event, *arguments: object) -> None:
        super().emit(event, *arguments)
        if event is E.HA_LEASE_GIVEN_TWICE:
            self._said[str(arguments[1])] = self._clock.seconds()


class Surroundings(Protocol):
    """The surroundings of a server."""

    clock: FakeClock
    skews: dict[str, float]
    journals: dict[str, Journal]
    lives: dict[str, Life]
    permitted: frozenset[str]
    refusals: int
    refused_with: int
    said_twice: dict[str, float]
    variants: dict[str, Variant]
    out_of_carrier: set[str]
    half_deaf: set[str]
    unheard: set[str]
    answers_lost: bool
    off: set[str]
    probes: bool
    dhcp_cut: bool

    def count_turn(self) -> None: ...
    def fates(self, source: str, target: str) -> list[float]: ...
    def to_client(self, life: Life, reply: Any) -> None: ...


class Timer:
    """A call that a server wants later; it waits while the server stands still."""

    def __init__(self, life: Life, delay: float, call: Callable[[], object]) -> None:
        self._life = life
        self._call = call
        self._timer: Call = life.world.clock.callLater(delay, self._due)
        self._over = False

    def active(self) -> bool:
        return not self._over

    def cancel(self) -> None:
        self._over = True
        if self._timer.active():
            self._timer.cancel()

    def _due(self) -> None:
        rest = self._life.paused_until - self._life.world.clock.seconds()
        if rest > 0:
            self._timer = self._life.world.clock.callLater(rest, self._due)
        elif not self._over:
            self._over = True
            self._life.world.count_turn()
            self._life.act(self._call)


class Life(ConfiguredServer):
    """A server from its start to its end: its clock, its engine, its side of the relationship.

    Commands see it as their Context.
    """

    commands = {row.name: row for row in available(("libdhcp_lease_cmds", "libdhcp_ha"))}

    def __init__(self, world: Any, name: str, ha: HaSettings) -> None:
        self.world: Surroundings = world
        self.name = name
        self.alive = True
        self.paused_until = 0.0
        self.journal = self.world.journals[name]
        self.log = Log(self.world.clock, self.world.said_twice)
        self.statistics = Statistics(self.now())
        store = self.journal.open(self)
        self.table = LeaseTable(store, self.statistics)
        self.service_state = ServiceState()
        self.nic = Interface("em1", 1, b"\2\0\0\0\1" + name[-1:].encode(), (0x0A000000 + int(name[-1]),))
        self._second = FIRST_RELAYED - 50 + int(name[-1])  # of a second interface, where the second subnet is
        self.relationship = Relationship(
            ha, self.service_state, store.get, self.log, self.seconds(), self.now, self._heard, self._deaf
        )
        wires = {peer.name: Wire(self, peer.name) for peer in ha.peers if peer.name != name}
        prober = Prober(self) if self.world.probes else None
        self.driver = HaDriver(
            self.relationship, wires, self, self.table, self.commit, self.log, prober,
            StateMemory(f"{self.journal.path}.ha-state"), DeletionFile(f"{self.journal.path}.ha-deleted", (name,)),
            cast(Any, Ports(self.receive)),
        )  # fmt: skip
        self.ha = HaLibrary([HaService(self.relationship, self.driver)], self.log)
        super().__init__(self._activate(self.world.variants[name]))
        self.performer = Performer(Storage(self), self._send, self.hooks, self.log, self.statistics, 67)
        self.loop = PacketLoop(self, self._active.server, self.performer)
        self.ha.register(self.hooks, self.settings)
        self.ears = Ears(name in self.world.out_of_carrier)
        self.health = Health(self, cast(Any, self.ears), self.performer, self._tell_health)
        self._inbox: list[Query] = []
        self.owed: frozenset[int] = frozenset()  # to the partner, at the beginning of a turn
        self.had: dict[bytes, tuple[Lease, ...]] = {}  # the leases of the clients of a turn, at its beginning
        self.act(self._start)
        self.callLater(10, self._reclaim)

    def use(self, variant: Variant) -> None:
        """Take a configuration into force."""
        self._active = self._activate(variant, self._active.server)
        self.loop.use(self._active.server, 0)
        self.ha.register(self.hooks, self.settings)

    def _activate(self, variant: Variant, before: Server | None = None) -> ActiveConfiguration:
        return activate(
            settings(variant), self.table, self.log, self.service_state, (68, 67), frozenset, self.now(), before
        )

    def _start(self) -> None:
        self.health.look()
        self.ha.start()
        self._tell_health(self.health.fault)

    def _tell_health(self, fault: str) -> None:
        self.ha.dhcp_side(not fault, fault)

    # the reactor

    def seconds(self) -> float:
        return self.world.clock.seconds()

    steady = seconds

    def now(self) -> float:
        """The wall clock, which may be wrong."""
        return self.world.clock.seconds() + self.world.skews[self.name]

    wall = now

    def callLater(self, delay: float, function: Callable[..., object], *arguments: Any) -> Timer:
        return Timer(self, delay, lambda: function(*arguments))

    def act(self, function: Callable[..., object], *arguments: Any) -> None:
        """Do what this process does, unless it is gone, and until it is."""
        if self.alive:
            with suppress(Killed):
                function(*arguments)

    def _heard(self) -> Sequence[int]:
        """The addresses of the interfaces that receive queries; clients behind the second one are heard in any case."""
        return self.nic.addresses if self.name in self.world.half_deaf else (*self.nic.addresses, self._second)

    def _deaf(self) -> Sequence[int]:
        return (self._second,) if self.name in self.world.half_deaf else ()

    # life and death

    def kill(self) -> None:
        if self.alive:
            self.alive = False
            self.journal.close()

    @property
    def state(self) -> State:
        return self.relationship.state

    @property
    def is_normal(self) -> bool:
        """Return True if it shares the work with its partner."""
        return self.alive and self.state in NORMAL and not self.relationship.stands_in

    @property
    def tells_first(self) -> bool:
        """Return True if the other server must have a lease before it is confirmed."""
        if self.state is State.PASSIVE_BACKUP:
            return self.relationship.settings.wait_backup_ack
        return self.state not in ALONE

    def owes(self, address: int) -> bool:
        """Return True if the partner is to hear of an address that it could not be told about in time."""
        updates = self.relationship.updates
        return self.relationship.settings.watch.enabled and address in updates.owed

    # packets

    def receive(self, query: Query) -> None:
        """From the wire; what comes in the same turn is a batch."""
        if self.ears.deaf:
            return
        if not self._inbox:
            self.callLater(0, self._turn)
        self._inbox.append(query)

    def _turn(self) -> None:
        inbox, self._inbox = self._inbox, []
        self.owed = frozenset(self.relationship.updates.owed)
        self.had = {query.message.chaddr: self.table.store.by_hwaddr(query.message.chaddr) for query in inbox}
        for query in inbox:
            self.loop.handle(query)
        self.loop.batch_done()

    def _send(self, reply: Reply) -> None:
        if not self.alive:
            raise Killed
        if self.ears.deaf:
            return
        self.world.to_client(self, decode(reply.payload))

    def commit(self, changes: Sequence[Change]) -> None:
        self.performer.commit(changes)

    def _reclaim(self) -> None:
        self.callLater(10, self._reclaim)
        for changes in (self.reclaimer.run(self.now()), self.reclaimer.flush(self.now())):
            with suppress(LeasesUnsaved):
                self.commit(changes)

    # commands

    def ask(self, text: str) -> Deferred[str]:
        """Take a request of the partner in and give the answer as it goes out."""
        request = parse(text.encode())
        if request["command"] not in self.world.permitted:
            return succeed('{ "result": 403, "text": "Forbidden" }')
        if self.world.refusals and request["command"].startswith("lease4-"):
            self.world.refusals -= 1
            return succeed(f'[ {{ "result": {self.world.refused_with}, "text": "not today" }} ]')
        return self.command(request).addCallback(self._answer, request["command"])

    def _answer(self, found: Any, command: str) -> str:
        if command == "list-commands":
            hidden = PARTNER_MAY - self.world.permitted
            found = {**found, "arguments": [name for name in found["arguments"] if name not in hidden]}
        return f"[ {render(found)} ]"

    def command(self, request: dict[str, Any]) -> Deferred[Any]:
        """Carry a command out."""
        context: Any = self
        reply = dispatch(context, request)
        if isinstance(reply, dict):
            return succeed(reply)
        waited: Any = reply
        return waited if isinstance(waited, Deferred) else ensureDeferred(waited)


class Storage:
    """The lease file of a server that may be killed in the middle of a write."""

    shared = False

    def __init__(self, life: Life) -> None:
        self._life = life

    def describe(self) -> str:
        return "the lease file"

    def commit(self, changes: Sequence[Change]) -> None:
        if not self._life.alive:
            raise Killed
        self._life.journal.append(changes)

    def take_over(self, lost: Sequence[Overtaken]) -> None: ...


class Prober:
    """IProber: a DHCP message to the other server, on the segment where the clients are."""

    def __init__(self, life: Life) -> None:
        self._life = life

    def probe(self, peer: str) -> Deferred[ProbeOutcome]:
        world, life, outcome = self._life.world, self._life, Deferred[ProbeOutcome]()
        there = world.lives.get(peer)
        serves = there is not None and there.alive and there.paused_until <= world.clock.seconds()
        able = serves and is_answered_in(there.state) and not there.health.fault
        answered = able and not world.dhcp_cut and not life.ears.deaf
        found = ProbeOutcome.ANSWERED if answered else ProbeOutcome.UNANSWERED
        life.callLater(2 * LAN_DELAY if answered else 0.4, outcome.callback, found)
        return outcome


class Wire:
    """IPartner: one direction asks, the other answers, and anything can happen to either."""

    def __init__(self, life: Life, peer: str) -> None:
        self._life = life
        self._world = life.world
        self._peer = peer

    def send(self, command: dict[str, Any], timeout: float) -> Deferred[Any]:
        if not self._life.alive:
            raise Killed
        text = command.text if isinstance(command, Written) else json.dumps(command)
        answered: Deferred[Any] = Deferred()
        timer = self._life.callLater(timeout, self._fail, answered, "Connection timed out")
        answered.addBoth(_stop, timer)
        lost = self._life.name in self._world.unheard
        for delay in () if lost else self._world.fates(self._life.name, self._peer):
            self._world.clock.callLater(delay, self._arrive, text, answered)
        return answered

    def close(self) -> Deferred[None]:
        return succeed(None)

    def _arrive(self, text: str, answered: Deferred[Any]) -> None:
        there = self._world.lives.get(self._peer)
        if self._peer in self._world.off:
            return
        if there is None or not there.alive:
            self._life.callLater(LAN_DELAY, self._fail, answered, "Connection refused")
            return
        there.callLater(0, self._take, there, text, answered)

    def _take(self, there: Life, text: str, answered: Deferred[Any]) -> None:
        try:
            there.ask(text).addCallback(self._return, answered)
        finally:
            if not there.alive and self._peer not in self._world.off:
                self._life.callLater(LAN_DELAY, self._fail, answered, "End of file")

    def _return(self, text: str, answered: Deferred[Any]) -> None:
        for delay in () if self._world.answers_lost else self._world.fates(self._peer, self._life.name):
            self._life.callLater(delay, self._deliver, text, answered)

    def _deliver(self, text: str, answered: Deferred[Any]) -> None:
        if not answered.called:
            answered.callback(read_body(text.encode()))

    def _fail(self, answered: Deferred[Any], why: str) -> None:
        if not answered.called:
            answered.errback(PartnerUnreachable(why))


def _stop(result: Any, timer: Timer) -> Any:
    timer.cancel()
    with suppress(CancelledError):
        return result
