"""Two whole servers, hundreds of clients and everything that can go wrong between them, under one clock.

The servers are the real thing from the engine to the lease file and the HA driver; sockets, time and what the
disk does are models. Whenever an ACK leaves a server or reaches a client, and every other second, the world
looks whether what it sees was allowed.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self
from unittest import mock

from kea_twisted.adapters.memfile import leasefile
from kea_twisted.adapters.partner import driver, memory
from kea_twisted.engine.effects import Query
from kea_twisted.ha import delivery, rows
from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from kea_twisted.libraries.commands import OURS
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, OFFER
from kea_twisted.wire.message import Message
from tests.commands.answers import PARTNER_MAY
from tests.scenarios.pairclients import Client
from tests.scenarios.pairclock import FakeClock
from tests.scenarios.pairconfig import FIRST, NAMES, RELAY, RESERVED, SINGLES, Variant, ha_settings, mac_of, number_of
from tests.scenarios.pairdisk import Broken, Disk, Journal
from tests.scenarios.pairpromises import Promises
from tests.scenarios.pairserver import LAN_DELAY, Life
from tests.scenarios.pairworld import START

__all__ = ["NAMES", "Broken", "World"]

NORMAL_OF = ("hot-standby", "load-balancing")
"""The modes in which one server takes the other's place."""

WRONG = 15.0
"""Seconds that clocks may differ in a pair that works."""

OUT_OF_USE = (State.TERMINATED, State.IN_MAINTENANCE)
"""States that a server leaves only when the operator starts it anew."""


