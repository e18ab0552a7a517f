"""The lease backend ``mysql``."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.adapters.mysql.link import Link
from kea_twisted.adapters.mysql.session import PRODUCT, Access, access_of
from kea_twisted.adapters.sql.backend import BackendHost, Dialect, MakeLink, SqlBackend
from kea_twisted.adapters.sql.reconnection import Messages
from kea_twisted.config.model import Settings

WORDS: Final = Messages(
    "the lease database", 0, "MySqlLeaseMgr", E.DATABASE_MYSQL_FATAL_ERROR,
    E.MYSQL_LB_DB_RECONNECT_ATTEMPT_FAILED, E.MYSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE, E.MYSQL_LB_DB_RECONNECT_FAILED,
)  # fmt: skip
DIALECT: Final = Dialect("mysql", PRODUCT, E.MYSQL_LB_DB, WORDS, access_of)


class MysqlBackend(SqlBackend[Access]):
    """Leases in MySQL or MariaDB. Changes of other servers are found by reading."""

    def __init__(self, host: BackendHost, settings: Settings, make_link: MakeLink[Access] = Link) -> None:
        super().__init__(host, settings, DIALECT, make_link)
