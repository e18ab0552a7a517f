"""The execution of decisions, in the one order that matters: an ACK leaves last.

1. the leases of the batch go to the lease storage, with one write, and are waited for if that takes time;
2. the subscribers of ``leases4_committed`` (the HA partner) receive them, and are waited for;
3. the reply is sent.

So no client holds an ACK for a lease that is not durable and, in normal HA operation, at the partner. A failed save
means no ACK: the rows stay owed and are written before anything else, and until that works no ACK leaves, not even
one for a lease that is merely confirmed. Where another server was faster with an address, the query is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.engine.departure import STEPS, departs
from kea_twisted.engine.effects import Decision, Parked, Query, Reply, completed
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Change
from kea_twisted.server.leasewriter import LeaseWriter, Lost, Storage
from kea_twisted.wire.identity import Client, client_of

_lease_of = attrgetter("lease")
_failures = Logger()

ATTEMPTS: Final = 8
"""The number of times that a query is decided again because another server was faster; then its client has to ask."""


class Performer:
    """Carries out decisions, batch by batch, and keeps count of those that wait.

    ``storage`` is a ``leasewriter.Storage``, ``send`` puts a Reply on the wire, ``log`` is an ILog, ``port`` the port
    that replies leave from. ``update_names`` has the names of a lease added to the DNS or removed, None: there are
    none to update. ``flush`` is called when a port has read what there was for this turn.
    """

    def __init__(
        self,
        storage: Storage,
        send: Callable[[Reply], None],
        hooks: HookChain,
        log: Log,
        statistics: Statistics,
        port: int,
        update_names: Callable[[Change], object] | None = None,
    ) -> None:
        self._writer = LeaseWriter(storage)
        self._port = port
        self._update_names = update_names
        self.hooks = hooks
        self.waiting: dict[Client, Decision] = {}
        self._send = send
        self._log = log
        self._statistics = statistics
        self._batch: list[Decision] = []
        self._unconfirmed: dict[int, tuple[Decision, Change]] = {}  # by address
        self._unnamed: dict[tuple[int, str, bool], Change] = {}  # names that wait until the leases can be written
        self._decide_again: Callable[[list[Query]], object] = _forget
        self._attempts: dict[Client, int] = {}  # of queries that are decided again
        self._reply_times: Histogram | None = None
        self._clock: Callable[[], float] = float
        self._arrived = 0.0  # when the queries of the present batch were read
        self._is_closed = False

    def use(self, hooks: HookChain) -> None:
        """Call these hook libraries from the next batch on: another configuration is in force."""
        self.hooks = hooks

    def measure(self, times: Histogram | None, clock: Callable[[], float]) -> None:
        """Count the seconds from the reading of a query to its reply, by this clock; None: do not."""
        self._reply_times, self._clock = times, clock

    def arrived(self) -> None:
        """Note that the first query of a batch was read."""
        self._arrived = self._clock()

    def subscribe(self, observer: Callable[[], object]) -> None:
        """Call the observer whenever ``unsaved`` changes."""
        self._writer.subscribe(observer)

    def on_overtaken(self, decide_again: Callable[[list[Query]], object]) -> None:
        """Call this with queries whose address another server was faster with; its row is in the table then."""
        self._decide_again = decide_again

    @property
    def fault(self) -> str:
        """The reason why the lease storage lacks rows, as a sentence; "" if it does not."""
        return self._writer.fault

    @property
    def parked(self) -> int:
        """The number of replies that wait for an answer from elsewhere."""
        return len(self.waiting)

    def send_by(self, send: Callable[[Reply], None]) -> None:
        """Put replies on the wire with another function from now on."""
        self._send = send

    def submit(self, decision: Decision) -> None:
        """Take a decision, whose names are those of leases that it changes, into the present batch."""
        self._batch.append(decision)

    def flush(self) -> None:
        """Perform the batch: one write, then tell, then send."""
        batch = self._batch
        if not batch:
            return
        self._batch = []
        batch = [completed(decision) for decision in batch]
        for describe in self.hooks.lease_contexts:
            batch = [describe(decision) for decision in batch]
        changes = [change for decision in batch for change in decision.changes]
        if not changes and not any(map(_lease_of, batch)):
            self._reply(batch, self._arrived)  # nothing is promised: an OFFER needs no disk
            return
        if self._writer.is_shared:
            # another server may have given what this one would merely confirm
            changes += [Change(each.lease) for each in batch if each.lease is not None and not each.changes]
        before, saved = self._writer.unsaved, False
        try:
            pending = self._writer.write(changes) if changes or self._writer.is_behind else None
        except LeasesUnsaved as error:
            self._log_unsaved(error, changes, before)
        else:
            if pending is not None:
                self._wait_for_storage(batch, pending)
                return
            saved = True
            if self._unconfirmed:
                self._catch_up()
        self._go_on(batch, saved, self._arrived)

    def _go_on(self, batch: list[Decision], saved: bool, arrived: float) -> None:
        """Take the steps that follow the write."""
        leaving: list[Decision] = []
        for decision in batch:
            if decision.lease is None and not decision.changes:
                leaving.append(decision)  # an OFFER, a NAK, an INFORM's ACK: nothing is promised
            elif saved:
                # an address that is only offered promises nothing: the partner hears of it, the client does not wait
                if not self.hooks.leases4_committed or self._tell(decision, decision.lease is not None, arrived):
                    leaving.append(decision)
            else:
                self._unconfirmed.update((change.lease.address, (decision, change)) for change in decision.changes)
        self._reply(leaving, arrived)
        for decision in batch:
            if decision.names:
                self._name(decision.names, saved)

    def _name(self, names: Sequence[Change], saved: bool) -> None:
        """Update names, now that their leases are on disk, or later."""
        update = self._update_names
        if update is None:
            return
        for change in names:
            if saved:
                update(change)
            else:
                self._unnamed[change.lease.address, change.lease.hostname, change.deleted] = change

    def commit(self, changes: Sequence[Change]) -> Deferred[None] | None:
        """Write what a command or the partner changed; without changes, what is owed.

        Return None if it is durable, else a Deferred, which fails with AddressesOvertaken if another server was faster
        with one of the addresses. LeasesUnsaved, raised or through the Deferred: it is not durable, and stays owed.
        """
        if self._unconfirmed:
            for change in changes:
                self._unconfirmed.pop(change.lease.address, None)  # what the others would be told is out of date now
        pending = self._writer.write(changes)
        return None if pending is None else pending.addCallback(_refuse_lost, changes)

    def write_owed(self) -> None:
        """Write what could not be written before, and then tell the partner of it."""
        if not self._writer.is_behind:
            return
        before = self._writer.unsaved
        try:
            pending = self._writer.write(())
        except LeasesUnsaved as error:
            self._log_unsaved(error, (), before)
            return
        if pending is not None:
            self._wait_for_storage([], pending)
        elif self._unconfirmed:
            self._catch_up()

    def abandon(self) -> None:
        """Drop what waits for the storage, as another one is in use from now on; the clients ask again."""
        self._writer.abandon()

    def close(self) -> None:
        """Perform what is left of the batch; no reply that still waits will be sent."""
        self.flush()
        self._is_closed = True
        self.waiting.clear()

    def _catch_up(self) -> None:
        """Tell what could not be written at its time, the latest of each address; its clients are long gone.

        They would otherwise come back, have the lease confirmed as it is, and the partner would never hear of it.
        """
        unconfirmed, self._unconfirmed = self._unconfirmed, {}
        for decision, change in unconfirmed.values():
            self._tell(decision._replace(reply=None, changes=(change,)))
        unnamed, self._unnamed = self._unnamed, {}
        for name in unnamed.values():
            if self._update_names is not None:
                self._update_names(name)

    def _wait_for_storage(self, batch: list[Decision], pending: Deferred[Any]) -> None:
        """Continue with a batch when it is durable; what promises nothing leaves at once."""
        promises: list[Decision] = []
        free: list[Decision] = []
        for decision in batch:
            (promises if decision.lease is not None or decision.changes else free).append(decision)
        for decision in promises:
            self.waiting[waiting_client(decision)] = decision
        arrived = self._arrived
        pending.addCallbacks(self._stored, self._not_stored, (promises, arrived), {}, (promises, arrived))
        pending.addErrback(self._broken)
        self._reply(free, arrived)

    def _stored(self, lost: Lost, batch: list[Decision], arrived: float) -> None:
        self._end_waiting(batch)
        if self._is_closed:
            return
        addresses = {each.address for each in lost}
        again: list[Query] = []
        won: list[Decision] = []
        for decision in batch:
            if not addresses or not _is_lost(decision, addresses):
                won.append(decision)
                if self._attempts:
                    self._attempts.pop(waiting_client(decision), None)
            elif self._may_try_again(waiting_client(decision)):
                again.append(decision.query)
        if self._unconfirmed:
            for address in addresses:
                self._unconfirmed.pop(address, None)
            self._catch_up()
        self._go_on(won, True, arrived)
        if again:
            self._decide_again(again)

    def _may_try_again(self, client: Client) -> bool:
        """Count an attempt; after the last one the query is dropped."""
        attempts = self._attempts.get(client, 0) + 1
        if attempts <= ATTEMPTS:
            self._attempts[client] = attempts
            return True
        self._attempts.pop(client, None)
        self._statistics.count("pkt4-receive-drop")
        return False

    def _not_stored(self, failure: Failure, batch: list[Decision], arrived: float) -> None:
        error: Any = failure.value
        self._end_waiting(batch)
        for decision in batch:
            self._attempts.pop(waiting_client(decision), None)
        self._log_unsaved(error, [change for decision in batch for change in decision.changes], error.strerror)
        self._go_on(batch, False, arrived)

    def _end_waiting(self, batch: list[Decision]) -> None:
        for decision in batch:
            client = waiting_client(decision)
            if self.waiting.get(client) is decision:
                del self.waiting[client]

    def _log_unsaved(self, error: LeasesUnsaved, changes: Sequence[Change], before: str) -> None:
        """Log a failure, unless nothing new is owed and the reason was known ``before``."""
        if (changes or error.strerror != before) and E.DHCP4_LEASE_SAVE_FAILED in self._log.enabled:
            self._log.emit(E.DHCP4_LEASE_SAVE_FAILED, self._writer.owed, error.strerror)

    def _broken(self, failure: Failure) -> None:
        _failures.failure("a packet failed when its leases were stored", failure)

    def _tell(self, decision: Decision, waits: bool = True, arrived: float = 0.0) -> bool:
        """Tell the libraries that must know first; whether the reply may leave at once, as without ``waits``."""
        pending: list[Deferred[object]] = []
        for callback in self.hooks.leases4_committed:
            try:
                answer = callback(decision)
            except Exception as error:  # of a hook library; the others' packets go on
                self._log.emit(E.DHCP4_HOOK_FAILED, "leases4_committed", f"{type(error).__name__}: {error}")
                return False
            if answer is Step.DROP:
                return False
            if answer is not None and not isinstance(answer, Step):
                pending.append(answer if isinstance(answer, Deferred) else ensureDeferred(answer))
        if pending and waits:
            self._wait(decision, pending, arrived)
            return False
        for answer in pending:
            answer.addErrback(self._failed)
        return True

    def _failed(self, failure: Failure) -> None:
        self._log.emit(E.DHCP4_HOOK_FAILED, "leases4_committed", failure.getErrorMessage())

    def _wait(self, decision: Decision, pending: list[Deferred[object]], arrived: float) -> None:
        client = waiting_client(decision)
        self.waiting[client] = decision
        left = len(pending)
        send = True

        def answered(answer: object) -> None:
            nonlocal left, send
            left -= 1
            if isinstance(answer, Failure):
                self._log.emit(E.DHCP4_HOOK_FAILED, "leases4_committed", answer.getErrorMessage())
                send = False
            elif answer is Step.DROP:
                send = False
            if not left and self.waiting.get(client) is decision:
                del self.waiting[client]
                if send:
                    self._reply([decision], arrived)

        for deferred in pending:
            deferred.addBoth(answered)

    def _reply(self, decisions: Sequence[Decision], arrived: float) -> None:
        """All get ready before the first is sent: work of one kind in a row costs less."""
        hooks, log, statistics, port = self.hooks, self._log, self._statistics, self._port
        traces = not STEPS.isdisjoint(log.enabled)
        replies: list[Reply | None] = []
        try:
            for decision in decisions:
                replies.append(departs(decision, hooks, log, statistics, port, traces))
        finally:
            for reply in replies:
                if reply is not None:
                    self._send(reply)
            if self._reply_times is not None:
                self._reply_times.observe(self._clock() - arrived, len(replies) - replies.count(None))


def _forget(queries: list[Query]) -> None:
    """Let the clients ask again."""


def _is_lost(decision: Decision, addresses: set[int]) -> bool:
    if decision.lease is not None and decision.lease.address in addresses:
        return True
    return any(change.lease.address in addresses for change in decision.changes)


def _refuse_lost(lost: Lost, changes: Sequence[Change]) -> None:
    if lost:
        own = {change.lease.address for change in changes}.intersection([each.address for each in lost])
        if own:
            raise AddressesOvertaken(own)


def waiting_client(decision: Decision | Parked | Exchange) -> Client:
    """Return the client of a query as it arrived."""
    query = decision.query
    return client_of(query.arrived or query.message)
