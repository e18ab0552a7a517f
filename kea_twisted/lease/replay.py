"""The leases that a lease file speaks of: its rows are events, and the last one of an address counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from kea_twisted.lease.csvrow import COLUMNS, HEADER, RowReader, count_columns, row_text
from kea_twisted.lease.lease import Change, Lease, LeaseRow
from kea_twisted.lease.packed import pack

NO_HEADER: Final = 0
"""Columns of a file that ends before its header does: a server died while it made the file."""

RowError = Callable[[int, str], None]
"""Is told the number of a bad row (blank lines and the header not counted) and what is wrong with it."""


class TooManyRowErrors(ValueError):
    """More bad rows in one file than the operator allows."""


def columns_of(lines: Iterator[str]) -> int:
    """Take the header off the lines; how many columns it has. ValueError if it is no lease file's."""
    header = next(lines, "")
    if not header.endswith("\n") and HEADER.startswith(header):
        return NO_HEADER
    return count_columns(header.rstrip("\r\n"))


def rows(
    lines: Iterable[str], columns: int, row_error: RowError, max_row_errors: int = 0
) -> Iterator[tuple[str, LeaseRow]]:
    """The good rows below a header, each as text (no line feed) and as a lease; the bad ones are reported.

    A bad row loses only itself. One that the end of the file cuts short is such a row: ``kill -9`` in the
    middle of a write, or a full disk. More than ``max_row_errors`` of them (0: no bound) raise
    TooManyRowErrors.
    """
    read = RowReader(columns).read
    number = errors = 0
    for line in lines:
        line = line.rstrip("\r\n")
        if not line:
            continue
        number += 1
        try:
            row = read(line)
        except ValueError as error:
            row_error(number, str(error))
            errors += 1
            if max_row_errors and errors > max_row_errors:
                raise TooManyRowErrors(f"exceeded maximum number of failures {max_row_errors}") from None
        else:
            yield line, row


def replay(leases: dict[int, bytes], events: Iterable[tuple[str, LeaseRow]]) -> None:
    """Apply the rows of one file, in order, to the packed leases that the files before it left."""
    forget = leases.pop
    for _, row in events:
        if row[3]:
            leases[row[0]] = pack(row)
        else:
            forget(row[0], None)


def replay_text(texts: dict[int, str], events: Iterable[tuple[str, LeaseRow]], columns: int) -> None:
    """The same with the rows themselves, in the present schema and with line feed: what a cleaner writes."""
    forget = texts.pop
    for line, row in events:
        if row[3]:
            texts[row[0]] = f"{line}\n" if columns == len(COLUMNS) else converted(row)
        else:
            forget(row[0], None)


def converted(row: LeaseRow) -> str:
    """The row in the present schema, with its line feed. A row that deletes stays one: its lifetime is 0."""
    return row_text(Change(Lease(*row)))
