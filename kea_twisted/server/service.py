"""The Twisted service: start, signals, and stop of one server."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from typing import NoReturn

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from kea_twisted import __version__
from kea_twisted import events as E
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.adapters.system.folders import Folders, must_be_writable
from kea_twisted.adapters.system.pidfile import PidFile
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.adapters.system.starter import Starter
from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import error_text
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server import startfailure
from kea_twisted.server.configfile import ConfigFile
from kea_twisted.server.controlledserver import ControlledServer
from kea_twisted.server.hoststorage import HostStorage
from kea_twisted.server.keaservice import CannotStart, KeaService, end_with, mind_signals
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.server.reloads import Reloads
from kea_twisted.server.startfailure import StartFailed
from kea_twisted.wire.constants import CLIENT_PORT


class Keadhcp(KeaService):
    """The server under twistd. A start that fails says DHCP4_INIT_FAIL and ends the process with status 1."""

    def __init__(
        self,
        reactor: Reactor,
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
        folders = Folders.of(os.environ, checked=not unchecked, modules=hook_modules)
        super().__init__(Log(os.environ, debug=debug), folders, twistd_pidfile)
        self._reactor = reactor
        self._starter = starter
        self._ends_with = 0
        self._udp_ports = server_port, CLIENT_PORT if client_port is None else client_port
        self._running_server: ControlledServer | None = None
        self._lookup: Deferred[None] = Deferred()
        self.pid_file = PidFile(folders.pid_file(config_file))
        self._source = ConfigFile(config_file, folders)
        self._reloads = Reloads(reactor, self._reload)
        try:
            self._settings: Settings = self._source.read()
        except CannotStart as error:
            self._cannot_start(error)
        if starter is not None:
            starter.quieten()

    @property
    def controlled_server(self) -> ControlledServer:
        """The server, from the start of the service on."""
        assert self._running_server is not None
        return self._running_server

    def privilegedStartService(self) -> None:
        """Open what needs root: folders, lease file, sockets. twistd drops the privileges afterwards."""
        with self._reporting_failures():
            self._open_log(self._settings.loggers)
            self._say(E.DHCP4_STARTING, __version__, "kea-twisted")
            if not self.folders.checked:
                self._say(E.DHCP4_SECURITY_CHECKS_DISABLED)
            must_be_writable(self.folders.pid, "PID file")
            self.pid_file.acquire()
            self._running_server = self._build(self._settings)
            self._running_server.open_sockets()
            if self._ends_with:
                raise OSError("not all service sockets could be opened, and service-sockets-require-all is true")
            self._running_server.load()
            if self._starter is not None:
                self._starter.release()
            gc.freeze()  # as garbage.freeze() does; what a start leaves behind is less than looking for it is worth

    def startService(self) -> None:
        """Serve."""
        self.running = 1
        self._reactor.callWhenRunning(mind_signals, self._reactor, self._reloads.request)
        self.controlled_server.start()
        self._lookup = Deferred.fromCoroutine(self.controlled_server.open_named())
        self._lookup.addErrback(self._lookup_failed)
        self._say(E.DHCP4_STARTED, __version__)

    def stopService(self) -> Deferred[object]:
        """Stop in good order; what was promised is on disk already."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.running = 0
        self._reloads.stop()
        self._say(E.DHCP4_SHUTDOWN)
        self._lookup.cancel()
        await self.controlled_server.stop()
        self.pid_file.release()

    # --- start ----------------------------------------------------------------------------------------------------

    def _build(self, settings: Settings) -> ControlledServer:
        """Load the leases, and make the server with everything that it consists of."""
        table = LeaseTable(LeaseStore(), Statistics(wall_of(self._reactor)()))
        storage = LeaseStorage(self._reactor, self.log, self.folders, table)
        storage.open(settings)
        hosts = HostStorage(self._reactor, self.log, table)
        hosts.open(settings)
        server_port, client_port = self._udp_ports
        return ControlledServer(
            self._reactor, self.log, self._source, settings, storage, self._end,
            server_port=server_port, client_port=client_port, hosts=hosts,
        )  # fmt: skip

    def _cannot_start(self, error: Exception) -> NoReturn:
        """Report the reason, then end with status 1."""
        startfailure.report(error, self.log, self._source, self._is_log_open, self._starter)
        self.pid_file.release()
        if self._is_log_open and self._starter is not None:
            # in the background: the starter waits, and ends with status 1 when twistd reports what is raised here
            raise StartFailed(error_text(error)) from error
        self._leave()

    # --- signals and the end --------------------------------------------------------------------------------------

    def _lookup_failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):  # type: ignore[no-untyped-call]
            self._failures.failure("the port for partners cannot be opened", failure)

    async def _reload(self) -> None:
        self.log.reopen()
        await self.controlled_server.reload()

    def _end(self, exit_value: int) -> None:
        self._ends_with = exit_value
        end_with(exit_value)
        # the answer to the command that asked for it leaves first
        self._reactor.callLater(0.1, lambda: self._reactor.callWhenRunning(self._reactor.stop))
