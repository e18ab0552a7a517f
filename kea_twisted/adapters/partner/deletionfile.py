"""Remembers deletions for partners beyond the end of the process: rows in a file beside the lease file.

A row is appended before the lease is deleted, and the file is removed when the partners have confirmed all of them. A
row that a full disk does not take stays in memory and is tried again. A Kea takes no notice of the file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final

from twisted.logger import Logger

from kea_twisted.adapters.system.links import APPEND, REPLACE, open_plain
from kea_twisted.ha.deletions import LIMIT, Deletion, Deletions
from kea_twisted.wire.address import address_number, address_text

LARGEST: Final = 2 * LIMIT
"""Rows in the file, beyond which it is written anew: a lease may be released often while a partner is away."""


class DeletionFile:
    """One file for all relationships, which have these ``names``; ``path`` "" where leases are not kept either.

    A row is ``address,time,hwaddr+given,name``: seconds since the epoch, and this server's name in the relationship.
    ``given`` is the time at which the client had got the lease.
    """

    _log = Logger()

    def __init__(self, path: str, names: Collection[str]) -> None:
        self._path = path
        self._rows: dict[str, list[Deletion]] = {name: [] for name in names}
        self._known: dict[str, Deletions] = {}
        self._count = 0  # rows in the file
        self._owing: list[str] = []  # rows that could not be written
        self._unsettled: set[str] = set()  # relationships with rows in the file
        self._is_torn = False  # the file may end in half a row
        self._has_failed = False
        if path:
            self._read()

    def rows(self, name: str) -> list[Deletion]:
        """Return what an earlier process remembered for a relationship, once."""
        return self._rows.pop(name, [])

    def save(self, name: str, deletions: Deletions) -> None:
        """Bring the file up to date; one that cannot be written is logged and tried again with the next call."""
        fresh, deletions.fresh = deletions.fresh, []
        self._known[name] = deletions
        if not self._path:
            return
        if deletions.settled:
            deletions.settled = False
            self._unsettled.discard(name)
            self._owing = [row for row in self._owing if not row.endswith(f",{name}\n")]
        if fresh and deletions.unconfirmed:
            self._unsettled.add(name)
            self._owing += [_text(name, row) for row in fresh]
        if not self._unsettled:
            self._remove()
        elif self._count > LARGEST:
            self._write_anew()
        elif self._owing:
            self._append()

    @property
    def owes(self) -> bool:
        """True while rows wait for space on the disk."""
        return bool(self._owing)

    def _append(self) -> None:
        data = (("\n" if self._is_torn else "") + "".join(self._owing)).encode()
        try:
            descriptor = open_plain(self._path, APPEND)
            try:
                written = os.write(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._failed(error)
            return
        self._is_torn = written < len(data)
        if not self._is_torn:
            self._count += len(self._owing)
            self._owing, self._has_failed = [], False

    def _write_anew(self) -> None:
        rows = [_text(name, row) for name, deletions in self._known.items() for row in deletions.rows()]
        temporary = f"{self._path}.new"
        try:
            with open(open_plain(temporary, REPLACE), "w", encoding="utf-8") as file:
                file.writelines(rows)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        except OSError as error:
            self._failed(error)
            return
        self._count, self._owing, self._is_torn, self._has_failed = len(rows), [], False, False

    def _remove(self) -> None:
        try:
            with suppress(FileNotFoundError):
                os.unlink(self._path)
            self._count, self._is_torn = 0, False
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._log.warn(
                "deleted leases cannot be remembered in {path}: {error}; after a restart a partner that was away"
                " may bring them back",
                path=self._path,
                error=error,
            )

    def _read(self) -> None:
        try:
            with open(self._path, encoding="utf-8", errors="replace") as file:
                text = file.read(LARGEST * 80)
        except OSError:
            return
        self._is_torn = bool(text) and not text.endswith("\n")
        for name, row in _parsed(text.split("\n")[:-1]):
            self._count += 1
            if name in self._rows:
                self._rows[name].append(row)
                self._unsettled.add(name)


def _text(name: str, row: Deletion) -> str:
    return f"{address_text(row.address)},{row.at},{row.hwaddr.hex(':')}+{row.given},{name}\n"


def _parsed(lines: Iterable[str]) -> Iterable[tuple[str, Deletion]]:
    for line in lines:
        fields = line.split(",", 3)
        with suppress(ValueError):
            if len(fields) == 4:
                hwaddr, _, given = fields[2].partition("+")
                owner = bytes.fromhex(hwaddr.replace(":", ""))
                yield fields[3], Deletion(address_number(fields[0]), int(fields[1]), owner, int(given or 0))
