"""The lease file cleanup: merges what a server has put aside with the last result, in a process of its own.

Does what Kea's ``kea-lfc`` does, with the same options, the same files and the same order, so that either can
continue where the other was interrupted. A server started as ``kea-dhcp4`` runs it as ``python -m
kea_twisted.adapters.memfile.leasecleaner``. It never touches the file that the server writes to.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from kea_twisted.adapters.system.leasefiles import LeaseFiles
from kea_twisted.adapters.system.links import create_own, open_own
from kea_twisted.adapters.system.ownership import keep_owner
from kea_twisted.adapters.system.pidfile import AlreadyRunning, PidFile, is_cleaner_process
from kea_twisted.lease.csvrow import HEADER
from kea_twisted.lease.replay import NO_HEADER, columns_of, replay_text, rows

NICENESS: Final = 4  # Kea's


def command_line(files: LeaseFiles) -> list[str]:
    """The command that cleans these files."""
    return [
        *(sys.executable, "-P", "-m", "kea_twisted.adapters.memfile.leasecleaner", "-4"),
        *("-x", files.previous, "-i", files.input, "-o", files.output, "-f", files.finish, "-p", files.pid),
        *("-c", "ignored-path"),
    ]


def merge(files: LeaseFiles) -> None:
    """X.2 and X.1 become X.completed; nothing to do where an interrupted cleaning has come so far."""
    if os.path.exists(files.finish):
        return
    leases: dict[int, str] = {}
    for path in (files.previous, files.input):
        with suppress(FileNotFoundError), open(_readable(path), encoding="latin-1", newline="\n") as file:
            lines = iter(file)
            columns = columns_of(lines)
            if columns != NO_HEADER:
                replay_text(leases, rows(lines, columns, _ignore), columns)
    with open(create_own(files.output), "w", encoding="latin-1") as output:
        keep_owner(output.fileno(), files.input if os.path.exists(files.input) else files.previous)
        output.write(f"{HEADER}\n")
        output.writelines(map(leases.__getitem__, sorted(leases)))
        output.flush()
        os.fsync(output.fileno())  # before the files that it replaces may go
    os.rename(files.output, files.finish)
    _sync_folder(files)


def drop_previous(files: LeaseFiles) -> None:
    """Remove X.2, which X.completed replaces."""
    Path(files.previous).unlink(missing_ok=True)


def drop_input(files: LeaseFiles) -> None:
    """Remove X.1, which X.completed replaces."""
    Path(files.input).unlink(missing_ok=True)


def publish(files: LeaseFiles) -> None:
    """X.completed becomes X.2."""
    _sync_folder(files)
    os.rename(files.finish, files.previous)


CLEANING: Final[tuple[Callable[[LeaseFiles], None], ...]] = (merge, drop_previous, drop_input, publish)
"""The steps, in order. A process that ends after any of them, or within one, has lost no lease."""


def clean(files: LeaseFiles) -> None:
    """All steps. OSError or ValueError when one failed. Raises AlreadyRunning if another cleaner is at work."""
    lock = PidFile(files.pid, is_cleaner_process)
    lock.acquire()
    try:
        for step in CLEANING:
            step(files)
    finally:
        lock.release()


def main(arguments: Sequence[str] | None = None) -> int:
    """The process. Its exit code is 0 when the files are clean."""
    parser = ArgumentParser(prog="leasecleaner", description="Clean a set of lease files.")
    parser.add_argument("-4", dest="four", action="store_true", required=True, help="DHCPv4 lease files")
    parser.add_argument("-x", dest="previous", required=True, metavar="FILE", help="result of the last cleaning")
    parser.add_argument("-i", dest="input", required=True, metavar="FILE", help="file put aside by the server")
    parser.add_argument("-o", dest="output", required=True, metavar="FILE", help="file to write to")
    parser.add_argument("-f", dest="finish", required=True, metavar="FILE", help="name of the finished file")
    parser.add_argument("-p", dest="pid", required=True, metavar="FILE", help="pid file")
    parser.add_argument("-c", dest="config", metavar="FILE", help="not looked at")
    given = parser.parse_args(arguments)
    with suppress(OSError):
        os.nice(NICENESS)
    try:
        clean(LeaseFiles("", given.input, given.previous, given.output, given.finish, given.pid))
    except (OSError, ValueError, AlreadyRunning) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _ignore(number: int, reason: str) -> None:
    """Drop a row that cannot be read, as Kea does; the server logged it when it loaded the file."""


def _readable(path: str) -> int:
    return open_own(path, os.O_RDONLY)


def _sync_folder(files: LeaseFiles) -> None:
    folder = os.open(os.path.dirname(files.finish) or ".", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main())
