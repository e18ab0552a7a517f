"""The lease backend ``memfile``: leases in memory, every change in Kea's lease file, which is cleaned up and watched.

A file that was removed, replaced or truncated by other programs is written anew with all leases: what a client has been
promised is on disk.
"""

from __future__ import annotations

import os
from typing import Final, Protocol

from twisted.internet.task import LoopingCall
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.memfile.leasecleanup import LeaseCleanup
from kea_twisted.adapters.memfile.leasefile import LeaseFile, LeaseFileUnusable, NoLeaseFile, database_text
from kea_twisted.adapters.system.folders import must_be_writable
from kea_twisted.adapters.system.leasehost import LeaseHost
from kea_twisted.adapters.system.ownership import keep_aside
from kea_twisted.config.model import LeaseDatabase, Settings
from kea_twisted.interfaces import ILeaseBackend
from kea_twisted.lease.store import LeaseStore

WATCH_INTERVAL: Final = 10  # seconds between two checks of the file


class BackendHost(LeaseHost, Protocol):
    """The part of the server that the lease file needs."""

    @property
    def store(self) -> LeaseStore:
        """All leases."""

    def merge(self, loaded: LeaseStore) -> None:
        """Take the leases of addresses that have none here, or an older one."""


@implementer(ILeaseBackend)
class MemfileBackend:
    """The lease file that a configuration names, or none if ``persist`` is false; ``host`` is a BackendHost."""

    shared = False
    look_up = None

    def __init__(self, host: BackendHost, settings: Settings) -> None:
        database = settings.lease_database
        self._host = host
        self._log = host.log
        self.persists = database.persist
        self.path = self._path_of(database)
        self.cleanup: LeaseCleanup | None = None
        self._watch: LoopingCall | None = None
        self._complaint = ""
        self._say(E.DHCPSRV_MEMFILE_DB, database_text(settings.tree.get("lease-database", {})))
        if database.persist:
            must_be_writable(host.folders.data, "data")
            self.file: LeaseFile | NoLeaseFile = LeaseFile(self.path, self._log, database.max_row_errors)
            self.cleanup = LeaseCleanup(self.file, self._log, host.reactor, self.check)
        else:
            self.file = NoLeaseFile(self._log)
        self.load = self.file.load
        self.commit = self.file.append  # durable when it returns

    def describe(self) -> str:
        """Return the storage as error texts name it."""
        return "the lease file"

    def serves(self, settings: Settings) -> bool:
        """Return True if the settings name the same file, or none, as these."""
        database = settings.lease_database
        return database.type == "memfile" and self._path_of(database) == self.path

    def maintain(self, settings: Settings) -> None:
        """Clean the file up and check it at intervals."""
        self.rest()
        if self.cleanup is None:
            return
        self.cleanup.start(settings.lease_database.lfc_interval)
        self._watch = LoopingCall(self.check)
        self._watch.clock = self._host.reactor
        self._watch.start(WATCH_INTERVAL, now=False)

    def rest(self) -> None:
        """End both."""
        if self.cleanup is not None:
            self.cleanup.stop()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def close(self) -> None:
        """Close the file."""
        self.rest()
        self.file.close()

    def clean_up(self) -> bool | None:
        """Clean the lease file up; False: that is under way already; None: there is no lease file."""
        if self.cleanup is None:
            return None
        if self.cleanup.running:
            return False
        self.cleanup.compact()
        return True

    def write_again(self, path: str) -> bool:
        """Do as Kea for a lease4-write onto the file in use: the old one becomes ``.bakPID``. OSError."""
        if not isinstance(self.file, LeaseFile) or os.path.realpath(path) != os.path.realpath(self.path):
            return False
        keep_aside(self.path)
        self.file.rewrite(self._host.store)
        return True

    def check(self) -> None:
        """Write all leases anew where the file was removed, replaced or truncated by other programs."""
        file = self.file
        fault = file.fault() if isinstance(file, LeaseFile) else ""
        if not fault or not isinstance(file, LeaseFile):
            return
        try:
            if fault == "replaced":
                loaded = LeaseStore()
                file.read(loaded)
                self._host.merge(loaded)
            file.rewrite(self._host.store)
        except (OSError, LeaseFileUnusable) as error:
            text = f"{getattr(error, 'strerror', None) or error}"
            if text != self._complaint:
                self._complaint = text
                self._say(E.DHCPSRV_MEMFILE_LEASE_FILE_NOT_RESTORED, self.path, fault, text)
            return
        self._complaint = ""
        self._say(E.DHCPSRV_MEMFILE_LEASE_FILE_RESTORED, self.path, fault, len(self._host.store))

    def _path_of(self, database: LeaseDatabase) -> str:
        return self._host.folders.lease_file(database.name) if database.persist else ""

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
