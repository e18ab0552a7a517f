"""Many clients at once, each going through the four messages, at a chosen rate."""

from __future__ import annotations

import time

from .bootp import ACK, DISCOVER, OFFER, Reply, frame, mac_of, message, selecting
from .rawclients import RawClients


class Crowd:
    """Clients with numbers from `first` on; `held` is what they were told they have."""

    def __init__(self, clients: RawClients, first: int) -> None:
        self._clients = clients
        self._first = self._next = first
        self.held: dict[bytes, str] = {}
        self._chosen: set[bytes] = set()  # those that have accepted an offer: no client takes two

    def press(self, seconds: float, rate: float) -> None:
        """Send so many DISCOVERs a second for a while, and continue with the answers."""
        begin = time.monotonic()
        sent = 0
        while (passed := time.monotonic() - begin) < seconds:
            while sent < passed * rate:
                self._discover()
                sent += 1
            self._listen(0.002)

    def insist(self, rate: float) -> None:
        """Send the DISCOVERs of all who hold nothing yet again."""
        for number in range(self._first, self._next):
            mac = mac_of(number)
            if mac not in self.held:
                self._chosen.discard(mac)
                self._clients.send(frame(message(DISCOVER, mac, number & 0xFFFFFFFF), mac))
                self._listen(1 / rate)

    @property
    def unserved(self) -> int:
        """The number of those who hold nothing yet."""
        return self._next - self._first - len(self.held)

    def drain(self, seconds: float = 0.3) -> None:
        """Take what is still under way, sending nothing new but REQUESTs."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._listen(0.02)

    def _discover(self) -> None:
        mac = mac_of(self._next)
        self._clients.send(frame(message(DISCOVER, mac, self._next & 0xFFFFFFFF), mac))
        self._next += 1

    def _listen(self, seconds: float) -> None:
        reply = self._clients.receive(seconds)
        # What has arrived is taken at once, but not for ever: sending must go on.
        for _ in range(50):
            if reply is None:
                return
            self._answer(reply)
            reply = self._clients.receive(0.0001)

    def _answer(self, reply: Reply) -> None:
        if reply.kind == OFFER and reply.mac not in self._chosen:
            self._chosen.add(reply.mac)
            payload = selecting(reply.mac, reply.xid, reply.address, reply.server)
            self._clients.send(frame(payload, reply.mac))
        elif reply.kind == ACK:
            self.held[reply.mac] = reply.address
