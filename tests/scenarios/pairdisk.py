"""The lease files of a modelled pair: real files, written by the real LeaseFile, on disks that fill up and servers
that die in the middle of a write.

What is in a file is known here, too, so that a start which finds anything else is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

from kea_twisted.adapters.memfile.leasecleaner import CLEANING
from kea_twisted.adapters.memfile.leasefile import LeaseFile
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_text
from tests.fakes import RecordingLog

Row = tuple[int, bytes, int]
"""Address, hardware address and time of a lease that was given or renewed."""


class Broken(AssertionError):
    """A promise was broken."""


class Killed(BaseException):
    """The process is gone in the middle of what it did."""


class Process(Protocol):
    """The writer of a row."""

    def kill(self) -> None: ...


def row_of(lease: Lease) -> Row:
    """The number that tells this giving or renewing from all others."""
    return lease.address, lease.hwaddr, lease.cltt


class Disk:
    """``os`` as the lease file sees it: all of it is real but what happens to a write."""

    def __init__(self) -> None:
        self.journals: dict[int, Journal] = {}  # by descriptor
        self.broken: list[Broken] = []  # kept: an exception might be caught by the code that is tested

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, descriptor: int, data: bytes) -> int:
        journal = self.journals.get(descriptor)
        return os.write(descriptor, data) if journal is None else journal.write(descriptor, data)

    def ftruncate(self, descriptor: int, size: int) -> None:
        journal = self.journals.get(descriptor)
        if journal is not None and journal.room is not None:
            if journal.stuck:
                raise OSError(5, "Input/output error")
            journal.room += os.fstat(descriptor).st_size - size
        os.ftruncate(descriptor, size)


class Journal:
    """A server's lease file through all its lives."""

    def __init__(self, disk: Disk, path: str) -> None:
        self.room: int | None = None  # bytes that still fit on the disk; None: any number
        self.stuck = False  # with a full disk nothing can be taken back, either
        self.dies_writing: int | None = None  # the next write is cut after so many bytes
        self.written: set[Row] = set()
        self.unsaved: set[Row] = set()  # what a full disk keeps in memory
        self.lost: set[Row] = set()  # what was there when the server died
        self._disk = disk
        self.path = path
        self._file: LeaseFile | None = None
        self._process: Process | None = None
        self._known: dict[int, Lease] = {}
        self._maybe: dict[int, set[Lease | None]] = {}  # of what was written in part

    def open(self, process: Process) -> LeaseStore:
        """A server starts: what its file says."""
        room, self.room = self.room, None
        self._process = process
        self._file = LeaseFile(self.path, RecordingLog())
        store = LeaseStore()
        self._file.load(store)
        self._disk.journals[self._descriptor] = self
        self.room = room
        self._check(store)
        return store

    def append(self, changes: Sequence[Change]) -> None:
        assert self._file is not None
        end = os.fstat(self._descriptor).st_size
        try:
            self._file.append(changes)
        except OSError:
            self.unsaved |= {row_of(lease) for lease, deleted in changes if not deleted}
            if self.stuck:
                self._may_be(changes)
            elif os.fstat(self._descriptor).st_size != end:
                self._disk.broken.append(Broken("part of a write that failed is in the file"))
            raise
        except Killed:
            self._may_be(changes)
            raise
        if changes and b"\n" not in os.pread(self._descriptor, 2, end - 1):
            self._disk.broken.append(Broken("a row is appended to half a row"))
        for lease, deleted in changes:
            self._maybe.pop(lease.address, None)
            if deleted or not lease.valid_lifetime:
                self._known.pop(lease.address, None)
            else:
                self._known[lease.address] = lease
                self.written.add(row_of(lease))
                self.unsaved.discard(row_of(lease))

    def knows(self, lease: Lease) -> bool:
        """Return True if the lease, or a newer one of the same client, is in the file.

        A lease that a server on a full disk could not confirm itself may have been fetched from it: then that one
        has it in memory, or had it there when it died, in which case it fetches it when it comes back.
        """
        newest = self._known.get(lease.address)
        known = any(row_of(lease) in rows for rows in (self.written, self.unsaved, self.lost))
        return known or (newest is not None and newest.outlasts(lease, float("inf")))

    def write(self, descriptor: int, data: bytes) -> int:
        """The part of a write that comes through."""
        if self.dies_writing is not None:
            os.write(descriptor, data[: self.dies_writing % (len(data) + 1)])
            assert self._process is not None
            self._process.kill()
            raise Killed
        if self.room is None:
            return os.write(descriptor, data)
        part = data[: self.room]
        if not part:
            raise OSError(28, "No space left on device")
        self.room -= len(part)
        return os.write(descriptor, part)

    def clean(self, steps: int) -> None:
        """The file is cleaned up, or the cleaner comes only so far; it is another process and needs no time."""
        if self._file is None:
            return
        del self._disk.journals[self._descriptor]
        self._file.rotate()
        self._disk.journals[self._descriptor] = self
        for step in CLEANING[:steps]:
            step(self._file.files)

    def close(self) -> None:
        """The server is gone."""
        if self._file is not None:
            del self._disk.journals[self._descriptor]
            self._file.close()
            self._file = None
            self.lost, self.unsaved = self.unsaved, set()
            self.dies_writing = None

    @property
    def _descriptor(self) -> int:
        assert self._file is not None
        return self._file._descriptor

    def _may_be(self, changes: Sequence[Change]) -> None:
        for lease, deleted in changes:
            before = self._maybe.setdefault(lease.address, {self._known.get(lease.address)})
            before.add(None if deleted or not lease.valid_lifetime else lease)

    def _check(self, store: LeaseStore) -> None:
        found = {lease.address: lease for lease in store}
        for address in self._known.keys() | found.keys() | self._maybe.keys():
            lease = found.get(address)
            if lease not in self._maybe.get(address, {self._known.get(address)}):
                what = f"of {address_text(address)} the file says {lease}, not {self._known.get(address)}"
                self._disk.broken.append(Broken(what))
        self._known, self._maybe = found, {}
        self.written |= set(map(row_of, found.values()))