class World(Promises):
    """The clock, the wires, the servers by name, the clients. To be used in a ``with`` statement.

    ``group``: the number of clients beside the SINGLES, which act as the steps say; ``spare``: so many addresses more
    than clients there are (negative: fewer), in load-balancing for each server. ``kea_like``: the servers do not offer
    each other what a real Kea has not got. ``relays``: every eighth client of the group is behind a relay, in a subnet
    of its own; ``reserves``: those of RESERVED have reserved addresses. ``retry``: seconds until a client repeats.
    """

    def __init__(
        self,
        seed: int = 0,
        spare: int = 3,
        kea_like: bool = False,
        mode: str = "hot-standby",
        group: int = 0,
        watch: bool = False,
        probes: bool = False,
        relays: bool = False,
        reserves: bool = False,
        offer_lifetime: int = 0,
        retry: float = 4.0,
        growing_secs: bool = True,
        **ha: Any,
    ) -> None:
        super().__init__()
        self.clock = FakeClock(START)
        self.random = random.Random(seed)
        self.mode = mode
        self.probes = probes
        self.relays, self.reserves = relays, reserves and group > 0
        self.spare = spare
        self.retry, self.growing_secs = retry, growing_secs
        self.kea_like = kea_like
        self.half_deaf: set[str] = set()  # servers whose second interface receives nothing
        self.out_of_carrier: set[str] = set()  # servers that no client can reach
        self.off: set[str] = set()  # servers whose hosts are off: nothing is refused, nothing answers
        self.acks: list[float] = []  # when one left a server
        self.parted = False  # each half of the clients reaches one server only
        self.changed_at = 0.0  # something was broken or mended
        self.dhcp_cut = False  # the servers do not hear each other's DHCP messages either
        self.permitted = PARTNER_MAY - OURS if kea_like else PARTNER_MAY
        self.skews = dict.fromkeys(NAMES, 0.0)
        self.lives: dict[str, Life] = {}
        self.cuts: set[tuple[str, str]] = set()
        self.unheard: set[str] = set()  # servers whose requests get lost; the other one's requests are answered
        self.answers_lost = False  # between the servers
        self.loss = self.doubling = self.delay = self.client_loss = 0.0
        self.refusals = 0  # so many requests about leases are refused …
        self.refused_with = 1  # … with this result
        self.deaf: set[tuple[int, int]] = set()  # servers and the clients that they cannot hear
        self._turns = (0.0, 0)
        balanced = {"delayed_updates_limit": 10} if mode == "load-balancing" else {}
        self._ha = {"heartbeat_delay": 5.0, "max_response_delay": 15.0, **balanced, **ha}
        self._ha["watch"] = Watch(enabled=watch)
        self._variant = self._lay_out(SINGLES + group, spare, RESERVED if self.reserves else (), offer_lifetime)
        self.relayed = self._variant.relayed
        self.variants = dict.fromkeys(NAMES, self._variant)
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        disk = Disk()
        self.broken = disk.broken
        self._replace_outside(disk)
        self.journals = {name: Journal(disk, str(folder / name)) for name in NAMES}
        self.clients = {
            mac_of(number): Client(self, number, number <= SINGLES, self._is_relayed(number))
            for number in range(1, SINGLES + group + 1)
        }

    def _replace_outside(self, disk: Disk) -> None:
        """Put a disk in memory in the place of the real one, and let small numbers of leases take several turns."""
        for module, name, value in (
            (leasefile, "os", disk),
            (memory.os, "fsync", lambda descriptor: None),
            (driver, "SLICE", 30),
            (driver, "cut", partial(rows.cut, size=2000)),
            (delivery, "GROUP", 20),
            (delivery, "MANY", 5),
        ):
            self._stack.enter_context(mock.patch.object(module, name, value))

    def _lay_out(self, count: int, spare: int, reserved: tuple[int, ...], offer_lifetime: int) -> Variant:
        """The subnets for so many clients."""
        scopes = Scopes(ha_settings(NAMES[0], self.mode))
        self._homes = {
            number: (self._is_relayed(number), scopes.scope_of(b"\1" + mac_of(number)))
            for number in range(1, count + 1)
        }
        sizes = Counter(self._homes.values())
        pools = tuple(sizes[False, name] + spare for name in NAMES if sizes[False, name])
        relayed = tuple(2 * sizes[True, name] + 3 for name in NAMES if sizes[False, name]) if self.relays else ()
        return Variant(pools, relayed, reserved, offer_lifetime)

    def _is_relayed(self, number: int) -> bool:
        return self.relays and number > RESERVED[-1] and number % 8 == 0

    def _people(self) -> Iterator[tuple[int, list[Client]]]:
        scopes = [name for name in NAMES if (False, name) in self._homes.values()]
        for relayed, sizes in ((False, self._variant.pools), (True, self._variant.relayed)):
            for size, name in zip(sizes, scopes, strict=bool(sizes)):
                people = [client for client in self.clients.values() if self._homes[client.number] == (relayed, name)]
                yield size, people

    def __enter__(self) -> Self:
        for name in NAMES:
            self.boot(name)
        self.clock.callLater(2.0, self.look)
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
            self.off.discard(name)
            self.changed_at = self.clock.seconds()
            self.lives[name] = Life(self, name, ha_settings(name, self.mode, **self._ha))

    def kill(self, name: str, writing: int | None = None) -> None:
        """At once, or in the middle of the next write."""
        life, other = self.lives[name], self.lives.get(NAMES[name == NAMES[0]])
        if writing is not None:
            self.journals[name].dies_writing = writing if life.alive else None
        elif life.alive:
            life.kill()
            if other is not None and (name, other.name) not in self.cuts and name not in self.off:
                self.clock.callLater(LAN_DELAY, other.act, other.driver.connection_ended)

    def power_off(self, name: str) -> None:
        """A host is off."""
        self.off.add(name)
        self.kill(name)

    def pause(self, name: str, seconds: float) -> None:
        """A server stands still; what comes for it waits. One that stands still already does so no shorter for this."""
        life = self.lives[name]
        life.paused_until = max(life.paused_until, self.clock.seconds() + seconds)

    def skew(self, name: str, seconds: float) -> None:
        """A wall clock is off."""
        self.skews[name] = seconds
        self.note_skew(name)

    def deafen(self, name: str, deaf: bool = True) -> None:
        """A server's DHCP interface loses its carrier, or has it again."""
        (self.out_of_carrier.add if deaf else self.out_of_carrier.discard)(name)
        life = self.lives[name]
        life.act(life.ears.hear, not deaf)

    def half_deafen(self, name: str, deaf: bool = True) -> None:
        """The second one of a server's interfaces loses its carrier, or has it again."""
        (self.half_deaf.add if deaf else self.half_deaf.discard)(name)

    def part(self, parted: bool = True) -> None:
        """Everything between the two servers is cut, and each has clients of its own."""
        self.cuts = {NAMES, (NAMES[1], NAMES[0])} if parted else set()
        self.dhcp_cut = self.parted = parted

    def configure(self, names: tuple[str, ...], **changes: Any) -> None:
        """Servers take another configuration in."""
        for name in names:
            self.variants[name] = self.variants[name]._replace(**changes)
            life = self.lives[name]
            life.act(life.use, self.variants[name])

    def delete(self, name: str, place: int) -> None:
        """The operator deletes a lease."""
        address = FIRST + place
        if self.lives[name].alive:
            self.deleted_at[address] = self.clock.seconds()
            self.command(name, "lease4-del", **{"ip-address": address_text(address)})

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
        self.changed_at = self.clock.seconds()
        self.cuts.clear()
        self.unheard.clear()
        self.answers_lost = False
        self.loss = self.doubling = self.delay = self.client_loss = 0.0
        self.refusals = 0
        self.deaf.clear()
        self.half_deaf.clear()
        self.part(False)
        for name in NAMES:
            self.fill(name, None)
            self.journals[name].dies_writing = None
            self.deafen(name, False)
            if abs(self.skews[name]) > WRONG:
                self.skew(name, 0.0)
        self.configure(NAMES, reserved=self._variant.reserved, relayed=self.relayed)
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
            self.watch()
            if self.broken:
                raise self.broken[0]

    def come_to_rest(self) -> None:
        """Let time pass, a second at most, until no update is under way: some clients never cease to ask."""
        end = self.clock.seconds() + 1.0
        while self.clock.seconds() < end and any(map(_is_telling, self.lives.values())):
            self.run(LAN_DELAY)

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
        number = number_of(message.chaddr)
        if self._is_relayed(number) and not server:
            message = message._replace(giaddr=RELAY, hops=1)
        for life in list(self.lives.values()):
            local = life.nic.addresses[0]
            if (int(life.name[-1]), number) in self.deaf or (self.parted and number % 2 == int(life.name[-1]) % 2):
                continue
            if server in (0, local) and self.random.random() >= self.client_loss:
                query = Query(message, life.nic, local, message.ciaddr, server or 0xFFFFFFFF, 68, message.chaddr)
                for _ in range(1 + (self.random.random() < self.doubling)):
                    self.clock.callLater(LAN_DELAY, life.act, life.receive, query)

    def to_client(self, life: Life, message: Message) -> None:
        kind = message.options[53][0]
        row = self.promised(life, message) if kind == ACK else (0, b"", 0)
        if kind == OFFER:
            self.offered(life, message)
        elif kind == ACK:
            self.acks.append(self.clock.seconds())
        if self.random.random() >= self.client_loss:
            client = self.clients[message.chaddr]
            xid, server = client.choice
            in_place = kind == ACK or life.table.share is None  # a NAK only where the other server cannot be serving
            answers = life.relationship.identifiers.enabled and in_place
            if xid == message.xid and server not in (0, life.nic.addresses[0]) and not answers:
                self._break(f"{life.name} answers {client.choice}, which is for the other server")
            self.clock.callLater(LAN_DELAY, client.take, kind, message, life, row)

    # what promises depend on

    @property
    def troubled(self) -> bool:
        """Return True if an update may fail."""
        full = any(journal.room is not None for journal in self.journals.values())
        paused = any(life.paused_until > self.clock.seconds() - 2 for life in self.lives.values())
        lacking = self.relays and any(not variant.relayed for variant in self.variants.values())
        return bool(full or paused or self.cuts or self.unheard or self.loss or self.delay or self.refusals or lacking)

    @property
    def serves_all(self) -> bool:
        """Return True if a server can answer all who ask, and nothing keeps it from knowing that it is to do so."""
        lossy = self.loss or self.delay or self.client_loss or self.refusals or self.deaf or self.parted
        silent = not self.probes and (self.off or self.cuts)
        lives = self.lives.values()
        kept = any(life.state in (State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE) for life in lives)
        if self.mode not in NORMAL_OF or lossy or silent or kept or self.spare < 0 or not self._ha["watch"].enabled:
            return False
        return any(life.alive and not life.health.fault and self.journals[life.name].room is None for life in lives)

    @property
    def settled_since(self) -> float:
        """The time of the last fault or repair."""
        return max(self.changed_at, *(life.paused_until for life in self.lives.values()))


def _is_telling(life: Life) -> bool:
    """Return True while a reply or an update waits for the other server."""
    updates, peers = life.relationship.updates, life.relationship.settings.peers
    return bool(life.performer.waiting) or any(updates.lanes.addresses(peer) for peer in peers)
