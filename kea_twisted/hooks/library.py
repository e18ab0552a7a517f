"""The base of a hook library: one of Kea's, or one written by the operator.

    from kea_twisted.hooks.library import HookLibrary, Parameter, Step

    class AccessList(HookLibrary):
        parameters = (Parameter("blocked", list, meaning="hardware addresses"),)

        def pkt4_receive(self, query):
            if query.message.chaddr.hex(":") in self.values["blocked"]:
                return Step.DROP

A library overrides the methods of the hook points at which it acts, and nothing else: a point that no library
overrides costs nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple, Protocol

from kea_twisted.config.model import NameRules, Settings, Subnet
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Decision, DnsName, Query, Reply
from kea_twisted.engine.hostlookup import CachedLookup
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import CommandError, Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Clock, Log, Outage
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.message import Message

__all__ = ["CommandError", "HookHost", "HookLibrary", "Parameter", "Step", "REQUIRED"]

CONTINUE: Final = "continue"
DROP: Final = "drop"
REQUIRED: Final[Any] = object()

TYPE_NAMES: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a map",
}


class Parameter(NamedTuple):
    """One key of a library's ``parameters``. ``type`` is a type of JSON values; float accepts integers."""

    name: str
    type: type
    default: Json = REQUIRED
    meaning: str = ""


class DhcpSockets(Protocol):
    """The sockets of the DHCP service."""

    def source_for(self, destination: int) -> int | None:
        """Return the address of an open socket from which a datagram reaches this destination; None: there is none."""

    def addresses(self) -> Collection[int]:
        """Return the addresses that are listened on."""

    def deaf_addresses(self) -> Collection[int]:
        """Return the addresses of configured interfaces that receive nothing at present."""

    def send_datagram(self, payload: bytes, source: int, destination: int) -> None:
        """Send to the server port of the destination. Raises OSError."""

    def send(self, reply: Reply) -> None:
        """Send a reply; never raises."""

    def take_counted(self) -> Sequence[tuple[float, Query]]:
        """Return recent queries that were only counted, as another server's, each with its age in seconds."""

    def receive_again(self, queries: Sequence[Query]) -> None:
        """Handle queries as if they came now."""

    def time_queries(self, on: bool) -> None:
        """Note the moments of queries in ``query.timeline``; a library takes that back in ``unload``."""


