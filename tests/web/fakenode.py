"""A server for pages: real counters, leases and settings, everything else arranged."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from kea_twisted.adapters.log.recent import RecentLines
from kea_twisted.config import load_tree
from kea_twisted.engine.histogram import Histogram
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.pooluse import PoolUse
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server.idletasks import IdleTasks

NOW = 1_795_000_000.0
METRICS = {"socket-type": "http", "user-context": {"metrics": True}}


class FakeNode:
    """Implements ``web.node.Node``."""

    version = "1.2.3"
    started_at = NOW - 100
    reloaded_at = NOW - 50

    def __init__(self, *subnets: dict[str, Any]) -> None:
        self.statistics = Statistics(NOW)
        self.table = LeaseTable(LeaseStore(), self.statistics)
        self.service_state = ServiceState()
        self.ha: Any = None
        self.host_system: Any = self
        self.measurements: Any = self
        self.reply_times = Histogram((0.001, 0.01))
        self.lag = Histogram((0.01,))
        self.turns = 0
        self.reactor = Clock()
        self.idle = IdleTasks(self.reactor)
        self.watched: list[bool] = []
        self.pools = PoolUse()
        self.log: Any = self
        self.recent = RecentLines()
        self.file: tuple[int, float] | None = (4096, NOW - 7)
        self.use(*subnets)

    def use(self, *subnets: dict[str, Any], network: str = "") -> None:
        """Put a configuration into force, in which the subnets are those of a shared network if it has a name."""
        shared = {"shared-networks": [{"name": network, "subnet4": list(subnets)}]}
        placed: dict[str, Any] = shared if network else {"subnet4": list(subnets)}
        self.settings = load_tree({"Dhcp4": {"control-sockets": [METRICS], **placed}})
        self.table.configure(self.settings.subnets)

    def watch(self, watched: bool) -> None:
        """Remember it."""
        self.watched.append(watched)

    def sockets(self) -> dict[str, object]:
        """All well."""
        return {"status": "ready"}

    def lease_file(self) -> tuple[int, float] | None:
        """As arranged."""
        return self.file

    def can_serve(self) -> bool:
        """Always."""
        return True

    def now(self) -> float:
        """Always the same."""
        return NOW

    def turn(self) -> Deferred[None]:
        """Now; count it."""
        self.turns += 1
        return succeed(None)


def subnet(number: int, *pools: str, **more: Any) -> dict[str, Any]:
    """A subnet with this id."""
    prefix = f"10.{number // 256}.{number % 256}"
    found = [{"pool": each} for each in pools or (f"{prefix}.10 - {prefix}.109",)]
    return {"id": number, "subnet": f"{prefix}.0/24", "pools": found, **more}
