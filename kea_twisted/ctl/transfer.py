"""keadhcp-ctl leases dump, upload: all leases of a database into a lease file of Kea's form, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

import click

from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.adapters.sql.offline import OFFLINE_TABLES, OfflineTable
from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.adapters.system.links import create_own, open_own
from kea_twisted.config.databases import database_of
from kea_twisted.ctl import show
from kea_twisted.ctl.session import Session, friendly, session
from kea_twisted.errors import LeasesUnusable
from kea_twisted.lease.csvrow import HEADER, RowReader
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.packed import pack, unpack
from kea_twisted.lease.replay import NO_HEADER, columns_of
from kea_twisted.lease.rowtext import rows_text
from kea_twisted.server.backends import backend_class

GROUP: Final = 1000
"""Leases that are written in one transaction, and rows in one write."""

_ATTEMPTS: Final = 5
"""Attempts to write a group that transactions of others are in the way of."""

_SHOWN: Final = 20  # refused lines that are listed


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--force", is_flag=True, help="Replace FILE if there is one.")
@session
@friendly
def dump(session: Session, file: str, force: bool) -> None:
    """Write all leases of the lease database to FILE, a lease file of Kea's form; "-": standard output.

    The database is that of the configuration file (--config); no server is asked.
    """
    if file != "-" and os.path.lexists(file) and not force:
        raise show.Failed(f"{file} is there already: name another file, or use --force", show.REFUSED)
    with _table(session) as table:
        bad: list[str] = []
        leases = table.read(lambda number, reason: bad.append(f"row {number} of the table: {reason}")).leases
    addresses = sorted(leases)
    if file == "-":
        click.echo(HEADER)
        for text in _texts(addresses, leases):
            click.echo(text, nl=False)
    else:
        _write(file, addresses, leases)
    _list(bad)
    if file != "-":
        session.show({"leases": len(addresses), "refused": len(bad)}, lambda: f"{len(addresses)} leases are in {file}")
    if bad:
        raise show.Failed(f"{len(bad)} rows cannot be put into a lease file", show.REFUSED)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--merge", is_flag=True, help="Add to a table that has leases; those that it has stay.")
@session
@friendly
def upload(session: Session, file: str, merge: bool) -> None:
    """Write all leases of FILE, a lease file of Kea's form, into the lease database.

    The database is that of the configuration file (--config); no server is asked. Files that a cleanup has left beside
    FILE (FILE.1, FILE.2, FILE.completed) are read, too. Stop the server that writes to FILE before.
    """
    with _table(session) as table:
        before = table.count()
        if before and not merge:
            text = f"the table has {before} leases already: nothing was written; --merge adds to them"
            raise show.Failed(text, show.REFUSED)
        rows = _Rows()
        for path in LeaseFiles.of(file).to_read():
            rows.read(path)
        written, present = _uploaded(table, rows)
    _list(rows.bad)
    result = {"written": written, "present": present, "refused": len(rows.bad), "files": rows.files}
    parts = [f"{written} leases of {' and '.join(rows.files)} are written"]
    parts += [f"{present} addresses have another lease in the table, which stays"] if present else []
    session.show(result, lambda: "; ".join(parts))
    if rows.bad:
        raise show.Failed(f"{len(rows.bad)} lines were refused", show.REFUSED)


class _Rows:
    """The leases of lease files by address, each with its line; the last line of an address counts."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.leases: dict[int, bytes] = {}
        self.bad: list[str] = []
        self._lines: dict[int, int] = {}  # number of the file << 40, and the line in it

    def read(self, path: str) -> None:
        """Apply a file's rows."""
        try:
            with open(open_own(path, os.O_RDONLY), encoding="latin-1", newline="\n") as file:
                columns = columns_of(file)
                if columns != NO_HEADER:
                    self._apply(path, file, columns)
        except ValueError as error:
            raise show.Failed(f"{path}:1: {error}: this is no lease file of Kea's", show.REFUSED) from None
        except OSError as error:
            raise show.Failed(f"{path}: {error.strerror or error}", show.REFUSED) from None
        self.files.append(path)

    def _apply(self, path: str, lines: Iterator[str], columns: int) -> None:
        read, mark = RowReader(columns).read, len(self.files) << 40
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
                self.leases[row[0]] = pack(row)
                self._lines[row[0]] = mark + number
            else:
                self.leases.pop(row[0], None)
                self._lines.pop(row[0], None)

    def refuse(self, address: int, reason: str) -> None:
        """Note that the database does not take a lease."""
        mark = self._lines[address]
        self.bad.append(f"{self.files[mark >> 40]}:{mark & (1 << 40) - 1}: {reason}")


