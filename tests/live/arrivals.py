"""Clients that arrive one after the other, and how long they wait for an answer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .bootp import ACK, DISCOVER, NAK, OFFER, REQUEST, Reply, frame, mac_of, message, selecting
from .rawclients import RawClients

EVERY = 0.2
ROUND = 10.0
"""Seconds within which all clients of a population ask, however many there are."""

REPEAT = 1.0
RECEIVING = 0.01
AT_ONCE = 0.0001
REQUESTS = 3
"""Unanswered REQUESTs after which a client looks for another server, as udhcpc does."""


class Client:
    """One client: the last message it sent, and until when it waits for an answer."""

    def __init__(self, number: int) -> None:
        self.mac = mac_of(number)
        self.xid = number
        self.began = 0.0
        self.due = 0.0
        self.offer: Reply | None = None
        self.requests = 0  # sent for this offer
        self.held = ""  # the address that was acknowledged last

    def begin(self, now: float) -> None:
        """Ask anew from now on."""
        self.xid = (self.xid + 0x100000) & 0xFFFFFFFF
        self.began = self.due = now
        self.offer = None

    def frame(self, now: float, grows: bool, renews: bool) -> bytes:
        """The message to send now."""
        secs = int(now - self.began) if grows else 0
        if renews and self.held:
            renewal = message(REQUEST, self.mac, self.xid, address=self.held, secs=secs)
            return frame(renewal, self.mac, source=self.held)
        if self.offer is not None and self.requests == REQUESTS:
            self.offer = None
        if self.offer is not None:
            self.requests += 1
            request = selecting(self.mac, self.xid, self.offer.address, self.offer.server, secs)
            return frame(request, self.mac)
        return frame(message(DISCOVER, self.mac, self.xid, secs=secs), self.mac)


class Result(NamedTuple):
    """Seconds, counts."""

    gap: float
    slowest: float
    unserved: int
    twice: int
    moved: int = 0  # clients that got another address than the one they held


class Arrivals:
    """Clients that arrive one after the other.

    ``population`` is the number of clients: they ask again in turn once they were served; None: each is a new one.
    ``renews``: a client that holds an address asks for that one (REBINDING). ``first``: the number of the first client.
    """

    def __init__(
        self, socket: RawClients, grows: bool, population: int | None, renews: bool = False, first: int = 1
    ) -> None:
        self._socket = socket
        self._grows = grows
        self._population = population
        self._every = EVERY if population is None else min(EVERY, ROUND / population)
        self._renews = renews
        self._number = first - 1
        self._last = None if population is None else self._number + population
        self._idle: deque[Client] = deque()
        self._arrival = 0.0
        self._waiting: dict[bytes, Client] = {}
        self.acks: list[float] = []
        self.waits: list[tuple[float, float]] = []
        self.holders: dict[str, dict[bytes, float]] = {}  # by address: since when who holds it
        self.held: dict[bytes, str] = {}
        self.moves: list[float] = []

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let clients arrive for a while."""
        run((self,), seconds, until)

    def begin(self, now: float) -> None:
        """Let the next client arrive at this time."""
        self._arrival = now

    def step(self, now: float, wait: float) -> None:
        """Send what is due, and take what comes within so many seconds."""
        if now >= self._arrival:
            self._arrival += self._every
            client = self._next()
            if client is not None:
                client.begin(now)
                self._waiting[client.mac] = client
        for client in self._waiting.values():
            if now >= client.due:
                client.due = now + REPEAT
                self._socket.send(client.frame(now, self._grows, self._renews))
        reply = self._socket.receive(wait)
        while reply is not None:
            self._take(reply)
            reply = self._socket.receive(AT_ONCE)

    def result(self, since: float) -> Result:
        """Return the events from a time on."""
        end = time.monotonic()
        marks = [since, *(ack for ack in self.acks if ack >= since), end]
        gap = max(later - earlier for earlier, later in zip(marks, marks[1:], strict=False))
        waits = [began + wait - max(began, since) for began, wait in self.waits if began + wait >= since]
        late = [end - max(client.began, since) for client in self._waiting.values() if end - client.began > 1.0]
        twice = sum(len(macs) > 1 for macs in self.holders.values())
        moved = sum(time >= since for time in self.moves)
        return Result(gap, max(waits + late, default=0.0), len(late), twice, moved)

    def _next(self) -> Client | None:
        if self._last is None or self._number < self._last:
            self._number += 1
            return Client(self._number)
        return self._idle.popleft() if self._idle else None

    def _take(self, reply: Reply) -> None:
        client = self._waiting.get(reply.mac)
        if client is None or reply.xid != client.xid:
            return
        now = time.monotonic()
        if reply.kind == OFFER and client.offer is None:
            client.offer, client.requests, client.due = reply, 0, now
        elif reply.kind == NAK:
            client.offer, client.due, client.held = None, now, ""
        elif reply.kind == ACK:
            self._acknowledged(client, reply.address, now)

    def _acknowledged(self, client: Client, address: str, now: float) -> None:
        self.acks.append(now)
        self.waits.append((client.began, now - client.began))
        self.holders.setdefault(address, {}).setdefault(client.mac, now)
        if self.held.get(client.mac, address) != address:
            self.moves.append(now)
        self.held[client.mac] = client.held = address
        del self._waiting[client.mac]
        if self._population is not None:
            self._idle.append(client)


def run(arrivals: Sequence[Arrivals], seconds: float, until: Callable[[], bool] = lambda: False) -> float:
    """Let clients of several networks arrive for a while; return the seconds by which that was late at most."""
    now = time.monotonic()
    end = now + seconds
    longest = 0.0
    for one in arrivals:
        one.begin(now)
    while (later := time.monotonic()) < end and not until():
        longest, now = max(longest, later - now - RECEIVING), later
        for one in arrivals:
            one.step(now, RECEIVING / len(arrivals))
    return longest
