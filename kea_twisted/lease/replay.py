"""The leases that a lease file speaks of: its rows are events, and the last one of an address counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import IO, Final

from kea_twisted.lease.csvrow import COLUMNS, HEADER, Octets, RowReader, count_columns, octets, row_text
from kea_twisted.lease.lease import Change, Lease, LeaseRow
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.rowblock import Block, blocks, read_block, smaller

NO_HEADER: Final = 0
"""Columns of a file that ends before its header does: a server died while it made the file."""

_FEW: Final = 64  # rows that are not worth a second attempt to read them at once

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


class Rows:
    """The rows below a header, in order; the bad ones are reported.

    A bad row loses only itself. One that the end of the file cuts short is such a row: ``kill -9`` in the
    middle of a write, or a full disk. More than ``max_row_errors`` of them (0: no bound) raise
    TooManyRowErrors.
    """

    def __init__(self, columns: int, row_error: RowError, max_row_errors: int = 0, octets: Octets = octets) -> None:
        self.columns = columns
        self._reader = RowReader(columns, octets)
        self._row_error = row_error
        self._max_row_errors = max_row_errors
        self._number = self._errors = 0

    def good(self, lines: Iterable[str]) -> Iterator[tuple[str, LeaseRow]]:
        """The good ones of the next lines, each as text (no line feed) and as a lease."""
        read = self._reader.read
        for line in lines:
            line = line.rstrip("\r\n")
            if not line:
                continue
            self._number += 1
            try:
                row = read(line)
            except ValueError as error:
                self._row_error(self._number, str(error))
                self._errors += 1
                if self._max_row_errors and self._errors > self._max_row_errors:
                    text = f"exceeded maximum number of failures {self._max_row_errors}"
                    raise TooManyRowErrors(text) from None
            else:
                yield line, row

    def pieces(self, text: str) -> Iterator[tuple[str, Block | None]]:
        """The next rows, ended by line feeds, in pieces: those read at once, and (None) those for ``good``."""
        block = read_block(text, self._reader) if self.columns == len(COLUMNS) else None
        if block is not None:
            self._number += len(block.addresses)
            yield text, block
        elif self.columns == len(COLUMNS) and text.count("\n") > _FEW:
            for part in smaller(text):
                yield from self.pieces(part)
        else:
            yield text, None


def rows(
    lines: Iterable[str], columns: int, row_error: RowError, max_row_errors: int = 0
) -> Iterator[tuple[str, LeaseRow]]:
    """The good rows of a file, one by one; see ``Rows``."""
    return Rows(columns, row_error, max_row_errors).good(lines)


def replay_file(loading: Loading, file: IO[str], events: Rows) -> None:
    """Apply the rows of a file whose header has been taken off to what the files before it left."""
    for text in blocks(file):
        for part, block in events.pieces(text):
            if block is None:
                loading.take_rows([row for _, row in events.good(part.split("\n"))])
            else:
                loading.take_block(block)


def replay_text(texts: dict[int, str], events: Iterable[tuple[str, LeaseRow]], columns: int) -> None:
    """The rows of one file, in order, applied to rows by address, in the present schema: what a cleaner writes."""
    forget = texts.pop
    for line, row in events:
        if row[3]:
            texts[row[0]] = f"{line}\n" if columns == len(COLUMNS) else converted(row)
        else:
            forget(row[0], None)


def converted(row: LeaseRow) -> str:
    """The row in the present schema, with its line feed. A row that deletes stays one: its lifetime is 0."""
    return row_text(Change(Lease(*row)))
