"""The hosts backend ``postgresql``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kea_twisted import events as E
from kea_twisted.adapters.postgresql.access import connection_string
from kea_twisted.adapters.postgresql.connection import Connection
from kea_twisted.adapters.postgresql.hostlink import HostLink
from kea_twisted.adapters.postgresql.hoststatements import host_row, option_row
from kea_twisted.adapters.postgresql.statements import PRODUCT
from kea_twisted.adapters.sql.hosts import HostDialect, HostsHost, SqlHosts
from kea_twisted.adapters.sql.reconnection import Messages
from kea_twisted.adapters.system.reactor import Reactor

WORDS: Final = Messages(
    "the hosts database", 12, "PgSqlHostMgr", E.DATABASE_PGSQL_FATAL_ERROR,
    E.PGSQL_HB_DB_RECONNECT_ATTEMPT_FAILED, E.PGSQL_HB_DB_RECONNECT_ATTEMPT_SCHEDULE, E.PGSQL_HB_DB_RECONNECT_FAILED,
)  # fmt: skip
DIALECT: Final = HostDialect(
    "postgresql", PRODUCT, E.PGSQL_HB_DB, E.PGSQL_HB_DB_READONLY, WORDS, connection_string, host_row, option_row
)


class PostgresqlHosts(SqlHosts[bytes]):
    """Reservations in PostgreSQL. A test hands in connections without a database."""

    def __init__(
        self,
        host: HostsHost,
        section: Mapping[str, object],
        make_connection: type[Connection] = Connection,
        connection: Connection | None = None,
    ) -> None:
        def make_link(reactor: Reactor, access: bytes, lost: Callable[[OSError], object]) -> HostLink:
            return HostLink(reactor, access, lost, make_connection)

        super().__init__(host, section, DIALECT, make_link)
        if connection is not None:
            self._link = HostLink(host.reactor, b"", self._reconnection.lost, opened=connection)
