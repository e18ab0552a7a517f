"""Two whole servers, hundreds of clients and everything that can go wrong between them, under one clock.

The servers are the real thing from the engine to the lease file and the HA driver; sockets, time and what the
disk does are models. Whenever an ACK leaves a server or reaches a client, and every other second, the world
looks whether what it sees was allowed.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self
from unittest import mock

from kea_twisted.adapters.memfile import leasefile
from kea_twisted.adapters.partner import driver
from kea_twisted.commands.registry import OURS, PARTNER_MAY
from kea_twisted.engine.effects import Query
from kea_twisted.ha import delivery, rows
from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK
from kea_twisted.wire.message import Message
from tests.scenarios.pairclients import Client, mac_of
from tests.scenarios.pairclock import FakeClock
from tests.scenarios.pairdisk import Broken, Disk, Journal, Row, row_of
from tests.scenarios.pairserver import LAN_DELAY, NAMES, Life, ha_settings
from tests.scenarios.pairworld import START

__all__ = ["NAMES", "Broken", "World"]

SINGLES = 6
SETTLED = {
    "hot-standby": {State.HOT_STANDBY},
    "load-balancing": {State.LOAD_BALANCING},
    "passive-backup": {State.PASSIVE_BACKUP, State.BACKUP},
    "wait-backup-ack": {State.PASSIVE_BACKUP, State.BACKUP},
}

OUT_OF_USE = (State.TERMINATED, State.IN_MAINTENANCE)
"""What a server leaves only when the operator starts it anew."""


class World:
    """The clock, the wires, the servers by name, the clients. To be used in a ``with`` statement.

    ``crowd``: so many clients beside the SINGLES who act when they are told to; ``spare``: so many addresses more
    than clients there are (negative: fewer), in load-balancing for each server. ``kea_like``: the servers do not offer
    each other what a real Kea has not got.
    """

    def __init__(
        self,
        seed: int = 0,
        spare: int = 3,
        kea_like: bool = False,
        mode: str = "hot-standby",
        crowd: int = 0,
        watch: bool = False,
        probes: bool = False,
        **ha: Any,
    ) -> None:
        self.clock = FakeClock(START)
        self.random = random.Random(seed)
        self.mode = mode
        self.probes = probes
        self.dhcp_cut = False  # the servers do not hear each other's DHCP messages either
        self.permitted = PARTNER_MAY - OURS if kea_like else PARTNER_MAY
        self.skews = dict.fromkeys(NAMES, 0.0)
        self.lives: dict[str, Life] = {}
        self.cuts: set[tuple[str, str]] = set()
        self.loss = self.doubling = self.delay = self.client_loss = 0.0
        self.refusals = 0  # so many requests about leases are refused …
        self.refused_with = 1  # … with this result
        self.deaf: set[tuple[int, int]] = set()  # servers and the clients that they cannot hear
        self.said_twice: dict[str, float] = {}  # addresses that were given twice, and when that was said last
        self.conflicts: dict[tuple[int, int], int] = {}  # the address that two clients had
        self._turns = (0.0, 0)
        self._most_skewed = 0.0
        self._normal_at = 0.0
        self._in_order_at = 0.0
        self._troubled_at = 0.0
        self._holders: dict[int, set[Client]] = {}
        balanced = {"delayed_updates_limit": 10} if mode == "load-balancing" else {}
        self._ha = {"heartbeat_delay": 5.0, "max_response_delay": 15.0, **balanced, **ha}
        self._ha["watch"] = Watch(enabled=watch)
        scopes = Scopes(ha_settings(NAMES[0], mode))
        homes = {number: scopes.scope_of(b"\1" + mac_of(number)) for number in range(1, SINGLES + crowd + 1)}
        sizes = Counter(homes.values())
        self._homes = homes
        self.pools = tuple(sizes[name] + spare for name in NAMES if sizes[name])
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        disk = Disk()
        self.broken = disk.broken
        self._stack.enter_context(mock.patch.object(leasefile, "os", disk))
        self._stack.enter_context(mock.patch.object(driver, "SLICE", 30))
        self._stack.enter_context(mock.patch.object(driver, "cut", partial(rows.cut, size=2000)))
        self._stack.enter_context(mock.patch.object(delivery, "GROUP", 20))
        self._stack.enter_context(mock.patch.object(delivery, "MANY", 5))
        self.journals = {name: Journal(disk, str(folder / name)) for name in NAMES}
        self.clients = {
            mac_of(number): Client(self, number, number <= SINGLES) for number in range(1, SINGLES + crowd + 1)
        }

    def __enter__(self) -> Self:
        for name in NAMES:
            self.boot(name)
        self.clock.callLater(2.0, self._look)
        return self

    def __exit__(self, *error: object) -> None:
        for life in self.lives.values():
            life.kill()
        self._stack.close()

    def client(self, number: int) -> Client:
        """The client with this number, from 1."""
        return self.clients[mac_of(number)]

    # what happens to the servers

    def boot(self, name: str) -> None:
        """Start a server that does not run."""
        if name not in self.lives or not self.lives[name].alive:
            self.lives[name] = Life(self, name, ha_settings(name, self.mode, **self._ha))

    def kill(self, name: str, writing: int | None = None) -> None:
        """At once, or in the middle of the next write."""
        if writing is None:
            self.lives[name].kill()
        elif self.lives[name].alive:
            self.journals[name].dies_writing = writing

    def pause(self, name: str, seconds: float) -> None:
        """A server stands still; what comes for it waits."""
        self.lives[name].paused_until = self.clock.seconds() + seconds

    def skew(self, name: str, seconds: float) -> None:
        """A clock is off."""
        self.skews[name] = seconds
        self._most_skewed = max(self._most_skewed, *map(abs, self.skews.values()))

    def fill(self, name: str, room: int | None, stuck: bool = False) -> None:
        """A disk has room for so many bytes (None: any number)."""
        self.journals[name].room, self.journals[name].stuck = room, stuck

    def command(self, name: str, command: str, **arguments: Any) -> None:
        """The operator wants something."""
        life = self.lives[name]
        if life.alive:
            request = {"command": command, "service": ["dhcp4"], "arguments": arguments}
            life.act(life.command, request)

    def heal(self) -> None:
        """Everything works again; time passes until nothing old is under way."""
        self.cuts.clear()
        self.loss = self.doubling = self.delay = self.client_loss = 0.0
        self.refusals = 0
        self.deaf.clear()
        self.dhcp_cut = False
        for name in NAMES:
            self.fill(name, None)
            self.journals[name].dies_writing = None
        for life in self.lives.values():
            self.command(life.name, "ha-maintenance-cancel")
            if any(life.state in OUT_OF_USE for life in self.lives.values()):
                life.kill()
        for name in NAMES:
            self.boot(name)

    def run(self, seconds: float) -> None:
        """Let time pass and everything happen that falls into it."""
        end = self.clock.seconds() + seconds
        while self.clock.step(end):
            self._watch()
            if self.broken:
                raise self.broken[0]

    def count_turn(self) -> None:
        """A server does something; doing so for ever at one moment is a fault, too."""
        now = self.clock.seconds()
        self._turns = (now, self._turns[1] + 1 if self._turns[0] == now else 0)
        if self._turns[1] > 1000 + 20 * len(self.clients):
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
                for _ in range(1 + (self.random.random() < self.doubling)):
                    self.clock.callLater(LAN_DELAY, life.act, life.receive, query)

    def to_client(self, life: Life, message: Message) -> None:
        kind = message.options[53][0]
        row = self._promised(life, message) if kind == ACK else (0, b"", 0)
        if self.random.random() >= self.client_loss:
            client = self.clients[message.chaddr]
            xid, server = client.choice
            if xid == message.xid and server not in (0, life.nic.addresses[0]):
                self._break(f"{life.name} answers {client.choice}, which is for the other server")
            self.clock.callLater(LAN_DELAY, client.take, kind, message, life, row)

    # promises

    def _break(self, what: str) -> None:
        self.broken.append(Broken(what))

    def _promised(self, life: Life, message: Message) -> Row:
        """An ACK leaves: its lease is in the file, and in normal operation in the partner's, too."""
        lease = life.table.store.get(message.yiaddr)
        if lease is None or lease.hwaddr != message.chaddr:
            if self.clients[message.chaddr].choice[0] == message.xid:  # else it has asked for something else since
                self._break(f"{life.name} confirms {address_text(message.yiaddr)}, which the client has not got")
            return (0, b"", 0)
        row = row_of(lease)
        if row not in life.journal.written:
            self._break(f"{life.name} confirms {lease}, which is not in its file")
        partner = self.journals[NAMES[life.name == NAMES[0]]]
        if life.tells_first and not partner.knows(lease) and not life.owes(lease.address):
            self._break(f"{life.name} ({life.state}) confirms {lease}, which is not in its partner's file")
        return row

    def moves(self, client: Client, address: int) -> None:
        """A client has got another address, or none."""
        self._holders.setdefault(client.address, set()).discard(client)
        if address:
            self._holders.setdefault(address, set()).add(client)

    def holds_now(self, client: Client) -> None:
        """A client has got an address: nobody else may have it, unless a server could not know."""
        for other in self._holders[client.address] - {client}:
            if other.until - self._tolerance <= self.clock.seconds():
                continue
            pair = (min(client.number, other.number), max(client.number, other.number))
            apart = self.mode in ("hot-standby", "load-balancing") and other.alone and other.given_at > self._normal_at
            if not apart and pair not in self.conflicts and not self._is_said(other):
                self._break(f"{address_text(client.address)} is client {client.number}'s and {other.number}'s")
            self.conflicts[pair] = client.address

    @property
    def _tolerance(self) -> float:
        return 2 * self._most_skewed + 2

    @property
    def troubled(self) -> bool:
        """Whether an update may fail."""
        full = any(journal.room is not None for journal in self.journals.values())
        paused = any(life.paused_until > self.clock.seconds() - 2 for life in self.lives.values())
        return bool(full or paused or self.cuts or self.loss or self.delay or self.refusals)

    @property
    def in_order(self) -> bool:
        """Whether both servers share the work."""
        return all(life.is_normal for life in self.lives.values())

    def _watch(self) -> None:
        if self.in_order:
            self._normal_at = self.clock.seconds()
            for journal in self.journals.values():
                journal.lost.clear()
        else:
            self._in_order_at = self.clock.seconds()

    def _look(self) -> None:
        """Both servers know what clients hold, when they have been together for a moment."""
        self.clock.callLater(2.0, self._look)
        for pair in [pair for pair in self.conflicts if not self._lasts(pair)]:
            del self.conflicts[pair]
        now = self.clock.seconds()
        if self.troubled:
            self._troubled_at = now
        if not self.in_order or now - self._in_order_at < 1.0:
            return
        owed = set[int]().union(*(life.relationship.updates.owed for life in self.lives.values()))
        for client in self.clients.values():
            address = client.address
            if not address or client.until - self._tolerance <= now:
                continue
            waits = address in owed and now - max(self._in_order_at, self._troubled_at) < 3
            if not waits and address not in self.conflicts.values() and not self._is_said(client):
                self._look_for(client)
        if not self._most_skewed:
            for pair, address in self.conflicts.items():
                if not any(map(self._is_said, map(self.client, pair))):
                    self._break(f"nobody says that {address_text(address)} was given twice")

    def _is_said(self, client: Client) -> bool:
        """Whether it has been noticed that its lease is not the only one of the address."""
        return self.said_twice.get(address_text(client.address), 0.0) >= client.given_at

    def _lasts(self, pair: tuple[int, int]) -> bool:
        """Whether both still believe that they have the address."""
        return all(client.holds and client.address == self.conflicts[pair] for client in map(self.client, pair))

    def _look_for(self, client: Client) -> None:
        for life in self.lives.values():
            lease = life.table.store.get(client.address)
            if client.alone and lease is not None and lease.state and lease.cltt >= client.row[2]:
                continue  # one server was told that it was given up, while the other confirmed it once more
            if lease is None or lease.hwaddr != client.mac or lease.cltt < client.row[2]:
                self._break(f"{life.name} does not know that {client.row} was confirmed, but has {lease}")

    def check_health(self) -> None:
        """What must be so some time after the last fault."""
        states = {life.name: life.state for life in self.lives.values()}
        if set(states.values()) != SETTLED[self.mode]:
            raise Broken(f"the pair is {states}")
        for life in self.lives.values():
            if life.performer.waiting or life.driver._tickets:
                raise Broken(f"replies of {life.name} wait for ever")
            if any(life.relationship.updates._lanes.values()):
                raise Broken(f"updates of {life.name} wait for ever")
        self._check_satisfaction()
        tables = [self._held(life) for life in self.lives.values()]
        if tables[0] != tables[1]:
            raise Broken(f"the tables differ: {[set(one) - set(other) for one, other in (tables, tables[::-1])]}")

    def _check_satisfaction(self) -> None:
        """As many clients as there are addresses for have one, and no address lies idle while somebody waits."""
        for size, home in zip(self.pools, sorted(set(map(str, self._homes.values()))), strict=True):
            people = [client for client in self.clients.values() if str(self._homes[client.number]) == home]
            having = sum(client.holds for client in people)
            if having < min(size, len(people)):
                raise Broken(f"only {having} of {len(people)} clients have one of {size} addresses")

    def _held(self, life: Life) -> list[Lease]:
        now = self.clock.seconds() + max(self.skews.values())
        return sorted(lease for lease in life.table.store if not lease.state and not lease.is_expired(now))


