"""A server for commands to run in: a real table, real settings, everything else written down."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred, succeed

from kea_twisted.adapters.system.folders import must_lie_in
from kea_twisted.commands import registry
from kea_twisted.commands.context import Command, InterfaceState
from kea_twisted.commands.envelope import Reply, answer
from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config import load_tree
from kea_twisted.config.model import Settings
from kea_twisted.config.unparse import config_hash, effective
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.pooluse import PoolUse
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import ConfigError, LeasesUnsaved
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore
from kea_twisted.libraries.commands import available
from tests.commands.recorded import configuration
from tests.fakehosts import FakeHosts
from tests.fakes import FakeNames, RecordingLog

NOW = 1_795_000_000.25


class FakeClaims:
    """None, unless the test says so."""

    def __init__(self) -> None:
        self.alone = False
        self.alone_since = 0
        self.partner_ahead = 0
        self.clocks_apart = 1
        self.owed: set[int] = set()
        self.promised: set[int] = set()
        self.answered: set[int] = set()  # and the partner is known to have promised them, too
        self.withheld: set[int] = set()

    def owes(self, address: int) -> bool:
        """As arranged."""
        return address in self.owed

    def has_promised(self, address: int) -> bool:
        """As arranged."""
        return address in self.promised

    def has_answered(self, address: int) -> bool:
        """As arranged."""
        return address in self.promised | self.answered

    def has_withheld(self, address: int) -> bool:
        """As arranged."""
        return address in self.withheld


class FakeHa:
    """An HA library that answers with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.reply: Reply | None = None
        self.told: list[Lease] = []
        self.gone: set[int] = set()
        self.kept_leases: list[Lease] = []
        self.heartbeat_due = True
        self.of_partner: set[int] = set()
        self.own_claims = FakeClaims()

    def command(self, name: str, arguments: Any, now: float) -> Reply:
        """Remember it."""
        self.asked.append((name, arguments))
        return self.reply or answer(0, "asked")

    def heartbeat_is_due(self, arguments: Any) -> bool:
        """As arranged."""
        return self.heartbeat_due

    def deleted(self, leases: Sequence[Lease]) -> None:
        """Remember it."""
        self.told += leases

    def was_deleted(self, lease: Lease) -> bool:
        """As arranged."""
        return lease.address in self.gone

    def kept(self, lease: Lease) -> None:
        """Remember it."""
        self.kept_leases.append(lease)

    def claims(self, lease: Lease) -> FakeClaims | None:
        """As arranged, in subnet 1 only."""
        return self.own_claims if lease.subnet_id == 1 else None

    def gave(self, lease: Lease) -> bool | None:
        """All but what is of the partner."""
        return lease.address not in self.of_partner

    def status(self, now: float) -> list[dict[str, Any]]:
        """Something with a shape."""
        return [{"ha-mode": "hot-standby", "ha-servers": {}}]


class FakeHostSystem:
    """Implements commands.context.HostSystem: one interface, a cleanup that can be said to be under way."""

    def __init__(self) -> None:
        self.cleaning: bool | None = True
        self.looked = 0

    def interfaces(self) -> list[InterfaceState]:
        """The loopback and one more."""
        em1 = InterfaceState(
            "em1", 2, b"\x08\x00\x27\x00\x00\x01", 1, (0x0A000001,), False, True, True, True, True, True
        )
        return [InterfaceState("lo", 1, b"", 772, (), True, True, True, False, False, False), em1]

    checks_paths = True

    def lease_file(self) -> tuple[int, float] | None:
        """A small one."""
        return 4096, NOW

    def free_space(self) -> int | None:
        """Enough."""
        return 1 << 40

    def redetect(self) -> None:
        """Count it."""
        self.looked += 1

    def start_cleanup(self) -> bool | None:
        """As it was said."""
        return self.cleaning

    def beside_lease_file(self, name: str) -> str:
        """A file in /mnt."""
        if not name:
            raise ValueError("path: '' has no filename")
        must_lie_in(name, "/mnt")
        return f"/mnt/{name}"

    def keep_aside(self, path: str) -> None:
        """Nothing: there are no files."""

    def rewrite_lease_file(self, path: str) -> bool:
        """There is none."""
        return False


