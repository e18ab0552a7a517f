"""The lease file of a running server: opened at the start, exchanged by a reconfiguration, watched in between.

A file that was removed, replaced or truncated by other hands gets all leases again: what a client has been promised is
on disk. A reconfiguration that names another file takes the leases of that file and no others, as Kea does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from kea_twisted import events as E
from kea_twisted.adapters.memfile.leasecleanup import LeaseCleanup
from kea_twisted.adapters.memfile.leasefile import LeaseFile, LeaseFileUnusable, NoLeaseFile, database_text
from kea_twisted.adapters.system.machine import Folders, must_be_writable
from kea_twisted.adapters.system.ownership import keep_aside
from kea_twisted.config.model import Settings
from kea_twisted.engine.leasechecks import check_leases
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.lease.lease import Change
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.channels import Change as PreparedChange

WATCH_INTERVAL: Final = 10  # seconds between two looks at the file


class LeaseStorage:
    """The storage of the leases of one server: an ILeaseJournal that writes to the file in use."""

    def __init__(
        self,
        reactor: Any,
        log: Any,
        folders: Folders,
        table: LeaseTable,
    ) -> None:
        self.journal: LeaseFile | NoLeaseFile = NoLeaseFile(log)
        self.cleanup: LeaseCleanup | None = None
        self._reactor = reactor
        self._log = log
        self._folders = folders
        self.table = table
        self._complaint = ""

    @property
    def path(self) -> str:
        """The path of the lease file, "" if there is none."""
        return _path(self.journal)

    def append(self, changes: Sequence[Change]) -> None:
        """Write changes to the file in use. Raises OSError."""
        self.journal.append(changes)

    def open(self, settings: Settings) -> None:
        """Load the leases at the start; OSError, LeaseFileUnusable."""
        journal = self._made(settings)
        journal.load(self.table.store)
        check_leases(self.table.store, settings, self._log)
        self._use(journal)

    def prepare(self, settings: Settings, write_owed: Callable[[], object]) -> PreparedChange:
        """Open the lease file of another configuration; OSError, LeaseFileUnusable: nothing has changed.

        ``write_owed`` writes to the present file what it lacks. Raises OSError.
        """
        old = self.journal
        path = self._folders.lease_file(settings.lease_database.name) if settings.lease_database.persist else ""
        if path == _path(old):
            return PreparedChange(self.check, lambda: None)
        write_owed()
        journal = self._made(settings)
        loaded = LeaseStore()
        journal.load(loaded)
        check_leases(loaded, settings, self._log)

        def commit() -> None:
            self._use(journal)
            if isinstance(old, LeaseFile) and path:
                self._exchange(loaded)
            elif path:
                self._merge(loaded)
                self._rewrite()
            old.close()

        return PreparedChange(commit, journal.close)

    def check(self) -> None:
        """Write all leases anew where the file was removed, replaced or truncated by other hands."""
        journal = self.journal
        if not isinstance(journal, LeaseFile):
            return
        fault = journal.fault()
        if not fault:
            return
        try:
            if fault == "replaced":
                loaded = LeaseStore()
                journal.read(loaded)
                self._merge(loaded)
            self._rewrite()
        except (OSError, LeaseFileUnusable) as error:
            text = f"{getattr(error, 'strerror', None) or error}"
            if text != self._complaint:
                self._complaint = text
                self._say(E.DHCPSRV_MEMFILE_LEASE_FILE_NOT_RESTORED, journal.files.current, fault, text)
            return
        self._complaint = ""
        count = len(self.table.store)
        self._say(E.DHCPSRV_MEMFILE_LEASE_FILE_RESTORED, journal.files.current, fault, count)

    def close(self) -> None:
        """Close the file."""
        self.journal.close()

    def _made(self, settings: Settings) -> LeaseFile | NoLeaseFile:
        database = settings.lease_database
        self._say(E.DHCPSRV_MEMFILE_DB, database_text(settings.tree.get("lease-database", {})))
        if not database.persist:
            return NoLeaseFile(self._log)
        must_be_writable(self._folders.data, "data")
        return LeaseFile(self._folders.lease_file(database.name), self._log, database.max_row_errors)

    def _use(self, journal: LeaseFile | NoLeaseFile) -> None:
        """Write to this one from now on."""
        if self.cleanup is not None:
            self.cleanup.stop()
        self.cleanup = None
        if isinstance(journal, LeaseFile):
            self.cleanup = LeaseCleanup(journal, self._log, self._reactor, self.check)
        self.journal = journal

    def _exchange(self, loaded: LeaseStore) -> None:
        """Forget all leases, and take these."""
        for lease in list(self.table.store):
            self.table.apply(Change(lease, True), given_out=False)
        for lease in loaded:
            self.table.apply(Change(lease), given_out=False)

    def _merge(self, loaded: LeaseStore) -> None:
        """Take the leases of addresses that have none here, or an older one."""
        store = self.table.store
        for lease in loaded:
            ours = store.get(lease.address)
            if ours is None or ours.cltt < lease.cltt:
                self.table.apply(Change(lease), given_out=False)

    def _rewrite(self) -> None:
        if isinstance(self.journal, LeaseFile):
            self.journal.rewrite(self.table.store)

    def keep_and_rewrite(self) -> None:
        """Do as Kea for a lease4-write onto the file in use: the old one becomes ``.bakPID``."""
        keep_aside(_path(self.journal))
        self._rewrite()

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _path(journal: LeaseFile | NoLeaseFile) -> str:
    """The name of the lease file, "" where there is none."""
    return journal.files.current if isinstance(journal, LeaseFile) else ""
