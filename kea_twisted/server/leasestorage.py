"""The lease storage of a running server: the backend that the configuration names, and its exchange for another one.

A reconfiguration that names another storage takes the leases of that one and no others, as Kea does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.leasebackends import LEASE_BACKENDS
from kea_twisted.config.model import Settings
from kea_twisted.engine.leasechecks import check_extended_info, check_leases
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.errors import LeasesUnsaved
from kea_twisted.interfaces import Log, Outage
from kea_twisted.lease.lease import Change, Overtaken
from kea_twisted.lease.store import LeaseStore
from kea_twisted.lease.unwritten import UnwrittenRows
from kea_twisted.server.backends import backend_class
from kea_twisted.server.channels import Change as PreparedChange
from kea_twisted.server.leasewriter import Pending

LookUp = Callable[[Iterable[bytes], Iterable[bytes], Iterable[int]], Deferred[None]]
"""Takes the rows of hardware addresses, client identifiers and addresses into the table."""


class Backend(Protocol):
    """``interfaces.ILeaseBackend`` for the type checker: the part that the server uses."""

    @property
    def persists(self) -> bool:
        """As ``ILeaseBackend.persists``."""

    @property
    def shared(self) -> bool:
        """As ``ILeaseBackend.shared``."""

    @property
    def path(self) -> str:
        """As ``ILeaseBackend.path``."""

    @property
    def look_up(self) -> LookUp | None:
        """As ``ILeaseBackend.look_up``."""

    def load(self, store: LeaseStore) -> None:
        """As ``ILeaseBackend.load``."""

    def commit(self, changes: Sequence[Change]) -> Pending | None:
        """As ``ILeaseBackend.commit``."""

    def serves(self, settings: Settings) -> bool:
        """As ``ILeaseBackend.serves``."""

    def maintain(self, settings: Settings) -> None:
        """As ``ILeaseBackend.maintain``."""

    def rest(self) -> None:
        """As ``ILeaseBackend.rest``."""

    def check(self) -> None:
        """As ``ILeaseBackend.check``."""

    def close(self) -> None:
        """As ``ILeaseBackend.close``."""

    def describe(self) -> str:
        """As ``ILeaseBackend.describe``."""

    def clean_up(self) -> bool | None:
        """As ``ILeaseBackend.clean_up``."""

    def write_again(self, path: str) -> bool:
        """As ``ILeaseBackend.write_again``."""


class Commits(Protocol):
    """The part of the performer that an exchange of the storage needs."""

    def commit(self, changes: Sequence[Change]) -> Deferred[None] | None:
        """Write changes, and what is owed, as ``Performer.commit``."""

    def abandon(self) -> None:
        """Drop what waits for the storage."""


class BackendHost(NamedTuple):
    """The server as a lease backend sees it."""

    reactor: Reactor
    log: Log
    folders: Folders
    table: LeaseTable
    report: Callable[[Outage], None]
    unwritten: UnwrittenRows

    @property
    def store(self) -> LeaseStore:
        """All leases."""
        return self.table.store

    def take_in(self, changes: Iterable[Change]) -> None:
        """Apply changes that were found in the storage: other programs made them."""
        for change in changes:
            self.table.apply(change, given_out=False)
            self.unwritten.forget(change.lease.address)

    def merge(self, loaded: LeaseStore) -> None:
        """Take the leases of addresses that have none here, or an older one."""
        store = self.table.store
        for lease in loaded:
            ours = store.get(lease.address)
            if ours is None or ours.cltt < lease.cltt:
                self.table.apply(Change(lease), given_out=False)


class LeaseStorage:
    """The storage of the leases of one server. ``open`` makes its backend."""

    def __init__(
        self, reactor: Reactor, log: Log, folders: Folders, table: LeaseTable, backend: Backend | None = None
    ) -> None:
        self.table = table
        self.look_up: LookUp | None = None if backend is None else backend.look_up
        """As ``ILeaseBackend.look_up``, of the backend in use."""
        self.shared = backend is not None and backend.shared
        """True if other servers write to the backend in use."""
        self._backend = backend
        self._log = log
        self._host = BackendHost(reactor, log, folders, table, self._report, UnwrittenRows())
        self._observers: list[Callable[[Outage], object]] = []
        self._is_lost = False

    def subscribe(self, observer: Callable[[Outage], object]) -> None:
        """Call the observer when the storage cannot be reached, and when it can be again."""
        self._observers.append(observer)

    @property
    def backend(self) -> Backend:
        """The backend in use."""
        assert self._backend is not None, "open comes first"
        return self._backend

    @property
    def path(self) -> str:
        """The path of the lease file, "" if there is none."""
        return self.backend.path

    def describe(self) -> str:
        """Return the storage as error texts name it."""
        return self.backend.describe()

    def commit(self, changes: Sequence[Change]) -> Pending | None:
        """Write changes to the backend in use, as ``ILeaseBackend.commit``."""
        assert self._backend is not None, "open comes first"
        return self._backend.commit(changes)

    def take_over(self, lost: Sequence[Overtaken]) -> None:
        """Put the rows of other servers into the table."""
        for address, winner in lost:
            lease = winner or self.table.store.get(address)
            if lease is not None:
                self._host.take_in([Change(lease, winner is None)])

    def open(self, settings: Settings) -> None:
        """Load the leases at the start. Raises OSError or LeasesUnusable."""
        backend = self._made(settings)
        backend.load(self.table.store)
        check_leases(self.table.store, settings, self._log)
        check_extended_info(self.table.store, settings, self._log)
        self._adopt(backend)

    def prepare(self, settings: Settings, commits: Commits) -> PreparedChange:
        """Load the storage of another configuration. Raises OSError or LeasesUnusable: nothing has changed."""
        old = self.backend
        if old.serves(settings):
            return PreparedChange(self.check, _nothing)
        if commits.commit(()) is not None:
            raise OSError(0, f"changes are still being written to {self.describe()}, try again")
        backend = self._made(settings)
        loaded = LeaseStore()
        backend.load(loaded)
        check_leases(loaded, settings, self._log)
        check_extended_info(loaded, settings, self._log)

        def commit() -> None:
            commits.abandon()
            self._adopt(backend)
            if backend.persists and old.persists:
                self._exchange(loaded)
            elif backend.persists:
                self._merge(loaded, commits)
            old.close()
            if self._is_lost:
                self._report(Outage("", False, False))  # the old storage does not report that any more

        return PreparedChange(commit, backend.close)

    def check(self) -> None:
        """Restore what other programs did to the storage."""
        self.backend.check()

    def maintain(self, settings: Settings) -> None:
        """Begin the periodic work of the storage."""
        self.backend.maintain(settings)

    def rest(self) -> None:
        """End the periodic work."""
        self.backend.rest()

    def close(self) -> None:
        """Release the storage."""
        self.backend.close()

    def _adopt(self, backend: Backend) -> None:
        self._backend = backend
        self.look_up, self.shared = backend.look_up, backend.shared
        unwritten = self._host.unwritten
        unwritten.clear()
        self.table.unsubscribe(unwritten)
        if backend.shared:
            self.table.subscribe(unwritten)

    def _report(self, outage: Outage) -> None:
        self._is_lost = bool(outage.reason)
        for observer in self._observers:
            observer(outage)

    def _made(self, settings: Settings) -> Backend:
        backend = backend_class(LEASE_BACKENDS, settings.lease_database.type, "leases")
        made: Backend = backend(self._host, settings)
        return made

    def _exchange(self, loaded: LeaseStore) -> None:
        """Forget all leases, and take these."""
        self._host.take_in([Change(lease, True) for lease in self.table.store])
        self._host.take_in(map(Change, loaded))

    def _merge(self, loaded: LeaseStore, commits: Commits) -> None:
        """Keep the leases of both: what the storage lacks is written, or owed."""
        self._host.merge(loaded)
        lacking = [Change(lease) for lease in self.table.store if loaded.get(lease.address) != lease]
        with suppress(LeasesUnsaved):
            pending = commits.commit(lacking)
            if pending is not None:
                pending.addErrback(_owed)


def _owed(failure: Failure) -> None:
    """Leave what could not be written to the next attempt."""
    failure.trap(LeasesUnsaved)  # type: ignore[no-untyped-call]


def _nothing() -> None:
    """Undo nothing."""
