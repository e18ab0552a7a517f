"""A query taken through the steps of the server on trial: nothing is written, sent, counted or logged.

The steps are the same, and so are the settings, the leases and the state of the allocators. What a step would change is
a copy: of the pools and allocators that it uses, of the counters. Hook libraries are asked for identifiers and classes
only, as others of their callbacks may change something.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.config.hosts import FoundHosts
from kea_twisted.engine import steps
from kea_twisted.engine.allocate import Allocation
from kea_twisted.engine.books import SubnetBook
from kea_twisted.engine.core import Core
from kea_twisted.engine.departure import departs
from kea_twisted.engine.effects import Decision, Parked, Query, Reply, completed
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.parts import Parts
from kea_twisted.engine.statistics import Statistics
from kea_twisted.engine.steps import ARRIVAL, RECEPTION
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.lease import Change, Lease

EVENTS: Final = frozenset([each for each in vars(E).values() if isinstance(each, E.Event)])

NOT_ASKED: Final = (
    "buffer4_receive", "pkt4_receive", "subnet4_select", "lease4_select", "lease4_renew", "lease4_offer",
    "lease4_decline", "lease4_release", "leases4_committed", "pkt4_send", "buffer4_send",
)  # fmt: skip
"""The hook points at which no library is asked."""


class TrialLog:
    """A log that keeps every line: the event and its arguments."""

    def __init__(self) -> None:
        self.enabled: frozenset[E.Event] = EVENTS
        self.lines: list[tuple[E.Event, tuple[object, ...]]] = []

    def emit(self, event: E.Event, *arguments: object) -> None:
        """Keep a line if the event is enabled."""
        if event in self.enabled:
            self.lines.append((event, arguments))


class TrialTable(LeaseTable):
    """The leases of a table, its pools as copies, and the changes that are not made."""

    def __init__(self, table: LeaseTable, statistics: Statistics) -> None:
        super().__init__(table.store, statistics)
        self.share = table.share.copy() if table.share is not None else None
        self.own, self.renews_until = table.own, table.renews_until
        self.progress = table.progress
        self.changes: list[Change] = []
        self._of = table
        self._copies: dict[int, SubnetBook] = {}

    def book(self, subnet_id: int) -> SubnetBook:
        """Return the copy of a book."""
        book = self._copies.get(subnet_id)
        if book is None:
            known = self._of.known_book(subnet_id)
            book = known.copy(subnet_id) if known is not None else SubnetBook(subnet_id)
            self._copies[subnet_id] = book
        return book

    def apply(self, change: Change, *, given_out: bool = True) -> None:
        """Keep a change."""
        self.changes.append(change)

    def count_reclaimed(self, lease: Lease) -> None:
        """Count nothing."""


class Trial(NamedTuple):
    """The result of a query on trial. ``ended_in`` is the step that dropped it, "" if none did.

    ``pending`` is set if reservations have to be looked up outside of the configuration. ``why`` is the rule that chose
    the subnet; ``own`` the lease that the client had.
    """

    query: Query
    exchange: Exchange | None
    parts: Parts
    lines: list[tuple[E.Event, tuple[object, ...]]]
    changes: list[Change]
    ended_in: str = ""
    why: str = ""
    own: Lease | None = None
    decision: Decision | None = None
    reply: Reply | None = None
    pending: Parked | None = None


class Known(NamedTuple):
    """Return the results of look-ups for a query so far, as in its exchange."""

    stored: FoundHosts | None = None
    candidate: int = 0

    def with_result(self, found: object) -> Known:
        """Return the same with the result of another look-up."""
        if not isinstance(found, FoundHosts):
            return self
        return self._replace(stored=found if self.stored is None else self.stored.with_addresses(found))


NOTHING: Final = Known()
"""Nothing was looked up."""


def attempt(parts: Parts, query: Query, now: float, known: Known = NOTHING) -> Trial:
    """Take a query through the steps; ``parts`` are those of the server in force."""
    log = TrialLog()
    statistics = Statistics(now)
    table = TrialTable(parts.core.table, statistics)
    real = parts.core
    core = Core(
        real.settings, table, _hooks(real.hooks), log, statistics, real.service_state,
        real.client_port, real.server_port, real.names, real.host_lookup,
    )  # fmt: skip
    on_trial = Parts(core, parts.served, None, parts)
    begun = Trial(query, None, on_trial, log.lines, table.changes)
    for arrival in ARRIVAL:
        taken = arrival.take(on_trial, query)
        if taken is None:
            return begun._replace(ended_in=steps.name_of(arrival.take))
        query = taken
    return _received(begun._replace(query=query), parts.allocation, now, known)


def _received(trial: Trial, allocation: Allocation, now: float, known: Known) -> Trial:
    exchange = Exchange(trial.query, now)
    exchange.stored, exchange.candidate = known
    for step in RECEPTION:
        verdict = step.take(trial.parts, exchange)
        if isinstance(verdict, Parked):
            return trial._replace(exchange=exchange, pending=verdict)
        if verdict is not None:
            return trial._replace(exchange=exchange, ended_in=steps.name_of(step.take))
    trial = trial._replace(exchange=exchange)
    core, links, subnet = trial.parts.core, trial.parts.links, exchange.subnet
    if subnet is not None:
        why: list[str] = []
        links.select(exchange, why)
        trial.parts.restrict(Allocation(core, links, trial.parts.hosts, allocation, links.siblings(subnet)))
        trial = trial._replace(why=why[0], own=trial.parts.allocation.own(exchange, subnet))
    outcome = steps.answer(trial.parts, exchange)
    if isinstance(outcome, Parked):
        return trial._replace(pending=outcome)
    if outcome is None:
        return trial
    decision = completed(outcome)
    reply = departs(decision, core.hooks, core.log, core.statistics, core.server_port)
    return trial._replace(decision=decision, reply=reply)


def _hooks(real: HookChain) -> HookChain:
    """Return the callbacks that change nothing."""
    hooks = HookChain()
    hooks.host4_identifier = real.host4_identifier
    hooks.query_classes, hooks.subnet_classes = real.query_classes, real.subnet_classes
    hooks.reads_classes = real.reads_classes
    return hooks
