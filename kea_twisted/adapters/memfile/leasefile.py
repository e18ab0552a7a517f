"""Kea's lease file: a row for every change, written before it is acknowledged; all are read at the start.

A row is in the hands of the operating system when ``append`` returns, so it survives the end of the process,
however sudden; like Kea we do not wait for the disk. Cleaning the file up is the business of
``leasecleanup``.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice, repeat
from typing import Final

from kea_twisted import events as E
from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.adapters.system.links import create_own, open_own
from kea_twisted.adapters.system.ownership import keep_owner
from kea_twisted.adapters.system.pidfile import PidFile, is_cleaner_process
from kea_twisted.errors import LeasesUnusable
from kea_twisted.events import Event
from kea_twisted.interfaces import Log
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.csvrow import COLUMNS, HEADER, VERSION
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.replay import NO_HEADER, Rows, columns_of, converted, replay_file, rows
from kea_twisted.lease.rowtext import changes_text
from kea_twisted.lease.store import LeaseStore

PATIENCE: Final = 60.0
"""Seconds that a start waits for a cleaner which an earlier, killed, server has left at work."""


_MANY: Final = 1000  # rows in a write


class LeaseFileUnusable(LeasesUnusable):
    """The lease file cannot be read or written."""


class LeaseFile:
    """The lease file at a path. ``load`` once, then ``append``; ``close`` at the end.

    ``log`` is an ILog. ``max_row_errors`` bounds the bad rows of a file (0: no bound).
    """

    def __init__(
        self, path: str, log: Log, max_row_errors: int = 0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.files = LeaseFiles.of(path)
        self.needs_cleaning = False
        """Set by ``load`` when a file was of another schema: clean up as soon as possible."""
        self._log = log
        self._max_row_errors = max_row_errors
        self._sleep = sleep
        self._descriptor = -1
        self._size = 0  # as far as rows were written by this server
        self._torn = False  # the file ends in the middle of a row, which has to be ended before the next one

    def load(self, store: LeaseStore) -> None:
        """Read everything into an empty store and open the file for writing; else LeaseFileUnusable."""
        try:
            self._wait_for_cleaner()
            self._descriptor = self._open(os.O_CREAT)
            loading = Loading()
            columns = {path: self._read(path, loading) for path in self.files.to_read()}
            store.load(loading)
            self._continue(columns[self.files.current])
        except (OSError, ValueError, LeaseFileUnusable) as error:
            self.close()
            reason = f"{error}"
            if isinstance(error, OSError) and error.filename:
                reason = f"unable to open '{error.filename}': {error.strerror}"
            self._say(E.DHCPSRV_MEMFILE_FAILED_TO_OPEN, reason)
            raise LeaseFileUnusable(f"Unable to open database: {reason}") from error

    def append(self, changes: Sequence[Change]) -> None:
        """Write rows with one write. OSError: none of them is in the file."""
        data = changes_text(changes).encode("ascii")
        if self._torn:
            data = b"\n" + data
        written = 0
        try:
            while written < len(data):  # a second time only when the disk is full, which that one says
                written += os.write(self._descriptor, data[written:] if written else data)
        except OSError:
            self._cut(written)
            raise
        self._torn = False
        self._size += len(data)

    def fault(self) -> str:
        """The change of the file by another program: ``removed``, ``replaced``, ``truncated``; "" if none."""
        ours = os.fstat(self._descriptor)
        try:
            named = os.stat(self.files.current)
        except OSError:
            return "removed"
        if (named.st_ino, named.st_dev) != (ours.st_ino, ours.st_dev):
            return "replaced"
        return "truncated" if ours.st_size < self._size else ""

    def read(self, store: LeaseStore) -> None:
        """Read the file that has the name now, and no other, into an empty store; else LeaseFileUnusable."""
        loading = Loading()
        try:
            self._read(self.files.current, loading)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise LeaseFileUnusable(str(error)) from error
        finally:
            self.needs_cleaning = False  # it is about to be written anew
        store.load(loading)

    def rewrite(self, leases: Iterable[Lease]) -> None:
        """Replace what has the name by a new file with these leases. Raises OSError and changes nothing."""
        path = f"{self.files.current}.new"
        with suppress(FileNotFoundError):
            os.unlink(path)
        descriptor = self._open(os.O_CREAT | os.O_EXCL, path)
        try:
            keep_owner(descriptor, self.files.current)
            _write_header(descriptor)
            changes = map(Change, leases)
            while some := list(islice(changes, _MANY)):
                data = memoryview(changes_text(some).encode("ascii"))
                while data:
                    data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
            os.replace(path, self.files.current)
        except OSError:
            os.close(descriptor)
            with suppress(OSError):
                os.unlink(path)
            raise
        self._use(descriptor)

    def rotate(self) -> bool:
        """Put the file aside for the cleaner and begin a new one; False where an older one still lies there.

        OSError when that fails; the file in use stays in use then.
        """
        files = self.files
        if os.path.exists(files.finish) or os.path.exists(files.input):
            return False
        os.rename(files.current, files.input)
        try:
            descriptor = self._open(os.O_CREAT | os.O_EXCL)
            keep_owner(descriptor, files.input)
            try:
                _write_header(descriptor)
            except OSError:
                os.close(descriptor)
                raise
        except OSError:
            os.rename(files.input, files.current)
            raise
        self._use(descriptor)
        return True

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _wait_for_cleaner(self) -> None:
        waited = 0.0
        while (cleaner := self._cleaner()) is not None:
            if waited == 0.0:
                self._say(E.DHCPSRV_MEMFILE_LFC_WAIT, cleaner)
            if waited >= PATIENCE:
                raise LeaseFileUnusable("unable to load leases from files while the lease file cleanup is in progress")
            self._sleep(0.1)
            waited += 0.1

    def _cleaner(self) -> int | None:
        """The process that the pid file names, if it is running and may be a cleaner."""
        pid = PidFile(self.files.pid).read()
        return pid if pid is not None and pid != os.getpid() and is_cleaner_process(pid) else None

    def _use(self, descriptor: int) -> None:
        """Write to another file from now on."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._torn = descriptor, False
        self._size = os.fstat(descriptor).st_size

    def _open(self, flags: int, path: str = "") -> int:
        descriptor = open_own(path or self.files.current, os.O_RDWR | os.O_APPEND | flags)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LeaseFileUnusable(f"another server writes to {self.files.current}") from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):  # some network file systems
                os.close(descriptor)
                raise
        return descriptor

    def _read(self, path: str, loading: Loading) -> int:
        """Apply the rows of a file; how many columns it has."""
        with open(open_own(path, os.O_RDONLY), encoding="latin-1", newline="\n") as file:
            try:
                columns = columns_of(file)
                self._say(E.DHCPSRV_MEMFILE_LEASE_FILE_LOAD, path)
                if columns != NO_HEADER:
                    replay_file(loading, file, Rows(columns, self._row_error, self._max_row_errors, octets))
            except ValueError as error:
                raise LeaseFileUnusable(f"{error} in lease file {path}") from None
        if columns not in (len(COLUMNS), NO_HEADER):
            self.needs_cleaning = True
            older = columns < len(COLUMNS)
            event = E.DHCPSRV_MEMFILE_NEEDS_UPGRADING if older else E.DHCPSRV_MEMFILE_NEEDS_DOWNGRADING
            self._say(event, path, VERSION)
        return columns

    def _row_error(self, number: int, reason: str) -> None:
        self._say(E.DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR, number, reason)

    def _continue(self, columns: int) -> None:
        """Make the file one to which rows of the present schema can be appended."""
        if columns == NO_HEADER:
            os.ftruncate(self._descriptor, 0)
            _write_header(self._descriptor)
        elif columns != len(COLUMNS) and not self.rotate():
            self._convert(columns)
        size = os.fstat(self._descriptor).st_size
        self._torn = os.pread(self._descriptor, 1, size - 1) != b"\n"
        self._size = size

    def _convert(self, columns: int) -> None:
        """Rewrite a file of another schema that cannot be put aside: an older one still lies there."""
        path = f"{self.files.current}.converted"
        with (
            open(self.files.current, encoding="latin-1", newline="\n") as file,
            open(create_own(path), "w", encoding="latin-1") as output,
        ):
            keep_owner(output.fileno(), self.files.current)
            lines = iter(file)
            columns_of(lines)
            output.write(f"{HEADER}\n")
            output.writelines(converted(row) for _, row in rows(lines, columns, lambda number, reason: None))
            output.flush()
            os.fsync(output.fileno())
        os.rename(path, self.files.current)
        os.close(self._descriptor)
        self._descriptor = self._open(0)

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)

    def _cut(self, written: int) -> None:
        """Take back the part of a write that came through."""
        if not written:
            return
        try:
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
        except OSError:
            self._torn = True


class NoLeaseFile:
    """The substitute of the lease file if ``persist`` is false: leases live as long as the process."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def load(self, store: LeaseStore) -> None:
        """Say that nothing is kept."""
        self._log.emit(E.DHCPSRV_MEMFILE_NO_STORAGE)

    def append(self, changes: Sequence[Change]) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""


def database_text(configured: Mapping[str, Json]) -> str:
    """``lease-database`` as DHCPSRV_MEMFILE_DB shows it: ``lfc-interval=3600 type=memfile universe=4``."""
    shown = {**configured, "type": "memfile", "universe": "4"}
    return " ".join(f"{key}={_shown(value)}" for key, value in sorted(shown.items()))


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def octets(texts: Sequence[str]) -> bytes:
    """Return the result of ``csvrow.octets``, in half the time."""
    try:
        return b"".join(map(socket.inet_pton, repeat(socket.AF_INET), texts))
    except OSError:
        raise ValueError("not an IPv4 address") from None


def _write_header(descriptor: int) -> None:
    data = f"{HEADER}\n".encode()
    if os.write(descriptor, data) != len(data):
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
