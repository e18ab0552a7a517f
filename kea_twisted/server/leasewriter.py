"""The order in which changes of leases reach the storage: in groups, one commit at a time, and nothing is forgotten.

A storage that answers at once is asked at once. While a commit takes time, the changes that are made meanwhile form the
next group. What could not be written stays owed, and is written before anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, Protocol, cast

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from kea_twisted.errors import LeasesUnsaved
from kea_twisted.lease.lease import Change, Overtaken

SOME: Final = 64
"""Rows that are owed and written with one write."""

Lost = Sequence[Overtaken]
Pending = Deferred[Lost]
"""The result of a write that takes its time: rows that another server was faster with."""

Member = tuple[Sequence[Change], Pending]
"""Changes of a group, and what their writer waits for."""


class Storage(Protocol):
    """The part of the lease storage that the writer uses."""

    @property
    def shared(self) -> bool:
        """As ``ILeaseBackend.shared``."""

    def commit(self, changes: Sequence[Change]) -> Pending | None:
        """As ``ILeaseBackend.commit``."""

    def take_over(self, lost: Lost) -> None:
        """Put the rows of other servers into the lease table."""

    def describe(self) -> str:
        """As ``ILeaseBackend.describe``."""


class LeaseWriter:
    """Writes changes that are in the table already to the storage.

    ``unsaved`` is the reason why rows are owed to it, "" if none are.
    """

    def __init__(self, storage: Storage) -> None:
        self.unsaved = ""
        self._storage = storage
        self._observers: list[Callable[[], object]] = []
        self._owed: dict[int, Change] = {}  # by address: the latest counts
        self._is_busy = False
        self._next: list[Member] = []  # the group that is collected meanwhile

    def subscribe(self, observer: Callable[[], object]) -> None:
        """Call the observer whenever ``unsaved`` changes."""
        self._observers.append(observer)

    @property
    def fault(self) -> str:
        """``unsaved`` as a sentence; "" if no rows are owed."""
        return f"{self._storage.describe()} cannot be written: {self.unsaved}" if self.unsaved else ""

    @property
    def owed(self) -> int:
        """The number of rows that the storage lacks."""
        return len(self._owed)

    @property
    def is_shared(self) -> bool:
        """True if other servers write to the storage."""
        return self._storage.shared

    @property
    def is_behind(self) -> bool:
        """True if a write has to wait for rows before it, even one without changes."""
        return self._is_busy or bool(self._owed)

    def write(self, changes: Sequence[Change]) -> Pending | None:
        """Write changes, and what is owed before them.

        Return None if all is durable now, else a Deferred of ``Lost``, which are in the table already. LeasesUnsaved,
        raised or through the Deferred: the changes are owed from now on.
        """
        if self._is_busy:
            waiting: Pending = Deferred()
            self._next.append((changes, waiting))
            return waiting
        try:
            if self._owed or not changes:
                self._owe(changes)
                lost: list[Overtaken] = []
                pending = self._write_owed(lost)
            else:
                pending = self._storage.commit(changes)
        except OSError as error:
            raise self._unsaved(error, changes) from error
        if pending is None:
            return None
        first: Pending = Deferred()
        self._wait(pending, [(changes, first)])
        return first

    def abandon(self) -> None:
        """Fail the group that is collected: its changes belong to a storage that is not in use any more."""
        members, self._next = self._next, []
        cause = OSError(0, "another lease database was configured meanwhile")
        for _, waiting in members:
            waiting.errback(LeasesUnsaved(self._storage.describe(), cause))

    def _write_owed(self, lost: list[Overtaken]) -> Pending | None:
        """Write what is owed, some rows at a time: on a full disk the first ones fail, however many there are."""
        while self._owed:
            some = list(islice(self._owed.values(), SOME))
            pending = self._storage.commit(some)
            if pending is not None:
                return pending.addCallback(self._some_written, some, lost)
            self._forget(some)
        self._note("")
        return None

    def _some_written(self, outcome: Lost, some: Sequence[Change], lost: list[Overtaken]) -> Lost | Pending:
        self._forget(some)
        lost.extend(outcome)
        pending = self._write_owed(lost)
        return lost if pending is None else pending

    def _wait(self, pending: Pending, members: list[Member]) -> None:
        self._is_busy = True
        pending.addCallbacks(self._committed, self._failed, (members,), {}, (members,))

    def _committed(self, lost: Lost, members: list[Member]) -> None:
        if lost:
            later = {change.lease.address for changes, _ in self._next for change in changes}
            # a row that is changed again is lost, too, if it is: the table has the later change until then
            self._storage.take_over([each for each in lost if each.address not in later])
        for _, waiting in members:
            waiting.callback(lost)
        self._go_on()

    def _failed(self, failure: Failure, members: list[Member]) -> None:
        cause = failure.value  # of any kind: the rows may not be written
        error = self._unsaved(cast(Exception, cause), [change for changes, _ in members for change in changes])
        for _, waiting in members:
            waiting.errback(error)
        self._go_on()

    def _go_on(self) -> None:
        """Commit the group that was collected meanwhile, if there is one."""
        members, self._next = self._next, []
        if not members:
            self._is_busy = False
            return
        group = [change for changes, _ in members for change in changes]
        lost: list[Overtaken] = []
        try:
            if self._owed:
                self._owe(group)
                pending = self._write_owed(lost)
            else:
                pending = self._storage.commit(group) if group else None
        except OSError:
            self._failed(Failure(), members)  # type: ignore[no-untyped-call]
            return
        self._wait(succeed(lost) if pending is None else pending, members)

    def _unsaved(self, cause: Exception, changes: Sequence[Change]) -> LeasesUnsaved:
        self._owe(changes)
        error = LeasesUnsaved(self._storage.describe(), cause)
        self._note(error.strerror or "")
        return error

    def _owe(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._owed[change.lease.address] = change

    def _forget(self, written: Sequence[Change]) -> None:
        for change in written:
            if self._owed.get(change.lease.address) is change:
                del self._owed[change.lease.address]

    def _note(self, reason: str) -> None:
        if reason != self.unsaved:
            self.unsaved = reason
            for observer in self._observers:
                observer()
