"""Sends probes by the DHCP sockets, matches their answers, and answers the probes of partners."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from secrets import randbits
from typing import Final

from twisted.internet.defer import Deferred
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.ha import probe
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.partneridentifiers import LOOPBACK
from kea_twisted.ha.settings import HaSettings
from kea_twisted.hooks.library import DhcpSockets
from kea_twisted.interfaces import Clock, IProber, Log, Timer
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import BOOTREPLY, OPT_SERVER_IDENTIFIER

REPEATS: Final = (0.1, 0.15, 0.25)
"""Seconds from one datagram of a probe to the next, and from the last one to the end: a lost one is no evidence."""

MOST_ADDRESSES: Final = 4
"""Addresses of one partner that are asked at once."""


Learn = Callable[[Iterable[int]], object]
"""Called with the server identifiers in the answers to a probe."""


class _Probe:
    """A probe under way."""

    def __init__(self, outcome: Deferred[ProbeOutcome], targets: dict[int, bytes], learn: Learn) -> None:
        self.outcome = outcome
        self.targets = targets  # partner's address -> payload
        self.learn = learn
        self.repeats = list(REPEATS)
        self.timer: Timer | None = None


@implementer(IProber)
class PartnerProber:
    """The probes of one relationship (IProber). ``addresses`` gives those of the partner, as far as they are known.

    ``learn`` is called with its server identifiers.
    """

    def __init__(
        self,
        prober: Prober,
        settings: HaSettings,
        addresses: Callable[[], Collection[int]],
        learn: Learn = lambda identifiers: None,
    ) -> None:
        self._prober = prober
        self._addresses = addresses
        self._learn = learn
        self._client_id = probe.identifier(settings)

    def probe(self, peer: str) -> Deferred[ProbeOutcome]:
        """See IProber."""
        return self._prober.probe(self._addresses(), self._client_id, self._learn)


def own_addresses(sockets: DhcpSockets) -> list[int]:
    """Return the addresses of this server's DHCP service that a partner can reach."""
    deaf = sockets.deaf_addresses()
    return sorted(address for address in sockets.addresses() if address >> 24 != LOOPBACK and address not in deaf)


def deaf_addresses(sockets: DhcpSockets) -> list[int]:
    """Return the addresses of this server's interfaces that receive nothing at present."""
    return sorted(sockets.deaf_addresses())


class Prober:
    """Probes of all relationships. ``partners`` are the addresses whose probes are answered.

    ``well`` indicates whether this server could serve in place of a partner at this address: one that could not leaves
    its probes unanswered.
    """

    def __init__(
        self,
        clock: Clock,
        sockets: DhcpSockets,
        partners: Callable[[int], bool],
        well: Callable[[int], bool],
        log: Log,
    ) -> None:
        self.sent = self.answered = self.returned = 0
        self._clock = clock
        self._sockets = sockets
        self._partners = partners
        self._well = well
        self._log = log
        self._under_way: dict[int, _Probe] = {}  # by transaction

    def probe(
        self, addresses: Iterable[int], client_id: bytes, learn: Learn = lambda identifiers: None
    ) -> Deferred[ProbeOutcome]:
        """Probe a partner at these addresses, one answer is enough; a Deferred of the ProbeOutcome that never fails."""
        xid = randbits(32)
        targets = {}
        for address in tuple(addresses)[:MOST_ADDRESSES]:
            source = self._sockets.source_for(address)
            if source is not None and source != address:
                targets[address] = probe.query(xid, source, client_id)
        outcome: Deferred[ProbeOutcome] = Deferred()
        under_way = self._under_way[xid] = _Probe(outcome, targets, learn)
        self.sent += 1
        if self._send(under_way):
            self._wait(xid, under_way)
        else:
            self._end(xid, ProbeOutcome.IMPOSSIBLE)
        return outcome

    def takes(self, query: Query) -> bool:
        """Return True if a message is part of a probe, and so not for the DHCP service. Others pass."""
        message = query.message
        if message.op == BOOTREPLY:
            return probe.is_answer(message) and self._take_answer(query)
        if not probe.is_query(message) or message.giaddr != query.source or not self._partners(query.source):
            return False
        if self._well(query.source):
            self._answer(query)
        return True

    def stop(self) -> None:
        """Give up the probes under way."""
        for xid in list(self._under_way):
            self._end(xid, ProbeOutcome.IMPOSSIBLE)

    def _take_answer(self, query: Query) -> bool:
        under_way = self._under_way.get(query.message.xid)
        if under_way is not None and query.source in under_way.targets:
            self.answered += 1
            identifier = query.message.options.get(OPT_SERVER_IDENTIFIER)
            if identifier is not None:
                under_way.learn((int.from_bytes(identifier, "big"),))
            self._end(query.message.xid, ProbeOutcome.ANSWERED)
        return True

    def _answer(self, query: Query) -> None:
        self.returned += 1
        self._log.emit(E.HA_PROBE_RECEIVED, address_text(query.source))
        payload = probe.answer(query.message, query.local)
        self._sockets.send(
            Reply(payload, query.interface, query.local, query.source, query.source_port, query.source_mac)
        )

    def _send(self, under_way: _Probe) -> bool:
        """Send to all addresses; False when it worked for none."""
        left = False
        for address, payload in under_way.targets.items():
            source = int.from_bytes(payload[24:28], "big")  # giaddr
            try:
                self._sockets.send_datagram(payload, source, address)
                left = True
            except OSError:
                continue  # no route, no carrier: as good as no answer
        return left

    def _wait(self, xid: int, under_way: _Probe) -> None:
        under_way.timer = self._clock.callLater(under_way.repeats.pop(0), self._repeat, xid, under_way)

    def _repeat(self, xid: int, under_way: _Probe) -> None:
        under_way.timer = None
        if under_way.repeats:
            self._send(under_way)
            self._wait(xid, under_way)
        else:
            self._end(xid, ProbeOutcome.UNANSWERED)

    def _end(self, xid: int, outcome: ProbeOutcome) -> None:
        under_way = self._under_way.pop(xid)
        if under_way.timer is not None:
            under_way.timer.cancel()
        under_way.outcome.callback(outcome)
