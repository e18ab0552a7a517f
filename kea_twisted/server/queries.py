"""The way of a query: from the sockets to the engine and on to the performer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kea_twisted.adapters.net.sockets import Sockets, port_maker
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.engine.effects import Decision, Parked, Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.server.parking import Parking
from kea_twisted.server.perform import Performer
from kea_twisted.wire.constants import CLIENT_PORT, OPT_CLIENT_IDENTIFIER


class Queries:
    """Both ends of the way, and what lies between. ``use`` says which server decides, at first and later.

    ``give_up`` is called when no socket can be opened and that must not be, ``readdressed`` when the machine's
    addresses have changed.
    """

    _server: Server
    _limit: int

    def __init__(
        self,
        reactor: Any,
        log: Any,
        statistics: Statistics,
        service_state: ServiceState,
        server_port: int,
        give_up: Callable[[], None],
        readdressed: Callable[[], None] = lambda: None,
    ) -> None:
        self._reactor = reactor
        self._now = wall_of(reactor)
        self._steady: Callable[[], float] = reactor.seconds
        self._statistics = statistics
        self._service_state = service_state
        self.sockets = Sockets(
            reactor, port_maker(reactor, server_port), self.handle, self.batch_done, statistics, log,
            unseen=self, give_up=give_up, readdressed=readdressed,
        )  # fmt: skip
        self.performer = Performer(None, self.sockets.send, HookChain(), log, statistics, server_port)
        self._parking = Parking(self.performer.waiting)
        self._flush_due = False
        self._reading = False  # queries of a batch are being handled
        self._due: list[Callable[[], None]] = []
        self._begun: list[Exchange] = []
        self.probes: Callable[[Query], bool] | None = None  # takes messages that servers send to each other

    def use(self, server: Server, hooks: HookChain, limit: int) -> None:
        """Let this server decide; ``limit`` is how many queries may wait at a time (0: as many as want to)."""
        self._server, self._limit = server, limit
        self.performer.hooks = hooks

    def handle(self, query: Query) -> None:
        """From the socket to the engine; decisions wait for the end of the batch."""
        self._reading = True
        if query.source_port != CLIENT_PORT and self.probes is not None and self.probes(query):
            return
        now = self._now()
        if not self._service_state.enabled:
            self._service_state.expire(self._steady())
        if self.performer.waiting and self._must_wait(query):
            return
        begun = self._server.receive(query, now)
        if isinstance(begun, Exchange):
            self._begun.append(begun)
        elif begun is not None:
            self._take(begun)

    def unseen(self) -> tuple[str, ...]:
        """See ``Server.unseen``. While replies wait, it may be that a query comes for the second time."""
        return () if self.performer.waiting else self._server.unseen(self._steady())

    def count_unseen(self, names: tuple[str, ...], number: int) -> None:
        """So many queries have come and gone."""
        self._statistics.now = self._now()
        self._statistics.count_all(names, number)

    def at_end_of_turn(self, function: Callable[[], None]) -> None:
        """Call soon: at the end of the batch that is being read, which is cheaper than to ask the reactor."""
        if self._reading:
            self._due.append(function)
        else:
            self._reactor.callLater(0, function)

    def _take(self, outcome: Decision | Parked) -> None:
        if isinstance(outcome, Parked):
            self._parking.park(outcome, partial(self._go_on, self._server))
        else:
            self.performer.submit(outcome)

    def _go_on(self, server: Server, parked: Parked, answer: object) -> None:
        """A hook library has thought about a query. After a reconfiguration the client has to ask again."""
        if server is not self._server:
            self._statistics.count("pkt4-receive-drop")
            return
        outcome = server.resume(parked, answer, self._now())
        if outcome is not None:
            self._take(outcome)
            if not self._flush_due:
                # those that go on in the same turn share one write
                self._flush_due = True
                self._reactor.callLater(0, self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        self.performer.flush()

    def _must_wait(self, query: Query) -> bool:
        """Drop what comes again while its first copy waits for the partner, and what comes when too much waits.

        Kea does the same with its parking lot (DHCP4_PACKET_DROP_0011); here it happens before a lease is touched.
        """
        message = query.message
        waiting = self.performer.waiting
        if (message.chaddr, message.options.get(OPT_CLIENT_IDENTIFIER, b"")) in waiting:
            reason = "pkt4-duplicate"
        elif len(waiting) >= self._limit > 0:
            reason = "pkt4-queue-full"
        else:
            return False
        for name in ("pkt4-received", reason, "pkt4-receive-drop"):
            self._statistics.count(name)
        return True

    def _decide(self) -> None:
        begun, self._begun = self._begun, []
        decide = self._server.decide
        for exchange in begun:
            outcome = decide(exchange)
            if outcome is not None:
                self._take(outcome)

    def batch_done(self) -> None:
        """All queries of a reading turn are here: decide about them, and do what follows from that."""
        try:
            self._decide()
            self.performer.flush()
        finally:
            self._reading = False
            due, self._due = self._due, []
            for function in due:
                function()
