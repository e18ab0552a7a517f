"""Lease storages without a disk: one that is durable at once, and one that takes its time."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from twisted.internet.defer import Deferred

from kea_twisted.engine.leases import LeaseTable
from kea_twisted.lease.lease import Change, Lease, Overtaken
from kea_twisted.lease.store import LeaseStore
from kea_twisted.testing import MemoryBackend


class MemoryStorage:
    """A ``leasewriter.Storage`` that is durable at once; ``full`` makes every write fail."""

    shared = False

    def __init__(self) -> None:
        self.full = False
        self.rows: list[Change] = []

    def describe(self) -> str:
        """As the lease file does."""
        return "the lease file"

    def commit(self, changes: Sequence[Change]) -> None:
        """Write, or fail."""
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.rows += changes

    def take_over(self, lost: Sequence[Overtaken]) -> None:
        """No other server writes."""


class Database:
    """The rows that several servers share. Commits of ``SlowStorage`` wait until ``answer`` or ``fail`` is called."""

    def __init__(self) -> None:
        self.rows: dict[int, Lease] = {}
        self.commits: list[tuple[SlowStorage, list[Change], Deferred[Sequence[Overtaken]]]] = []
        self.reads: list[tuple[SlowStorage, Callable[[Lease], bool], Deferred[None]]] = []

    def read(self) -> None:
        """Answer the oldest read."""
        storage, concerns, deferred = self.reads.pop(0)
        storage.take_over([Overtaken(lease.address, lease) for lease in self.rows.values() if concerns(lease)])
        deferred.callback(None)

    def answer(self) -> None:
        """Carry out the oldest commit: an address is only given to a client if no other one has it."""
        storage, changes, deferred = self.commits.pop(0)
        lost: dict[int, Overtaken] = {}
        for change in changes:
            address, row = change.lease.address, self.rows.get(change.lease.address)
            if address in lost or not _may_write(change, row):
                lost[address] = Overtaken(address, row)
            elif change.deleted:
                self.rows.pop(address, None)
            else:
                self.rows[address] = change.lease
        storage.is_busy = False
        deferred.callback(list(lost.values()))

    def fail(self, error: Exception | None = None) -> None:
        """Lose the connection instead."""
        storage, _, deferred = self.commits.pop(0)
        storage.is_busy = False
        deferred.errback(error or OSError(errno.ECONNRESET, "Connection reset by peer"))

    def answer_all(self) -> None:
        """Carry out commits until none is left."""
        while self.commits:
            self.answer()


def _may_write(change: Change, row: Lease | None) -> bool:
    """A row of the same client that is not newer may be replaced, and deleted if it is the one that was known."""
    lease = change.lease
    if row is None:
        return not change.deleted
    if row.belongs_to(lease.hwaddr, lease.client_id):
        return row.cltt == lease.cltt if change.deleted else row.cltt <= lease.cltt
    return not change.deleted and row.is_expired(lease.cltt)


class SlowStorage(MemoryBackend):
    """A lease backend on a ``Database``, and the ``leasewriter.Storage`` of a server with this lease table."""

    persists = True
    shared = True

    def __init__(self, database: Database, table: LeaseTable | None = None) -> None:
        super().__init__()
        self.database = database
        self.table = table
        self.is_busy = False
        self.refuses = False  # raises at once instead of returning a Deferred
        self.look_up: Any = None

    def describe(self) -> str:
        """As a database does."""
        return "the lease database"

    def load(self, store: LeaseStore) -> None:
        """Read all rows."""
        for lease in self.database.rows.values():
            store.put(lease)

    def commit(self, changes: Sequence[Change]) -> Deferred[Sequence[Overtaken]]:
        """Wait for the database; only one commit at a time comes here."""
        assert not self.is_busy and changes
        if self.refuses:
            raise OSError(errno.ECONNREFUSED, "Connection refused")
        self.is_busy = True
        deferred: Deferred[Sequence[Overtaken]] = Deferred()
        self.database.commits.append((self, list(changes), deferred))
        return deferred

    def find(self, hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]) -> Deferred[None]:
        """Wait for the database, as ``look_up`` of a real one."""
        if self.refuses:
            raise OSError(errno.ECONNREFUSED, "Connection refused")
        known, names, places = set(hwaddrs), set(client_ids), set(addresses)
        deferred: Deferred[None] = Deferred()

        def concerns(lease: Lease) -> bool:
            return lease.hwaddr in known or lease.client_id in names or lease.address in places

        self.database.reads.append((self, concerns, deferred))
        return deferred

    def take_over(self, lost: Sequence[Overtaken]) -> None:
        """As the lease storage does."""
        assert self.table is not None
        for address, winner in lost:
            lease = winner or self.table.store.get(address)
            if lease is not None:
                self.table.apply(Change(lease, winner is None), given_out=False)
