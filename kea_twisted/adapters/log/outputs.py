"""Outputs of the log: standard streams, files that rotate, the system's log.

A destination collects the lines of a reactor turn and writes them with one call. None of them ever raises, and none
waits for a pipe, a terminal or a syslog daemon that takes nothing: a server that hands out leases continues. Some lines
are kept, further ones are lost and counted; ``take_lost`` gives their number once lines can be written again.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import syslog
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Final, Protocol

from kea_twisted.adapters.log.syslogsocket import SyslogSocket
from kea_twisted.adapters.system.links import open_own
from kea_twisted.config.filenames import is_log_file
from kea_twisted.config.model import LogOutput
from kea_twisted.events import DEBUG, ERROR, FATAL, INFO, WARN

SMALLEST_ROTATION: Final = 204800  # Kea: a smaller maxsize switches rotation off
# a named pipe without a reader would be waited for
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK
_HELD_BACK: Final = 1 << 18  # bytes that are kept for a pipe that takes nothing
_HELD_ROWS: Final = 1000  # for a syslog daemon


class Destination(Protocol):
    """Something that takes lines and writes them at ``flush``. ``lost`` counts those that could not be written."""

    lost: int

    def taker(self, severity: int) -> Callable[[str], None]:
        """Return a function that takes a finished line of this severity."""

    def flush(self) -> None:
        """Write what was taken; never raises."""

    def take_lost(self) -> int:
        """Return the number of lines that were lost since the last call; 0 while none can be written."""

    def reopen(self) -> None:
        """Look the destination up anew: the file may have been moved away."""

    def close(self) -> None:
        """Flush and close."""


class _Losses:
    """The lines that could not be written, and how many of them were reported."""

    def __init__(self) -> None:
        self.lost = 0
        self._reported = 0

    def _unreported(self) -> int:
        """Return the number of those lost since the last call."""
        lost, self._reported = self.lost - self._reported, self.lost
        return lost


class Stream(_Losses):
    """Lines for a file descriptor that is open already: standard output or standard error."""

    name = "stream"

    def __init__(self, descriptor: Callable[[], int], name: str) -> None:
        super().__init__()
        self.name = name
        self._descriptor = descriptor
        self._lines: list[str] = []
        self._rest = b""
        self._failing = False
        self._regular = (-1, False)  # descriptor, and whether it is a file, which is always ready

    def taker(self, severity: int) -> Callable[[str], None]:
        """Return the same for all severities."""
        return self._lines.append

    def flush(self) -> None:
        """Write what was taken; never raises."""
        if not (self._lines or self._rest):
            return
        count = len(self._lines)
        data = "".join(self._lines).encode("utf-8", "backslashreplace")
        self._lines.clear()
        if self._rest:
            data = self._behind_rest(data, count)
        try:
            self._write(data)
        except (OSError, ValueError) as error:
            self._failed(error, count)
        else:
            self._failing = False

    def take_lost(self) -> int:
        """See Destination."""
        return 0 if self._rest or self._failing else self._unreported()

    def reopen(self) -> None:
        """A standard stream is not ours to open."""

    def close(self) -> None:
        """Write what is left; a standard stream stays open."""
        self.flush()

    def _behind_rest(self, data: bytes, count: int) -> bytes:
        """Return the bytes that were kept, and behind them so many lines, unless that is too much."""
        rest, self._rest = self._rest, b""
        if len(rest) > _HELD_BACK:
            self.lost += count  # what is kept ends with a whole line
            return rest
        return rest + data

    def _write(self, data: bytes) -> None:
        """Write as much as is taken at once; the rest goes with the next flush."""
        descriptor = self._descriptor()
        known, always = self._regular
        if known != descriptor:
            always = self._is_file(descriptor)
        written = os.write(descriptor, data) if always else 0
        if written == len(data):
            return
        left = memoryview(data)[written:]
        while left:
            try:
                if not always and not is_ready(descriptor):
                    raise BlockingIOError
                left = left[os.write(descriptor, left if always else left[: select.PIPE_BUF]) :]
            except BlockingIOError:
                self._rest = bytes(left)
                return

    def _is_file(self, descriptor: int) -> bool:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._regular = descriptor, is_file
        return is_file

    def _failed(self, error: Exception, count: int) -> None:
        self.lost += count
        if not self._failing:
            self._failing = True
            complain(f"cannot write the log to {self.name}: {getattr(error, 'strerror', None) or error}")


class File(Stream):
    """Lines for a file, which becomes ``name.1`` and so on when it has grown beyond ``maxsize`` bytes."""

    def __init__(self, path: str, maxsize: int, maxver: int) -> None:
        super().__init__(self._opened, path)
        self._maxsize = maxsize if maxsize >= SMALLEST_ROTATION else 0
        self._maxver = maxver
        self._open = -1
        self._size = 0

    def reopen(self) -> None:
        """Close the file; the next line opens the file of that name."""
        self.flush()
        if self._open >= 0:
            os.close(self._open)
            self._open = -1

    def close(self) -> None:
        """Write what is left and close the file."""
        self.reopen()

    def _opened(self) -> int:
        if self._open < 0:
            self._open = open_own(self.name, _FLAGS)
            self._size = os.fstat(self._open).st_size
        return self._open

    def _write(self, data: bytes) -> None:
        length = len(data)
        super()._write(data)
        self._size += length
        if self._maxsize and self._size > self._maxsize:
            self._rotate()

    def _rotate(self) -> None:
        if not self._maxver:
            os.ftruncate(self._open, 0)
        os.close(self._open)
        self._open = -1
        # as many as there are: maxver may be any number
        last = next((number for number in count(1) if not os.path.exists(f"{self.name}.{number}")), 0)
        for number in range(min(last, self._maxver), 0, -1):
            newer = f"{self.name}.{number - 1}" if number > 1 else self.name
            if os.path.exists(newer):
                os.replace(newer, f"{self.name}.{number}")


class Syslog(_Losses):
    """Lines for the system's log; a line of several rows goes there row by row."""

    PRIORITIES: Final = {
        FATAL: syslog.LOG_CRIT,
        ERROR: syslog.LOG_ERR,
        WARN: syslog.LOG_WARNING,
        INFO: syslog.LOG_INFO,
        DEBUG: syslog.LOG_DEBUG,
    }

    name = "syslog"

    def __init__(self, facility: str = "", write: Callable[[int, str], object] | None = None) -> None:
        super().__init__()
        self._facility: int = getattr(syslog, f"LOG_{facility.upper() or 'LOCAL0'}", syslog.LOG_LOCAL0)
        self._write = SyslogSocket("kea-dhcp4").write if write is None else write
        self._lines: list[tuple[int, str]] = []
        self._rows: deque[tuple[int, str]] = deque()  # not yet taken by the daemon

    def taker(self, severity: int) -> Callable[[str], None]:
        """Return a function that remembers the priority with the line."""
        priority = self._facility | self.PRIORITIES[severity]
        append = self._lines.append
        return lambda line: append((priority, line))

    def flush(self) -> None:
        """Hand over what was taken, as far as the daemon takes it."""
        rows = self._rows
        for priority, line in self._lines:
            for row in line.splitlines():
                if len(rows) < _HELD_ROWS:
                    rows.append((priority, row))
                else:
                    self.lost += 1
        self._lines.clear()
        try:
            while rows:
                self._write(*rows[0])
                rows.popleft()
        except OSError:
            return  # the rest goes with the next flush

    def take_lost(self) -> int:
        """See Destination."""
        return 0 if self._rows else self._unreported()

    def reopen(self) -> None:
        """Nothing: the connection is made anew where it fails."""

    def close(self) -> None:
        """Hand over what is left."""
        self.flush()


def destination(output: LogOutput, path_of: Callable[[str], str]) -> Destination:
    """Return the output that ``output`` of ``output-options`` names; ``path_of`` completes a file name."""
    if is_log_file(output.output):
        return File(path_of(output.output), output.maxsize, output.maxver)
    kind, _, facility = output.output.partition(":")
    return Syslog(facility) if kind == "syslog" else Stream(standard(kind), kind)


def standard(name: str) -> Callable[[], int]:
    """Return the descriptor of a stream as the process got it: twistd puts a logger in place of ``sys.stdout``."""

    def descriptor() -> int:
        stream = getattr(sys, f"__{name}__")
        if stream is None:
            raise ValueError("the stream is closed")
        return int(stream.fileno())

    return descriptor


def complain(text: str) -> None:
    """Write on standard error what cannot be written to the log; never raises and never waits."""
    with suppress(OSError):
        if is_ready(2):
            os.write(2, f"kea-dhcp4: {text}\n".encode()[: select.PIPE_BUF])


def is_ready(descriptor: int) -> bool:
    """Return whether PIPE_BUF bytes can be written without waiting. Its mode may not be changed: others write there."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))
