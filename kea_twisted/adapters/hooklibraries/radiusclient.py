"""The client of RADIUS servers: requests, their repetitions, and the sockets that they leave by.

A socket is connected to one server, so that datagrams of other senders are not read, and carries at most 256 requests
at a time: the identifier of a packet has one byte.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from kea_twisted.adapters.hooklibraries import radiuspackets as P
from kea_twisted.events.event import Event
from kea_twisted.hooks.library import HookHost
from kea_twisted.libraries.radius import attributes as A
from kea_twisted.libraries.radius import messages as M
from kea_twisted.libraries.radius import standard as S
from kea_twisted.libraries.radius.attributes import Attribute, Attributes
from kea_twisted.libraries.radius.parameters import RadiusSettings, Server

OK, BAD_RESPONSE, ERROR, TIMEOUT, REJECT = 0, -2, -1, 1, 2
TEXTS: Final = {OK: "ok", BAD_RESPONSE: "bad response", ERROR: "error", TIMEOUT: "timeout", REJECT: "reject"}
"""The results of an exchange: Kea's numbers, and its words."""

MOST_SOCKETS: Final = 16
"""Sockets to one server, so that 4096 requests may wait for it."""

_IDENTIFIERS: Final = 256
_LOOK_UP_AGAIN: Final = 60.0  # seconds
_ADDED: Final = (S.ACCT_DELAY_TIME, S.NAS_IP_ADDRESS, S.NAS_IPV6_ADDRESS)

_RESULTS: Final = {
    P.ACCESS_REQUEST: {P.ACCESS_ACCEPT: OK, P.ACCESS_REJECT: REJECT},
    P.ACCOUNTING_REQUEST: {P.ACCOUNTING_RESPONSE: OK},
}
"""The results of answers, by the requests of a service."""
_SERVICES: Final = {P.ACCESS_REQUEST: "access", P.ACCOUNTING_REQUEST: "accounting"}

Done = Callable[[int, Attributes], None]


class Channel(DatagramProtocol):
    """A socket to a server, and the tries that wait for answers on it."""

    noisy = False

    def __init__(self, closed: Callable[[Channel], None]) -> None:
        self.waiting: dict[int, Exchange] = {}
        self._closed = closed

    @property
    def local_address(self) -> str:
        """The address that it sends from."""
        return str(self.transport.getHost().host)  # type: ignore[union-attr]

    def send(self, data: bytes) -> None:
        """Send a datagram. It may call ``refused`` of the requests that wait, for an earlier one."""
        port: Any = self.transport
        port.write(data)

    def free_identifier(self) -> int:
        """Return an identifier that no request has, and that cannot be guessed."""
        number = secrets.randbelow(_IDENTIFIERS)
        while number in self.waiting:
            number = (number + 1) % _IDENTIFIERS
        return number

    def release(self, identifier: int) -> None:
        """Free an identifier. The socket is closed with the last one: the next has another port."""
        del self.waiting[identifier]
        if not self.waiting:
            self.close()

    def close(self) -> None:
        """Close the socket."""
        self._closed(self)
        if self.transport is not None:
            self.transport.stopListening()

    def datagramReceived(self, data: bytes, addr: object = None) -> None:
        """Hand an answer to the request that it is for."""
        exchange = self.waiting.get(data[1]) if len(data) > 1 else None
        if exchange is not None:
            exchange.received(data)

    def connectionRefused(self) -> None:
        """Nobody listens at the server's port: the requests need another server."""
        for exchange in list(self.waiting.values()):
            exchange.refused()

    def stopProtocol(self) -> None:
        """Do the same if the reactor has closed the socket: some do so at the first error."""
        self._closed(self)
        self.connectionRefused()


class Peer:
    """A server with its sockets. ``dead_until`` is the time, of the timers, until which it is asked last."""

    def __init__(self, server: Server, host: HookHost, bind_address: str) -> None:
        self.server = server
        self.address = ""  # until a host name is resolved
        self.dead_until = 0.0
        self._host = host
        self._bind_address = bind_address
        self.channels: list[Channel] = []
        with suppress(ValueError):
            self.address = str(ip_address(server.name))

    def channel(self) -> Channel:
        """Return a socket with a free identifier. Raises OSError, CannotListenError."""
        for channel in self.channels:
            if len(channel.waiting) < _IDENTIFIERS:
                return channel
        if len(self.channels) >= MOST_SOCKETS:
            raise OSError(0, f"{MOST_SOCKETS * _IDENTIFIERS} requests wait for the server already")
        made = Channel(self._closed)
        interface = self._bind_address or ("::" if ":" in self.address else "")
        port: Any = self._host.reactor.listenUDP(0, made, interface)
        try:
            port.connect(self.address, self.server.port)
        except OSError:
            port.stopListening()
            raise
        self.channels.append(made)
        return made

    def close(self) -> None:
        """Close the sockets."""
        for channel in list(self.channels):
            channel.close()

    def _closed(self, channel: Channel) -> None:
        with suppress(ValueError):
            self.channels.remove(channel)


