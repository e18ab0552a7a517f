"""Where log lines end up: standard streams, files that rotate, the system's log.

A destination collects the lines of a reactor turn and writes them with one call. None of them ever raises: a
full disk must not stop a server that hands out leases. It is said once on standard error, the lines are lost
and counted, and each flush tries anew.
"""

from __future__ import annotations

import os
import sys
import syslog
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from kea_twisted.config.model import LogOutput
from kea_twisted.events import DEBUG, ERROR, FATAL, INFO, WARN

SMALLEST_ROTATION: Final = 204800  # Kea: a smaller maxsize switches rotation off
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_HELD_BACK: Final = 1 << 20  # how much a pipe that takes nothing may owe us, in bytes


class Destination(Protocol):
    """Something that takes lines and writes them at ``flush``."""

    def taker(self, severity: int) -> Callable[[str], None]:
        """A function that takes a finished line of this severity."""

    def flush(self) -> None:
        """Write what was taken; never raises."""

    def reopen(self) -> None:
        """Look the destination up anew: somebody may have moved the file away."""

    def close(self) -> None:
        """Flush and let go."""


class Stream:
    """Lines for a file descriptor that is open already: standard output or standard error."""

    name = "stream"

    def __init__(self, descriptor: Callable[[], int], name: str) -> None:
        self.name = name
        self.lost = 0  # lines
        self._descriptor = descriptor
        self._lines: list[str] = []
        self._rest = b""
        self._failing = False

    def taker(self, severity: int) -> Callable[[str], None]:
        """The same for all severities."""
        return self._lines.append

    def flush(self) -> None:
        """Write what was taken; never raises."""
        if not (self._lines or self._rest):
            return
        data = self._rest + "".join(self._lines).encode("utf-8", "backslashreplace")
        count = len(self._lines)
        self._lines.clear()
        self._rest = b""
        try:
            self._write(memoryview(data))
        except (OSError, ValueError) as error:
            self._failed(error, count)
        else:
            self._failing = False

    def reopen(self) -> None:
        """A standard stream is not ours to open."""

    def close(self) -> None:
        """Write what is left; a standard stream stays open."""
        self.flush()

    def _write(self, data: memoryview) -> None:
        descriptor = self._descriptor()
        while data:
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:
                # a terminal somebody else made non-blocking: the rest goes with the next flush
                if len(data) > _HELD_BACK:
                    raise
                self._rest = bytes(data)
                return

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
        """Close the file; the next line opens whatever has the name then."""
        self.flush()
        if self._open >= 0:
            os.close(self._open)
            self._open = -1

    def close(self) -> None:
        """Write what is left and close the file."""
        self.reopen()

    def try_open(self) -> None:
        """Open it now; OSError when that is impossible. Else the first line opens it."""
        self._opened()

    def _opened(self) -> int:
        if self._open < 0:
            self._open = os.open(self.name, _FLAGS, 0o640)
            self._size = os.fstat(self._open).st_size
        return self._open

    def _write(self, data: memoryview) -> None:
        length = len(data)
        super()._write(data)
        self._size += length
        if self._maxsize and self._size > self._maxsize:
            self._rotate()

    def _rotate(self) -> None:
        os.close(self._open)
        self._open = -1
        versions = [self.name, *(f"{self.name}.{number}" for number in range(1, self._maxver + 1))]
        for older, newer in zip(versions[:0:-1], versions[-2::-1], strict=True):
            if os.path.exists(newer):
                os.replace(newer, older)
        if not self._maxver:
            os.truncate(self.name, 0)


class Syslog:
    """Lines for the system's log; a line of several rows goes there row by row."""

    PRIORITIES: Final = {
        FATAL: syslog.LOG_CRIT,
        ERROR: syslog.LOG_ERR,
        WARN: syslog.LOG_WARNING,
        INFO: syslog.LOG_INFO,
        DEBUG: syslog.LOG_DEBUG,
    }

    def __init__(self, facility: str = "", write: Callable[[int, str], None] = syslog.syslog) -> None:
        self._facility: int = getattr(syslog, f"LOG_{facility.upper() or 'LOCAL0'}", syslog.LOG_LOCAL0)
        self._write = write
        self._lines: list[tuple[int, str]] = []

    def taker(self, severity: int) -> Callable[[str], None]:
        """A function that remembers the priority with the line."""
        priority = self._facility | self.PRIORITIES[severity]
        append = self._lines.append
        return lambda line: append((priority, line))

    def flush(self) -> None:
        """Hand over what was taken."""
        lines = self._lines[:]
        self._lines.clear()
        for priority, line in lines:
            for row in line.splitlines():
                self._write(priority, row)

    def reopen(self) -> None:
        """The C library looks after its connection."""

    def close(self) -> None:
        """Hand over what is left."""
        self.flush()


def destination(output: LogOutput, path_of: Callable[[str], str]) -> Destination:
    """What ``output`` of ``output-options`` names; ``path_of`` completes a file name."""
    if output.output in ("stdout", "stderr"):
        return Stream(standard(output.output), output.output)
    kind, _, facility = output.output.partition(":")
    if kind == "syslog":
        syslog.openlog("kea-dhcp4")
        return Syslog(facility)
    return File(path_of(output.output), output.maxsize, output.maxver)


def standard(name: str) -> Callable[[], int]:
    """The descriptor of a stream as the process got it: twistd puts a logger in place of ``sys.stdout``."""

    def descriptor() -> int:
        stream = getattr(sys, f"__{name}__")
        if stream is None:
            raise ValueError("the stream is closed")
        return int(stream.fileno())

    return descriptor


def complain(text: str) -> None:
    """Say on standard error what cannot be said in the log; never raises."""
    with suppress(OSError):
        os.write(2, f"kea-dhcp4: {text}\n".encode())