def _uploaded(table: OfflineTable, rows: _Rows) -> tuple[int, int]:
    """Write the leases in groups; return the numbers of those written and of those whose addresses have others."""
    present = done = 0
    refused = len(rows.bad)
    addresses = iter(sorted(rows.leases))
    with show.progress("leases written") as tell:
        while group := [unpack(address, rows.leases[address]) for address in islice(addresses, GROUP)]:
            try:
                present += _inserted(table, group, rows)
            except (DatabaseLost, StatementFailed) as error:
                text = f"the database: {_reason(error)}; {done} leases were written before, --merge continues"
                raise show.Failed(text, show.REFUSED) from None
            done += len(group)
            tell(done)
    return done - present - (len(rows.bad) - refused), present


def _inserted(table: OfflineTable, leases: Sequence[Lease], rows: _Rows) -> int:
    """Write leases, by halves down to those that the database does not take; return how many addresses have others."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return len(table.insert(leases))
        except StatementFailed as error:
            if error.of_row:
                refusal = error.strerror or ""
                break
            if not error.may_repeat or attempt == _ATTEMPTS:
                raise
    if len(leases) == 1:
        rows.refuse(leases[0].address, refusal)
        return 0
    middle = len(leases) // 2
    return _inserted(table, leases[:middle], rows) + _inserted(table, leases[middle:], rows)


@contextmanager
def _table(session: Session) -> Iterator[OfflineTable]:
    """The table of the configuration file's lease database."""
    file = session.file
    section = file.tree.get("lease-database", {})
    kind = str(section.get("type", "memfile")) if isinstance(section, dict) else ""
    if kind not in OFFLINE_TABLES:
        known = " or ".join(sorted(OFFLINE_TABLES))
        where = f"{file.path} has no 'lease-database' of type {known}" if file.path else "no configuration file"
        raise show.Failed(
            file.trouble or f"{where}: name a configuration that has the database with --config", show.REFUSED
        )
    try:
        table: OfflineTable = backend_class(OFFLINE_TABLES, kind, "leases")(database_of(section))
    except (OSError, ValueError, LeasesUnusable) as error:
        raise show.Failed(f"the database: {_reason(error)}", show.UNREACHABLE) from None
    try:
        yield table
    except (DatabaseLost, StatementFailed) as error:
        raise show.Failed(f"the database: {_reason(error)}", show.REFUSED) from None
    finally:
        table.close()


def _write(path: str, addresses: Sequence[int], leases: dict[int, bytes]) -> None:
    """Write a lease file as a whole: it has its name when all is in it."""
    temporary = f"{path}.dump"
    try:
        with open(create_own(temporary), "w", encoding="latin-1") as output:
            output.write(f"{HEADER}\n")
            output.writelines(_texts(addresses, leases))
            output.flush()
            os.fsync(output.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise show.Failed(f"{path}: {error.strerror or error}", show.REFUSED) from None


def _texts(addresses: Sequence[int], leases: dict[int, bytes]) -> Iterator[str]:
    for first in range(0, len(addresses), GROUP):
        some = addresses[first : first + GROUP]
        yield rows_text(some, [leases[address] for address in some])


def _list(bad: Sequence[str]) -> None:
    for text in bad[:_SHOWN]:
        show.note(text)
    if len(bad) > _SHOWN:
        show.note(f"and {len(bad) - _SHOWN} more")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
