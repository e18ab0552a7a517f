"""Clients behind a relay, for what perfdhcp does not tell: how long each exchange took, and nothing but renewals.

Everything is in one thread and one UDP socket in the namespace of the load; packets are made beforehand.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from live.hosts import Host
from scenes import LOAD

_RELAY = socket.inet_aton(LOAD)
_COOKIE = bytes.fromhex("63825363")
_FIXED = struct.Struct("!4BIHH4s4s4s4s16s")
_WISHES = b"\x37\x07\x01\x1c\x02\x03\x0f\x06\x0c"
_SERVERS = ("10.0.0.1", "10.0.0.2")
_PATIENCE = 1.0  # seconds


@dataclass
class Timed:
    """Observations of the clients; ``delays`` are those of the finished exchanges, in milliseconds.

    ``gap``: the longest time without a finished exchange, in seconds.
    """

    exchanges: int = 0
    lost: int = 0
    gap: float = 0.0
    delays: list[float] = field(default_factory=list)

    def delay(self, share: float) -> float:
        """The delay that this share of the exchanges did not exceed."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def packet(mac: bytes, xid: int, kind: int, address: bytes = bytes(4), extra: bytes = b"") -> bytes:
    """A message through the relay; ``address`` is ciaddr."""
    fixed = _FIXED.pack(1, 1, 6, 1, xid, 0, 0, address, bytes(4), bytes(4), _RELAY, mac + bytes(10))
    return fixed + bytes(192) + _COOKIE + bytes((53, 1, kind)) + extra + _WISHES + b"\xff"


class Clients:
    """``new``: whole exchanges of new clients. ``renew``: those who have leases ask again, one after the other."""

    def __init__(self, host: Host, servers: int = 1) -> None:
        self._socket = host.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOAD, 67))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.setblocking(False)
        self._servers = [(address, 67) for address in _SERVERS[:servers]]
        self._xid = int(time.time()) << 4 & 0x7FFFFFFF
        self._patience = _PATIENCE
        self._finished = 0.0
        self._began: dict[int, float] = {}
        self._macs: dict[int, bytes] = {}
        self.held: list[tuple[bytes, bytes]] = []  # hardware address and address

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()

    def new(self, rate: float, seconds: float) -> Timed:
        """New clients."""
        return self._run(rate, lambda passed: passed >= seconds, self._discover)

    def watch(self, rate: float, is_over: Callable[[float], bool], patience: float) -> Timed:
        """New clients until ``is_over`` (asked with the seconds that passed), each of which waits so long."""
        return self._run(rate, is_over, self._discover, patience)

    def renew(self, rate: float, seconds: float) -> Timed:
        """Renewals of what ``new`` has brought."""
        return self._run(rate, lambda passed: passed >= seconds, self._renew)

    def _run(
        self, rate: float, is_over: Callable[[float], bool], send: Callable[[], None], patience: float = _PATIENCE
    ) -> Timed:
        seen, sent, began = Timed(), 0, time.perf_counter()
        self._began.clear()
        self._patience, self._finished = patience, began
        while not is_over(passed := time.perf_counter() - began):
            due = min(int(passed * rate) - sent, 32)
            for _ in range(due):
                send()
            sent += max(due, 0)
            self._receive(seen, 0.0 if due > 0 else 0.0005)
        until = time.perf_counter() + patience
        while self._began and time.perf_counter() < until:
            self._receive(seen, 0.01)
        seen.lost = len(self._began)
        return seen

    def _discover(self) -> None:
        self._xid += 1
        mac = b"\x06\x01" + self._xid.to_bytes(4, "big")
        self._began[self._xid], self._macs[self._xid] = time.perf_counter(), mac
        self._send(packet(mac, self._xid, 1))

    def _renew(self) -> None:
        self._xid += 1
        mac, address = self.held[self._xid % len(self.held)]
        self._began[self._xid] = time.perf_counter()
        self._send(packet(mac, self._xid, 3, address))

    def _send(self, data: bytes) -> None:
        for server in self._servers:
            with suppress(BlockingIOError):  # our own queue is full: lost like any other
                self._socket.sendto(data, server)

    def _receive(self, seen: Timed, wait: float) -> None:
        if wait and not select.select([self._socket], [], [], wait)[0]:
            return
        try:
            for _ in range(64):
                self._take(self._socket.recv(2048), seen)
        except BlockingIOError:
            pass

    def _take(self, data: bytes, seen: Timed) -> None:
        xid = int.from_bytes(data[4:8], "big")
        began = self._began.get(xid)
        if began is None or len(data) < 250:
            return
        address, kind = data[16:20], data[242]
        if kind == 2:
            server = data[data.index(b"\x36\x04", 240) :][:6]
            extra = b"\x32\x04" + address + server
            self._send(packet(self._macs[xid], xid, 3, extra=extra))
        elif kind == 5:
            del self._began[xid]
            mac = self._macs.pop(xid, None)
            if mac is not None:
                self.held.append((mac, address))
            seen.exchanges += 1
            now = time.perf_counter()
            delay = now - began
            seen.gap, self._finished = max(seen.gap, now - self._finished), now
            if delay < self._patience:
                seen.delays.append(delay * 1000)
