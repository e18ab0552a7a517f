"""The effects of a relationship carried out: requests to the peers, leases into the table, timers.

The relationship itself knows no clock and no socket; this module connects it with both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, DeferredList, gatherResults, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from kea_twisted.adapters.partner.client import PartnerUnreachable
from kea_twisted.adapters.partner.deletionfile import DeletionFile
from kea_twisted.adapters.partner.memory import StateMemory
from kea_twisted.adapters.partner.prober import PartnerProber
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.share import Share
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.messages import Kind, Reply, unreachable
from kea_twisted.ha.outbox import (
    AnswerRecent,
    Apply,
    ApplyRows,
    Commit,
    Effect,
    Finish,
    Probe,
    RenewLeases,
    Send,
    Ticket,
    TurnEnd,
    Work,
)
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.rows import Sorted, cut, sort_leases, sort_out
from kea_twisted.ha.sharing import gives_all, share_of
from kea_twisted.ha.standstill import LATE
from kea_twisted.ha.states import State
from kea_twisted.ha.sync import newer, read_items
from kea_twisted.hooks.library import DhcpSockets
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Clock, Log, Timer
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.rowtext import PackedChanges

SLICE: Final = 500
"""Leases taken in per reactor turn: ten milliseconds of work."""

FORGET_DELAY: Final = 10.0
"""Seconds after which it is kept that both servers are in touch again."""


class AppliedPage(NamedTuple):
    """A part of the partner's leases, taken in."""

    addresses: set[int]
    ahead: Sequence[Lease]  # ours that count more
    newer: int  # so many were new or newer
    pending: Sequence[Deferred[None]]  # commits that have not ended


