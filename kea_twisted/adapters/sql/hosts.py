"""The hosts backend of databases: reservations in Kea's own tables, read anew for each group of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.sql.access import shown
from kea_twisted.adapters.sql.answers import Answer, DatabaseLost, StatementFailed, UnknownSchema, limited
from kea_twisted.adapters.sql.reconnection import Messages, Reconnection
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.databases import Database, database_of
from kea_twisted.config.hostrows import KINDS, HostRow, OptionRow, host_of, option_rows_of, row_of
from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.errors import LeasesUnusable, Problems
from kea_twisted.interfaces import IHostBackend, Log, Outage
from kea_twisted.wire.optiondefs import Definitions

Access = TypeVar("Access")
Pair = tuple[int, int]
Found = Sequence[Sequence[object]]
"""Rows of hosts as the driver has them, one for each option, those of one host together."""

LONGEST_COMMAND: Final = 30.0
"""Seconds that the statement of a command may take at least: it may concern all hosts of a subnet."""

_KEPT: Final = 10_000  # hosts that are kept beside their rows: the same rows make the same host


class HostsHost(Protocol):
    """The part of the server that the backend needs."""

    @property
    def reactor(self) -> Reactor:
        """The reactor."""

    @property
    def log(self) -> Log:
        """The log of the server."""

    def report(self, outage: Outage) -> None:
        """Report that the database cannot be reached, and that it can be again."""


class HostLink(Protocol):
    """The connection to one database, and the statements on its reservations. All of them fail with OSError."""

    def open_now(self) -> list[Pair]:
        """Connect before the reactor runs, and read the subnet ids and addresses of all reservations."""

    async def open(self) -> None:
        """Connect while the reactor runs."""

    def start(self) -> None:
        """Let the reactor watch a connection that ``open_now`` has made."""

    def close(self) -> None:
        """End the connection."""

    def drop(self, error: OSError) -> None:
        """Give up the connection as lost."""

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[Found]:
        """Read the hosts with one of these identifiers or addresses."""

    def of_subnet(self, subnet_id: int) -> Deferred[Found]:
        """Read the hosts of a subnet."""

    def named(self, hostname: str) -> Deferred[Found]:
        """Read the hosts with a name in small letters."""

    def page(self, after: int, limit: int, subnet_id: int | None) -> Deferred[Found]:
        """Read the next hosts behind a number, of one subnet or of all."""

    def reserved(self) -> Deferred[list[Pair]]:
        """Read the subnet ids and addresses of all reservations."""

    def add(self, host: HostRow, options: Sequence[OptionRow], unique: bool) -> Deferred[bool]:
        """Add a host with its options; False: its address is reserved (``unique``)."""

    def update(self, host: HostRow, options: Sequence[OptionRow], unique: bool) -> Deferred[bool]:
        """Replace a host with its options; False: there is none, or its address is reserved (``unique``)."""

    def delete(self, subnet_id: int, kind: int, identifier: bytes) -> Deferred[bool]:
        """Delete the host with an identifier; False if there is none."""

    def delete_address(self, subnet_id: int, address: int) -> Deferred[bool]:
        """Delete the hosts that have an address reserved; False if there is none."""


@dataclass(frozen=True)
class HostDialect(Generic[Access]):
    """One kind of database. ``access`` makes what its links connect with, and raises ValueError."""

    kind: str
    product: str
    opening: E.Event
    opening_read_only: E.Event
    messages: Messages
    access: Callable[[Database, str], Access]
    host_row: Callable[[Sequence[object]], HostRow]
    option_row: Callable[[Sequence[object]], OptionRow | None]


Write = Callable[[HostRow, Sequence[OptionRow], bool], Deferred[bool]]
MakeHostLink = Callable[[Reactor, Access, Callable[[OSError], object]], HostLink]
"""Makes a link of the reactor, the access, and a function to call when it is lost."""


@implementer(IHostBackend)
class SqlHosts(Generic[Access]):
    """The tables that an entry of ``hosts-databases`` names. A test hands in links without a database."""

    def __init__(
        self,
        host: HostsHost,
        section: Mapping[str, object],
        dialect: HostDialect[Access],
        make_link: MakeHostLink[Access],
    ) -> None:
        self._host = host
        self._log = host.log
        self._database: Database = database_of(section)
        self.is_read_only = self._database.readonly
        self.product = dialect.product
        self._dialect = dialect
        self._make_link = make_link
        self._link: HostLink | None = None
        self._opening: HostLink | None = None  # by an attempt to connect again
        self._definitions = Definitions(())
        self._made: dict[tuple[tuple[object, ...], ...], Host | None] = {}
        self._failed_start: OSError | None = None
        self._reconnection = Reconnection(
            host.reactor, host.log, self._database, dialect.messages, self._connect, host.report
        )
        self._say(dialect.opening, shown(self._database, dialect.kind))
        if self.is_read_only:
            self._say(dialect.opening_read_only)

    def describe(self) -> str:
        """Return the database as error texts name it."""
        return "the hosts database"

    def load(self) -> list[tuple[int, int]]:
        """Connect, and return the subnet ids and addresses of all reservations. Raises LeasesUnusable."""
        try:
            link = self._new_link()
            pairs = link.open_now()
        except OSError as error:
            if not self._database.retry_on_startup or isinstance(error, UnknownSchema):
                raise LeasesUnusable(f"Unable to open database: {error.strerror}") from None
            self._failed_start = error
            return []
        self._link = link
        return pairs

    def start(self) -> None:
        """Let the reactor watch the connection."""
        error, self._failed_start = self._failed_start, None
        if error is not None:
            self._reconnection.lost(error)
        elif self._link is not None:
            self._link.start()

    def use(self, definitions: Definitions) -> None:
        """Encode options by these definitions from now on."""
        self._definitions = definitions
        self._made.clear()

    def close(self) -> None:
        """End the connection."""
        self._reconnection.close()
        for link in (self._opening, self._link):
            if link is not None:
                link.close()

    # --- reading --------------------------------------------------------------------------------------------------

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[list[Host]]:
        """Return the hosts with one of these identifiers or addresses, of all subnets."""
        link = self._open_link()
        found = link.find(identifiers, addresses)
        return self._limited(link, found, self._database.answer_timeout).addCallback(self._hosts)

    def of_subnet(self, subnet_id: int) -> Deferred[list[Host]]:
        """Return the hosts of a subnet."""
        link = self._open_link()
        return self._limited(link, link.of_subnet(subnet_id)).addCallback(self._hosts)

    def named(self, hostname: str) -> Deferred[list[Host]]:
        """Return the hosts with a name, whatever its case."""
        link = self._open_link()
        return self._limited(link, link.named(hostname.lower())).addCallback(self._hosts)

    def page(self, after: int, limit: int, subnet_id: int | None) -> Deferred[list[Host]]:
        """Return the next hosts behind a number, of one subnet or of all."""
        link = self._open_link()
        return self._limited(link, link.page(after, limit, subnet_id)).addCallback(self._hosts)

    def reserved(self) -> Deferred[list[Pair]]:
        """Return the subnet ids and addresses of all reservations."""
        link = self._open_link()
        return self._limited(link, link.reserved(), self._database.answer_timeout)

    # --- writing --------------------------------------------------------------------------------------------------

    def add(self, host: Host, unique: bool) -> Deferred[bool]:
        """Add a host; False if there is one with its identifier or, with ``unique``, its address."""
        link = self._open_link()
        return self._write(link, link.add, host, unique)

    def update(self, host: Host, unique: bool) -> Deferred[bool]:
        """Replace the host with its identifier; False: there is none, or its address is another's (``unique``)."""
        link = self._open_link()
        return self._write(link, link.update, host, unique)

    def delete(self, subnet_id: int, kind: str, identifier: bytes) -> Deferred[bool]:
        """Delete the host with an identifier; False if there is none."""
        link = self._open_link()
        return self._limited(link, link.delete(subnet_id, KINDS.index(kind), identifier))

    def delete_address(self, subnet_id: int, address: int) -> Deferred[bool]:
        """Delete the hosts that have an address reserved; False if there is none."""
        link = self._open_link()
        return self._limited(link, link.delete_address(subnet_id, address))

    # --- the work -------------------------------------------------------------------------------------------------

    def _write(self, link: HostLink, write: Write, host: Host, unique: bool) -> Deferred[bool]:
        written = write(row_of(host), option_rows_of(host, self._definitions), unique and bool(host.address))
        return self._limited(link, written).addErrback(_exists)

    def _limited(self, link: HostLink, answer: Deferred[Answer], seconds: float = 0) -> Deferred[Answer]:
        """Give up a connection that does not answer in time, which is longer for a command than for a query."""
        limit = seconds or max(self._database.answer_timeout, LONGEST_COMMAND)
        return limited(answer, self._host.reactor, limit, self._dialect.product, link.drop)

    def _hosts(self, rows: Found) -> list[Host]:
        groups = [tuple([tuple(row) for row in group]) for _, group in groupby(rows, key=lambda row: row[0])]
        found = [self._host_of(each) for each in groups]
        return [host for host in found if host is not None]

    def _host_of(self, rows: tuple[tuple[object, ...], ...]) -> Host | None:
        """Return the host of its rows; None if they are unusable, which is logged once."""
        if rows in self._made:
            return self._made[rows]
        problems = Problems()
        host, row = None, HostRow(0, b"", 0, 0)
        try:
            options = [option for option in map(self._dialect.option_row, rows) if option is not None]
            row = self._dialect.host_row(rows[0])
            host = host_of(row, options, self._definitions, problems)
        except ValueError as error:
            self._say(E.DHCPSRV_HOST_ROW_UNUSABLE, row.number, error)
        for problem in problems.errors:
            self._say(E.DHCPSRV_HOST_ROW_UNUSABLE, row.number, problem.text)
        if len(self._made) >= _KEPT:
            self._made.clear()
        self._made[rows] = host
        return host

    async def _connect(self) -> None:
        """Connect while the reactor runs."""
        self._opening = link = self._new_link()
        # that of the driver is for connections that block
        timer = self._host.reactor.callLater(self._database.connect_timeout, link.close)
        try:
            await link.open()
            if self._reconnection.is_closed:
                raise DatabaseLost(0, f"{self.describe()} is no longer in use")
        except BaseException:
            link.close()
            raise
        finally:
            self._opening = None
            if timer.active():
                timer.cancel()
        self._link = link

    def _open_link(self) -> HostLink:
        if self._link is None:
            raise OSError(0, f"not connected to {self.describe()}")
        return self._link

    def _new_link(self) -> HostLink:
        try:
            access = self._dialect.access(self._database, "")
        except ValueError as error:
            raise LeasesUnusable(f"Unable to open database: {error}") from None
        return self._make_link(self._host.reactor, access, self._reconnection.lost)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _exists(failure: object) -> bool:
    """Return False if a host with the same identifier is there already; all other errors stay."""
    error = getattr(failure, "value", None)
    if isinstance(error, StatementFailed) and error.is_duplicate:
        return False
    assert isinstance(error, BaseException)
    raise error