class Exchange:
    """A request on its way: each server is tried some times, those first that have answered."""

    def __init__(
        self,
        client: Client,
        code: int,
        service: int,
        attributes: Sequence[Attribute],
        peers: Sequence[Peer],
        done: Done,
    ) -> None:
        self._client = client
        self.code = code
        self._service = service
        self._attributes = attributes
        self._began = client.now()
        self._left = sorted(peers, key=lambda peer: peer.dead_until > self._began)  # stable
        self._done: Done | None = done
        self._tries = 0
        self._number = -1
        self._result = ERROR
        self._name = secrets.token_hex(4)
        self._timer: Any = None
        self._channel: Channel | None = None
        self._request: P.Request | None = None
        client.log(M.STARTED, self._name)

    def next_try(self) -> None:
        """Send the request once more, to the next server if it was sent often enough to this one."""
        self._abandon()
        if self._tries > self._client.radius.retries:
            self._give_up()
        while self._left and self._done is not None:
            peer = self._left[0]
            if not self._tries:
                self._number += 1
            self._tries += 1
            if peer.address and self._sent(peer):
                return
            self._left.pop(0)
            self._tries = 0
        self._finish(self._result, Attributes())

    def received(self, data: bytes) -> None:
        """Take a datagram: what is no valid answer is ignored (RFC 2865 section 4), as anybody can send it."""
        assert self._request is not None
        self._client.log(M.RECEIVED, self._name, len(data))
        try:
            answer = P.decoded(self._request, data)
            found = A.received(self._client.radius.dictionary, answer.attributes)
        except ValueError as error:
            self._client.log(M.BAD_RESPONSE, self._name, error)
            return
        result = _RESULTS[self._service].get(answer.code, BAD_RESPONSE)
        if result == BAD_RESPONSE:
            names = [P.NAMES.get(code, f"Message-Code-{code}") for code in (self.code, answer.code)]
            self._client.log(M.UNEXPECTED, self._name, *names)
            self._result = BAD_RESPONSE
            self.next_try()
            return
        self._left[0].dead_until = 0.0
        for value in found.values(S.REPLY_MESSAGE):
            self._client.log(M.REPLY_MESSAGE, data[1], self._name, value.decode("utf-8", "backslashreplace"))
        self._finish(result, found)

    def refused(self) -> None:
        """Continue with the next server at once."""
        self._client.log(M.RECEIVE_FAILED, self._name, "Connection refused")
        self._result = TIMEOUT
        self._abandon()
        self._give_up()
        self.next_try()

    def cancel(self) -> None:
        """End without a result."""
        self._done = None
        self._abandon()

    def _sent(self, peer: Peer) -> bool:
        """Send the request to a server; False, logged: it is impossible."""
        try:
            channel = peer.channel()
            identifier = channel.free_identifier()
            self._request = P.encoded(
                self.code, identifier, peer.server.secret, self._completed(channel.local_address),
                self._client.radius.authenticates,
            )  # fmt: skip
            channel.waiting[identifier] = self
            self._channel = channel
            self._timer = self._client.call_later(self._client.radius.timeout, self._timed_out)
            if self._tries == 1:
                size = len(self._request.data)
                self._client.log(M.SEND_NEW, self._name, size, self._number, peer.address, peer.server.port)
            else:
                self._client.log(M.SEND_RETRY, self._name, len(self._request.data), self._tries - 1)
            channel.send(self._request.data)
        except (OSError, CannotListenError, ValueError) as error:
            self._client.log(M.OPEN_FAILED, self._name, error)
            self._result = ERROR
            self._abandon()
            return False
        return True

    def _completed(self, local: str) -> list[Attribute]:
        """Return the attributes with those of this try."""
        made, codes = list(self._attributes), {each.code for each in self._attributes}
        if self.code == P.ACCOUNTING_REQUEST and S.ACCT_DELAY_TIME not in codes:
            late = max(0, int(self._client.now() - self._began))  # the clock may have been set back
            made.append(Attribute(S.ACCT_DELAY_TIME, late.to_bytes(4)))
        address = ip_address(local)
        code = S.NAS_IP_ADDRESS if address.version == 4 else S.NAS_IPV6_ADDRESS
        if code not in codes:
            made.append(Attribute(code, address.packed))
        return made

    def _timed_out(self) -> None:
        self._timer = None
        self._client.log(M.EXCHANGE_TIMEOUT, self._name)
        self._result = TIMEOUT
        self.next_try()

    def _give_up(self) -> None:
        """Ask no more of the present server, and for a while not first if it does not answer."""
        peer = self._left.pop(0)
        self._tries = 0
        if self._result == TIMEOUT and self._client.radius.deadtime:
            peer.dead_until = self._client.now() + self._client.radius.deadtime

    def _abandon(self) -> None:
        """Expect no answer to the last try any more."""
        timer, channel, request = self._timer, self._channel, self._request
        self._timer = self._channel = None
        if timer is not None:
            timer.cancel()
        if channel is not None and request is not None:
            channel.release(request.packet.id)

    def _finish(self, result: int, found: Attributes) -> None:
        self._abandon()
        done, self._done = self._done, None
        if done is not None:
            self._client.log(M.TERMINATED if result in (OK, REJECT) else M.EXCHANGE_FAILED, self._name, TEXTS[result])
            self._client.ended(self, self._service, result)
            done(result, found)


