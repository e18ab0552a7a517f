"""The interfaces that commands have to the server they run in. The service provides them; tests have a small fake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from kea_twisted.commands.envelope import Reply
from kea_twisted.commands.hostdatabase import HostDatabase
from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.nameupdates import NameUpdates
from kea_twisted.engine.pooluse import PoolUse
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain
from kea_twisted.interfaces import Log
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Change, Lease


class Claims(Protocol):
    """The claims of this server to the addresses of a relationship with a HA partner."""

    @property
    def alone(self) -> bool:
        """True while this server serves the partner's clients: what the partner gives may be in use."""

    @property
    def alone_since(self) -> int:
        """The second in which it last began to serve them, by its own clock; 0: it never did."""

    @property
    def partner_ahead(self) -> int:
        """The seconds by which the partner's clock is ahead; negative: behind; 0 when it is not known."""

    @property
    def clocks_apart(self) -> int:
        """The seconds by which the clocks of both servers may differ."""

    def owes(self, address: int) -> bool:
        """Return True if the partner is to hear of the lease of an address that it has not confirmed."""
        ...

    def has_promised(self, address: int) -> bool:
        """Return True if a client was answered about an address, and the partner has not confirmed that."""
        ...

    def has_answered(self, address: int) -> bool:
        """Return the same, also if the partner is known to have promised the address to another client."""
        ...

    def has_withheld(self, address: int) -> bool:
        """Return True if no client was answered about an address, since the partner's client has it."""
        ...


class HighAvailability(Protocol):
    """The part of the HA library that commands use."""

    def command(self, name: str, arguments: object, now: float) -> Reply:
        """Carry out one of the ``ha-…`` commands, arguments as they came (None: there were none)."""
        ...

    def heartbeat_is_due(self, arguments: object) -> bool:
        """Return False for a heartbeat that comes before ``heartbeat-delay`` is over: it is not worth a log line."""
        ...

    def deleted(self, leases: Sequence[Lease]) -> None:
        """A command deleted leases."""
        ...

    def was_deleted(self, lease: Lease) -> bool:
        """Return True if a command deleted a lease here after its client had it last."""
        ...

    def kept(self, lease: Lease) -> None:
        """A partner's deletion was of an older state of this lease: the partner is to have it again."""
        ...

    def claims(self, lease: Lease) -> Claims | None:
        """Return the claims of the relationship that a lease belongs to; None: it belongs to none."""
        ...

    def gave(self, lease: Lease) -> bool | None:
        """Return True if this server gave a lease to its client, False if a partner did; None if that is not known."""
        ...

    def status(self, now: float) -> list[dict[str, Json]]:
        """``high-availability`` of status-get: an entry for each relationship."""
        ...


class InterfaceState(NamedTuple):
    """A network interface as it is now."""

    name: str
    ifindex: int
    mac: bytes
    kind: int  # by ARP's table: 1 Ethernet, 772 loopback
    addresses: tuple[int, ...]  # IPv4
    loopback: bool
    up: bool
    running: bool
    multicast: bool
    broadcast: bool
    in_use: bool  # the server listens there


class HostSystem(Protocol):
    """The part of the machine that commands use."""

    def interfaces(self) -> Sequence[InterfaceState]:
        """Return all network interfaces."""
        ...

    @property
    def checks_paths(self) -> bool:
        """True while the rules about where files may lie are in force."""

    def lease_file(self) -> tuple[int, float] | None:
        """Return the size of the lease file and when it was last written to; None: there is none."""
        ...

    def free_space(self) -> int | None:
        """Return the bytes that are free where the lease file is; None: it cannot be found out."""
        ...

    def redetect(self) -> None:
        """Open now what has become possible to open."""
        ...

    def start_cleanup(self) -> bool | None:
        """Clean the lease file up; False: that is under way already; None: there is no lease file."""
        ...

    def beside_lease_file(self, name: str) -> str:
        """Return the path of a file in the folder of the lease file. Raises ValueError for other folders."""
        ...

    def rewrite_lease_file(self, path: str) -> bool:
        """Write the lease file anew, and keep it as ``.bakPID``, if it has this path. Raises OSError."""
        ...

    def keep_aside(self, path: str) -> None:
        """Keep the present content of a file that is about to be replaced as ``.bakPID``. Raises OSError."""
        ...


class Measured(Protocol):
    """The measurements that commands read."""

    @property
    def pools(self) -> PoolUse:
        """The use of the pools over the last days; nothing where no page shows it."""


