"""From datagrams to queries: what all kinds of ports deliver to.

One protocol per port, since the port decides the interface of a query. All datagrams of a reading turn are decoded
before the first one is handled: the same code on many datagrams in a row stays in the processor's caches, and an
exchange costs a tenth less. A datagram that cannot be understood is counted and dropped; an error of
ours in handling one is logged and never reaches the reactor, which would close the port.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Protocol

from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from kea_twisted import events as E
from kea_twisted.adapters.net.counted import CountedFrames
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.system.clock import now
from kea_twisted.engine.dropreport import Counter, DropReport
from kea_twisted.engine.effects import Interface, Query
from kea_twisted.engine.timeline import PROCESS_STARTED, Timeline
from kea_twisted.errors import MalformedPacket
from kea_twisted.interfaces import Log
from kea_twisted.records import new
from kea_twisted.wire.address import address_text
from kea_twisted.wire.frame import Datagram
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import decode


class BulkDrops(Protocol):
    """Decides if usual queries can be dropped and counted in bulk, without decoding and logging that they came."""

    def bulk_drop_counters(self) -> tuple[str, ...]:
        """Return the counters of each usual query for now; none: queries must be decoded."""

    def count_bulk_drops(self, names: tuple[str, ...], number: int) -> None:
        """Count so many."""


class DhcpProtocol(DatagramProtocol):
    """Decodes what arrives at one port and hands it to ``handle`` when a reading turn ends; then ``batch_done``.

    That returns the seconds for which reading is to rest, so that more queries come together.

    ``timeline`` has the moments of the datagram that is delivered next, where queries are timed.
    """

    noisy = False
    timeline: Timeline | None = None
    _failures = Logger()

    def __init__(
        self,
        nic: Nic,
        handle: Callable[[Query], object],
        batch_done: Callable[[], float | None],
        statistics: Counter,
        log: Log,
        bulk_drops: BulkDrops | None = None,
    ) -> None:
        self.interface = Interface(nic.name, nic.ifindex, nic.mac, nic.addresses, nic.mtu)
        self._locals = _locals(nic)
        self._first = nic.addresses[0]
        self._handle = handle
        self._batch_done = batch_done
        self._statistics = statistics
        self._log = log
        self._drops = DropReport(log, statistics)
        self._bulk_drops = bulk_drops
        self.bulk_drop_counters: Callable[[], tuple[str, ...]] = bulk_drops.bulk_drop_counters if bulk_drops else tuple
        """Returns the argument of ``count_bulk_drops`` for each usual query, if none has to come here; else nothing."""
        self._decoded: list[Query] = []
        self.counted = CountedFrames()

    def frame_received(self, datagram: Datagram, interface: Interface | None = None) -> None:
        """Decode a datagram. Its query waits for ``handle_decoded``.

        ``interface``: where it came in, when that is not the port's own (see ``udpport``).
        """
        mac, source, destination, port, _, payload = datagram
        if E.DHCP4_BUFFER_RECEIVED in self._log.enabled:
            self._log_received(datagram)
        try:
            message = decode(payload)
        except MalformedPacket as error:
            self._drop(datagram, error)
            return
        local = self._locals.get(destination, self._first)
        self._decoded.append(
            new(
                Query,
                (message, interface or self.interface, local, source, destination, port, mac, None, (), self.timeline),
            )
        )

    def handle_decoded(self) -> None:
        """Hand over the queries that wait, in the order in which they came."""
        queries, self._decoded = self._decoded, []
        handle = self._handle if self.timeline is None else self._handle_timed
        for query in queries:
            try:
                handle(query)
            except Exception as error:
                self._failed(query, error)

    def take_decoded(self) -> list[Query]:
        """Return the queries that wait, which are not handled then."""
        queries, self._decoded = self._decoded, []
        return queries

    def receive_again(self, queries: Sequence[Query]) -> None:
        """Handle queries as a batch, as if they came now."""
        self._decoded += queries
        self.batch_done()

    def received(self, at: float) -> None:
        """Note when the kernel received the datagram that is delivered next (0.0: unknown); it was read just now."""
        self.timeline = Timeline(at, now())

    def malformed(self, error: MalformedPacket) -> None:
        """Count a frame in which there is no datagram; the sender is not known."""
        self._statistics.count("pkt4-received")
        self._drops.malformed(error, E.DHCP4_BUFFER_RECEIVE_FAIL, now(), error)

    def lost(self, number: int) -> None:
        """Count what came, but had to be dropped because there was too much."""
        for name in ("pkt4-received", "pkt4-queue-full", "pkt4-receive-drop"):
            self._statistics.count(name, number)

    def count_bulk_drops(self, names: tuple[str, ...], frames: list[bytes]) -> None:
        """Count these."""
        if self._bulk_drops is not None and frames:
            self._bulk_drops.count_bulk_drops(names, len(frames))
            self.counted.note(frames)

    def trouble(self, reason: object) -> None:
        """Log what a port has to say about its socket."""
        if E.DHCP4_BUFFER_RECEIVE_FAIL in self._log.enabled:
            self._log.emit(E.DHCP4_BUFFER_RECEIVE_FAIL, reason)

    def batch_done(self) -> float:
        """The port has read what there was for this turn. Return the seconds for which reading is to rest."""
        self.handle_decoded()
        try:
            return self._batch_done() or 0.0
        except Exception:
            self._failures.failure("the end of a batch of queries failed")
            return 0.0

    def _handle_timed(self, query: Query) -> None:
        if query.timeline is not None:
            query.timeline.add(PROCESS_STARTED, now())
        self._handle(query)

    def _drop(self, datagram: Datagram, error: MalformedPacket) -> None:
        self._statistics.count("pkt4-received")
        sender = f"hwtype=1 {datagram.source_mac.hex(':')}"
        self._drops.malformed(
            error, E.DHCP4_PACKET_DROP_0001, now(), f"[{sender}], cid=[no info], tid=0x0",
            address_text(datagram.source), address_text(datagram.destination), self.interface.name, error, sender,
        )  # fmt: skip

    def _failed(self, query: Query, error: Exception) -> None:
        self._statistics.count("pkt4-processing-failed")
        self._statistics.count("pkt4-receive-drop")
        if E.DHCP4_PACKET_PROCESS_STD_EXCEPTION in self._log.enabled:
            self._log.emit(E.DHCP4_PACKET_PROCESS_STD_EXCEPTION, label(query.message), repr(error))
        self._failures.failure("a query could not be handled")

    def _log_received(self, datagram: Datagram) -> None:
        self._log.emit(
            E.DHCP4_BUFFER_RECEIVED,
            address_text(datagram.source),
            datagram.source_port,
            address_text(datagram.destination),
            datagram.destination_port or "",
            self.interface.name,
        )


def _locals(nic: Nic) -> dict[int, int]:
    """Return the address of this server that is meant by a destination; by a limited broadcast it is the first one."""
    meant = {broadcast: address for address, broadcast in zip_longest(nic.addresses, nic.broadcasts, fillvalue=0)}
    return meant | {address: address for address in nic.addresses}
