"""The hosts backend ``mysql``: reservations in Kea's own tables, read anew for each group of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from twisted.internet.defer import Deferred

from kea_twisted import events as E
from kea_twisted.adapters.mysql import hoststatements as statements
from kea_twisted.adapters.mysql.connection import Connection
from kea_twisted.adapters.mysql.link import major_version
from kea_twisted.adapters.mysql.session import PRODUCT, Access, Row, Session, access_of, run
from kea_twisted.adapters.mysql.statements import number_of
from kea_twisted.adapters.sql.hosts import LONGEST_COMMAND, Found, HostDialect, HostsHost, Pair, SqlHosts
from kea_twisted.adapters.sql.hosttables import CLASSES_SINCE, RESERVED
from kea_twisted.adapters.sql.onelink import OneLink
from kea_twisted.adapters.sql.reconnection import Messages
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.hostrows import HostRow, OptionRow
from kea_twisted.config.hosts import Identifier

WORDS: Final = Messages(
    "the hosts database", 11, "MySqlHostMgr", E.DATABASE_MYSQL_FATAL_ERROR,
    E.MYSQL_HB_DB_RECONNECT_ATTEMPT_FAILED, E.MYSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE, E.MYSQL_HB_DB_RECONNECT_FAILED,
)  # fmt: skip
DIALECT: Final = HostDialect(
    "mysql", PRODUCT, E.MYSQL_HB_DB, E.MYSQL_HB_DB_READONLY, WORDS, access_of,
    statements.host_row, statements.option_row,
)  # fmt: skip


class HostLink(OneLink[Connection]):
    """The session with one database, and the statements on its reservations."""

    def __init__(self, reactor: Reactor, access: Access, lost: Callable[[OSError], object]) -> None:
        super().__init__(Connection(reactor, patient(access), lost))
        self._has_classes = True

    def open_now(self) -> list[Pair]:
        """Connect before the reactor runs, and read the addresses of all reservations."""
        session = self._connection.open_now()
        try:
            self._learn(major_version(session))
            return _pairs(run(session, RESERVED)[0].rows)
        except OSError:
            self.close()
            raise

    async def open(self) -> None:
        """Connect while the reactor runs."""
        await self._connection.open()
        self._learn(await self._connection.do(major_version))

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[Found]:
        """Read the hosts with one of these identifiers or addresses."""
        return self._select(statements.found(identifiers, addresses))

    def of_subnet(self, subnet_id: int) -> Deferred[Found]:
        """Read the hosts of a subnet."""
        return self._select(statements.of_subnet(subnet_id))

    def named(self, hostname: str) -> Deferred[Found]:
        """Read the hosts with a name in small letters."""
        return self._select(statements.of_name(hostname))

    def page(self, after: int, limit: int, subnet_id: int | None) -> Deferred[Found]:
        """Read the next hosts behind a number."""
        return self._select(statements.page(after, limit, subnet_id))

    def reserved(self) -> Deferred[list[Pair]]:
        """Read the subnet ids and addresses of all reservations."""
        return self._connection.do(_reserved)

    def add(self, host: HostRow, options: Sequence[OptionRow], unique: bool) -> Deferred[bool]:
        """Add a host with its options; False: its address is reserved (``unique``)."""
        return self._connection.do(partial(_added, host, options, unique, self._has_classes))

    def update(self, host: HostRow, options: Sequence[OptionRow], unique: bool) -> Deferred[bool]:
        """Replace a host with its options; False: there is none, or its address is reserved (``unique``)."""
        return self._connection.do(partial(_updated, host, options, unique, self._has_classes))

    def delete(self, subnet_id: int, kind: int, identifier: bytes) -> Deferred[bool]:
        """Delete the host with an identifier."""
        return self._connection.do(partial(_changed, statements.deletion(subnet_id, kind, identifier)))

    def delete_address(self, subnet_id: int, address: int) -> Deferred[bool]:
        """Delete the hosts that have an address reserved."""
        return self._connection.do(partial(_changed, statements.deletion_of_address(subnet_id, address)))

    def _select(self, chosen: str) -> Deferred[Found]:
        return self._connection.do(partial(_found, statements.selection(chosen, self._has_classes)))

    def _learn(self, version: int) -> None:
        self._has_classes = version >= CLASSES_SINCE


def patient(access: Access) -> Access:
    """Return the access with the time that commands have, at least; that of queries is limited where they are sent."""
    limit = access.read_timeout and max(access.read_timeout, int(LONGEST_COMMAND))
    return access._replace(read_timeout=limit)


class MysqlHosts(SqlHosts[Access]):
    """Reservations in MySQL or MariaDB."""

    def __init__(self, host: HostsHost, section: Mapping[str, object]) -> None:
        super().__init__(host, section, DIALECT, HostLink)


def _found(statement: bytes, session: Session) -> Found:
    return _rows(statement, session)


def _rows(statement: bytes, session: Session) -> Sequence[Row]:
    return run(session, statement)[0].rows


def _reserved(session: Session) -> list[Pair]:
    return _pairs(_rows(RESERVED, session))


def _pairs(rows: Sequence[Row]) -> list[Pair]:
    return [(number_of(subnet_id), number_of(address)) for subnet_id, address in rows]


def _changed(statement: bytes, session: Session) -> bool:
    return run(session, statement)[0].changed > 0


def _added(host: HostRow, options: Sequence[OptionRow], unique: bool, has_classes: bool, session: Session) -> bool:
    """Carry out one transaction; an error undoes it."""
    run(session, b"START TRANSACTION")
    if unique and _rows(statements.rivals(host), session):
        run(session, b"ROLLBACK")
        return False
    run(session, statements.insertion(host))
    number = number_of(_rows(b"SELECT LAST_INSERT_ID()", session)[0][0])
    _with_options(number, options, has_classes, session)
    return True


def _updated(host: HostRow, options: Sequence[OptionRow], unique: bool, has_classes: bool, session: Session) -> bool:
    run(session, b"START TRANSACTION")
    found = _rows(statements.lock(host), session)
    if not found or (unique and _rows(statements.rivals(host), session)):
        run(session, b"ROLLBACK")
        return False
    number = number_of(found[0][0])
    run(session, statements.change(number, host))
    _with_options(number, options, has_classes, session)
    return True


def _with_options(number: int, options: Sequence[OptionRow], has_classes: bool, session: Session) -> None:
    if options:
        run(session, statements.option_insertion(number, options, has_classes))
    run(session, b"COMMIT")
