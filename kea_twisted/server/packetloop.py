"""The one loop that takes queries from the sockets to the performer, in the service, benchmarks and tests alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from twisted.logger import Logger

from kea_twisted.engine.effects import Decision, Parked, Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.server import Server
from kea_twisted.server.lookup import Lookup, Storage
from kea_twisted.server.pace import Pace
from kea_twisted.server.parking import Parking
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import CLIENT_PORT, OPT_CLIENT_IDENTIFIER


class Clocks(Protocol):
    """The times that a packet loop needs, and a call in a later turn."""

    def wall(self) -> float:
        """Return the seconds since the epoch."""

    def seconds(self) -> float:
        """Return the time of the timers."""

    def callLater(self, delay: float, function: Callable[[], None]) -> object:
        """Call it later."""


class PacketLoop:
    """Takes queries from the sockets, lets ``server`` decide about them batch by batch, and submits the decisions.

    At most ``limit`` queries may wait at a time (0: any number). ``storage`` is where leases of unknown clients are
    looked up, if other programs write to it.
    """

    _failures = Logger()

    def __init__(
        self,
        clocks: Clocks,
        server: Server,
        performer: Performer,
        limit: int = 0,
        storage: Storage | None = None,
    ) -> None:
        self._now = clocks.wall
        self._steady = clocks.seconds
        self._call_later = clocks.callLater
        self._server = server
        self._limit = limit
        self._statistics = server.core.statistics
        self._service_state = server.core.service_state
        self._performer = performer
        self._waiting = performer.waiting
        self._parking = Parking(performer.waiting)
        core = server.core
        self._storage = storage
        self._lookup = Lookup(storage, core.table, core.log, performer.waiting) if storage is not None else None
        self._pace = Pace(self._steady)
        performer.on_overtaken(self._decide_again)
        self._flush_due = False
        self._reading = False  # queries of a batch are being handled
        self._measures = False
        self._due: list[Callable[[], None]] = []
        self._exchanges: list[Exchange] = []
        self._resumed: list[Exchange] = []

    def measure(self, times: Histogram | None) -> None:
        """Count the seconds from the reading of a query to its reply, if there is a histogram."""
        self._measures = times is not None
        self._performer.measure(times, self._steady)

    def use(self, server: Server, limit: int) -> None:
        """Let the server of another configuration decide from now on."""
        self._server, self._limit = server, limit
        self._performer.use(server.core.hooks)

    def handle(self, query: Query) -> None:
        """Take the first half of the steps of a query; the second half waits for the end of the batch."""
        if not self._reading:
            self._reading = True
            if self._measures:
                self._performer.arrived()
            self._server.begin_batch()
        if query.source_port != CLIENT_PORT:
            takes_probe = self._server.core.hooks.takes_probe
            if takes_probe is not None and takes_probe(query):
                return
        now = self._now()
        if not self._service_state.enabled:
            self._service_state.expire(self._steady())
        if self._waiting and self._must_wait(query):
            return
        received = self._server.receive(query, now)
        if isinstance(received, Exchange):
            self._exchanges.append(received)
        elif received is not None:
            self._submit(received)

    def batch_done(self) -> float:
        """All queries of a reading turn were handled: take the second half of their steps, and flush.

        Return the seconds for which reading is to rest.
        """
        rest = 0.0
        try:
            exchanges = self._exchanges
            if exchanges:
                self._exchanges = []
                if self._storage is not None and self._storage.look_up is not None:
                    rest = self._pace.rest(len(exchanges))
                    exchanges = self._sort_out(exchanges)
                self._decide(exchanges)
            self._performer.flush()
        finally:
            self._reading = False
            due = self._due
            if due:
                self._due = []
                for function in due:
                    try:
                        function()
                    except Exception:
                        self._failures.failure("a call at the end of a turn failed")
        return rest

    def bulk_drop_counters(self) -> tuple[str, ...]:
        """See ``Server.bulk_drop_counters``. While replies wait, a query may be a retransmission of one that waits."""
        if self._service_state.enabled and self._server.core.hooks.drops_all_queries is None:
            return ()
        names = self._server.bulk_drop_counters(self._steady)  # always: it is where a turn begins
        return () if self._waiting else names

    def count_bulk_drops(self, names: tuple[str, ...], number: int) -> None:
        """Count queries that were dropped without ``handle``."""
        self._statistics.now = self._now()
        self._statistics.count_all(names, number)

    def at_end_of_turn(self, function: Callable[[], None]) -> None:
        """Call soon: at the end of the batch that is being read, which costs less than a timer of the reactor."""
        if self._reading:
            self._due.append(function)
        else:
            self._call_later(0, function)

    def _sort_out(self, exchanges: list[Exchange]) -> list[Exchange]:
        """Return the queries that can be decided about now; the others are when their clients were looked up."""
        if self._lookup is None:
            return exchanges
        return self._lookup.sort_out(exchanges, partial(self._decide_late, self._server))

    def _decide(self, exchanges: list[Exchange]) -> None:
        decide = self._server.decide
        submit = self._performer.submit
        for exchange in exchanges:
            outcome = decide(exchange)
            if type(outcome) is Decision:
                submit(outcome)
            elif outcome is not None:
                self._submit(outcome)

    def _decide_late(self, server: Server, exchanges: list[Exchange]) -> None:
        """Decide about queries whose clients were looked up; after a reconfiguration they have to ask again."""
        if server is not self._server or not self._service_state.enabled:
            self._statistics.count("pkt4-receive-drop", len(exchanges))
            return
        self._decide(exchanges)
        self._performer.flush()

    def _submit(self, outcome: Decision | Parked) -> None:
        if isinstance(outcome, Parked):
            self._parking.park(outcome, partial(self._go_on, self._server))
        else:
            self._performer.submit(outcome)

    def _go_on(self, server: Server, parked: Parked, answer: object) -> None:
        """Continue with a query that a hook library has answered; after a reconfiguration it is dropped."""
        if server is not self._server:
            self._statistics.count("pkt4-receive-drop")
            return
        outcome = server.resume(parked, answer, self._now())
        if outcome is None:
            return
        if isinstance(outcome, Exchange):
            self._resumed.append(outcome)
        else:
            self._submit(outcome)
        if not self._flush_due:
            # those that continue in the same turn share one write
            self._flush_due = True
            self._call_later(0, partial(self._flush, server))

    def _decide_again(self, queries: list[Query]) -> None:
        """Decide about queries whose address another server was faster with; its row is in the table now."""
        now = self._now()
        for query in queries:
            outcome = self._server.decide_again(query, now)
            if outcome is not None:
                self._submit(outcome)
        self._performer.flush()

    def _flush(self, server: Server) -> None:
        self._flush_due = False
        resumed, self._resumed = self._resumed, []
        if server is not self._server:
            self._statistics.count("pkt4-receive-drop", len(resumed))
        else:
            self._decide(self._sort_out(resumed))
        if self._measures:
            self._performer.arrived()  # the time for which a hook library made them wait is its own
        self._performer.flush()

    def _must_wait(self, query: Query) -> bool:
        """Drop what comes again while its first copy waits for the partner, and what comes when too much waits.

        Kea does the same with its parking lot (DHCP4_PACKET_DROP_0011); here it happens before a lease is touched.
        """
        message = query.message
        if (message.chaddr, message.options.get(OPT_CLIENT_IDENTIFIER, b"")) in self._waiting:
            reason = "pkt4-duplicate"
        elif len(self._waiting) >= self._limit > 0:
            reason = "pkt4-queue-full"
        else:
            return False
        self._statistics.count_all(("pkt4-received", reason, "pkt4-receive-drop"))
        return True