class Context(Protocol):
    """The server as commands see it. What changes with a reconfiguration is read anew for each command."""

    # The Protocol's members are properties so that an implementation may compute or store them.
    @property
    def log(self) -> Log:
        """The log of the server."""

    @property
    def settings(self) -> Settings:
        """The configuration in force."""

    @property
    def config(self) -> Mapping[str, Json]:
        """``{"Dhcp4": …}`` in force, defaults filled in."""

    @property
    def config_hash(self) -> str:
        """SHA-256 of ``config``, upper-case hexadecimal."""

    @property
    def subnets(self) -> SubnetIndex:
        """The subnets of ``settings``."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """The commands of the server and of its hook libraries, by name."""

    @property
    def table(self) -> LeaseTable:
        """The leases."""

    @property
    def server(self) -> Server:
        """The DHCP server of the configuration in force."""

    @property
    def host_databases(self) -> Sequence[HostDatabase]:
        """The databases of reservations, in the order of the configuration."""

    @property
    def statistics(self) -> Statistics:
        """The counters."""

    @property
    def hooks(self) -> HookChain:
        """The callbacks of hook libraries."""

    @property
    def service_state(self) -> ServiceState:
        """The origins that have disabled the DHCP service."""

    @property
    def ha(self) -> HighAvailability | None:
        """The HA library, when it is loaded."""

    @property
    def names(self) -> NameUpdates | None:
        """The way to the server that updates the DNS."""

    @property
    def host_system(self) -> HostSystem:
        """The machine that the server runs on."""

    @property
    def measurements(self) -> Measured:
        """Measurements of the server."""

    @property
    def pid(self) -> int:
        """Our process."""

    @property
    def started_at(self) -> float:
        """The start of the server, seconds since the epoch."""

    @property
    def reloaded_at(self) -> float:
        """The time at which the current configuration took effect."""

    @property
    def config_file(self) -> str:
        """The file given at the command line, absolute."""

    @property
    def version(self) -> str:
        """Short version: what tools compare."""

    @property
    def extended_version(self) -> str:
        """Versions of everything that takes part, several lines."""

    @property
    def build_report(self) -> str:
        """The parts of this installation, several lines."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def steady(self) -> float:
        """Return seconds on the monotonic clock of the timers."""
        ...

    def turn(self) -> Awaitable[None]:
        """Wait until more of a long piece of work may be done: packets come first. A slice is a millisecond or two."""
        ...

    def sockets(self) -> Mapping[str, object]:
        """``sockets`` of status-get: ``status`` ready, retrying or failed, and ``errors`` when not ready."""
        ...

    def commit(self, changes: Sequence[Change]) -> Awaitable[None] | None:
        """Write changes that are in the table already to the lease storage; None: they are durable now.

        Raises LeasesUnsaved, also from the awaitable; that raises AddressesOvertaken if another server was faster.
        """
        ...

    def test_config(self, tree: dict[str, object]) -> None:
        """Check ``{"Dhcp4": …}``. Raises ConfigError with everything that is wrong."""
        ...

    def set_config(self, tree: dict[str, object]) -> Awaitable[None] | None:
        """Put ``{"Dhcp4": …}`` into force, or keep what is and raise ConfigError."""
        ...

    def reservations_changed(self) -> None:
        """``settings.hosts`` has changed: what was made of the configuration is to be made anew."""
        ...

    def config_in_file(self) -> Mapping[str, object]:
        """Return ``{"Dhcp4": …}`` as it would be in force after a reload. Raises ConfigError."""
        ...

    def reload(self) -> Awaitable[None] | None:
        """Read the configuration file again and put it into force, or keep what is and raise ConfigError."""
        ...

    def write_file(self, path: str, text: str) -> None:
        """Replace a file's content as a whole. Raises OSError."""
        ...

    def shutdown(self, exit_value: int) -> None:
        """End the process soon, after the answer has left."""
        ...


Function = Callable[[Context, Json], Reply]

READ: Final = "read"
WRITE: Final = "write"


class Command(NamedTuple):
    """One command. ``function`` gets the request's arguments as they came: None when there were none.

    ``access`` is ``READ`` or ``WRITE``, for roles (``libdhcp_rbac``); "" where a loaded library brings it.
    ``partner_may``: an HA partner may send it to our listener (``restrict-commands``). ``stands_for``, of a command
    that no Kea has: Kea's commands that show or change the same. A role that rejects one of them rejects it.
    ``library`` is set where the commands of several libraries are listed.
    """

    name: str
    access: str
    function: Function
    summary: str
    partner_may: bool = False
    stands_for: tuple[str, ...] | None = None
    library: str = ""

    @property
    def is_ours(self) -> bool:
        """Return True if no Kea has the command."""
        return self.stands_for is not None
