"""The pid file: keeps two servers with the same configuration apart, and tells tools whom to signal.

Only a living server is in the way. A number that is left over from a crash or from before a reboot, and that
nobody or some other program has now, is not (sites with real Kea had to delete such files by hand).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

import psutil


class AlreadyRunning(Exception):
    """Another server holds the pid file; the text names both."""


class PidFile:
    """One pid file. ``is_server`` says whether a process number belongs to a living DHCP server."""

    def __init__(self, path: str, is_server: Callable[[int], bool] | None = None) -> None:
        self.path = path
        self._is_server = is_server or is_server_process
        self._held = False

    def acquire(self) -> None:
        """Write our number; AlreadyRunning when a living server's is there, OSError when that fails."""
        other = self.read()
        if other is not None and other != os.getpid() and self._is_server(other):
            raise AlreadyRunning(f"PID: {other} exists, PID file: {self.path}")
        with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:
            file.write(f"{os.getpid()}\n")
        self._held = True

    def release(self) -> None:
        """Remove the file if it is still ours; never raises."""
        if self._held and self.read() == os.getpid():
            with suppress(OSError):
                os.unlink(self.path)
        self._held = False

    def read(self) -> int | None:
        """The number in the file; None when there is no file or no number in it."""
        try:
            with open(self.path) as file:
                return int(file.read(32))
        except (OSError, ValueError):
            return None


def is_server_process(pid: int) -> bool:
    """Whether this process lives and may be a kea-dhcp4 or one of ours; in doubt yes."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and "kea" in " ".join(process.cmdline())
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OverflowError, ValueError):
        return False
