"""The process that starts the server in the background, and its standard error, on which a failure must appear.

twistd forks and gives the daemon /dev/null. The starter waits for one line of at most 100 bytes, which it prints as a
Python literal with advice to look at a log file (``UnixApplicationRunner._waitForStart``). So the daemon writes the
reason itself, on the standard error that was there before the fork, and the starter keeps its line to itself.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final, TextIO

_TWISTD: Final = "An error has occurred: "
_SILENT_END: Final = f"{_TWISTD}b''"


class Starter:
    """Standard error as it is before twistd forks. ``descriptor`` is what standard error has at that time."""

    def __init__(self, descriptor: int = 2) -> None:
        self._number = descriptor
        self._saved: int | None = None
        with suppress(OSError):
            self._saved = os.dup(descriptor)

    def quieten(self) -> None:
        """Keep twistd's own report of a failed start from being printed by this process."""
        sys.__stderr__ = _WithoutReport(sys.__stderr__)  # type: ignore[misc,assignment]

    def restore(self) -> None:
        """Write standard error where it went before the fork."""
        if self._saved is not None:
            with suppress(OSError):
                os.dup2(self._saved, self._number)

    def release(self) -> None:
        """Close what was kept: the server has started."""
        if self._saved is not None:
            os.close(self._saved)
            self._saved = None


class _WithoutReport:
    """A stream that leaves out twistd's report; a daemon that ended without a reason is reported in plain text."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, unless the daemon has written it already."""
        if text.startswith(_SILENT_END):
            self._write("the server ended before it had started; its log may say why\n")
        elif not text.startswith(_TWISTD):
            self._write(text)
        return len(text)

    def _write(self, text: str) -> None:
        if self._stream is not None:  # None if Python was started without this descriptor
            self._stream.write(text)


def is_same_stream(first: int, second: int) -> bool:
    """Return True if two descriptors lead to the same terminal, pipe or file."""
    try:
        return os.path.sameopenfile(first, second)
    except OSError:
        return False