class FakeContext:
    """Implements commands.context.Context."""

    pid = 4711
    started_at = NOW - 100
    reloaded_at = NOW - 50
    config_file = "/mnt/kea-dhcp4.conf"
    version = "1.2.3"
    extended_version = "1.2.3\nlinked with:\n- nothing"
    build_report = "made by hand"

    def __init__(self, tree: dict[str, Any] | None = None, *, ha: bool = False) -> None:
        self.log = RecordingLog()
        self.statistics = Statistics(NOW)
        self.table = LeaseTable(LeaseStore(), self.statistics)
        self.service_state = ServiceState()
        self.hooks = HookChain()
        self.journal: list[Change] = []
        self.disk_error: OSError | None = None
        self.commits: Deferred[None] | None = None  # of a storage that takes its time
        self.host_system = FakeHostSystem()
        self.measurements = SimpleNamespace(pools=PoolUse())
        self.files: dict[str, str] = {}
        self.config_of_file: dict[str, Any] = {}
        self.file_fault: ConfigError | None = None
        self.exits: list[int] = []
        self.reloads = 0
        self.turns = 0
        self.pending: Awaitable[None] | None = None
        self.ha = FakeHa() if ha else None
        self.names: FakeNames | None = None
        self.host_databases: tuple[FakeHosts, ...] = ()
        self.server: Any = SimpleNamespace(core=SimpleNamespace(host_lookup=None))
        self.settings: Settings
        self.use(load_tree({"Dhcp4": tree or _without_sockets(configuration("leases"))}))
        if ha:
            self.libraries = frozenset((*self.libraries, "libdhcp_ha"))

    def use(self, settings: Settings) -> None:
        """Put settings into force."""
        self.settings = settings
        self.subnets = SubnetIndex(settings)
        self.libraries = frozenset(library.base_name for library in settings.hooks_libraries)
        self.config = effective(settings)
        self.config_hash = config_hash(self.config)
        self.table.configure(settings.subnets)

    @property
    def commands(self) -> dict[str, Command]:
        """Those of the server and of the libraries."""
        return registry.BY_NAME | {row.name: row for row in available(self.libraries) if row.library}

    def reservations_changed(self) -> None:
        """Show them."""
        self.config = effective(self.settings)
        self.config_hash = config_hash(self.config)

    def now(self) -> float:
        """Always the same."""
        return NOW

    def steady(self) -> float:
        """The clock of the timers; what it shows has nothing to do with the time of day."""
        return 1000.0

    def turn(self) -> Deferred[None]:
        """Now; count it."""
        self.turns += 1
        return succeed(None)

    def sockets(self) -> dict[str, object]:
        """All is well."""
        return {"status": "ready"}

    def commit(self, changes: Sequence[Change]) -> Deferred[None] | None:
        """Remember them, now or later, or fail."""
        if self.disk_error:
            raise LeasesUnsaved("the lease file", self.disk_error)
        self.journal += changes
        return self.commits

    def test_config(self, tree: dict[str, Any]) -> None:
        """Check it."""
        load_tree(tree)

    def set_config(self, tree: dict[str, Any]) -> Awaitable[None] | None:
        """Check it and put it into force."""
        self.use(load_tree(tree))
        return self.pending

    def config_in_file(self) -> dict[str, Any]:
        """As arranged."""
        if self.file_fault is not None:
            raise self.file_fault
        return self.config_of_file

    def reload(self) -> Awaitable[None] | None:
        """Count it."""
        self.reloads += 1
        return self.pending

    def write_file(self, path: str, text: str) -> None:
        """Remember it, or fail."""
        if self.disk_error:
            raise self.disk_error
        self.files[path] = text

    def shutdown(self, exit_value: int) -> None:
        """Remember it."""
        self.exits.append(exit_value)

    def put(self, *leases: Lease) -> None:
        """Leases that are there already."""
        self.table.apply_all(Change(lease) for lease in leases)


def _without_sockets(tree: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if key != "control-sockets"}
