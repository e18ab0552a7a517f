"""Keeps the lease file short: every ``lfc-interval`` it is put aside and a process of its own cleans it up.

Kea's protocol with ``kea-lfc``. The server's share is two system calls and starting a process, so a million
leases hold nothing up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ProcessDone
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

import kea_twisted
from kea_twisted import events as E
from kea_twisted.adapters.memfile.leasecleaner import command_line
from kea_twisted.adapters.memfile.leasefile import LeaseFile
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.events import Event
from kea_twisted.interfaces import Log
from kea_twisted.lease.csvrow import VERSION


class LeaseCleanup:
    """Cleans one lease file up, at intervals and on demand; never two at a time.

    ``log`` is an ILog; ``reactor`` an IReactorProcess and IReactorTime. ``check`` is called before a cleanup: it looks
    whether the file is still the one that the server writes to.
    """

    def __init__(
        self, lease_file: LeaseFile, log: Log, reactor: Reactor, check: Callable[[], object] = lambda: None
    ) -> None:
        self._check = check
        self._file = lease_file
        self._log = log
        self._reactor = reactor
        self._timer: LoopingCall | None = None
        self._waiting: list[Deferred[bool]] | None = None  # None: no cleaner is at work

    @property
    def running(self) -> bool:
        """True while a cleaner runs (Kea refuses configuration changes meanwhile)."""
        return self._waiting is not None

    def start(self, interval: int) -> None:
        """Clean up every so many seconds (0: never), and at once if files of another schema were loaded."""
        self.stop()
        if interval:
            self._say(E.DHCPSRV_MEMFILE_LFC_SETUP, interval)
            self._timer = LoopingCall(self._tick)
            self._timer.clock = self._reactor
            self._timer.start(interval, now=False)
        if self._file.needs_cleaning:
            self._file.needs_cleaning = False
            self._say(E.DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES, VERSION)
            self.compact()

    def stop(self) -> None:
        """No further cleanup. One that is under way continues: it needs no server."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def compact(self) -> Deferred[bool]:
        """Clean up now; fires with whether it worked. Never fails: what is not cleaned now is next time."""
        if self._waiting is not None:
            joined: Deferred[bool] = Deferred()
            self._waiting.append(joined)
            return joined
        self._check()
        self._say(E.DHCPSRV_MEMFILE_LFC_START)
        files = self._file.files
        try:
            self._file.rotate()
        except OSError as error:
            self._say(E.DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL, files.current, files.input, error.strerror)
            return succeed(False)
        command = command_line(files)
        self._say(E.DHCPSRV_MEMFILE_LFC_EXECUTE, " ".join(command))
        try:
            self._reactor.spawnProcess(CleanerProtocol(self._ended), command[0], command, env=_environment())
        except OSError as error:
            self._say(E.DHCPSRV_MEMFILE_LFC_SPAWN_FAIL, error.strerror)
            return succeed(False)
        first: Deferred[bool] = Deferred()
        self._waiting = [first]
        return first

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)

    def _tick(self) -> None:
        self.compact()

    def _ended(self, problem: str) -> None:
        if problem:
            self._say(E.DHCPSRV_MEMFILE_LFC_FAIL, problem)
        waiting, self._waiting = self._waiting or [], None
        for deferred in waiting:
            deferred.callback(not problem)


class CleanerProtocol(ProcessProtocol):
    """Waits for the end of the cleaner; ``ended`` is called with what went wrong, "" when nothing did."""

    def __init__(self, ended: Callable[[str], object]) -> None:
        self._ended = ended
        self._said = b""

    def errReceived(self, data: bytes) -> None:
        """Keep the end of its standard error."""
        self._said = (self._said + data)[-1000:]

    def processEnded(self, reason: Failure) -> None:
        """Tell how it ended."""
        if isinstance(reason.value, ProcessDone):
            self._ended("")
            return
        last = self._said.decode(errors="replace").strip().rpartition("\n")[2]
        self._ended(last or reason.getErrorMessage())


def _environment() -> dict[str, str]:
    """Ours, and where this very package lies: the cleaner must be of the server's version."""
    folder = str(Path(kea_twisted.__file__).parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{path}" if path else folder}
