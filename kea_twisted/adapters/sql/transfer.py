"""All leases of a database into a lease file of Kea's form, and back: for ``keadhcp-ctl``."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from kea_twisted.adapters.sql.answers import StatementFailed
from kea_twisted.adapters.sql.drivers import from_table
from kea_twisted.adapters.sql.offline import OFFLINE_TABLES, OfflineTable
from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.adapters.system.links import open_own
from kea_twisted.adapters.system.ownership import give_to_folder, replaced
from kea_twisted.config.databases import database_of
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.csvrow import HEADER, RowReader
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.packed import pack, unpack
from kea_twisted.lease.replay import NO_HEADER, columns_of
from kea_twisted.lease.rowtext import rows_text

GROUP: Final = 1000
"""Leases that are written in one transaction, and rows in one write."""

_ATTEMPTS: Final = 5
"""Attempts to write a group that transactions of others are in the way of."""


class Unreachable(OSError):
    """The database cannot be used at all."""


def opened(section: Mapping[str, Json]) -> OfflineTable:
    """Return the table of a ``lease-database``, whose type is one of OFFLINE_TABLES. Raises Unreachable."""
    try:
        table: OfflineTable = from_table(OFFLINE_TABLES, section["type"], "leases")(database_of(section))
    except (OSError, ValueError) as error:
        raise Unreachable(0, str(getattr(error, "strerror", None) or error)) from None
    return table


class Dump:
    """The leases of a table; ``bad`` has the rows that cannot be used."""

    def __init__(self, table: OfflineTable) -> None:
        self.bad: list[str] = []
        self._leases = table.read(lambda number, reason: self.bad.append(f"row {number} of the table: {reason}")).leases
        self._addresses = sorted(self._leases)

    def __len__(self) -> int:
        return len(self._addresses)

    def texts(self) -> Iterator[str]:
        """Yield the header and the rows, in pieces that end with a line feed."""
        yield f"{HEADER}\n"
        for first in range(0, len(self._addresses), GROUP):
            some = self._addresses[first : first + GROUP]
            yield rows_text(some, [self._leases[address] for address in some])

    def write(self, path: str, replaces: bool) -> None:
        """Write a lease file as a whole: it has its name when all is in it. Raises OSError.

        ``replaces``: overwrite an existing file. Otherwise one that was created during the dump is kept.
        """
        is_new = not (replaces and os.path.exists(path))
        with replaced(path, "latin-1") as output:
            if is_new:
                give_to_folder(output.fileno(), os.path.dirname(os.path.realpath(path)))
            output.writelines(self.texts())
            if not replaces and os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, "it was made meanwhile; name another file, or use --force", path)


class Upload:
    """The leases of a lease file, and of what a cleanup has left beside it; the last line of an address counts.

    ``bad`` has the lines that are wrong, and those that the database does not take. Raises ValueError for another file,
    OSError.
    """

    def __init__(self, path: str) -> None:
        self.files = LeaseFiles.of(path).to_read()
        self.bad: list[str] = []
        self.written = self.present = 0  # the latter: addresses that have another lease in the table
        self._leases: dict[int, bytes] = {}
        self._lines: dict[int, int] = {}  # number of the file << 40, and the line in it
        for number, each in enumerate(self.files):
            self._read(each, number << 40)

    def write(self, table: OfflineTable, tell: Callable[[int], None]) -> None:
        """Write the leases in groups; ``tell`` is called with the number of those that are done. Raises OSError."""
        addresses, done = iter(sorted(self._leases)), 0
        while group := [unpack(address, self._leases[address]) for address in islice(addresses, GROUP)]:
            self._insert(table, group)
            done += len(group)
            tell(done)

    def _read(self, path: str, mark: int) -> None:
        with open(open_own(path, os.O_RDONLY), encoding="latin-1", newline="\n") as file:
            try:
                columns = columns_of(file)
            except ValueError as error:
                raise ValueError(f"{path}:1: {error}: this is no lease file of Kea's") from None
            if columns != NO_HEADER:
                self._apply(path, file, columns, mark)

    def _apply(self, path: str, lines: Iterator[str], columns: int, mark: int) -> None:
        read = RowReader(columns).read
        for number, line in enumerate(lines, 2):
            line = line.rstrip("\r\n")
            if not line:
                continue
            try:
                row = read(line)
            except ValueError as error:
                self.bad.append(f"{path}:{number}: {error}")
                continue
            if row[3]:
                self._leases[row[0]] = pack(row)
                self._lines[row[0]] = mark + number
            else:
                self._leases.pop(row[0], None)
                self._lines.pop(row[0], None)

    def _insert(self, table: OfflineTable, leases: Sequence[Lease]) -> None:
        """Write leases, by halves down to those that the database does not take."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                present = len(table.insert(leases))
            except StatementFailed as error:
                if error.of_row:
                    self._refused(table, leases, error.strerror or "")
                    return
                if not error.may_repeat or attempt == _ATTEMPTS:
                    raise
            else:
                self.present += present
                self.written += len(leases) - present
                return

    def _refused(self, table: OfflineTable, leases: Sequence[Lease], reason: str) -> None:
        if len(leases) == 1:
            mark = self._lines[leases[0].address]
            self.bad.append(f"{self.files[mark >> 40]}:{mark & (1 << 40) - 1}: {reason}")
            return
        middle = len(leases) // 2
        self._insert(table, leases[:middle])
        self._insert(table, leases[middle:])