class Client:
    """The client of the servers of both services."""

    def __init__(self, host: HookHost, radius: RadiusSettings) -> None:
        self.radius = radius
        self._host = host
        self._peers = {
            P.ACCESS_REQUEST: [Peer(each, host, radius.bind_address) for each in radius.access.servers],
            P.ACCOUNTING_REQUEST: [Peer(each, host, radius.bind_address) for each in radius.accounting.servers],
        }
        self._exchanges: set[Exchange] = set()
        self._is_closed = False
        self._retry: Any = None
        self._idle: dict[int, Any] = {}  # timers, by service

    def __len__(self) -> int:
        return len(self._exchanges)

    def start(self) -> None:
        """Look up the host names of servers; those that cannot be resolved are looked up again later."""
        self._retry = None
        for code, peers in self._peers.items():
            for peer in peers:
                if not peer.address:
                    found: Any = deferToThread(socket.getaddrinfo, peer.server.name, None, type=socket.SOCK_DGRAM)
                    found.addBoth(self._resolved, peer, _SERVICES[code])

    def send(self, code: int, attributes: Sequence[Attribute], done: Done) -> None:
        """Send a request; ``done`` gets the result, and the attributes of the answer, at once or later."""
        self._begin(code, code, attributes, done)

    def unconfirmed(self) -> int:
        """Return the number of records without an answer."""
        return sum([exchange.code == P.ACCOUNTING_REQUEST for exchange in self._exchanges])

    def close(self) -> None:
        """End all exchanges without a result."""
        self._is_closed = True
        for timer in (self._retry, *self._idle.values()):
            if timer is not None:
                timer.cancel()
        for exchange in self._exchanges:
            exchange.cancel()
        self._exchanges.clear()
        for peers in self._peers.values():
            for peer in peers:
                peer.close()

    # --- what an exchange uses ------------------------------------------------------------------------------------

    def now(self) -> float:
        """Return the time of the timers."""
        return self._host.timers.seconds()

    def call_later(self, seconds: float, function: Callable[[], None]) -> object:
        """Start a timer."""
        return self._host.timers.callLater(seconds, function)

    def log(self, event: Event, *arguments: object) -> None:
        """Write a line if its event is enabled."""
        if event in self._host.log.enabled:
            self._host.log.emit(event, *arguments)

    def ended(self, exchange: Exchange, service: int, result: int) -> None:
        """Forget an exchange; if a server has answered, those of its service are idle from now on."""
        self._exchanges.discard(exchange)
        if result in (OK, REJECT) and not self._is_closed:
            self._await_idleness(service)

    def _begin(self, code: int, service: int, attributes: Sequence[Attribute], done: Done) -> None:
        exchange = Exchange(self, code, service, attributes, self._peers[service], done)
        self._exchanges.add(exchange)
        exchange.next_try()

    def _await_idleness(self, service: int) -> None:
        timer = self._idle.pop(service, None)
        if timer is not None:
            timer.cancel()
        chosen = self.radius.access if service == P.ACCESS_REQUEST else self.radius.accounting
        if chosen.idle_seconds:
            self._idle[service] = self.call_later(chosen.idle_seconds, partial(self._ask_status, service))

    def _ask_status(self, service: int) -> None:
        """Ask whether a server is at work: one that is not is asked last afterwards (``deadtime``)."""
        del self._idle[service]
        name = _SERVICES[service]
        self.log(M.STATUS_SENT[name], "no attributes")

        def done(result: int, found: Attributes) -> None:
            if result == OK:
                self.log(M.STATUS_DONE[name])
                return
            self.log(M.STATUS_FAILED[name], result, TEXTS[result])
            self._await_idleness(service)

        self._begin(P.STATUS_SERVER, service, (), done)

    def _resolved(self, outcome: Any, peer: Peer, service: str) -> None:  # noqa: ANN401 - getaddrinfo's, or a Failure
        if self._is_closed:
            return
        if not isinstance(outcome, Failure):
            peer.address = outcome[0][4][0]
            return
        self.log(M.UNRESOLVED, service, peer.server.name, outcome.getErrorMessage())
        if self._retry is None:
            self._retry = self.call_later(_LOOK_UP_AGAIN, self.start)
