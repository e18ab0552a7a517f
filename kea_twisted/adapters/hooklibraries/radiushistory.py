"""The session history of accounting in a file: a line for each beginning and each end, in Kea's form."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from ipaddress import AddressValueError, IPv4Address
from itertools import islice
from typing import Final, TextIO

from kea_twisted.events.event import Event
from kea_twisted.interfaces import Clock
from kea_twisted.libraries.radius import messages as M
from kea_twisted.libraries.radius.accounting import HEADER, Began
from kea_twisted.wire.address import address_text

MOST_LINES: Final = 100_000
"""Lines after which the file may be written anew."""

_FIRST_LINE: Final = ",".join(HEADER)
_SLICE: Final = 1000


def check(path: str) -> None:
    """Raise ValueError if a file is there that is no session history: it would be written over."""
    try:
        with open(
            os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), encoding="utf-8", errors="replace"
        ) as file:
            first = file.readline(len(_FIRST_LINE) + 2)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ValueError(f"'session-history' {path} cannot be read: {error.strerror}") from None
    if first and first.rstrip("\r\n") != _FIRST_LINE:
        raise ValueError(f"'session-history' {path} exists and is no session history; remove it, or name another file")


class HistoryFile:
    """The file. After a failure nothing more is written to it.

    When most of its lines are about ended sessions it is written anew, some lines in each turn of the reactor;
    ``active`` returns the sessions that have not ended.
    """

    def __init__(
        self, path: str, log: Callable[..., None], timers: Clock, active: Callable[[], Mapping[int, Began]]
    ) -> None:
        self.path = path
        self._log: Callable[..., None] = log
        self._timers = timers
        self._active = active
        self._file: TextIO | None = None
        self._lines = 0
        self._new: TextIO | None = None  # what the file is written anew into
        self._left: Iterator[tuple[int, Began]] = iter(())
        self._late: list[str] = []  # lines since that began

    def open(self) -> dict[int, Began]:
        """Return the sessions of the file, which is rewritten without old lines."""
        found: dict[int, Began] = {}
        if os.path.exists(self.path) and self._load(found) and found:
            self._store(found)
        try:
            check(self.path)
            self._file = open(self.path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed by close
            if not self._file.tell():
                self._file.write(_FIRST_LINE + "\n")
            elif not _ends_a_line(self.path):  # a write was cut off, as on a full disk
                self._file.write("\n")
            self._log(M.HISTORY_OPENED, self.path)
        except (OSError, ValueError) as error:
            self._fail(M.HISTORY_OPEN_FAILED, self.path, error)
        return found

    def append(self, address: int, began: Began) -> None:
        """Write the beginning of a session; (0, 0) is an end."""
        if self._file is None:
            return
        line = _line(address, began)
        try:
            self._file.write(line)
        except OSError as error:
            self._fail(M.HISTORY_APPEND_FAILED, address_text(address), error.strerror)
            return
        self._lines += 1
        if self._new is not None:
            self._late.append(line)
        elif self._lines > max(MOST_LINES, 4 * len(self._active())):
            self._begin()

    def close(self) -> None:
        """Close the file."""
        self._abandon()
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _begin(self) -> None:
        """Begin to write the file anew."""
        self._lines = 0
        self._left, self._late = iter(list(self._active().items())), []
        try:
            self._new = open(self.path + ".new", "w", encoding="utf-8")  # noqa: SIM115 - closed by _abandon or close
            self._new.write(_FIRST_LINE + "\n")
        except OSError as error:
            self._log(M.HISTORY_STORE_FAILED, self.path + ".new", error.strerror, 0, len(self._active()))
            self._abandon()
            return
        self._timers.callLater(0, self._go_on)

    def _go_on(self) -> None:
        """Write some lines; behind the last one, what was written to the old file meanwhile."""
        new = self._new
        if new is None:
            return
        try:
            lines = [_line(*row) for row in islice(self._left, _SLICE)]
            new.writelines(lines or self._late)
            if lines:
                self._timers.callLater(0, self._go_on)
                return
            new.reconfigure(line_buffering=True)  # type: ignore[attr-defined]
            os.replace(self.path + ".new", self.path)
        except OSError as error:
            self._log(M.HISTORY_STORE_FAILED, self.path + ".new", error.strerror, 0, len(self._active()))
            self._abandon()
            return
        old, self._file, self._new, self._late = self._file, new, None, []
        if old is not None:
            with suppress(OSError):
                old.close()
        self._log(M.HISTORY_STORED, len(self._active()))

    def _abandon(self) -> None:
        """Keep the old file."""
        new, self._new, self._late = self._new, None, []
        if new is not None:
            with suppress(OSError):
                new.close()
            with suppress(OSError):
                os.unlink(self.path + ".new")

    def _load(self, found: dict[int, Began]) -> bool:
        """Read the file; False, logged: a line has a fault, and the file is left as it is."""
        read = faults = 0
        try:
            check(self.path)
            with open(self.path, encoding="utf-8", errors="replace") as file:
                next(file, None)
                for line in file:
                    try:
                        address, seconds, milliseconds = line.split(",")
                        began = int(seconds), int(milliseconds)
                        key = int(IPv4Address(address))
                    except (ValueError, AddressValueError):
                        faults += 1
                        continue
                    found.pop(key, None)
                    if began[0]:
                        read += 1
                        found[key] = began
        except (OSError, ValueError):
            faults += 1
        if faults:
            self._log(M.HISTORY_LOAD_FAILED, read, faults, len(found))
        else:
            self._log(M.HISTORY_LOADED, read, len(found))
        return not faults

    def _store(self, found: Mapping[int, Began]) -> None:
        # not the name that ``_begin`` uses: the library of before may be writing the file anew at a reconfiguration
        new, stored = self.path + ".active", 0
        try:
            with open(new, "w", encoding="utf-8") as file:
                file.write(_FIRST_LINE + "\n")
                for address, began in sorted(found.items(), key=lambda row: row[1]):
                    file.write(_line(address, began))
                    stored += 1
            os.replace(self.path, self.path + ".bak")
            os.replace(new, self.path)
            self._log(M.HISTORY_STORED, stored)
        except OSError as error:
            self._log(M.HISTORY_STORE_FAILED, new, error.strerror, stored, len(found))

    def _fail(self, event: Event, *arguments: object) -> None:
        self.close()
        self._log(event, *arguments)


def _ends_a_line(path: str) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _line(address: int, began: Began) -> str:
    return f"{address_text(address)},{began[0]},{began[1]}\n"
