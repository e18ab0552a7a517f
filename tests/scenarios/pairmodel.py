"""Two whole servers, their clients and everything that can go wrong between them, under one clock.

The servers are the real thing from the engine to the HA driver; only sockets and files are models. The lease
file is bytes, of which a kill keeps any number of the last write. Whenever an ACK leaves a server or reaches
a client, the world looks whether it was allowed to.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed
from twisted.internet.task import Clock

from kea_twisted.adapters.hadriver import HaDriver
from kea_twisted.adapters.partner import PartnerUnreachable, read_body
from kea_twisted.adapters.perform import Performer
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import parse, render
from kea_twisted.commands.registry import PARTNER_MAY
from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings
from kea_twisted.engine.effects import Interface, Query, Reply
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.ha.library import Bond, HaLibrary
from kea_twisted.ha.messages import Written
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.csvrow import HEADER, row_text
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.replay import columns_of, replay, rows
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, DISCOVER, NAK, OFFER, RELEASE, REQUEST
from kea_twisted.wire.message import Message, decode
from tests.fakes import RecordingLog
from tests.scenarios.pairworld import START, tutorial

LIFETIME = 40
CLIENTS = 6
FIRST = 0x0A000064  # 10.0.0.100
NAMES = ("server1", "server2")
LAN_DELAY = 0.001


class Broken(AssertionError):
    """A promise was broken."""


class Killed(BaseException):
    """The process is gone in the middle of what it did."""


@cache
def settings(addresses: int) -> Settings:
    """One small subnet."""
    pool = f"{address_text(FIRST)} - {address_text(FIRST + addresses - 1)}"
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": pool}]}
    hooks = [{"library": "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so"}]
    return load_tree({"Dhcp4": {
        "interfaces-config": {"interfaces": ["em1"]}, "valid-lifetime": LIFETIME, "subnet4": [subnet],
        "hooks-libraries": hooks, "authoritative": True,
    }})  # fmt: skip


class Timer:
    """A call that a server wants later; it waits while the server stands still."""

    def __init__(self, life: Life, delay: float, call: Callable[[], object]) -> None:
        self._life = life
        self._call = call
        self._timer = life.world.clock.callLater(delay, self._due)
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


class Journal:
    """The lease file as bytes, and what was ever written to it."""

    def __init__(self) -> None:
        self.data = bytearray(f"{HEADER}\n".encode())
        self.written: set[tuple[int, bytes, int]] = set()
        self.failed: set[tuple[int, bytes, int]] = set()
        self.full = False

    def append(self, life: Life, changes: Sequence[Change]) -> None:
        if not life.alive:
            raise Killed
        if self.full:
            self.failed |= {(lease.address, lease.hwaddr, lease.cltt) for lease, _ in changes}
            raise OSError(28, "No space left on device")
        data = "".join(map(row_text, changes)).encode()
        if not self.data.endswith(b"\n"):
            data = b"\n" + data
        if life.dies_writing is not None:
            self.data += data[: life.dies_writing % (len(data) + 1)]
            life.kill()
            raise Killed
        self.data += data
        for lease, deleted in changes:
            if not deleted:
                self.written.add((lease.address, lease.hwaddr, lease.cltt))

    def load(self) -> dict[int, bytes]:
        leases: dict[int, bytes] = {}
        lines = iter(self.data.decode().splitlines(keepends=True))
        replay(leases, rows(lines, columns_of(lines), lambda number, reason: None))
        return leases


class Life:
    """A server from its start to its end: its clock, its engine, its side of the relationship.

    Commands see it as their Context.
    """

    extra_commands: dict[str, Any] = {}
    libraries = frozenset(("libdhcp_lease_cmds", "libdhcp_ha"))

    def __init__(self, world: World, name: str, ha: HaSettings) -> None:
        self.world = world
        self.name = name
        self.alive = True
        self.paused_until = 0.0
        self.dies_writing: int | None = None
        self.journal = world.journals[name]
        self.log = RecordingLog()
        self.settings = settings(world.addresses)
        self.subnets = SubnetIndex(self.settings)
        self.statistics = Statistics(self.now())
        store = LeaseStore()
        store.load(self.journal.load().items())
        self.table = LeaseTable(store, self.statistics)
        self.service_state = ServiceState()
        self.hooks = HookChain()
        self.nic = Interface("em1", 1, b"\2\0\0\0\1" + name[-1:].encode(), (0x0A000000 + int(name[-1]),))
        self.performer = Performer(self, self._send, self.hooks, self.log, self.statistics, 67)
        self.server = Server(
            self.settings, self.table, self.hooks, self.log, self.statistics, self.service_state
        )
        self.reclaimer = Reclaimer(self.settings, self.table, self.hooks, self.log, self.statistics)
        self.relationship = Relationship(ha, self.service_state, store.get, self.log, self.now())
        partner = ha.partner.name
        self.driver = HaDriver(
            self.relationship, {partner: Wire(self, partner)}, self, self.table, self.commit, self.log
        )
        self.ha = HaLibrary([Bond(self.relationship, self.driver)], self.log)
        self.ha.load(self)
        self._inbox: list[Query] = []
        self.act(self.ha.start)
        self.callLater(10, self._reclaim)

    # the reactor

    def seconds(self) -> float:
        return self.world.clock.seconds() + self.world.skews[self.name]

    now = seconds

    def callLater(self, delay: float, function: Callable[..., object], *arguments: Any) -> Timer:
        return Timer(self, delay, lambda: function(*arguments))

    def act(self, function: Callable[..., object], *arguments: Any) -> None:
        """What this process does, unless it is gone, and until it is."""
        if self.alive:
            with suppress(Killed):
                function(*arguments)

    # life and death

    def kill(self) -> None:
        self.alive = False

    @property
    def state(self) -> State:
        return self.relationship.state

    @property
    def is_normal(self) -> bool:
        return self.alive and self.state is State.HOT_STANDBY

    # packets

    def receive(self, query: Query) -> None:
        """From the wire; what comes in the same turn is a batch."""
        if not self._inbox:
            self.callLater(0, self._turn)
        self._inbox.append(query)

    def _turn(self) -> None:
        inbox, self._inbox = self._inbox, []
        for query in inbox:
            now = self.now()
            if not self.service_state.enabled:
                self.service_state.expire(now)
            message = query.message
            if (message.chaddr, message.options.get(61, b"")) in self.performer.waiting:
                continue
            decision: Any = self.server.handle(query, now)
            if decision is not None:
                self.performer.submit(decision)
        self.performer.flush()

    def _send(self, reply: Reply) -> None:
        if not self.alive:
            raise Killed
        self.world.to_client(self, decode(reply.payload))

    def append(self, changes: Sequence[Change]) -> None:
        self.journal.append(self, changes)

    def commit(self, changes: Sequence[Change]) -> None:
        self.performer.commit(changes)

    def _reclaim(self) -> None:
        self.callLater(10, self._reclaim)
        with suppress(OSError):
            self.commit(self.reclaimer.run(self.now()))

    # commands of the partner

    def ask(self, text: str) -> Deferred[str]:
        """Take a request in and give the answer as it goes out."""
        request = parse(text.encode())
        if request["command"] not in self.world.permitted:
            return succeed('{ "result": 403, "text": "Forbidden" }')
        if self.world.refusals and request["command"].startswith("lease4-"):
            self.world.refusals -= 1
            return succeed('[ { "result": 1, "text": "not today" } ]')
        context: Any = self
        reply = dispatch(context, request)
        if isinstance(reply, dict):
            return succeed(f"[ {render(reply)} ]")
        waited: Any = reply
        answer = waited if isinstance(waited, Deferred) else ensureDeferred(waited)
        return answer.addCallback(lambda found: f"[ {render(found)} ]")


class Wire:
    """IPartner: one direction asks, the other answers, and anything can happen to either."""

    def __init__(self, life: Life, peer: str) -> None:
        self._life = life
        self._world = life.world
        self._peer = peer

    def send(self, command: dict[str, Any], timeout: float) -> Deferred[Any]:
        text = command.text if isinstance(command, Written) else json.dumps(command)
        answered: Deferred[Any] = Deferred()
        timer = self._life.callLater(timeout, self._fail, answered, "Connection timed out")
        answered.addBoth(_stop, timer)
        for delay in self._world.fates(self._life.name, self._peer):
            self._world.clock.callLater(delay, self._arrive, text, answered)
        return answered

    def close(self) -> Deferred[None]:
        return succeed(None)

    def _arrive(self, text: str, answered: Deferred[Any]) -> None:
        there = self._world.lives.get(self._peer)
        if there is None or not there.alive:
            self._life.callLater(LAN_DELAY, self._fail, answered, "Connection refused")
            return
        there.callLater(0, self._take, there, text, answered)

    def _take(self, there: Life, text: str, answered: Deferred[Any]) -> None:
        try:
            there.ask(text).addCallback(self._return, answered)
        finally:
            if not there.alive:
                self._life.callLater(LAN_DELAY, self._fail, answered, "End of file")

    def _return(self, text: str, answered: Deferred[Any]) -> None:
        for delay in self._world.fates(self._peer, self._life.name):
            self._life.callLater(delay, self._deliver, text, answered)

    def _deliver(self, text: str, answered: Deferred[Any]) -> None:
        if not answered.called:
            answered.callback(read_body(text.encode()))

    def _fail(self, answered: Deferred[Any], why: str) -> None:
        if not answered.called:
            answered.errback(PartnerUnreachable(why))


class Client:
    """A client that wants an address all the time (RFC 2131 section 4.4, times shortened)."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.mac = bytes((2, 0, 0, 0, 0, number))
        self.address = 0
        self.until = 0.0  # when the lease ends by its own clock
        self.alone = False  # the server that gave it could not tell its partner
        self.given_at = 0.0
        self._server = 0
        self._xid = 0
        self._since = 0.0
        self._asked_at = 0.0
        self._tries = 0
        self._phase = self._discover
        self._awaits: tuple[int, ...] = ()
        self._timer: Any = None
        self._again(number * 0.05)

    @property
    def holds(self) -> bool:
        return bool(self.address) and self.world.clock.seconds() < self.until

    def release(self) -> None:
        """Give the address up, and want one again a little later."""
        if self.holds:
            self._send(RELEASE, self._server, ciaddr=self.address)
            self.address = 0
            self._start()
            self._again(5.0)

    def take(self, kind: int, message: Message, server: Life) -> None:
        """A server's answer arrives."""
        if message.xid != self._xid or kind not in self._awaits:
            return
        if kind == OFFER:
            self._server = int.from_bytes(message.options[54], "big")
            self._offered, self._tries, self._phase = message.yiaddr, 0, self._request
            self._request()
        elif kind == NAK:
            self.address = 0
            self._start()
            self._again(1.0)
        else:
            self._server = int.from_bytes(message.options[54], "big")
            self.address = message.yiaddr
            self.until = self._asked_at + int.from_bytes(message.options[51], "big")
            self.given_at = self.world.clock.seconds()
            self.alone = not server.is_normal
            self._awaits, self._tries, self._phase = (), 0, self._renew
            self.world.holds_now(self)
            self._again(LIFETIME / 4)

    def _start(self) -> None:
        self._awaits, self._tries, self._phase, self._since = (), 0, self._discover, 0.0

    def _again(self, delay: float) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self.world.clock.callLater(delay, lambda: self._phase())

    def _discover(self) -> None:
        self.address = 0
        if not self._since:
            self._since = self.world.clock.seconds()
        self._awaits = (OFFER,)
        self._send(DISCOVER, 0)
        self._again(4.0)

    def _request(self) -> None:
        self._tries += 1
        if self._tries > 3:
            self._start()
            self._again(0.0)
            return
        self._awaits = (ACK, NAK)
        server = self._server.to_bytes(4, "big")
        self._send(REQUEST, 0, {50: self._offered.to_bytes(4, "big"), 54: server})
        self._again(4.0)

    def _renew(self) -> None:
        now = self.world.clock.seconds()
        if now >= self.until:
            self._start()
            self._discover()
            return
        if not self._tries:
            self._since = now
        self._tries += 1
        self._awaits = (ACK, NAK)
        rebinding = self.until - now < LIFETIME / 2
        self._send(REQUEST, 0 if rebinding else self._server, ciaddr=self.address)
        self._again(min(5.0, max(0.1, self.until - now)))

    def _send(
        self, kind: int, server: int, options: dict[int, bytes] | None = None, ciaddr: int = 0
    ) -> None:
        now = self.world.clock.seconds()
        self._asked_at = now
        self._xid = self.world.random.getrandbits(32)
        secs = int(now - self._since) if self._since else 0
        every = {53: bytes((kind,)), 61: b"\1" + self.mac} | (options or {})
        if kind == RELEASE:
            every[54] = server.to_bytes(4, "big")
        message = Message(1, 1, 0, self._xid, secs, 0, ciaddr, 0, 0, 0, self.mac, b"", b"", every)
        self.world.to_servers(message, server)


