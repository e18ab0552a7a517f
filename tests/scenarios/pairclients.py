"""The clients of a modelled pair: a few that want an address all the time, and crowds that do what they are told."""

from __future__ import annotations

from typing import Any, Protocol

from kea_twisted.wire.constants import ACK, DECLINE, DISCOVER, NAK, OFFER, RELEASE, REQUEST
from kea_twisted.wire.message import Message
from tests.scenarios.pairclock import Call, FakeClock
from tests.scenarios.pairconfig import LIFETIME, mac_of
from tests.scenarios.pairdisk import Row
from tests.scenarios.pairserver import Life

FOR_EVER = 1 << 30


class Net(Protocol):
    """The world that clients are connected to."""

    clock: FakeClock
    random: Any
    retry: float
    growing_secs: bool
    declined_at: dict[int, float]

    def to_servers(self, message: Message, server: int) -> None: ...
    def holds_now(self, client: Client, giver: str) -> None: ...
    def moves(self, client: Client, address: int) -> None: ...


class Client:
    """A client as in RFC 2131 section 4.4, with short times.

    ``renewals``: how often it prolongs its lease by itself, before it leaves without a word.
    """

    def __init__(self, world: Net, number: int, keen: bool, relayed: bool = False) -> None:
        self.world = world
        self.number = number
        self.keen = keen
        self.relayed = relayed
        self.mac = mac_of(number)
        self.renewals = FOR_EVER if keen else 0
        self.until = 0.0  # when the lease ends by its own clock
        self.alone = False  # the server that gave it could not tell its partner
        self.beyond = False  # that server had no free address in its own half
        self.given_at = 0.0
        self.row: Row = (0, b"", 0)  # what was confirmed
        self.asking_since: float | None = None  # no server has answered since then
        self.longest_wait = 0.0
        self.choice = (0, 0)  # the last message, and the server that is named in it
        self.hesitates = False  # it accepts an offer only when it is told to
        self._address = 0
        self._server = 0
        self._offered = 0
        self._xid = 0
        self._since = 0.0
        self._asked_at = 0.0
        self._tries = 0
        self._phase = self._discover
        self._awaits: tuple[int, ...] = ()
        self._timer: Call | None = None
        if keen:
            self._again(number * 0.05)

    @property
    def address(self) -> int:
        """The address that it was given, 0 before and after."""
        return self._address

    @address.setter
    def address(self, address: int) -> None:
        if address != self._address:
            self.world.moves(self, address)
            self._address = address

    @property
    def holds(self) -> bool:
        return bool(self._address) and self.world.clock.seconds() < self.until

    @property
    def busy(self) -> bool:
        """Return True if it waits for an answer or has plans."""
        return self._timer is not None and self._timer.active()

    # what it can be told to do

    def join(self, renewals: int = 0) -> None:
        """Want an address, or prolong the one it has."""
        if not self.keen:
            self.renewals = renewals
        if self.holds:
            self._tries, self._phase = 0, self._renew
            self._renew()
        elif not self.busy:
            self.asking_since = None
            self._start()
            self._discover()

    def hesitate(self) -> None:
        """Want an address, and keep the offer for now."""
        self.hesitates = True
        self.join()

    @property
    def offered(self) -> int:
        """The address of the offer that it has not accepted yet, else 0."""
        return self._offered if self.hesitates and self._phase == self._request else 0

    def accept(self) -> None:
        """Accept the offer that it has."""
        if self.offered:
            self.hesitates, self._since = False, self.world.clock.seconds()
            self._request()

    def release(self) -> None:
        """Give the address up; who is keen wants one again a little later."""
        if self.holds:
            self._send(RELEASE, self._server, {54: self._server.to_bytes(4, "big")}, ciaddr=self.address)
            self._leave(5.0)

    def decline(self) -> None:
        """Decline: another host uses the address, it seems."""
        if self.holds:
            options = {50: self.address.to_bytes(4, "big"), 54: self._server.to_bytes(4, "big")}
            self.world.declined_at[self.address] = self.world.clock.seconds()
            self._send(DECLINE, 0, options)
            self._leave(2.0)

    def rebind(self) -> None:
        """Ask every server that hears it to prolong the lease."""
        if self.holds:
            self._tries, self._phase = 3, self._renew
            self._renew()

    def reboot(self) -> None:
        """Come back after a restart and ask for the address that it had."""
        if self.holds:
            self._offered, self._server, self._tries, self._phase = self.address, 0, 0, self._request
            self._since = self.world.clock.seconds()
            self._request()

    def vanish(self) -> None:
        """Leave without a word."""
        if not self.keen:
            self.asking_since = None
            self._stop()
            self.address = 0

    # the protocol

    def take(self, kind: int, message: Message, server: Life, row: Row) -> None:
        """A server's answer arrives."""
        if message.xid != self._xid or kind not in self._awaits:
            return
        if kind != OFFER:
            self._note_wait()
            self.asking_since = None
        if kind == OFFER:
            self._server = int.from_bytes(message.options[54], "big")
            self._offered, self._tries, self._phase = message.yiaddr, 0, self._request
            self.asking_since = None if self.hesitates else self.asking_since
            self._stop() if self.hesitates else self._request()
        elif kind == NAK:
            self._leave(1.0)
        else:
            self._server = int.from_bytes(message.options[54], "big")
            self.address, self.row = message.yiaddr, row
            self.until = self._asked_at + int.from_bytes(message.options[51], "big")
            self.given_at = self.world.clock.seconds()
            self.alone = not server.is_normal
            share = server.table.share
            self.beyond = share is not None and self.address in share._beyond
            self._awaits, self._tries, self._phase = (), 0, self._renew
            self.world.holds_now(self, server.name)
            if self.renewals > 0:
                self.renewals -= 1
                self._again(LIFETIME / 4)
            else:
                self._stop()

    @property
    def waits(self) -> float:
        """For how long it has asked in vain."""
        return 0.0 if self.asking_since is None else self.world.clock.seconds() - self.asking_since

    def _note_wait(self) -> None:
        self.longest_wait = max(self.longest_wait, self.waits)

    def _leave(self, pause: float) -> None:
        self.asking_since = None
        self.address = 0
        self._start()
        if self.keen:
            self._again(pause)
        else:
            self._stop()

    def _start(self) -> None:
        self._awaits, self._tries, self._phase, self._since = (), 0, self._discover, 0.0

    def _again(self, delay: float) -> None:
        self._stop()
        self._timer = self.world.clock.callLater(delay, lambda: self._phase())

    def _stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _discover(self) -> None:
        self.address = 0
        self._tries += 1
        if self._tries > 3 and not self.keen:
            self._note_wait()
            self.asking_since = None
            return
        if not self._since:
            self._since = self.world.clock.seconds()
        self._awaits = (OFFER,)
        self._send(DISCOVER, 0)
        self._again(self.world.retry)

    def _request(self) -> None:
        self._tries += 1
        if self._tries > 3:
            self._start()
            self._again(0.0)
            return
        self._awaits = (ACK, NAK)
        options = {50: self._offered.to_bytes(4, "big")}
        if self._server:
            options[54] = self._server.to_bytes(4, "big")
        self._send(REQUEST, 0, options)
        self._again(self.world.retry)

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
        rebinding = self._tries > 3 or self.until - now < LIFETIME / 2
        self._send(REQUEST, 0 if rebinding else self._server, ciaddr=self.address)
        self._again(min(self.world.retry + 1.0, max(0.1, self.until - now)))

    def _send(self, kind: int, server: int, options: dict[int, bytes] | None = None, ciaddr: int = 0) -> None:
        now = self.world.clock.seconds()
        self._asked_at = now
        self._xid = self.world.random.getrandbits(32)
        if self._awaits and self.asking_since is None and not server:  # a unicast may be for a server that is gone
            self.asking_since = now
        secs = int(now - self._since) if self._since and self.world.growing_secs else 0
        every = {53: bytes((kind,)), 61: b"\1" + self.mac} | (options or {})
        self.choice = (self._xid, int.from_bytes(every.get(54, b""), "big"))
        message = Message(1, 1, 0, self._xid, secs, 0, ciaddr, 0, 0, 0, self.mac, b"", b"", every)
        self.world.to_servers(message, server)
