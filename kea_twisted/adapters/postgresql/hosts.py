"""The hosts backend ``postgresql``: reservations in Kea's own tables, read anew for each group of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from twisted.internet.defer import Deferred
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.postgresql.access import connection_string
from kea_twisted.adapters.postgresql.blocking import VERSION, connected, executed, major_version
from kea_twisted.adapters.postgresql.connection import Connection, Parameters, Rows
from kea_twisted.adapters.postgresql.hoststatements import (
    CLASSES_SINCE,
    DELETE,
    DELETE_BY_ADDRESS,
    FIND,
    OF_NAME,
    OF_SUBNET,
    PAGE,
    PAGE_OF_SUBNET,
    RESERVED,
    change,
    find_parameters,
    grouped,
    host_row,
    insertion,
    option_row,
    row_parameters,
    selection,
)
from kea_twisted.adapters.postgresql.statements import PRODUCT, SETTINGS
from kea_twisted.adapters.sql.access import shown
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed, UnknownSchema, limited
from kea_twisted.adapters.sql.reconnection import Messages, Reconnection
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.databases import Database, database_of
from kea_twisted.config.hostrows import KINDS, host_of, option_rows_of, row_of
from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.errors import LeasesUnusable, Problems
from kea_twisted.interfaces import IHostBackend, Log, Outage
from kea_twisted.wire.optiondefs import Definitions

FIND_NAME: Final = b"find_hosts"
WORDS: Final = Messages(
    "the hosts database", 12, "PgSqlHostMgr", E.DATABASE_PGSQL_FATAL_ERROR,
    E.PGSQL_HB_DB_RECONNECT_ATTEMPT_FAILED, E.PGSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE, E.PGSQL_HB_DB_RECONNECT_FAILED,
)  # fmt: skip
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


@implementer(IHostBackend)
class PostgresqlHosts:
    """The tables that an entry of ``hosts-databases`` names. A test hands in connections without a database."""

    def __init__(
        self,
        host: HostsHost,
        section: Mapping[str, object],
        make_connection: type[Connection] = Connection,
        connection: Connection | None = None,
    ) -> None:
        self._host = host
        self._log = host.log
        self._database: Database = database_of(section)
        self.is_read_only = self._database.readonly
        self._make_connection = make_connection
        self._connection = connection
        self._opening: Connection | None = None  # by an attempt to connect again
        self._has_classes = True
        self._definitions = Definitions(())
        self._made: dict[tuple[tuple[bytes | None, ...], ...], Host | None] = {}
        self._failed_start: OSError | None = None
        self._reconnection = Reconnection(host.reactor, host.log, self._database, WORDS, self._connect, host.report)
        self._say(E.PGSQL_HB_DB, shown(self._database, "postgresql"))
        if self.is_read_only:
            self._say(E.PGSQL_HB_DB_READONLY)

    def describe(self) -> str:
        """Return the database as error texts name it."""
        return "the hosts database"

    def load(self) -> list[tuple[int, int]]:
        """Connect, and return the subnet ids and addresses of all reservations. Raises LeasesUnusable."""
        try:
            return self._open_now()
        except OSError as error:
            if not self._database.retry_on_startup or isinstance(error, UnknownSchema):
                raise LeasesUnusable(f"Unable to open database: {error.strerror}") from None
            self._failed_start = error
            return []

    def start(self) -> None:
        """Let the reactor watch the connection."""
        error, self._failed_start = self._failed_start, None
        if error is not None:
            self._reconnection.lost(error)
        elif self._connection is not None:
            self._connection.start()

    def use(self, definitions: Definitions) -> None:
        """Encode options by these definitions from now on."""
        self._definitions = definitions
        self._made.clear()

    def close(self) -> None:
        """End the connection."""
        self._reconnection.close()
        for connection in (self._opening, self._connection):
            if connection is not None:
                connection.close()

    # --- reading --------------------------------------------------------------------------------------------------

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[list[Host]]:
        """Return the hosts with one of these identifiers or addresses, of all subnets."""
        parameters = find_parameters(identifiers, addresses)
        return self._ask(b"", parameters, FIND_NAME, self._database.answer_timeout).addCallback(self._hosts)

    def of_subnet(self, subnet_id: int) -> Deferred[list[Host]]:
        """Return the hosts of a subnet."""
        return self._select(OF_SUBNET, [_number(subnet_id)])

    def named(self, hostname: str) -> Deferred[list[Host]]:
        """Return the hosts with a name, whatever its case."""
        return self._select(OF_NAME, [hostname.lower().encode()])

    def page(self, after: int, limit: int, subnet_id: int | None) -> Deferred[list[Host]]:
        """Return the next hosts behind a number, of one subnet or of all."""
        parameters: list[bytes | None] = [_number(after), _number(limit)]
        if subnet_id is None:
            return self._select(PAGE, parameters)
        return self._select(PAGE_OF_SUBNET, [*parameters, _number(subnet_id)])

    def reserved(self) -> Deferred[list[tuple[int, int]]]:
        """Return the subnet ids and addresses of all reservations."""
        return self._ask(RESERVED, (), seconds=self._database.answer_timeout).addCallback(_pairs)

    # --- writing --------------------------------------------------------------------------------------------------

    def add(self, host: Host, unique: bool) -> Deferred[bool]:
        """Add a host; False if there is one with its identifier or, with ``unique``, its address."""
        return self._write(insertion(self._has_classes, unique and bool(host.address)), host)

    def update(self, host: Host, unique: bool) -> Deferred[bool]:
        """Replace the host with its identifier; False: there is none, or its address is another's (``unique``)."""
        return self._write(change(self._has_classes, unique and bool(host.address)), host)

    def delete(self, subnet_id: int, kind: str, identifier: bytes) -> Deferred[bool]:
        """Delete the host with an identifier; False if there is none."""
        parameters = [_number(subnet_id), _number(KINDS.index(kind)), b"\\x" + identifier.hex().encode()]
        return self._ask(DELETE, parameters).addCallback(bool)

    def delete_address(self, subnet_id: int, address: int) -> Deferred[bool]:
        """Delete the hosts that have an address reserved; False if there is none."""
        return self._ask(DELETE_BY_ADDRESS, [_number(subnet_id), _number(address)]).addCallback(bool)

    # --- the work -------------------------------------------------------------------------------------------------

    def _write(self, statement: bytes, host: Host) -> Deferred[bool]:
        parameters = row_parameters(row_of(host), option_rows_of(host, self._definitions))
        written: Deferred[bool] = self._ask(statement, parameters).addCallback(bool)
        return written.addErrback(_exists)

    def _select(self, chosen: str, parameters: Parameters) -> Deferred[list[Host]]:
        return self._ask(selection(chosen, self._has_classes), parameters).addCallback(self._hosts)

    def _ask(self, statement: bytes, parameters: Parameters, name: bytes = b"", seconds: float = 0) -> Deferred[Rows]:
        """Carry out a statement; a connection that does not answer it in time, that of a command without, is lost."""
        connection = self._connection
        if connection is None:
            raise OSError(0, f"not connected to {self.describe()}")
        limit = seconds or max(self._database.answer_timeout, LONGEST_COMMAND)
        return limited(connection.ask(statement, parameters, name), self._host.reactor, limit, PRODUCT, connection.drop)

    def _hosts(self, rows: Rows) -> list[Host]:
        found = [self._host_of(each) for each in grouped(rows)]
        return [host for host in found if host is not None]

    def _host_of(self, rows: tuple[tuple[bytes | None, ...], ...]) -> Host | None:
        """Return the host of its rows; None if they are unusable, which is logged once."""
        if rows in self._made:
            return self._made[rows]
        problems = Problems()
        host = None
        try:
            options = [option for option in map(option_row, rows) if option is not None]
            host = host_of(host_row(rows[0]), options, self._definitions, problems)
        except ValueError as error:
            self._say(E.DHCPSRV_HOST_ROW_UNUSABLE, (rows[0][0] or b"").decode(), error)
        for problem in problems.errors:
            self._say(E.DHCPSRV_HOST_ROW_UNUSABLE, (rows[0][0] or b"").decode(), problem.text)
        if len(self._made) >= _KEPT:
            self._made.clear()
        self._made[rows] = host
        return host

    def _open_now(self) -> list[tuple[int, int]]:
        opened = connected(self._parameters())
        try:
            self._has_classes = major_version(executed(opened, VERSION)) >= CLASSES_SINCE
            for statement in (SETTINGS, self._prepare()):
                executed(opened, statement)
            pairs = _pairs(executed(opened, RESERVED))
        except OSError:
            opened.finish()
            raise
        self._connection = self._make_connection(self._host.reactor, self._reconnection.lost)
        self._connection.adopt(opened)
        return pairs

    async def _connect(self) -> None:
        """Connect while the reactor runs."""
        connection = self._make_connection(self._host.reactor, self._reconnection.lost)
        self._opening = connection
        # libpq's connect_timeout is for connections that block
        timer = self._host.reactor.callLater(self._database.connect_timeout, connection.close)
        try:
            await connection.open(self._parameters())
            self._has_classes = major_version(await connection.ask(VERSION)) >= CLASSES_SINCE
            for statement in (SETTINGS, self._prepare()):
                await connection.ask(statement)
            if self._reconnection.is_closed:
                raise DatabaseLost(0, f"{self.describe()} is no longer in use")
        except BaseException:
            connection.close()
            raise
        finally:
            self._opening = None
            if timer.active():
                timer.cancel()
        self._connection = connection

    def _prepare(self) -> bytes:
        return b"PREPARE " + FIND_NAME + b" AS " + selection(FIND, self._has_classes)

    def _parameters(self) -> bytes:
        try:
            return connection_string(self._database, "")
        except ValueError as error:
            raise LeasesUnusable(f"Unable to open database: {error}") from None

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _exists(failure: object) -> bool:
    """Return False if a host with the same identifier is there already; all other errors stay."""
    error = getattr(failure, "value", None)
    if isinstance(error, StatementFailed) and error.of_row and "unique" in str(error.strerror):
        return False
    assert isinstance(error, BaseException)
    raise error


def _pairs(rows: Rows) -> list[tuple[int, int]]:
    return [(int(subnet_id or 0), int(address or 0)) for subnet_id, address in rows]


def _number(value: int) -> bytes:
    return str(value).encode()
