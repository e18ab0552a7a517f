"""The checks under way: which address waits for which answer, until when."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from kea_twisted.events.event import Event
from kea_twisted.interfaces import Clock, Log
from kea_twisted.libraries.ping_check import messages as M
from kea_twisted.libraries.ping_check.parameters import PingSettings
from kea_twisted.wire.address import address_text
from kea_twisted.wire.probes import ECHO_REPLY, Answer

_REST: Final = 0.002  # seconds between two looks at what is over: checks that end together cost less


class Channel(Protocol):
    """The sockets of the probes."""

    def send_echo(self, address: int, identifier: int, sequence: int) -> None:
        """Send an echo request. Raises OSError."""

    def send_arp(self, interface: str, mac: bytes, address: int) -> None:
        """Send an ARP probe on an interface. Raises OSError."""


class Link(Protocol):
    """The interface at which an ARP probe is sent."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def mac(self) -> bytes:
        """The hardware address."""


class _Check:
    """One address; ``ended`` gets True if it is in use."""

    __slots__ = ("address", "label", "settings", "link", "sent", "deadline", "ended")

    def __init__(
        self, address: int, label: str, settings: PingSettings, link: Link | None, ended: Callable[[bool], object]
    ) -> None:
        self.address = address
        self.label = label
        self.settings = settings
        self.link = link
        self.sent = 0
        self.deadline = 0.0  # 0: it has ended
        self.ended = ended


class Checks:
    """All checks under way, one for an address."""

    def __init__(self, channel: Channel, clock: Clock, log: Log, identifier: int) -> None:
        self._channel = channel
        self._clock = clock
        self._log = log
        self._identifier = identifier
        self._sequence = 0
        self._checks: dict[int, _Check] = {}
        # by reply-timeout: those with the same one end in the order in which they began, so one timer does for all
        self._due: dict[int, deque[tuple[float, _Check]]] = {}

    def __contains__(self, address: int) -> bool:
        return address in self._checks

    def __len__(self) -> int:
        return len(self._checks)

    def begin(
        self, address: int, label: str, settings: PingSettings, link: Link | None, ended: Callable[[bool], object]
    ) -> None:
        """Check an address; ``ended`` is called with True if it is in use. ``link``: with ARP, on this interface."""
        if M.BEGUN in self._log.enabled:
            self._log.emit(M.BEGUN, address_text(address), label)
        check = self._checks[address] = _Check(address, label, settings, link, ended)
        self._send(check)

    def answered(self, answer: Answer) -> None:
        """Note an ICMP message."""
        check = self._checks.get(answer.address)
        if answer.kind == ECHO_REPLY:
            self._say(M.RECEIVED if check is not None else M.LATE_REPLY, answer)
            if check is not None:
                self._end(check, True)
        else:
            self._say(M.UNREACHABLE if check is not None else M.LATE_UNREACHABLE, answer)
            # behind ARP a local host cannot be distinguished from one that does not answer ping
            if check is not None and check.link is None:
                self._end(check, False)

    def claimed(self, address: int) -> None:
        """Note that a host on the link has said by ARP that it has this address."""
        check = self._checks.get(address)
        if check is not None and check.link is not None:
            if M.ARP_RECEIVED in self._log.enabled:
                self._log.emit(M.ARP_RECEIVED, address_text(address))
            self._end(check, True)

    def finish_all(self) -> None:
        """End all checks as if no answer had come."""
        for check in list(self._checks.values()):
            self._end(check, False)

    def _send(self, check: _Check) -> None:
        self._sequence = self._sequence + 1 & 0xFFFF
        check.sent += 1
        reached = self._attempt(check, lambda: self._channel.send_echo(check.address, self._identifier, self._sequence))
        if reached and M.SENT in self._log.enabled:
            self._log.emit(M.SENT, address_text(check.address), self._identifier, self._sequence)
        if check.link is not None:
            reached |= self._send_arp(check, check.link)
        if not reached:
            self._end(check, False)
            return
        self._wait(check, check.settings.timeout)

    def _send_arp(self, check: _Check, link: Link) -> bool:
        if not self._attempt(check, lambda: self._channel.send_arp(link.name, link.mac, check.address)):
            return False
        if M.ARP_SENT in self._log.enabled:
            self._log.emit(M.ARP_SENT, address_text(check.address), link.name)
        return True

    def _attempt(self, check: _Check, send: Callable[[], None]) -> bool:
        try:
            send()
        except OSError as error:
            if M.WRITE_ERROR in self._log.enabled:
                self._log.emit(M.WRITE_ERROR, address_text(check.address), error.strerror or error)
            return False
        return True

    def _wait(self, check: _Check, timeout: int) -> None:
        due = self._due.setdefault(timeout, deque())
        if not due:
            self._clock.callLater(timeout / 1000, self._timer, timeout)
        check.deadline = self._clock.seconds() + timeout / 1000
        due.append((check.deadline, check))

    def _timer(self, timeout: int) -> None:
        due, now = self._due[timeout], self._clock.seconds()
        over = []
        while due and due[0][0] <= now:
            over.append(due.popleft())
        if due:
            self._clock.callLater(max(_REST, due[0][0] - now), self._timer, timeout)
        for deadline, check in over:
            if check.deadline == deadline:
                self._expired(check)

    def _expired(self, check: _Check) -> None:
        settings = check.settings
        if M.EXPIRED in self._log.enabled:
            self._log.emit(M.EXPIRED, address_text(check.address), check.sent, settings.requests, settings.timeout)
        if check.sent >= settings.requests:
            self._end(check, False)
            return
        if M.NEXT in self._log.enabled:
            self._log.emit(M.NEXT, address_text(check.address), check.sent + 1, settings.requests)
        self._send(check)

    def _end(self, check: _Check, in_use: bool) -> None:
        del self._checks[check.address]
        check.deadline = 0.0
        if not in_use and M.FREE in self._log.enabled:
            self._log.emit(M.FREE, address_text(check.address), check.label)
        check.ended(in_use)

    def _say(self, event: Event, answer: Answer) -> None:
        if event in self._log.enabled:
            self._log.emit(event, address_text(answer.address), answer.identifier, answer.sequence)
