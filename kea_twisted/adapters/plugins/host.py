"""The server as one hook library sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.model import Settings
from kea_twisted.engine.hostlookup import CachedLookup
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.events import Event
from kea_twisted.hooks.library import DhcpSockets
from kea_twisted.interfaces import Clock, Log, Outage
from kea_twisted.lease.lease import Change


class ServerLog(Log, Protocol):
    """The log of the server, which learns the messages of a library when that is loaded."""

    def add(self, events: Iterable[Event], /) -> None:
        """Add to the vocabulary."""


class Files(Protocol):
    """The part of a machine that hook libraries use."""

    def beside_lease_file(self, name: str, /) -> str:
        """Return the path of a file in the folder of the lease file. Raises ValueError, PermissionError."""


class Server(Protocol):
    """The part of a running server that hook libraries use."""

    @property
    def log(self) -> ServerLog:
        """The log."""

    @property
    def reactor(self) -> Reactor:
        """Twisted's reactor."""

    @property
    def settings(self) -> Settings:
        """The configuration in force."""

    @property
    def table(self) -> LeaseTable:
        """The leases."""

    @property
    def statistics(self) -> Statistics:
        """The counters."""

    @property
    def service_state(self) -> ServiceState:
        """The switch of the DHCP service."""

    @property
    def ports(self) -> DhcpSockets:
        """The sockets of the DHCP service."""

    @property
    def lease_file(self) -> str:
        """The path of the lease file."""

    @property
    def host_storage(self) -> CachedLookup:
        """The reservations outside of the configuration."""

    @property
    def host_system(self) -> Files:
        """The files of the server."""

    @property
    def now(self) -> Callable[[], float]:
        """The wall clock."""

    def commit(self, changes: Sequence[Change]) -> Awaitable[None] | None:
        """Write changes to the lease storage."""

    def can_serve(self) -> bool:
        """Return True if queries are received and leases can be written."""

    def report_outage(self, source: object, name: str, number: int, outage: Outage) -> None:
        """Report that a database of ``source``, a library, cannot be reached, and that it can be again."""


class Host:
    """The HookHost of one library. ``number`` is its position in ``hooks-libraries``, from 1."""

    def __init__(self, server: Server, number: int) -> None:
        self.number = number
        self._server = server
        self.log: Log = server.log
        self.reactor: Reactor = server.reactor
        self.timers: Clock = server.reactor
        self.table = server.table
        self.statistics = server.statistics
        self.service_state = server.service_state
        self.sockets = server.ports
        self.now = server.now
        self.commit = server.commit
        self.can_serve = server.can_serve

    def renumber(self, number: int) -> None:
        """Take the position in another configuration, in which the library stays loaded."""
        self.number = number

    def report_outage(self, name: str, number: int, outage: Outage) -> None:
        """Report that a database of the library cannot be reached, and that it can be again."""
        self._server.report_outage(self, name, number, outage)

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self._server.settings

    @property
    def lease_file(self) -> str:
        """The path of the lease file, empty without one."""
        return self._server.lease_file

    @property
    def stored_hosts(self) -> CachedLookup:
        """The reservations outside of the configuration."""
        return self._server.host_storage

    def data_file(self, name: str) -> str:
        """Return the path of a file in the folder of the lease file. Raises ValueError for others, PermissionError."""
        return self._server.host_system.beside_lease_file(name)
