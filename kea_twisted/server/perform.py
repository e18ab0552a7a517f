"""The execution of decisions, in the one order that matters: an ACK leaves last.

1. the leases of the batch go to the lease file, with one write;
2. whoever must know first is told (``leases4_committed``: the HA partner), and waited for;
3. the reply is sent.

So no client holds an ACK for a lease that is not on disk and, in normal HA operation, at the partner. A failed save
means no ACK: the rows stay owed and are written before anything else, and until that works no ACK leaves, not even
one for a lease that is merely confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.engine.departure import STEPS, departs
from kea_twisted.engine.effects import Decision, Parked, Reply, completed
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import Change
from kea_twisted.wire.constants import OPT_CLIENT_IDENTIFIER

Client = tuple[bytes, bytes]

_lease_of = attrgetter("lease")

SOME: Final = 64
"""Rows that are owed and written with one write."""


class Performer:
    """Carries out decisions, batch by batch, and keeps count of those that wait.

    ``journal`` is an ILeaseJournal, ``send`` puts a Reply on the wire, ``log`` is an ILog, ``port`` what replies
    leave from. ``flush`` is called when a port has read what there was for this turn.
    """

    def __init__(
        self,
        journal: Any,
        send: Callable[[Reply], None],
        hooks: HookChain,
        log: Any,
        statistics: Statistics,
        port: int,
    ) -> None:
        self._journal = journal
        self._port = port
        self.hooks = hooks
        self.waiting: dict[Client, Decision] = {}
        self._send = send
        self._log = log
        self._statistics = statistics
        self._batch: list[Decision] = []
        self._owed: dict[int, Change] = {}  # by address: the latest counts
        self._untold: dict[int, tuple[Decision, Change]] = {}  # by address
        self.unsaved = ""  # why the lease file lacks rows; "": it does not
        self._observers: list[Callable[[], object]] = []

    def use(self, hooks: HookChain) -> None:
        """Call these hook libraries from the next batch on: another configuration is in force."""
        self.hooks = hooks

    def subscribe(self, observer: Callable[[], object]) -> None:
        """Call the observer whenever ``unsaved`` changes."""
        self._observers.append(observer)

    @property
    def parked(self) -> int:
        """The number of replies that wait for an answer from elsewhere."""
        return len(self.waiting)

    def submit(self, decision: Decision) -> None:
        """Take a decision into the present batch."""
        self._batch.append(decision)

    def flush(self) -> None:
        """Perform the batch: one write, then tell, then send."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        batch = [completed(decision) for decision in batch]
        for describe in self.hooks.lease_contexts:
            batch = [describe(decision) for decision in batch]
        changes = [change for decision in batch for change in decision.changes]
        # an OFFER needs no disk
        promises = bool(changes) or any(map(_lease_of, batch))
        saved = promises and self._save(changes)
        if saved and self._untold:
            self._catch_up()
        leaving: list[Decision] = []
        for decision in batch:
            if decision.lease is None and not decision.changes:
                leaving.append(decision)  # an OFFER, a NAK, an INFORM's ACK: nothing is promised
            elif saved:
                # an address that is only offered promises nothing: the partner hears of it, the client does not wait
                if not self.hooks.leases4_committed or self._tell(decision, decision.lease is not None):
                    leaving.append(decision)
            else:
                self._untold.update((change.lease.address, (decision, change)) for change in decision.changes)
        self._reply(leaving)

    def commit(self, changes: Sequence[Change]) -> None:
        """Write what a command or the partner changed; OSError when it is not on disk (it stays owed)."""
        if self._untold:
            for change in changes:
                self._untold.pop(change.lease.address, None)  # what the others would be told is out of date now
        if self._owed or not changes:
            self._owe(changes)
            self._write()
            return
        try:
            self._journal.append(changes)
        except OSError as error:
            self._owe(changes)
            self._note(error.strerror or str(error))
            raise

    def write_owed(self) -> bool:
        """Write what could not be written before, and tell the partner of it; False where that fails again."""
        saved = self._save([])
        if saved and self._untold:
            self._catch_up()
        return saved

    def close(self) -> None:
        """Perform what is left of the batch; no reply that still waits will be sent."""
        self.flush()
        self.waiting.clear()

    def _catch_up(self) -> None:
        """Tell what could not be written at its time, the latest of each address; its clients are long gone.

        They would otherwise come back, have the lease confirmed as it is, and the partner would never hear of it.
        """
        untold, self._untold = self._untold, {}
        for decision, change in untold.values():
            self._tell(decision._replace(reply=None, changes=(change,)))

    def _save(self, changes: list[Change]) -> bool:
        before = self.unsaved
        try:
            if self._owed:
                self._owe(changes)
                self._write()
            elif changes:
                self._journal.append(changes)
        except OSError as error:
            self._owe(changes)
            self._note(error.strerror or str(error))
            if (changes or error.strerror != before) and E.DHCP4_LEASE_SAVE_FAILED in self._log.enabled:
                self._log.emit(E.DHCP4_LEASE_SAVE_FAILED, len(self._owed), error.strerror or error)
            return False
        return True

    def _owe(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._owed[change.lease.address] = change

    def _write(self) -> None:
        """Write what is owed, some rows at a time: on a full disk the first ones fail, however many there are."""
        try:
            while self._owed:
                some = list(islice(self._owed.values(), SOME))
                self._journal.append(some)
                for change in some:
                    del self._owed[change.lease.address]
        except OSError as error:
            self._note(error.strerror or str(error))
            raise
        self._note("")

    def _note(self, reason: str) -> None:
        if reason != self.unsaved:
            self.unsaved = reason
            for observer in self._observers:
                observer()

    def _tell(self, decision: Decision, waits: bool = True) -> bool:
        """Tell the libraries that must know first; whether the reply may leave at once, as without ``waits``."""
        pending: list[Deferred[Any]] = []
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
            self._wait(decision, pending)
            return False
        for answer in pending:
            answer.addErrback(self._failed)
        return True

    def _failed(self, failure: Failure) -> None:
        self._log.emit(E.DHCP4_HOOK_FAILED, "leases4_committed", failure.getErrorMessage())

    def _wait(self, decision: Decision, pending: list[Deferred[Any]]) -> None:
        client = client_of(decision)
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
                    self._reply([decision])

        for deferred in pending:
            deferred.addBoth(answered)

    def _reply(self, decisions: Sequence[Decision]) -> None:
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


def client_of(decision: Decision | Parked) -> Client:
    """The client: hardware address and client identifier."""
    query = decision.query
    message = query.arrived or query.message
    return message.chaddr, message.options.get(OPT_CLIENT_IDENTIFIER, b"")
