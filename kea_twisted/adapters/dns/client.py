"""Updates to DNS servers: by UDP, and by TCP where a response is truncated.

The socket is not connected, so that a server that is down is a timeout, as for Kea, and not an error at once: the
tries then last as long as a restart of a name server may take. A response counts if it comes from the server's address
and port with the identifier of an update that is under way; who can forge that can forge no signature.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from os import urandom
from struct import Struct
from typing import Any, Final, cast

from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, connectProtocol
from twisted.protocols.basic import Int16StringReceiver
from twisted.python.failure import Failure

from kea_twisted.adapters.dns.udp import Datagrams, UdpPort, UdpReactor
from kea_twisted.ddns.settings import DnsServer
from kea_twisted.ddns.transaction import Outcome
from kea_twisted.interfaces import Timer

_TRUNCATED: Final = 0x02  # in the third byte of the header
LARGEST: Final = 4096  # bytes of a response by UDP; more than 512 come by TCP (RFC 1035 section 4.2.1)
_RANDOM: Final = Struct("!256H")  # identifiers made at a time
_REST: Final = 0.002  # seconds between two looks at what is overdue

Done = Callable[[Outcome, bytes], object]
Key = tuple[str, int, int]


class DnsClient:
    """Sends updates; each ends with one call of its ``done``, response in hand if there is one."""

    def __init__(self, reactor: UdpReactor) -> None:
        self._reactor = reactor
        self._ports: dict[bool, UdpPort] = {}
        self._pending: dict[Key, _Pending] = {}
        self._random: list[int] = []  # identifiers to come
        # by timeout: those with the same one end in the order in which they began, so one timer does for all
        self._due: dict[float, deque[tuple[float, Key, _Pending]]] = {}
        self._timers: dict[float, Timer] = {}

    def identifier(self, server: DnsServer) -> int:
        """Return an identifier that no update to this server has at present."""
        while True:
            if not self._random:
                self._random = list(_RANDOM.unpack(urandom(_RANDOM.size)))
            number = self._random.pop()
            if (server.address, server.port, number) not in self._pending:
                return number

    def send(self, server: DnsServer, wire: bytes, timeout: float, done: Done) -> None:
        """Send an update; ``done`` is called in a later turn of the reactor."""
        key = (server.address, server.port, int.from_bytes(wire[:2], "big"))
        pending = self._pending[key] = _Pending(wire, done)
        try:
            # not by the port's write, which looks at the form of the address each time
            self._port(":" in server.address).socket.sendto(wire, (server.address, server.port))
        except OSError:
            self._reactor.callLater(0, self._end_of, key, pending, Outcome.OTHER)
            return
        self._wait(key, pending, timeout)

    def close(self) -> None:
        """Forget all updates under way."""
        for pending in self._pending.values():
            pending.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._pending, self._due, self._timers = {}, {}, {}
        for port in self._ports.values():
            port.stopListening()
        self._ports = {}

    def received(self, response: bytes, address: str, port: int) -> None:
        """Take a datagram."""
        key = (address, port, int.from_bytes(response[:2], "big"))
        pending = self._pending.get(key)
        if pending is None or len(response) < 12 or pending.connection is not None:
            return
        if response[2] & _TRUNCATED:
            self._by_stream(key, pending)
        else:
            self._end(key, Outcome.SUCCESS, response)

    def _by_stream(self, key: Key, pending: _Pending) -> None:
        """Ask again by TCP (RFC 2136 section 6); the time that is left stays the same."""
        endpoint = (TCP6ClientEndpoint if ":" in key[0] else TCP4ClientEndpoint)(
            cast(Any, self._reactor), key[0], key[1]
        )

        def responded(response: bytes) -> None:
            self._end(key, Outcome.SUCCESS, response)

        def failed(failure: Failure) -> None:
            self._end_of(key, pending, Outcome.OTHER)

        pending.connection = connectProtocol(endpoint, _Stream(pending.wire, responded))  # type: ignore[no-untyped-call]
        pending.connection.addErrback(failed)

    def _wait(self, key: Key, pending: _Pending, timeout: float) -> None:
        due = self._due.get(timeout)
        if due is None:
            due = self._due[timeout] = deque()
        due.append((self._reactor.seconds() + timeout, key, pending))
        if timeout not in self._timers:
            self._timers[timeout] = self._reactor.callLater(timeout, self._look, timeout)

    def _look(self, timeout: float) -> None:
        """End what is overdue, forget what has ended, and look again when the next one is due."""
        due, now = self._due[timeout], self._reactor.seconds()
        del self._timers[timeout]
        overdue = []
        while due and (due[0][0] <= now or self._pending.get(due[0][1]) is not due[0][2]):
            overdue.append(due.popleft())
        if due:
            self._timers[timeout] = self._reactor.callLater(max(_REST, due[0][0] - now), self._look, timeout)
        for _, key, pending in overdue:
            self._end_of(key, pending, Outcome.TIMEOUT)

    def _end_of(self, key: Key, pending: _Pending, outcome: Outcome) -> None:
        if self._pending.get(key) is pending:
            self._end(key, outcome, b"")

    def _end(self, key: Key, outcome: Outcome, response: bytes) -> None:
        pending = self._pending.pop(key)
        if pending.connection is not None:
            pending.cancel()
        pending.done(outcome, response)

    def _port(self, is_ipv6: bool) -> UdpPort:
        if is_ipv6 not in self._ports:
            anywhere = "::" if is_ipv6 else ""
            self._ports[is_ipv6] = self._reactor.listenUDP(
                0, Datagrams(self.received), interface=anywhere, maxPacketSize=LARGEST
            )
        return self._ports[is_ipv6]


class _Pending:
    """An update under way."""

    __slots__ = ("wire", "done", "connection")

    def __init__(self, wire: bytes, done: Done) -> None:
        self.wire = wire
        self.done = done
        self.connection: Any = None

    def cancel(self) -> None:
        """Stop the connection."""
        if self.connection is not None:
            self.connection.cancel()


class _Stream(Int16StringReceiver):
    """One update over TCP, two bytes of length before each message (RFC 1035 section 4.2.2)."""

    transport: Any

    def __init__(self, wire: bytes, responded: Callable[[bytes], None]) -> None:
        self._wire = wire
        self._responded = responded

    def connectionMade(self) -> None:
        """Twisted's call."""
        self.sendString(self._wire)  # type: ignore[no-untyped-call]

    def stringReceived(self, string: bytes) -> None:
        """Twisted's call."""
        if string[:2] == self._wire[:2] and len(string) >= 12:
            self._responded(string)
        self.transport.loseConnection()
