"""From a configuration file to a service that runs: start, reload, stop, and what repeats in between."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NoReturn, TextIO

from twisted.application.service import IServiceCollection, Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from kea_twisted import __version__, config
from kea_twisted import events as E
from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.memfile.leasefile import LeaseFileUnusable
from kea_twisted.adapters.net.nicchecks import InterfaceCheck
from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.machine import Folders, must_be_writable
from kea_twisted.adapters.system.pidfile import AlreadyRunning, PidFile
from kea_twisted.adapters.system.starter import Starter, is_same_stream
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.lease.lease import Change
from kea_twisted.server import certificates, partnership
from kea_twisted.server.leasestorage import WATCH_INTERVAL
from kea_twisted.server.libraries import PARAMETER_CHECKS, checker
from kea_twisted.server.operatorfiles import read_text
from kea_twisted.server.running import Running, words

CannotStart = (ConfigError, OSError, AlreadyRunning, LeaseFileUnusable)


class StartFailed(Exception):
    """The server cannot start, and the reason has been logged."""


class Keadhcp(Service):
    """The server under twistd. A start that fails says DHCP4_INIT_FAIL and ends the process with status 1."""

    _failures = Logger()

    def __init__(
        self,
        reactor: Any,
        config_file: str,
        *,
        server_port: int,
        client_port: int | None = None,
        debug: bool = False,
        unchecked: bool = False,
        hook_modules: Iterable[str] = (),
        twistd_pidfile: str | None = None,
        starter: Starter | None = None,
    ) -> None:
        self._reactor = reactor
        self._starter = starter
        self._ends_with = 0
        self._twistd_pidfile = twistd_pidfile
        self._timers: list[LoopingCall] = []
        self._reload_due = self._reloading = False
        self._is_log_open = False
        self.log = Log(os.environ, debug=debug)
        self.folders = Folders.of(os.environ, checked=not unchecked, modules=hook_modules)
        self.pid_file = PidFile(self.folders.pid_file(config_file))
        self.running_server = Running(reactor, self.log, self.folders, config_file, server_port, client_port, self._end)
        try:
            self._settings: Settings = self.running_server.read()
        except CannotStart as error:
            self._cannot_start(error)
        if starter is not None:
            starter.quieten()

    def setServiceParent(self, parent: Any) -> None:
        """Be part of twistd's application, whose log becomes ours."""
        if isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.log.observer)  # type: ignore[no-untyped-call]
        super().setServiceParent(IServiceCollection(parent, parent))  # type: ignore[no-untyped-call]

    def privilegedStartService(self) -> None:
        """Open what needs root: folders, lease file, sockets. twistd drops the privileges afterwards."""
        settings = self._settings
        try:
            self._open_log(settings)
            self._say(E.DHCP4_STARTING, __version__, "kea-twisted")
            if not self.folders.checked:
                self._say(E.DHCP4_SECURITY_CHECKS_DISABLED)
            self._open_files(settings)
            self._open_sockets(settings)
            if self._starter is not None:
                self._starter.release()
            gc.freeze()  # as settle() does; what a start leaves behind is less than looking for it is worth
        except CannotStart as error:
            self._cannot_start(error)
        except Exception as error:
            self._failures.failure("the server cannot start")
            self._cannot_start(error)

    def startService(self) -> None:
        """Serve."""
        self.running = 1
        running = self.running_server
        running.pid = os.getpid()
        running.replaced = self._restart_timers
        self.log.buffer(running.queries.at_end_of_turn)
        self._reactor.callWhenRunning(self._mind_signals)
        running.links.start()
        running.start_partners()
        self._lookup = Deferred.fromCoroutine(running.open_named())
        self._lookup.addErrback(self._lookup_failed)
        self._start_timers(self._settings)
        self._say(E.DHCP4_STARTED, __version__)

    def stopService(self) -> Deferred[Any]:
        """Leave in good order; what was promised is on disk already."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.running = 0
        running = self.running_server
        self._say(E.DHCP4_SHUTDOWN)
        self._stop_timers()
        running.performer.flush()
        await running.channels.close()
        await running.loaded.close()
        self._lookup.cancel()
        running.links.stop()
        running.health.stop()
        running.sockets_open.close()
        running.performer.close()
        running.storage.close()
        self.pid_file.release()
        self.log.buffer(None)

    # --- start --------------------------------------------------------------------------------------------------

    def _open_log(self, settings: Settings) -> None:
        for logger in settings.loggers:
            for output in logger.outputs:
                if output.output not in ("stdout", "stderr") and output.output.partition(":")[0] != "syslog":
                    must_be_writable(os.path.dirname(self.folders.log_file(output.output)), "log")
        self.log.configure(settings.loggers, self.folders.log_file)
        self._is_log_open = True

    def _open_files(self, settings: Settings) -> None:
        must_be_writable(self.folders.pid, "PID file")
        self.pid_file.acquire()
        self.running_server.storage.open(settings)

    def _open_sockets(self, settings: Settings) -> None:
        running = self.running_server
        running.use(settings)
        running.sockets_open.open(settings.interfaces_config)
        if self._ends_with:
            raise OSError("not all service sockets could be opened, and service-sockets-require-all is true")
        running.loaded.load()
        running.open_control()
        running.loaded.register()
        running.say_complete(settings)

    def _cannot_start(self, error: Exception) -> NoReturn:
        """Log the reason, in the log in force, the configured one and on standard error; then end with status 1."""
        self._log_reason(self.log, error)
        if not self._is_log_open:
            loggers = self.running_server.loggers()
            if loggers:
                self.log.configure(loggers, self.folders.log_file)
                self._log_reason(self.log, error)
        on_standard_error = self._logs_to_standard_error()
        self.log.close()
        self.pid_file.release()
        if self._starter is not None:
            self._starter.restore()
        if self._starter is not None or not on_standard_error:
            self._log_reason(Log({"KEA_LOGGER_DESTINATION": "stderr"}), error)
        if self._is_log_open and self._starter is not None:
            # in the background: the starter waits, and ends with status 1 when twistd reports what is raised here
            raise StartFailed(words(error)) from error
        # SystemExit does not let twistd tidy up after itself
        if self._twistd_pidfile:
            with suppress(OSError):
                os.unlink(self._twistd_pidfile)
        raise SystemExit(1)

    def _logs_to_standard_error(self) -> bool:
        streams = self.log.streams
        return "stderr" in streams or ("stdout" in streams and is_same_stream(1, 2))

    def _log_reason(self, log: Log, error: Exception) -> None:
        if isinstance(error, AlreadyRunning):
            if E.DHCP4_ALREADY_RUNNING in log.enabled:
                log.emit(E.DHCP4_ALREADY_RUNNING, "kea-dhcp4", str(error))
            return
        file = self.running_server.config_file
        problems = [problem.with_place_last for problem in error.problems] if isinstance(error, ConfigError) else []
        if problems and E.DHCP4_PARSER_FAIL in log.enabled:
            log.emit(E.DHCP4_PARSER_FAIL, "Dhcp4", problems[0])
        for problem in problems:
            if E.DHCP4_CONFIG_LOAD_FAIL in log.enabled:
                log.emit(E.DHCP4_CONFIG_LOAD_FAIL, file, problem)
        if E.DHCP4_INIT_FAIL in log.enabled:
            reason = f"configuration error using file '{file}': {problems[0]}" if problems else words(error)
            log.emit(E.DHCP4_INIT_FAIL, reason)

    # --- what repeats -------------------------------------------------------------------------------------------

    def _start_timers(self, settings: Settings) -> None:
        expired = settings.expired_leases_processing
        self._every(expired.reclaim_timer_wait_time, self._reclaim)
        self._every(expired.flush_reclaimed_timer_wait_time, self._flush_reclaimed)
        self._warn_of_certificates()
        self._every(certificates.CHECK_INTERVAL, self._warn_of_certificates)
        storage = self.running_server.storage
        if storage.cleanup is not None:
            storage.cleanup.start(settings.lease_database.lfc_interval)
            self._every(WATCH_INTERVAL, storage.check)

    def _warn_of_certificates(self) -> None:
        running = self.running_server
        for path, end, days in certificates.ending(running.settings, running.now()):
            self._say(E.TLS_CERTIFICATE_ENDS, path, end, days)

    def _every(self, seconds: float, function: Callable[[], object]) -> None:
        """Call again and again, 0 seconds: never; one failure is logged and does not end it."""
        if not seconds:
            return

        def guarded() -> object:
            try:
                return function()
            except Exception:
                self._failures.failure("a periodic task failed")
                return None

        timer = LoopingCall(guarded)
        timer.clock = self._reactor
        timer.start(seconds, now=False)
        self._timers.append(timer)

    def _reclaim(self) -> Deferred[None]:
        running = self.running_server
        return self._spread(running.reclaimer.run_slices(running.now(), running.steady))

    def _flush_reclaimed(self) -> Deferred[None]:
        running = self.running_server
        return self._spread(running.reclaimer.flush_slices(running.now()))

    def _spread(self, slices: Iterator[list[Change]]) -> Deferred[None]:
        """One slice per turn of the reactor, so that queries need not wait for all of them."""
        done: Deferred[None] = Deferred()

        def step() -> None:
            try:
                changes = next(slices, None)
                if changes is not None:
                    self._save(changes)
            except Exception:
                self._failures.failure("a periodic task failed")
                changes = None
            if changes is None:
                done.callback(None)
            else:
                self._reactor.callLater(0, step)

        step()
        return done

    def _save(self, changes: list[Change]) -> None:
        try:
            if changes:
                self.running_server.commit(changes)
        except OSError as error:
            self._say(E.DHCP4_LEASE_SAVE_FAILED, len(changes), words(error))

    # --- signals and the end ------------------------------------------------------------------------------------

    def _lookup_failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):  # type: ignore[no-untyped-call]
            self._failures.failure("the port for partners cannot be opened", failure)

    def _mind_signals(self) -> None:
        """Kea ends with status 0 after TERM and INT; Twisted's own handlers would end us by the signal."""
        stop = self._reactor.stop
        signal.signal(signal.SIGHUP, lambda *_: self._reload_soon())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._reactor.callFromThread(stop))

    def _reload_soon(self) -> None:
        """Reload in a reactor turn to come; further signals that arrive before that, or during a reload, are one."""
        if not self._reload_due:
            self._reload_due = True
            if not self._reloading:
                self._reactor.callFromThread(self._hang_up)

    def _hang_up(self) -> None:
        self._reload_due, self._reloading = False, True
        self.log.reopen()
        Deferred.fromCoroutine(self._reload())

    async def _reload(self) -> None:
        try:
            await self.running_server.reload()
        except ConfigError:
            pass  # the reasons are in the log
        except Exception:
            self._failures.failure("a reload failed")
        finally:
            self._reloading = False
            if self._reload_due and self.running:
                # packets that came meanwhile are answered in between
                self._reactor.callLater(0, self._hang_up)

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.stop()
        self._timers = []
        if self.running_server.storage.cleanup is not None:
            self.running_server.storage.cleanup.stop()

    def _restart_timers(self) -> None:
        self._stop_timers()
        self._start_timers(self.running_server.settings)

    def _end(self, exit_value: int) -> None:
        self._ends_with = exit_value
        if exit_value:
            # twistd ends with 0 whenever its reactor was stopped; this is the last thing Python does
            atexit.register(os._exit, exit_value)
        # the answer to the command that asked for it leaves first
        self._reactor.callLater(0.1, lambda: self._reactor.callWhenRunning(self._reactor.stop))

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self.log.enabled:
            self.log.emit(event, *arguments)


