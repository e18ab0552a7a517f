"""From a configuration file to a service that runs: start, reload, stop."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Mapping
from typing import Final, NoReturn, Protocol, TextIO

from twisted.internet.defer import Deferred

from kea_twisted import __version__
from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.dns.udp import UdpReactor
from kea_twisted.adapters.log.logs import VOCABULARY, Log
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.folders import Folders, must_be_writable
from kea_twisted.adapters.system.pidfile import AlreadyRunning, PidFile
from kea_twisted.config import format_problem
from kea_twisted.d2.commands import DRAIN_FIRST, NORMAL, NOW
from kea_twisted.d2.process import D2Process, read_secret
from kea_twisted.ddns import parse
from kea_twisted.ddns.settings import DdnsSettings
from kea_twisted.errors import ConfigError, error_text
from kea_twisted.events import ddns as D
from kea_twisted.events.event import Event
from kea_twisted.server.keaservice import CannotStart, KeaService, SignalledReactor, end_with, mind_signals
from kea_twisted.server.operatorfiles import read_text

NAME: Final = "kea-dhcp-ddns"
_TITLE: Final = "DhcpDdns"  # Kea's name of the program in its log
_OWN_EVENTS: Final = tuple(value for value in vars(D).values() if isinstance(value, Event))


def make_log(environ: Mapping[str, str], *, debug: bool = False) -> Log:
    """The log of this server: its own events, and those of the parts that every server has."""
    return Log(environ, debug=debug, vocabulary=(*VOCABULARY, *_OWN_EVENTS), root=NAME)


class Reactor(UdpReactor, SignalledReactor, Protocol):
    """The part of Twisted's reactor that is needed here."""


class Keaddns(KeaService):
    """The server under twistd. A start that fails is logged and ends the process with status 1."""

    def __init__(
        self,
        reactor: Reactor,
        config_file: str,
        *,
        debug: bool = False,
        unchecked: bool = False,
        twistd_pidfile: str | None = None,
    ) -> None:
        folders = Folders.of(os.environ, checked=not unchecked)
        super().__init__(make_log(os.environ, debug=debug), folders, twistd_pidfile)
        self._reactor = reactor
        self._shutdown = NORMAL
        self.pid_file = PidFile(self.folders.pid_file(config_file, NAME))
        self.process = D2Process(reactor, self.log, self.folders, config_file, self._end)
        try:
            self._settings: DdnsSettings = self.process.read()
        except CannotStart as error:
            self._cannot_start(error)

    def privilegedStartService(self) -> None:
        """Open what needs root: folders, PID file, sockets. twistd drops the privileges afterwards."""
        with self._reporting_failures():
            self._open_log(self._settings.base.loggers)
            self._say(D.DCTL_STARTING, _TITLE, os.getpid(), __version__, "kea-twisted")
            must_be_writable(self.folders.pid, "PID file")
            self.pid_file.acquire()
            self.process.start(self._settings)
            gc.freeze()  # what the start made stays: no collection has to go through it

    def startService(self) -> None:
        """Serve."""
        self.running = 1
        self.log.buffer(lambda act: self._reactor.callLater(0, act))
        self._reactor.callWhenRunning(mind_signals, self._reactor, self._arrange_reload)
        self._say(D.DHCP_DDNS_STARTED, __version__)
        if not self.folders.checked:
            self._say(D.DHCP_DDNS_SECURITY_CHECKS_DISABLED)

    def stopService(self) -> Deferred[object]:
        """End the transactions under way, as the type of the shutdown says, and leave."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.running = 0
        process = self.process
        process.stop_listening()
        await self._wait_for_transactions()
        self._say(D.DHCP_DDNS_CLEARED_FOR_SHUTDOWN, self._shutdown)
        process.client.close()
        await process.channels.close()
        self.pid_file.release()
        self._say(D.DCTL_SHUTDOWN, _TITLE, os.getpid(), __version__)
        self.log.buffer(None)

    async def _wait_for_transactions(self) -> None:
        """Wait for those under way; with drain_first for the requests that wait, too. Each ends by its timeouts."""
        updater = self.process.updater
        ended = updater.stop(drains=self._shutdown == DRAIN_FIRST)
        if self._shutdown != NOW:
            await ended

    # --- start

    def _cannot_start(self, error: Exception) -> NoReturn:
        """Log the reason in the log in force, in the configured one and on standard error; end with status 1."""
        self._log_reason(self.log, error)
        if not self._is_log_open and (loggers := self.process.loggers()):
            self.log.configure(loggers, self.folders.log_file)
            self._log_reason(self.log, error)
        on_standard_error = "stderr" in self.log.streams
        self.log.close()
        self.pid_file.release()
        if not on_standard_error:
            self._log_reason(make_log({"KEA_LOGGER_DESTINATION": "stderr"}), error)
        self._leave()

    def _log_reason(self, log: Log, error: Exception) -> None:
        if isinstance(error, AlreadyRunning):
            log.emit(D.DCTL_ALREADY_RUNNING, _TITLE, str(error))
        elif isinstance(error, ConfigError):
            for problem in error.problems:
                log.emit(D.DHCP_DDNS_CONFIG_FAIL, problem.with_place_last)
            reason = error.problems[0].with_place_last
            log.emit(D.DCTL_CONFIG_FILE_LOAD_FAIL, _TITLE, reason)
        else:
            log.emit(D.DCTL_INIT_PROCESS_FAIL, _TITLE, error_text(error))

    # --- signals and the end

    def _arrange_reload(self) -> None:
        self._reactor.callFromThread(self._hang_up)

    def _hang_up(self) -> None:
        self.log.reopen()
        process = self.process
        self._say(D.DCTL_CFG_FILE_RELOAD_SIGNAL_RECVD, int(signal.SIGHUP), process.config_file)
        try:
            process.reload()
        except ConfigError as error:
            self._say(D.DCTL_CFG_FILE_RELOAD_ERROR, error.problems[0].with_place_last)
        except Exception:
            self._failures.failure("a reload failed")

    def _end(self, kind: str, exit_value: int) -> None:
        self._shutdown = kind
        end_with(exit_value)
        # the answer to the command that asked for it leaves first
        self._reactor.callLater(0.1, self._reactor.stop)


def check_file(path: str, out: TextIO, *, unchecked: bool = False) -> int:
    """Check a file (``-t``): print its errors and warnings. Return 0 if it can be used, else 1."""
    try:
        text = read_text(path)
    except OSError as error:
        print(f"{path}: {error_text(error)}", file=out)
        return 1
    folders = Folders.of(os.environ, checked=not unchecked)
    checks = (ControlFiles(folders).check, FilePaths(folders).check)
    try:
        settings = parse.load(text, path, read_text, read_secret, checks)
    except ConfigError as error:
        for problem in error.problems:
            print(format_problem(problem, text), file=out)
        print(f"{path}: {len(error.problems)} error{'s' * (len(error.problems) != 1)}", file=out)
        return 1
    for warning in settings.base.warnings:
        print(f"warning: {warning}", file=out)
    print(f"{path}: the configuration can be used", file=out)
    return 0
