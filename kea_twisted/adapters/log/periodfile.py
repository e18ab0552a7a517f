"""A file of entries that is continued for a period, with the period in its name, as Kea's ``rotating_file.cc``."""

from __future__ import annotations

import os
import re
from calendar import monthrange
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TextIO

from kea_twisted.adapters.system.links import open_own

UNITS: Final = ("second", "day", "month", "year")
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Period(NamedTuple):
    """So many units; 0: the file is continued forever."""

    unit: str
    number: int

    def is_over(self, began: datetime, now: datetime) -> bool:
        """Return True if a period that began then has ended."""
        if not self.number:
            return False
        if self.unit == "second":
            return int(now.timestamp()) - int(began.timestamp()) >= self.number
        return self._end(began.date()) <= now.date()

    def _end(self, began: date) -> date:
        if self.unit == "day":
            return began + timedelta(days=min(self.number, (date.max - began).days))
        months = began.year * 12 + began.month - 1 + self.number * (12 if self.unit == "year" else 1)
        year, month = divmod(months, 12)
        if year > date.max.year:
            return date.max
        last = monthrange(year, month + 1)[1]
        # the last day of a month leads to the last day of another
        is_last = began.day == monthrange(began.year, began.month)[1]
        return date(year, month + 1, last if is_last else min(began.day, last))


class PeriodFile:
    """The entries, in ``folder/base.PERIOD.txt``; ``now`` gives the local time.

    ``rotates`` is called with "prerotate" and the file that ends, then with "postrotate" and the one that begins.
    ``opened`` and ``closed`` get the path.
    """

    def __init__(
        self,
        folder: str,
        base: str,
        period: Period,
        now: Callable[[], datetime],
        rotates: Callable[[str, str], object],
        opened: Callable[[str], object],
        closed: Callable[[str], object],
    ) -> None:
        self.path = ""
        self._folder, self._base, self._period, self._now = folder, base, period, now
        self._rotates, self._opened, self._closed = rotates, opened, closed
        self._file: TextIO | None = None
        self._began = now()

    def open(self) -> None:
        """Open the file of the present period, which may have been begun before. Raises OSError."""
        now = self._now()
        latest = self._latest()
        begun = latest is not None and not self._period.is_over(latest, now)
        self._open(latest if latest is not None and begun else now)

    def write(self, stamp: str, text: str) -> None:
        """Write an entry, each line with the time. Raises OSError."""
        now = self._now()
        if self._file is None or self._period.is_over(self._began, now):
            self._rotate(now)
        assert self._file is not None
        self._file.write("".join([f"{stamp} {line}\n" for line in text.removesuffix("\n").split("\n")]))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
            self._closed(self.path)

    def _rotate(self, now: datetime) -> None:
        ended, was_open = self.path, self._file is not None
        self.close()
        if was_open:
            self._rotates("prerotate", ended)
        self._open(now)
        self._rotates("postrotate", self.path)

    def _open(self, began: datetime) -> None:
        self.path = os.path.join(self._folder, f"{self._base}.{self._tag(began)}.txt")
        descriptor = open_own(self.path, _FLAGS)
        self._file = open(descriptor, "a", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
        self._began = began
        self._opened(self.path)

    def _tag(self, began: datetime) -> str:
        return f"T{int(began.timestamp()):020}" if self._period.unit == "second" else began.strftime("%Y%m%d")

    def _latest(self) -> datetime | None:
        """Return when the latest file begins; None: there is none."""
        tag = r"T(\d{20})" if self._period.unit == "second" else r"(\d{8})"
        form = re.compile(rf"{re.escape(self._base)}\.{tag}\.txt")
        with suppress(OSError):
            found = sorted(match[1] for name in os.listdir(self._folder) if (match := form.fullmatch(name)))
            with suppress(ValueError, OverflowError):
                if found and self._period.unit == "second":
                    return datetime.fromtimestamp(int(found[-1]))
                if found:
                    return datetime.strptime(found[-1], "%Y%m%d")
        return None