def check_file(
    path: str,
    out: TextIO,
    *,
    unchecked: bool = False,
    hook_modules: Iterable[str] = (),
    run_hooks: bool = False,
) -> int:
    """Check a file (``-t``): print its errors and warnings. Return 0 if it can be used, else 1."""
    try:
        text = read_text(path)
    except OSError as error:
        print(f"{path}: {words(error)}", file=out)
        return 1
    try:
        folders = Folders.of(os.environ, checked=not unchecked, modules=hook_modules)
        outside = (
            ControlFiles(folders).check, FilePaths(folders).check, partnership.check, InterfaceCheck().check,
            *PARAMETER_CHECKS,
        )  # fmt: skip
        code = LibraryCode(HookPlaces.of(folders, path))
        settings = config.load(text, path, read_text, (checker(code, running=run_hooks),), outside)
    except ConfigError as error:
        for problem in error.problems:
            print(config.format_problem(problem, text), file=out)
        print(f"{path}: {len(error.problems)} error{'s' * (len(error.problems) != 1)}", file=out)
        return 1
    for problem in settings.warnings:
        print(f"warning: {problem}", file=out)
    if settings.no_effect:
        print(f"warning: without effect in this version: {', '.join(settings.no_effect)}", file=out)
    print(f"{path}: the configuration can be used", file=out)
    return 0


__all__ = ["Keadhcp", "check_file"]