class HaDriver:
    """Carries out the effects of one relationship.

    ``partners`` are IPartner by peer name, ``commit`` makes changes durable.
    """

    _log = Logger()

    def __init__(
        self,
        relationship: Relationship,
        partners: Mapping[str, Json],
        clock: Clock,
        table: LeaseTable,
        commit: Commit,
        log: Log,
        prober: PartnerProber | None = None,
        memory: StateMemory | None = None,
        deletion_file: DeletionFile | None = None,
        sockets: DhcpSockets | None = None,
        use_share: Callable[[Share | None], None] | None = None,
    ) -> None:
        """Prepare for a relationship, which is not started.

        ``prober`` is None where nothing can be probed; ``memory`` keeps the state beyond the end, ``deletion_file``
        the deletions. ``sockets`` are those of the DHCP service. ``use_share`` takes this server's part of the free
        addresses into use where that of the table, which holds in all subnets, is not right.
        """
        self._sockets = sockets
        self._memory = memory
        self._deletion_file = deletion_file or DeletionFile("", ())
        self._deletions = relationship.updates.deletions
        self._remembered: State | None = None
        self._apart_since = 0  # as it is kept
        self._forgetting: Timer | None = None
        self._relationship = relationship
        self._prober = prober
        self._partners = partners
        self._clock = clock
        self.now: Callable[[], float] = clock.seconds
        """Returns seconds on the steady clock of the timers."""
        self._table = table
        self._use_share: Callable[[Share | None], None] = table.use_share if use_share is None else use_share
        self._commit = commit
        self._ha_log = log
        self._tickets: dict[Ticket, Deferred[Any]] = {}
        self._call: Timer | None = None
        self._call_at: float | None = None
        self._turn: Timer | None = None
        self._running = False
        self._shares = False
        self._part: Share | None = None  # in use while this server shares
        self._mismatched: frozenset[int] = frozenset()

    def start(self) -> None:
        """Start the relationship; one that runs continues."""
        if self._running:
            return
        self._running = True
        name = self._relationship.name
        memory = self._memory
        state, apart_since = ("", 0) if memory is None else (memory.state(name), memory.apart_since(name))
        self._relationship.recall(state, self._deletion_file.rows(name), apart_since)
        self.perform(self._relationship.start(self.now()))

    def stop(self) -> Deferred[Any]:
        """Stop it: replies that wait are not sent, the connections are closed."""
        self.perform(self._relationship.stop())
        self._running = False
        self._use_share(None)
        self._arm(None)
        for timer in (self._turn, self._forgetting):
            if timer is not None:
                timer.cancel()
        self._turn = self._forgetting = None
        tickets, self._tickets = self._tickets, {}
        for deferred in tickets.values():
            deferred.callback(Step.DROP)
        return gatherResults([partner.close() for partner in self._partners.values()])

    def expect(self, ticket: Ticket) -> Deferred[object]:
        """Return a Deferred of the ticket's value."""
        deferred = self._tickets[ticket] = Deferred()
        return deferred

    def ask(self, peer: str, command: dict[str, Json], timeout: float) -> Deferred[dict[str, Json]]:
        """Send a command that the relationship has nothing to do with; see IPartner."""
        answer: Deferred[dict[str, Json]] = self._partners[peer].send(command, timeout)
        return answer

    def perform(self, effects: list[Effect]) -> None:
        """Carry out effects; afterwards the relationship is woken at its deadline."""
        for effect in effects:
            self._carry_out(effect)
        if self._deletions.fresh or self._deletions.settled or self._deletion_file.owes:
            self._deletion_file.save(self._relationship.name, self._deletions)
        if self._running and self._turn is None:  # else the end of the turn is near, and looks at all that has changed
            self._follow()

    def _follow(self) -> None:
        """Follow the state of the relationship: what depends on it here, and the time at which it wants to be woken."""
        relationship = self._relationship
        shares, mismatches = relationship.shares, relationship.subnets.mismatches
        if shares != self._shares or mismatches.keys() != self._mismatched:
            self._shares, self._mismatched = shares, frozenset(mismatches)
            self._share()
        elif self._part is not None:
            self._part.whole = gives_all(relationship)
        if relationship.state is not self._remembered or (relationship.claims.apart_since and not self._apart_since):
            self._remember()
        elif self._apart_since and not relationship.claims.apart_since and self._forgetting is None:
            self._forgetting = self._clock.callLater(FORGET_DELAY, self._forget)
        self._arm(relationship.deadline)

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Send):
            self._send(effect)
        elif isinstance(effect, Finish):
            deferred = self._tickets.pop(effect.ticket, None)
            if deferred is not None:
                deferred.callback(effect.value)
        elif isinstance(effect, Probe):
            self._probe(effect)
        elif isinstance(effect, AnswerRecent):
            self._clock.callLater(0, self._answer_recent, effect.since)
        elif isinstance(effect, RenewLeases):
            self._table.renews_until = max(self._table.renews_until, effect.at)
        elif isinstance(effect, TurnEnd):
            self._turn = self._clock.callLater(0, self._turn_ended)
        elif isinstance(effect, Work):
            self._clock.callLater(effect.delay, self._work, effect)
        elif isinstance(effect, Apply):
            self._step(effect, _slices(effect.items, SLICE), self._take_items, 0)
        else:
            self._step(effect, cut(effect.rows), self._take_rows, 0)

    def _answer_recent(self, since: float) -> None:
        """Handle what came shortly before and was left to the partner; it is dropped again if it is still not ours."""
        if self._running and self._sockets is not None:
            now = self.now()
            counted = [(now - age, query) for age, query in self._sockets.take_counted()]
            recent = self._relationship.recent
            recent.handle_again(recent.take(since, counted), self._sockets.receive_again)

    def _remember(self) -> None:
        """Keep the state; while this server waits nothing is known that was not known before."""
        relationship = self._relationship
        self._remembered, self._apart_since = relationship.state, relationship.claims.apart_since
        if self._memory is not None and relationship.state is not State.WAITING and not relationship.alone:
            self._memory.save(relationship.name, relationship.state.value, relationship.wall(), self._apart_since)

    def _forget(self) -> None:
        """Keep that both servers are in touch again, if they still are: a link that flaps costs no write each time."""
        self._forgetting = None
        if not self._relationship.claims.apart_since:
            self._remember()

    def _share(self) -> None:
        """Keep to this server's own half of the free addresses from now on, or use all again."""
        self._part = share_of(self._relationship, self._mismatched) if self._shares else None
        self._use_share(self._part)

    def _send(self, effect: Send) -> None:
        deferred = self._partners[effect.peer].send(effect.command, effect.timeout)
        deferred.addCallbacks(self._answered, self._failed, (effect.token,), None, (effect.token,))
        deferred.addErrback(self._broken)

    def _answered(self, answer: object, token: int) -> None:
        self._feed(self._relationship.answered(token, answer, self.now()))

    def _failed(self, failure: Failure, token: int) -> None:
        text = failure.getErrorMessage()
        lost = isinstance(failure.value, PartnerUnreachable)
        reply = unreachable(text) if lost else Reply(Kind.FAILED, text)
        self._feed(self._relationship.failed(token, reply, self.now()))

    def _probe(self, effect: Probe) -> None:
        if self._prober is None:
            outcome: Deferred[ProbeOutcome] = succeed(ProbeOutcome.IMPOSSIBLE)
        else:
            outcome = self._prober.probe(effect.peer)
        outcome.addErrback(self._not_probed)
        outcome.addCallback(self._probed, effect.token)
        outcome.addErrback(self._broken)

    def _not_probed(self, failure: Failure) -> ProbeOutcome:
        self._log.failure("a probe failed", failure)
        return ProbeOutcome.IMPOSSIBLE

    def _probed(self, outcome: ProbeOutcome, token: int) -> None:
        self._feed(self._relationship.probed(token, outcome, self.now()))

    def dhcp_side(self, ok: bool, reason: str = "") -> None:
        """This server's own DHCP side works, or does not for this reason."""
        self._feed(self._relationship.dhcp_side(ok, reason, self.now()))

    def connection_ended(self) -> None:
        """A kept-alive connection to the partner ended."""
        self._feed(self._relationship.connection_ended(self.now()))

    def _work(self, effect: Work) -> None:
        if self._running:
            outcome = effect.do(self._table, self._commit)
            if isinstance(outcome, Deferred):
                outcome.addCallback(self._worked, effect.token).addErrback(self._broken)
            else:
                self._worked(outcome, effect.token)

    def _worked(self, outcome: object, token: int) -> None:
        self._feed(self._relationship.worked(token, outcome, self.now()))

    def _turn_ended(self) -> None:
        self._turn = None
        self._feed(self._relationship.turn_ended(self.now()))

    def _feed(self, effects: list[Effect]) -> None:
        if self._running:
            self.perform(effects)
            if self._turn is not None and self._relationship.shares is not self._shares:
                self._follow()  # a new client of this turn must not get an address of the partner's half

    def _step(
        self, effect: Apply | ApplyRows, parts: Sequence[Json], take: Callable[[Any], AppliedPage], count: int
    ) -> None:
        """Take one part in, the next one in the next turn; the relationship hears of the end."""
        try:
            taken = take(parts[0])
        except LeasesUnsaved as problem:
            self._stepped(str(problem), effect, parts, take, count)
            return
        count += taken.newer
        last = effect.last and len(parts) == 1
        effect.lacking.compare(taken.addresses, taken.ahead, last, self._table.store, self._relationship.wall())
        if not taken.pending:
            self._stepped("", effect, parts, take, count)
            return
        durable: Deferred[Any] = DeferredList(taken.pending, consumeErrors=True)
        durable.addCallback(_unsaved).addCallback(self._stepped, effect, parts, take, count).addErrback(self._broken)

    def _stepped(
        self,
        error: str,
        effect: Apply | ApplyRows,
        parts: Sequence[Json],
        take: Callable[[Any], AppliedPage],
        count: int,
    ) -> None:
        if error or len(parts) == 1:
            self._feed(self._relationship.applied(effect.token, count, error, self.now()))
        else:
            self._clock.callLater(0, self._next_step, effect, parts[1:], take, count)

    def _next_step(
        self, effect: Apply | ApplyRows, parts: Sequence[object], take: Callable[[object], AppliedPage], count: int
    ) -> None:
        if self._running:
            self._step(effect, parts, take, count)

    def _take_items(self, items: list[Json]) -> AppliedPage:
        """Put leases as JSON maps into the table and the lease storage. Raises LeasesUnsaved."""
        leases = read_items(items, self._relationship.name, self._ha_log)
        return self._take(sort_leases(leases, self._table.store, self._ha_log))

    def _take_rows(self, text: str) -> AppliedPage:
        """Return the same with rows of a lease file."""
        return self._take(sort_out(text, self._table.store, self._relationship.name, self._ha_log))

    def _take(self, found: Sorted) -> AppliedPage:
        if found.addresses:
            self._table.take(found.addresses, found.packed)
        lookup, now = self._table.store.get, self._relationship.wall()
        relationship = self._relationship
        conflicts, claims = relationship.conflicts, relationship.claims
        changes, ahead = newer(found.others, lookup, relationship.name, self._ha_log, now, conflicts, claims)
        for change in changes:
            self._table.apply(change, given_out=False)
        pending: list[Deferred[None]] = []
        # also without any: what an earlier try owes the storage is part of the fetch
        try:
            self._write(PackedChanges(found.addresses, found.packed, found.text), pending)
        finally:  # both are in the table, so both are owed
            if changes:
                self._write(changes, pending)
        addresses = {*found.addresses, *found.same, *(lease.address for lease in found.others)}
        revived = self._deletions.revived(addresses, lookup, now, claims.partner_ahead)
        if revived:
            again = [Change(lease, True) for lease in revived]
            self._table.apply_all(again)
            self._write(again, pending)
        return AppliedPage(addresses, ahead, len(found.addresses) + len(changes), pending)

    def _write(self, changes: Sequence[Change], pending: list[Deferred[None]]) -> None:
        """Commit changes; a commit that takes time is added to ``pending``. Raises LeasesUnsaved."""
        durable = self._commit(changes)
        if durable is not None:
            pending.append(durable)

    def _arm(self, at: float | None) -> None:
        """Be woken at a time. A call that comes earlier stays: waking for nothing costs less than planning anew."""
        if at is not None and self._call_at is not None and self._call_at <= at:
            return
        if at == self._call_at:
            return
        if self._call is not None:
            self._call.cancel()
            self._call = None
        self._call_at = at
        if at is not None:
            self._call = self._clock.callLater(max(0.0, at - self.now()), self._tick)

    def notice_standstill(self) -> None:
        """Tell the relationship if its deadline was missed by far: this server did not run meanwhile."""
        if self._call_at is not None and (late := self.now() - self._call_at) > LATE:
            self._feed(self._relationship.stood_still(late, self.now()))

    def _tick(self) -> None:
        self.notice_standstill()
        self._call = self._call_at = None
        self._feed(self._relationship.tick(self.now()))

    def _broken(self, failure: Failure) -> None:
        self._log.failure("a step of high availability failed", failure)


def _unsaved(results: Sequence[tuple[bool, Any]]) -> str:
    """Return why commits failed, "" if none did; rows of another server that shares the storage are as good."""
    failures = [failure.value for durable, failure in results if not durable]
    return next((str(error) for error in failures if not isinstance(error, AddressesOvertaken)), "")


def _slices(items: list[Json], size: int) -> list[list[Json]]:
    """Return the items in parts of this size, at least one part."""
    return [items[start : start + size] for start in range(0, max(1, len(items)), size)]
