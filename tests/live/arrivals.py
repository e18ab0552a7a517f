"""New clients that arrive one after the other, and how long they wait for an answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from .bootp import ACK, DISCOVER, NAK, OFFER, Reply, frame, mac_of, message, selecting
from .rawclients import RawClients

EVERY = 0.2
REPEAT = 1.0


class Client:
    """One client: what it sent last, and until when it waits for an answer."""

    def __init__(self, number: int, now: float) -> None:
        self.mac = mac_of(number)
        self.xid = number
        self.began = now
        self.due = now
        self.offer: Reply | None = None

    def frame(self, now: float, grows: bool) -> bytes:
        """The message to send now."""
        if self.offer is not None:
            return frame(selecting(self.mac, self.xid, self.offer.address, self.offer.server), self.mac)
        return frame(message(DISCOVER, self.mac, self.xid, secs=int(now - self.began) if grows else 0), self.mac)


class Result(NamedTuple):
    """Seconds, counts."""

    gap: float
    slowest: float
    unserved: int
    twice: int


class Arrivals:
    """Clients that arrive one after the other; ``limit`` is how many there are in all, None for no end."""

    def __init__(self, socket: RawClients, grows: bool, limit: int | None) -> None:
        self._socket = socket
        self._grows = grows
        self._limit = limit
        self._number = 0
        self._waiting: dict[bytes, Client] = {}
        self.acks: list[float] = []
        self.waits: list[tuple[float, float]] = []
        self.holders: dict[str, set[bytes]] = {}

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let clients arrive for a while."""
        end, arrival = time.monotonic() + seconds, time.monotonic()
        while (now := time.monotonic()) < end and not until():
            if now >= arrival and (self._limit is None or self._number < self._limit):
                arrival += EVERY
                self._number += 1
                client = Client(self._number, now)
                self._waiting[client.mac] = client
            for client in self._waiting.values():
                if now >= client.due:
                    client.due = now + REPEAT
                    self._socket.send(client.frame(now, self._grows))
            self._take(self._socket.receive(0.01))

    def result(self, since: float) -> Result:
        """What happened from a moment on."""
        end = time.monotonic()
        marks = [since, *(ack for ack in self.acks if ack >= since), end]
        gap = max(later - earlier for earlier, later in zip(marks, marks[1:], strict=False))
        waits = [wait for began, wait in self.waits if began + wait >= since]
        late = [end - client.began for client in self._waiting.values() if end - client.began > 1.0]
        twice = sum(len(macs) > 1 for macs in self.holders.values())
        return Result(gap, max(waits + late, default=0.0), len(late), twice)

    def _take(self, reply: Reply | None) -> None:
        client = self._waiting.get(reply.mac) if reply is not None else None
        if reply is None or client is None or reply.xid != client.xid:
            return
        now = time.monotonic()
        if reply.kind == OFFER and client.offer is None:
            client.offer, client.due = reply, now
        elif reply.kind == NAK:
            client.offer, client.due = None, now
        elif reply.kind == ACK:
            self.acks.append(now)
            self.waits.append((client.began, now - client.began))
            self.holders.setdefault(reply.address, set()).add(client.mac)
            del self._waiting[client.mac]
