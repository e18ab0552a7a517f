"""PID files: keep two servers with the same configuration apart, and tell tools which process to signal.

Only a running server is in the way. A number left over from a crash or from before a reboot, which no process or some
other program has now, is not (sites with real Kea had to delete such files by hand).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psutil

from kea_twisted.adapters.system.links import REPLACE, open_plain

_CLEANERS: Final = ("kea-lfc", "kea_twisted.adapters.memfile.leasecleaner")
_SERVERS: Final = ("kea-dhcp4", "kea_twisted.kea_dhcp4", "kea-dhcp-ddns", "kea_twisted.kea_dhcp_ddns")
_PLUGINS: Final = frozenset(("keadhcp", "keaddns"))
_TWISTD: Final = re.compile(r"twistd?\b|twisted\b")
_INTERPRETER: Final = re.compile(r"python|pypy")
_WITH_VALUE: Final = ("-W", "-X")


class AlreadyRunning(Exception):
    """Another server holds the pid file; the text names both."""


class PidFile:
    """One PID file. ``is_holder`` indicates whether a process number belongs to a running process that may hold it."""

    def __init__(self, path: str, is_holder: Callable[[int], bool] | None = None) -> None:
        self.path = path
        self._is_holder = is_holder or server_of(path)
        self._held = False

    def acquire(self) -> None:
        """Write our number. Raises AlreadyRunning if it holds a live server's, OSError if writing fails."""
        other = self.read()
        if other is not None and other != os.getpid() and self._is_holder(other):
            raise AlreadyRunning(f"PID: {other} exists, PID file: {self.path}")
        with open(open_plain(self.path, REPLACE), "w") as file:
            file.write(f"{os.getpid()}\n")
        self._held = True

    def release(self) -> None:
        """Remove the file if it is still ours; never raises."""
        if self._held and self.read() == os.getpid():
            with suppress(OSError):
                os.unlink(self.path)
        self._held = False

    def read(self) -> int | None:
        """Return the number in the file; None when there is no file or no number in it."""
        try:
            with open(self.path) as file:
                return int(file.read(32))
        except (OSError, ValueError):
            return None


def is_cleaner_process(pid: int) -> bool:
    """Return True if this process is running and may be a cleaner of lease files, Kea's or ours; in doubt True."""
    return _may_be(pid, lambda words: program(words) in _CLEANERS)


def server_of(pid_file: str) -> Callable[[int], bool]:
    """A test for servers that may hold this file, which is named after the configuration file on their command line."""
    stem = os.path.basename(pid_file).partition(".kea-dhcp")[0]
    return lambda pid: _may_be(pid, lambda words: is_server(words) and any(stem in word for word in words))


def drop_left_over(pid_file: str) -> None:
    """Remove a PID file of twistd's that no program of Twisted's holds: twistd would refuse to start beside it.

    A file with anything but a number in it stays, because it may be no PID file.
    """
    try:
        with open(pid_file) as file:
            text = file.read(32).strip()
        if text and _may_be(int(text), lambda words: is_server(words) or bool(_TWISTD.match(program(words)))):
            return
        os.unlink(pid_file)
    except (OSError, ValueError):
        pass  # twistd says what is wrong


def is_server(words: list[str]) -> bool:
    """Return True if a command line is that of a server of this package."""
    name = program(words)
    return name in _SERVERS or (bool(_TWISTD.match(name)) and not _PLUGINS.isdisjoint(words))


def program(words: list[str]) -> str:
    """The name of the program that a command line runs: of the script or module, where an interpreter runs it."""
    rest = iter(words)
    name = os.path.basename(next(rest, ""))
    if not _INTERPRETER.match(name):
        return name
    for word in rest:
        if word == "-m":
            return next(rest, "")
        if word == "-c":
            return ""
        if word in _WITH_VALUE:
            next(rest, "")
        elif not word.startswith("-"):
            return os.path.basename(word)
    return name


def _may_be(pid: int, is_meant: Callable[[list[str]], bool]) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and is_meant(process.cmdline())
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return _is_hidden(pid)
    except (psutil.Error, OverflowError, ValueError):
        return False


def _is_hidden(pid: int) -> bool:
    """Return True if the process is running and is another user's, in a service that sees only its own (hidepid)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        pass
    return False
