"""The promises of a modelled pair, and how the world finds out that one was broken."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any, Final

from kea_twisted.engine.share import Share
from kea_twisted.ha.states import State
from kea_twisted.ha.updates import REPLAY_INTERVAL
from kea_twisted.lease.lease import DECLINED, Lease, is_ahead
from kea_twisted.wire.address import address_text
from kea_twisted.wire.message import Message
from tests.scenarios.pairclients import Client
from tests.scenarios.pairclock import FakeClock
from tests.scenarios.pairconfig import FIRST, FIRST_RELAYED, LIFETIME, NAMES, RESERVED, Variant, number_of
from tests.scenarios.pairdisk import Broken, Journal, Row, row_of
from tests.scenarios.pairserver import Life

SETTLED: Final = {
    "hot-standby": {State.HOT_STANDBY},
    "load-balancing": {State.LOAD_BALANCING},
    "passive-backup": {State.PASSIVE_BACKUP, State.BACKUP},
    "wait-backup-ack": {State.PASSIVE_BACKUP, State.BACKUP},
}

LONGEST_WAIT: Final = 25.0
"""Seconds that a client asks in vain at most while nothing changes: a server that is gone may have made it an OFFER."""


class Promises:
    """The part of the world that looks at what happens."""

    clock: FakeClock
    mode: str
    lives: dict[str, Life]
    journals: dict[str, Journal]
    clients: dict[bytes, Client]
    skews: dict[str, float]
    variants: dict[str, Variant]
    broken: list[Broken]
    off: set[str]
    spare: int

    def __init__(self) -> None:
        self.said_twice: dict[str, float] = {}  # addresses that were given twice, and when that was said last
        self.conflicts: dict[tuple[int, int], int] = {}  # the address that two clients had
        self.deleted_at: dict[int, float] = {}  # addresses whose leases an operator deleted
        self.declined_at: dict[int, float] = {}  # addresses that a client declined
        self._unsaid: set[tuple[int, int]] = set()
        # what a server confirmed to a client of late
        self._confirmed: defaultdict[tuple[str, bytes], deque[tuple[float, int]]] = defaultdict(lambda: deque(maxlen=8))
        self._set_at: list[tuple[float, str, float]] = []  # when, which clock was set, how far it is off
        self._normal_at = 0.0
        self._in_order_at = 0.0
        self._troubled_at = 0.0
        self._holders: dict[int, set[Client]] = {}
        self._untold_rows: dict[Row, str] = {}  # confirmed before the partner had it, and by which server

    def _break(self, what: str) -> None:
        self.broken.append(Broken(what))

    def client(self, number: int) -> Client:
        """The client with this number, from 1."""
        raise NotImplementedError

    @property
    def troubled(self) -> bool:
        """Return True if an update may fail."""
        raise NotImplementedError

    @property
    def serves_all(self) -> bool:
        """Return True if a server can answer all who ask, and nothing keeps it from knowing that it is to do so."""
        raise NotImplementedError

    @property
    def settled_since(self) -> float:
        """The time of the last fault or repair."""
        raise NotImplementedError

    # clocks

    def note_skew(self, name: str) -> None:
        """A clock was set."""
        self._set_at.append((self.clock.seconds(), name, self.skews[name]))

    def _ahead(self, since: float) -> float:
        """The seconds that the clocks of the servers were ahead since then, at most."""
        return max(0.0, *self._skews_of_late(since))

    def _skews_of_late(self, since: float) -> list[float]:
        """How far the clocks of the servers were off since then."""
        found = []
        for name in NAMES:
            before = [skew for at, each, skew in self._set_at if each == name and at <= since]
            after = [skew for at, each, skew in self._set_at if each == name and at > since]
            found += [*(before[-1:] or [0.0]), *after]
        return found

    def _set_back(self, since: float) -> float:
        """By how much clocks were set back since then."""
        times = [(at, skew) for at, _, skew in self._set_at]
        skews = [skew for at, skew in times if at <= since] or [0.0]
        return sum(max(0.0, max(skews) - skew) for at, skew in times if at > since)

    @property
    def far_off(self) -> bool:
        """Return True if a clock was ever so wrong that leases are older or newer than they seem."""
        return any(abs(skew) > LIFETIME for _, _, skew in self._set_at)

    def _over_at(self, client: Client) -> float:
        """The end of a client's lease at a server."""
        ahead = self._ahead(client.given_at) if self._set_at else 0.0
        return client.row[2] + LIFETIME - ahead - 2

    def _counts(self, client: Client) -> bool:
        """Return True if a client has a lease that cannot be thought to be over."""
        now = self.clock.seconds()
        if not client.address or client.until - 2 <= now or self._over_at(client) <= now:
            return False
        return self.deleted_at.get(client.address, 0.0) + 1 < client.given_at

    # an offer, an ACK

    def offered(self, life: Life, message: Message) -> None:
        """An OFFER leaves: a new client gets no address of the other server's half while there are others."""
        share, address, store = life.table.share, message.yiaddr, life.table.store
        if share is None or share.holds(address) or self.variants[life.name].offer_lifetime:
            return
        if address not in life.owed and Share(share.odd, share.whole).holds(address):
            return  # it was offered to two clients of a turn, and one of them has confirmed it meanwhile
        leases = (*life.had[message.chaddr], *store.by_hwaddr(message.chaddr))  # or it had one before this turn
        in_turn = (self.clock.seconds(), address) in self._confirmed[life.name, message.chaddr]  # and given up in it
        known = in_turn or any(lease.address == address for lease in leases)
        reserved = number_of(message.chaddr) in self.variants[life.name].reserved
        subnet = 1 if address < FIRST_RELAYED else 2
        if known or reserved or share._used_up.get(subnet) == int(life.now()):
            return
        if any(share.holds(each) and store.get(each) is None for each in self._pool_of(life.name, address)):
            self._break(f"{life.name} offers {address_text(address)} of the other half, while its own has free ones")

    def _pool_of(self, name: str, address: int) -> range:
        """The pool that an address is in."""
        variant = self.variants[name]
        relayed = address >= FIRST_RELAYED
        first = FIRST_RELAYED if relayed else FIRST
        for size in variant.relayed if relayed else variant.pools:
            if first <= address < first + size:
                return range(first, first + size)
            first += size
        return range(0)

    def promised(self, life: Life, message: Message) -> Row:
        """An ACK leaves: its lease is in the file, and in normal operation in the partner's, too."""
        self._confirmed[life.name, message.chaddr].append((self.clock.seconds(), message.yiaddr))
        lease = life.table.store.get(message.yiaddr)
        if lease is None or lease.hwaddr != message.chaddr:
            deleted = self.deleted_at.get(message.yiaddr, 0.0) + 5 > self.clock.seconds()
            if self.clients[message.chaddr].choice[0] == message.xid and not deleted and not self.far_off:
                self._break(f"{life.name} confirms {address_text(message.yiaddr)}, which the client has not got")
            return (0, b"", 0)
        row = row_of(lease)
        if row not in life.journal.written:
            self._break(f"{life.name} confirms {lease}, which is not in its file")
        partner = self.journals[NAMES[life.name == NAMES[0]]]
        if life.tells_first and not partner.knows(lease) and not life.owes(lease.address):
            self._break(f"{life.name} ({life.state}) confirms {lease}, which is not in its partner's file")
        if row not in partner.written:
            self._untold_rows[row] = life.name
        return row

    def _is_untold(self, other: Client, giver: str) -> bool:
        """Return True if the server that gives an address to another client now could not know of this lease of it.

        No client waits for a partner that may be gone: the lease was confirmed and is owed. The server that owes it has
        died since, or the two have not worked together in quiet for a moment.
        """
        owing = self._untold_rows.get(other.row, giver)
        told = other.row in self.journals[giver].written
        last = max(other.given_at, self._in_order_at, self._troubled_at, self.settled_since)
        return owing != giver and not told and self.clock.seconds() - last < 3.0

    def moves(self, client: Client, address: int) -> None:
        """A client has got another address, or none."""
        self._holders.setdefault(client.address, set()).discard(client)
        if address:
            self._holders.setdefault(address, set()).add(client)

    def holds_now(self, client: Client, giver: str) -> None:
        """A client has got an address: no other may have it, unless a server could not know."""
        for other in self._holders[client.address] - {client}:
            if not self._counts(other):
                continue
            pair = (min(client.number, other.number), max(client.number, other.number))
            apart = self.mode in ("hot-standby", "load-balancing") and other.alone and other.given_at > self._normal_at
            beyond = client.beyond or other.beyond  # the own half was used up, and the other server not in reach
            refused = any(other.address in life.relationship.updates.reasons for life in self.lives.values())
            unknown = self._is_untold(other, giver)
            if not (apart or beyond or refused or unknown) and pair not in self.conflicts and not self._is_said(other):
                self._break(f"{address_text(client.address)} is client {client.number}'s and {other.number}'s")
            self.conflicts[pair] = client.address
            if refused:
                self._unsaid.add(pair)  # the server that refused to hear of it cannot say so, either

    # all the time

    @property
    def in_order(self) -> bool:
        """Return True if both servers share the work."""
        return all(life.is_normal for life in self.lives.values())

    def watch(self) -> None:
        """Something has happened."""
        if self.in_order:
            self._normal_at = self.clock.seconds()
            for journal in self.journals.values():
                journal.lost.clear()
        else:
            self._in_order_at = self.clock.seconds()

    def look(self) -> None:
        """Both servers know what clients hold, when they have been together for a moment; no client waits."""
        self.clock.callLater(2.0, self.look)
        for pair in [pair for pair in self.conflicts if not self._lasts(pair)]:
            del self.conflicts[pair]
        now = self.clock.seconds()
        # an old request of a server may fail late, and it answers clients without its partner until the next heartbeat
        in_doubt = any(life.relationship.link.partner_state is State.UNAVAILABLE for life in self.lives.values())
        if self.troubled or in_doubt:
            self._troubled_at = now
        if self.serves_all and now - self.settled_since > LONGEST_WAIT:
            self._look_for_waits()
        if not self.in_order or now - self._in_order_at < 1.0:
            return
        untold = self._untold(now - max(self._in_order_at, self._troubled_at, self.settled_since))
        for client in self.clients.values():
            address = client.address
            if not address or client.until - 2 <= now or address in untold:
                continue
            if address not in self.conflicts.values() and not self._is_said(client):
                self._look_for(client)
        if not self._set_at:
            for pair, address in self.conflicts.items():
                if pair not in self._unsaid and not any(map(self._is_said, map(self.client, pair))):
                    self._break(f"no server says that {address_text(address)} was given twice")

    def _untold(self, quiet: float) -> set[int]:
        """The addresses that one server may not have been told about yet, so long after the last trouble."""
        untold = set[int]()
        for updates in (life.relationship.updates for life in self.lives.values()):
            if quiet < 3:
                untold |= updates.owed
            elif quiet < REPLAY_INTERVAL + 3:
                untold.update(updates.reasons)  # it refused them
        return untold

    def _is_said(self, client: Client) -> bool:
        """Return True if it has been noticed that its lease is not the only one of the address."""
        return self.said_twice.get(address_text(client.address), 0.0) >= client.given_at

    def _lasts(self, pair: tuple[int, int]) -> bool:
        """Return True if both still believe that they have the address."""
        return all(client.holds and client.address == self.conflicts[pair] for client in map(self.client, pair))

    def _keeps_free(self, lease: Lease | None, client: Client) -> bool:
        """Return True if an address is on probation as long as a client may use it."""
        return lease is not None and lease.state == DECLINED and lease.expire >= self._over_at(client)

    def _look_for(self, client: Client) -> None:
        now = self.clock.seconds()
        for life in self.lives.values():
            if not self._counts(client) or (client.relayed and not self.variants[life.name].relayed):
                continue
            lease = life.table.store.get(client.address)
            if client.alone and lease is not None and lease.state == DECLINED and lease.cltt >= client.row[2]:
                continue  # one server was told that it was declined, while the other confirmed it once more
            if self.declined_at.get(client.address, 0.0) > client.given_at and self._keeps_free(lease, client):
                continue  # two clients had it, and the other one declined it
            if is_ahead(client.row[2], client.given_at) and lease is not None and not is_ahead(lease.cltt, now):
                # a wrong clock gave it: no server can know that it is newer than another client's
                continue
            if self._set_at and lease is not None and lease.hwaddr == client.mac and not lease.state:
                # it renewed the lease by a clock that was set back, or is behind that of the server that gave it: the
                # client may not have heard of that
                skews = self._skews_of_late(client.given_at)
                since = client.row[2] - max(self._set_back(client.given_at), max(skews) - min(skews))
                if since <= lease.cltt < client.row[2]:
                    continue
            if lease is None or lease.hwaddr != client.mac or lease.cltt < client.row[2]:
                self._break(f"{life.name} does not know that {client.row} was confirmed, but has {lease}")

    def _look_for_waits(self) -> None:
        """All who ask are answered, as far as there are addresses for them."""
        if self.declined > self.spare:
            return
        for client in self.clients.values():
            if client.waits > LONGEST_WAIT and not client.relayed and client.number not in RESERVED:
                states = {life.name: (life.alive, life.state.value) for life in self.lives.values()}
                self._break(f"client {client.number} has asked in vain for {client.waits:.1f} s: {states}")

    # in the end

    def check_health(self) -> None:
        """Check what must be so some time after the last fault."""
        states = {life.name: life.state for life in self.lives.values()}
        if set(states.values()) != SETTLED[self.mode]:
            raise Broken(f"the pair is {states}")
        for life in self.lives.values():
            if life.performer.waiting or life.driver._tickets:
                raise Broken(f"replies of {life.name} wait for ever")
            if any(life.relationship.updates.lanes.addresses(peer) for peer in life.relationship.settings.peers):
                raise Broken(f"updates of {life.name} wait for ever")
            if self.mode in ("hot-standby", "load-balancing") and life.relationship.updates.owed:
                raise Broken(f"{life.name} still owes {sorted(map(address_text, life.relationship.updates.owed))}")
        if not self.far_off:
            self._check_satisfaction()
        if self.declined and not self.far_off:
            raise Broken(f"{self.declined} addresses are still on probation")
        tables = [self._held(life) for life in self.lives.values()]
        if tables[0] != tables[1]:
            raise Broken(f"the tables differ: {[set(one) - set(other) for one, other in (tables, tables[::-1])]}")

    def _check_satisfaction(self) -> None:
        """As many clients as there are addresses for have one, and no address lies idle while a client waits."""
        reserved = self.variants[NAMES[0]].reserved
        for size, people in self._people():
            people = [client for client in people if client.number not in reserved]
            having = sum(client.holds for client in people)
            if having < min(size, len(people)):
                raise Broken(f"only {having} of {len(people)} clients have one of {size} addresses")
        for number in reserved:
            if not self.client(number).holds:
                raise Broken(f"client {number} has not got its reserved address")

    def _people(self) -> Iterator[tuple[int, list[Client]]]:
        """The sizes of all pools, and whose they are."""
        raise NotImplementedError

    def _held(self, life: Life) -> list[Any]:
        now = self.clock.seconds() + max(self.skews.values())
        held: list[Lease] = [lease for lease in life.table.store if not lease.state and not lease.is_expired(now)]
        if self.mode in ("passive-backup", "wait-backup-ack"):
            # a primary that restarts forgets what it owed to a backup, where a lease of a wrong clock does not end
            held = [lease for lease in held if not is_ahead(lease.cltt, now)]
        return sorted(held)

    @property
    def declined(self) -> int:
        """The number of addresses that are out of use at a server."""
        return max(sum(lease.state == DECLINED for lease in life.table.store) for life in self.lives.values())
