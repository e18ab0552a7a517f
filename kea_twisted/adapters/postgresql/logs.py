"""The legal log in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from twisted.internet.defer import Deferred

from kea_twisted.adapters.postgresql.access import connection_string
from kea_twisted.adapters.postgresql.blocking import VERSION, connected, executed, major_version
from kea_twisted.adapters.postgresql.connection import Connection
from kea_twisted.adapters.postgresql.statements import PRODUCT, texts
from kea_twisted.adapters.sql.logtable import LogDialect, Row, plain
from kea_twisted.adapters.sql.onelink import OneLink
from kea_twisted.adapters.sql.reconnection import Messages
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.libraries.legal_log import messages as M

WORDS: Final = Messages("the legal log database", 32, "PgSqlLegalStore", *M.PGSQL[1:])
SETTINGS: Final = b"SET client_encoding = 'UTF8'; SET application_name = 'kea-twisted'"
INSERT: Final = (
    b"INSERT INTO logs (timestamp, address, log) SELECT now() - age * interval '1 second', address, log "
    b"FROM unnest($1::float8[], $2::varchar[], $3::text[]) AS t(age, address, log)"
)


class LogLink(OneLink[Connection]):
    """The connection to one database."""

    def __init__(self, reactor: Reactor, access: bytes, lost: Callable[[OSError], object]) -> None:
        super().__init__(Connection(reactor, lost))
        self._access = access

    def open_now(self) -> None:
        """Connect before the reactor runs."""
        opened = connected(self._access)
        try:
            major_version(executed(opened, VERSION))
            executed(opened, SETTINGS)
        except OSError:
            opened.finish()
            raise
        self._connection.adopt(opened)

    async def open(self) -> None:
        """Connect while the reactor runs."""
        await self._connection.open(self._access)
        major_version(await self._connection.ask(VERSION))
        await self._connection.ask(SETTINGS)

    def insert(self, rows: Sequence[Row]) -> Deferred[object]:
        """Write entries in order, all or none."""
        ages = ",".join([f"{row.age:.6f}" for row in rows])
        parameters = [
            f"{{{ages}}}".encode(),
            texts([plain(row.address) for row in rows]),
            texts([plain(row.text) for row in rows]),
        ]
        written: Deferred[object] = self._connection.ask(INSERT, parameters)  # type: ignore[assignment]  # its rows
        return written


DIALECT: Final = LogDialect("postgresql", PRODUCT, M.PGSQL[0], WORDS, connection_string, LogLink)
