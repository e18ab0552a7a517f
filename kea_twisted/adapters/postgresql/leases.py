"""The lease backend ``postgresql``."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.adapters.postgresql.access import connection_string
from kea_twisted.adapters.postgresql.link import Link
from kea_twisted.adapters.postgresql.statements import PRODUCT
from kea_twisted.adapters.sql.backend import BackendHost, Dialect, MakeLink, SqlBackend
from kea_twisted.adapters.sql.reconnection import Messages
from kea_twisted.config.model import Settings

WORDS: Final = Messages(
    "the lease database", 0, "PgSqlLeaseMgr", E.DATABASE_PGSQL_FATAL_ERROR,
    E.PGSQL_LB_DB_RECONNECT_ATTEMPT_FAILED, E.PGSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE, E.PGSQL_LB_DB_RECONNECT_FAILED,
)  # fmt: skip
DIALECT: Final = Dialect("postgresql", PRODUCT, E.PGSQL_LB_DB, WORDS, connection_string)


class PostgresqlBackend(SqlBackend[bytes]):
    """Leases in PostgreSQL. Servers of this kind hear of each other's changes by NOTIFY."""

    def __init__(self, host: BackendHost, settings: Settings, make_link: MakeLink[bytes] = Link) -> None:
        super().__init__(host, settings, DIALECT, make_link)