class World:
    """The clock, the wires, the servers by name, the clients."""

    def __init__(self, seed: int = 0, spare: int = 3, kea_like: bool = False, **ha: Any) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.random = random.Random(seed)
        self.addresses = CLIENTS + spare
        self.permitted = PARTNER_MAY - {"lease4-bulk-apply"} if kea_like else PARTNER_MAY
        self.skews = dict.fromkeys(NAMES, 0.0)
        self.journals = {name: Journal() for name in NAMES}
        self.lives: dict[str, Life] = {}
        self.cuts: set[tuple[str, str]] = set()
        self.loss = self.doubling = self.delay = self.client_loss = 0.0
        self.refusals = 0
        self.deaf: set[tuple[int, int]] = set()  # servers and the clients that they cannot hear
        self.logs: list[RecordingLog] = []
        self.conflicts: set[tuple[int, int]] = set()
        self.broken: list[Broken] = []
        self._turns = (0.0, 0)
        self._most_skewed = 0.0
        self._normal_at = 0.0
        self._ha = {"heartbeat_delay": 5.0, "max_response_delay": 15.0, **ha}
        for name in NAMES:
            self.boot(name)
        self.clients = {bytes((2, 0, 0, 0, 0, number)): Client(self, number) for number in range(1, CLIENTS + 1)}

    def client(self, number: int) -> Client:
        """The client with this number, from 1."""
        return self.clients[bytes((2, 0, 0, 0, 0, number))]

    # what happens to the servers

    def boot(self, name: str) -> None:
        """Start a server that does not run."""
        if name not in self.lives or not self.lives[name].alive:
            life = self.lives[name] = Life(self, name, tutorial(name, **self._ha))
            self.logs.append(life.log)

    def kill(self, name: str, writing: int | None = None) -> None:
        """At once, or in the middle of the next write."""
        if writing is None:
            self.lives[name].kill()
        else:
            self.lives[name].dies_writing = writing

    def pause(self, name: str, seconds: float) -> None:
        """A server stands still; what comes for it waits."""
        life = self.lives[name]
        life.paused_until = self.clock.seconds() + seconds

    def skew(self, name: str, seconds: float) -> None:
        """A clock is off."""
        self.skews[name] = seconds
        self._most_skewed = max(self._most_skewed, *map(abs, self.skews.values()))

    def heal(self) -> None:
        """Everything works again; time passes until nothing old is under way."""
        self.cuts.clear()
        self.loss = self.doubling = self.delay = self.client_loss = 0.0
        self.refusals = 0
        self.deaf.clear()
        for name in NAMES:
            self.journals[name].full = False
            self.lives[name].dies_writing = None
            self.boot(name)

    def run(self, seconds: float) -> None:
        """Let time pass and everything happen that falls into it."""
        clock = self.clock
        end = clock.seconds() + seconds
        while clock.calls and clock.calls[0].getTime() <= end:
            clock.advance(max(0.0, clock.calls[0].getTime() - clock.seconds()))
            self._watch()
            if self.broken:
                raise self.broken[0]
        clock.advance(max(0.0, end - clock.seconds()))

    def count_turn(self) -> None:
        """A server does something; doing so for ever at one moment is a fault, too."""
        now = self.clock.seconds()
        self._turns = (now, self._turns[1] + 1 if self._turns[0] == now else 0)
        if self._turns[1] > 1000:
            raise Broken("a server runs in circles")

    # wires

    def fates(self, source: str, target: str) -> list[float]:
        """After how long the copies of a message arrive."""
        if (source, target) in self.cuts or self.random.random() < self.loss:
            return []
        copies = 2 if self.random.random() < self.doubling else 1
        return [LAN_DELAY + self.random.random() * self.delay for _ in range(copies)]

    def to_servers(self, message: Message, server: int) -> None:
        for life in list(self.lives.values()):
            local = life.nic.addresses[0]
            if (int(life.name[-1]), message.chaddr[-1]) in self.deaf:
                continue
            if server in (0, local) and self.random.random() >= self.client_loss:
                query = Query(message, life.nic, local, message.ciaddr, server or 0xFFFFFFFF, 68, message.chaddr)
                self.clock.callLater(LAN_DELAY, self._to_server, life, query)

    def _to_server(self, life: Life, query: Query) -> None:
        life.act(life.receive, query)

    def to_client(self, life: Life, message: Message) -> None:
        kind = message.options[53][0]
        if kind == ACK:
            self._promised(life, message)
        if self.random.random() >= self.client_loss:
            client = self.clients[message.chaddr]
            self.clock.callLater(LAN_DELAY, client.take, kind, message, life)

    # promises

    def _break(self, what: str) -> None:
        """Remember it: an exception might be caught by the code that is tested."""
        self.broken.append(Broken(what))

    def _promised(self, life: Life, message: Message) -> None:
        """An ACK leaves: its lease is in the file, and in normal operation in the partner's, too."""
        lease = life.table.store.get(message.yiaddr)
        if lease is None or lease.hwaddr != message.chaddr:
            self._break(f"{life.name} confirms {address_text(message.yiaddr)}, which the client has not got")
            return
        row = (lease.address, lease.hwaddr, lease.cltt)
        if row not in life.journal.written:
            self._break(f"{life.name} confirms {lease}, which is not in its file")
        partner = self.journals[NAMES[life.name == NAMES[0]]]
        # a lease that a server on a full disk could not confirm itself may have been fetched from it
        if life.is_normal and row not in partner.written and row not in partner.failed:
            self._break(f"{life.name} confirms {lease}, which is not in its partner's file")

    def holds_now(self, client: Client) -> None:
        """A client has got an address: nobody else may have it, unless a server could not know."""
        tolerance = 2 * self._most_skewed + 2
        for other in self.clients.values():
            if other is client or other.address != client.address:
                continue
            if other.until - tolerance <= self.clock.seconds():
                continue
            pair = (min(client.number, other.number), max(client.number, other.number))
            if not (other.alone and other.given_at > self._normal_at) and pair not in self.conflicts:
                self._break(f"{address_text(client.address)} is client {client.number}'s and {other.number}'s")
            self.conflicts.add(pair)

    def _watch(self) -> None:
        if all(life.is_normal for life in self.lives.values()):
            self._normal_at = self.clock.seconds()

    def check_health(self) -> None:
        """What must be so some time after the last fault."""
        states = {life.name: life.state for life in self.lives.values()}
        if set(states.values()) != {State.HOT_STANDBY}:
            raise Broken(f"the pair is {states}")
        for life in self.lives.values():
            if life.performer.waiting:
                raise Broken(f"replies of {life.name} wait for ever")
        hungry = [client.number for client in self.clients.values() if not client.holds]
        if hungry:
            raise Broken(f"the clients {hungry} have no address")
        tables = [self._held(life) for life in self.lives.values()]
        if tables[0] != tables[1]:
            raise Broken(f"the tables differ: {tables}")

    def _held(self, life: Life) -> list[Lease]:
        now = self.clock.seconds() + max(self.skews.values())
        return sorted(lease for lease in life.table.store if not lease.state and not lease.is_expired(now))


def _stop(result: Any, timer: Timer) -> Any:
    timer.cancel()
    with suppress(CancelledError):
        return result