class HookHost(Protocol):
    """The server as a hook library sees it, in ``load`` and afterwards."""

    @property
    def log(self) -> Log:
        """The log: ``emit`` writes an event of the library's ``events``. twisted.logger and ``print`` work, too."""

    @property
    def timers(self) -> Clock:
        """Timers: ``seconds()`` and ``callLater(delay, function, …)``."""

    @property
    def reactor(self) -> Any:  # noqa: ANN401 - Twisted's many interfaces are unknown below the adapters
        """Twisted's reactor: timers, connections, processes."""

    @property
    def settings(self) -> Settings:
        """The ``config.model.Settings`` in force. In ``load`` these are still the ones before."""

    @property
    def table(self) -> LeaseTable:
        """The leases: ``table.store`` finds them, ``table.apply`` changes them."""

    @property
    def statistics(self) -> Statistics:
        """The counters: ``count(name)`` adds one, ``put(name, value)`` sets one."""

    @property
    def service_state(self) -> ServiceState:
        """The switch of the DHCP service, by origin."""

    @property
    def sockets(self) -> DhcpSockets:
        """The sockets of the DHCP service."""

    @property
    def lease_file(self) -> str:
        """The path of the lease file, empty without one."""

    @property
    def stored_hosts(self) -> CachedLookup:
        """The look-up of reservations outside of the configuration: ``cache`` is asked before the databases."""

    def data_file(self, name: str) -> str:
        """Return the path of a file in the folder of the lease file. Raises ValueError for others, PermissionError."""

    @property
    def number(self) -> int:
        """The position of the library in ``hooks-libraries``, from 1."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def commit(self, changes: Sequence[Change]) -> Awaitable[None] | None:
        """Write ``lease.lease.Change`` values that were applied to ``table`` to the lease storage.

        Return None if they are durable, else a Deferred that fires then. Raises LeasesUnsaved (an OSError), or the
        Deferred fails with it; it fails with AddressesOvertaken if another server on the same storage was faster.
        """

    def can_serve(self) -> bool:
        """Return True if clients are heard and leases can be written."""

    def report_outage(self, name: str, number: int, outage: Outage) -> None:
        """Report that a database of the library cannot be reached, and that it can be again.

        ``name`` is for error texts, ``number`` that of the database manager in Kea.
        """


class HookLibrary:
    """A library that acts at no point: the base of those that do.

    ``values`` holds the parameters as configured, with the defaults of the others. ``on_error`` is what
    happens to a packet when a method of the library fails, or takes longer than ``timeout`` seconds:
    "continue" or "drop". ``events`` are the log messages of its own.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    events: ClassVar[tuple[Event, ...]] = ()
    on_error: ClassVar[str] = CONTINUE
    timeout: ClassVar[float] = 10.0

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        self.values = {row.name: parameters.get(row.name, row.default) for row in self.parameters}

    @classmethod
    def check(cls, parameters: Mapping[str, Json], problems: Problems) -> None:
        """Report faults of the parameters, before anything is loaded. Libraries with more rules extend it."""
        check_parameters(cls.parameters, parameters, problems)

    def load(self, host: HookHost) -> None:
        """Prepare the library, before the first packet.

        ConfigError or ValueError: the configuration is refused. What takes time is started here and not waited for.
        """

    def start(self) -> None:
        """Begin to work: the sockets are open and the server serves."""

    def health_changed(self, fault: str) -> None:
        """Note that this server cannot serve for this reason, or can again (an empty one)."""

    def unload(self) -> object:
        """Close what is open, after the last packet; a Deferred or coroutine is waited for."""

    def commands(self) -> Mapping[str, Callable[[Json], Json]]:
        """Return the library's control commands: functions of the arguments, by name.

        A function gets the request's arguments as they came (None: there were none). It returns an answer (a
        dict with ``result``, and ``text`` and ``arguments`` if wanted) or an awaitable of one, or raises
        CommandError. Its docstring's first line is the command's summary.
        """
        return {}

    # hook points: begin
    def buffer4_receive(self, query: Query) -> Query | Step | None:
        """Act when a message was read, nothing is logged or checked yet.

        Another query takes the place of the message before it is counted and checked. TAKEN: the library answers the
        message itself; no other library sees it, and it does not count as dropped. DROP: the message is not for us.
        """
        return None

    def pkt4_receive(self, query: Query) -> Query | Step | None | Awaitable[Query | Step | None]:
        """Act when a message was accepted.

        ``query.classes`` are the classes of the query that arrived; they stay, whatever is put in its place. SKIP: no
        answer. DROP: no answer.
        """
        return None

    def subnet4_select(
        self, query: Query, subnet: Subnet | None
    ) -> Subnet | None | Step | Awaitable[Subnet | None | Step]:
        """Act when the subnet was chosen (None: there is none). SKIP: no subnet. DROP: no answer."""
        return None

    def host4_identifier(self, query: Query, identifier: bytes) -> bytes | Step | None:
        """Act when reservations are looked up, also by ``flex-id``.

        SKIP: no ``flex-id``. DROP: no ``flex-id``.
        """
        return None

    def ddns4_update(
        self, query: Query, subnet: Subnet | None, rules: NameRules, name: DnsName
    ) -> DnsName | Step | None:
        """Act when the name of a client that is granted an address is chosen (its ``hostname`` may be empty).

        ``rules`` are those of the pool or subnet. The reply has the new name if it has one at all.
        """
        return None

    def lease4_select(self, query: Query, lease: Lease, offered: bool) -> Lease | Step | None:
        """Act when a new lease is to be offered (``offered`` is true) or given.

        The address and the subnet of the lease are kept. SKIP: no address. DROP: no answer while leases are read from
        a database, else no address.
        """
        return None

    def lease4_renew(self, query: Query, lease: Lease) -> Lease | Step | None:
        """Act when a REQUEST is about to renew a lease.

        ``lease`` is as it will be; its address and subnet are kept. SKIP: confirmed, but not longer than before. DROP:
        no answer.
        """
        return None

    def lease4_offer(self, query: Query, lease: Lease) -> Step | None | Awaitable[Step | None]:
        """Act when an OFFER is ready.

        It is the last opportunity to find out whether the address is free. SKIP: no answer, the address is declined.
        DROP: no answer.
        """
        return None

    def lease4_server_decline(self, query: Query, lease: Lease) -> Step | None:
        """Act when a library at ``lease4_offer`` found the address in use, and it was declined.

        ``lease`` is that of the declined address, ``query`` the DISCOVER.
        """
        return None

    def lease4_decline(self, query: Query, lease: Lease) -> Step | None:
        """Act when a client declines its lease. SKIP: the lease stays. DROP: the lease stays."""
        return None

    def lease4_release(self, query: Query, lease: Lease) -> Step | None:
        """Act when a client gives its lease up. SKIP: the lease stays. DROP: the lease stays."""
        return None

    def leases4_committed(self, decision: Decision) -> Step | None | Awaitable[Step | None]:
        """Act when the leases are on disk, the client waits.

        ``decision.changes`` are the leases with ``deleted``, ``decision.lease`` the one that is confirmed, or None.
        DROP: no answer, the leases stay.
        """
        return None

    def pkt4_send(self, query: Query, response: Message) -> Message | Step | None:
        """Act when an answer is complete. SKIP: no answer. DROP: no answer."""
        return None

    def buffer4_send(self, query: Query, reply: Reply) -> Reply | Step | None:
        """Act when an answer is about to be sent. SKIP: no answer. DROP: no answer."""
        return None

    def dhcp4_srv_configured(self, settings: Settings) -> Step | None:
        """Act when a configuration came into force."""
        return None

    def lease4_expire(self, lease: Lease) -> Step | None:
        """Act when a lease is over and about to be reclaimed. SKIP: the lease stays for now."""
        return None

    def lease4_recover(self, lease: Lease) -> Step | None:
        """Act when the probation of a declined address is over. SKIP: the address stays declined for now."""
        return None

    def command_processed(self, command: str, arguments: Json, answer: Mapping[str, Json]) -> Step | None:
        """Act when a control command was answered."""
        return None

    # hook points: end


def check_parameters(rows: Iterable[Parameter], parameters: Mapping[str, Json], problems: Problems) -> None:
    """Report unknown, missing and mistyped parameters."""
    rows = tuple(rows)
    known = {row.name: row for row in rows}
    for name, value in parameters.items():
        row = known.get(name)
        if row is None:
            have = f"; there are: {', '.join(known)}" if known else "; there are none"
            problems.error(place_of(parameters, name), f"unknown parameter '{name}'{have}")
        elif not is_of(value, row.type):
            problems.error(place_of(parameters, name), f"parameter '{name}' must be {TYPE_NAMES[row.type]}")
    for row in rows:
        if row.default is REQUIRED and row.name not in parameters:
            place = getattr(parameters, "place", None)
            problems.error(place, f"parameter '{row.name}' is missing")


def is_of(value: object, kind: type) -> bool:
    """Return True if a JSON value is of a parameter's type."""
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))
