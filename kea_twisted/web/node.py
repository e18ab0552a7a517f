"""The server as the pages see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from kea_twisted.adapters.log.recent import RecentLines
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.commands.context import HighAvailability
from kea_twisted.config.model import Settings
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.pooluse import PoolUse
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics

if TYPE_CHECKING:
    from kea_twisted.ha.haservice import HaService


class Measurements(Protocol):
    """The measurements, while a page shows them."""

    @property
    def reply_times(self) -> Histogram:
        """The seconds from the reading of queries to their replies."""

    @property
    def pools(self) -> PoolUse:
        """The use of the pools over the last days."""

    def watch(self, watched: bool) -> None:
        """Measure while people look."""
        ...

    @property
    def lag(self) -> Histogram:
        """The seconds by which timers were late."""


class IdleTasks(Protocol):
    """The work that the server does in advance."""

    def add(self, task: Callable[[Settings], Iterator[float]]) -> None:
        """Add a task. For each configuration it returns steps, each of which yields the pause in seconds after it."""
        ...


class HostSystem(Protocol):
    """The part of the machine that pages show."""

    def lease_file(self) -> tuple[int, float] | None:
        """Return the size of the lease file and when it was last written to; None: there is none."""
        ...


class Supervised(Protocol):
    """The part of the server that its readiness depends on."""

    @property
    def service_state(self) -> ServiceState:
        """The origins that have disabled the DHCP service."""

    @property
    def ha(self) -> HighAvailability | None:
        """The HA library, when it is loaded."""

    def can_serve(self) -> bool:
        """Return True if queries are received and leases can be written."""
        ...

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...


class Relationships(HighAvailability, Protocol):
    """The HA library, as far as pages show it."""

    @property
    def services(self) -> tuple[HaService, ...]:
        """The relationships."""


class KeptLog(Protocol):
    """The log, as far as pages show it."""

    @property
    def recent(self) -> RecentLines:
        """The last warnings."""


class Node(Supervised, Protocol):
    """The server."""

    @property
    def log(self) -> KeptLog:
        """The log."""

    @property
    def ha(self) -> Relationships | None:
        """The HA library, when it is loaded."""

    @property
    def reactor(self) -> Reactor:
        """The timers and connections."""

    def sockets(self) -> Mapping[str, object]:
        """``sockets`` of status-get."""
        ...

    @property
    def settings(self) -> Settings:
        """The configuration in force."""

    @property
    def statistics(self) -> Statistics:
        """The counters."""

    @property
    def table(self) -> LeaseTable:
        """The leases."""

    @property
    def host_system(self) -> HostSystem:
        """The machine that the server runs on."""

    @property
    def measurements(self) -> Measurements:
        """The measurements."""

    @property
    def idle(self) -> IdleTasks:
        """The work in advance."""

    @property
    def version(self) -> str:
        """The version."""

    @property
    def started_at(self) -> float:
        """The start of the server, seconds since the epoch."""

    @property
    def reloaded_at(self) -> float:
        """The time at which the current configuration took effect."""

    def turn(self) -> Awaitable[None]:
        """Wait until more of a long piece of work may be done."""
        ...
