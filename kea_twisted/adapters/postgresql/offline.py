"""The leases of a PostgreSQL without a server."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.pq import ExecStatus

from kea_twisted.adapters.postgresql.access import connection_string
from kea_twisted.adapters.postgresql.blocking import VERSION, connected, executed, major_version, stand_in
from kea_twisted.adapters.postgresql.connection import failure_of, rows_of
from kea_twisted.adapters.postgresql.link import PREPARE_WRITES, copied, not_written
from kea_twisted.adapters.postgresql.statements import SETTINGS, commit_statement
from kea_twisted.adapters.sql.links import RowError
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.config.databases import Database
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading


class PostgresqlTable:
    """An ``OfflineTable``."""

    def __init__(self, database: Database) -> None:
        self._connection = connected(connection_string(database, ""))
        major_version(executed(self._connection, VERSION))
        executed(self._connection, SETTINGS)
        stand_in(self._connection)
        for statement in PREPARE_WRITES:
            executed(self._connection, statement)

    def count(self) -> int:
        """Return the number of rows."""
        return int(executed(self._connection, b"SELECT count(*) FROM lease4")[0][0] or 0)

    def read(self, row_error: RowError) -> Loading:
        """Return all leases."""
        return copied(self._connection, row_error)

    def insert(self, leases: Sequence[Lease]) -> list[int]:
        """Write leases in one transaction; return the addresses that have another row already, which stays."""
        writes = [Write(lease, None) for lease in leases]
        name, parameters = commit_statement(writes)
        result = self._connection.exec_prepared(name, [each or b"" for each in parameters])  # none is NULL
        if result.status != ExecStatus.TUPLES_OK:
            raise failure_of(result)
        return not_written(rows_of(result), writes)

    def close(self) -> None:
        """End the connection."""
        self._connection.finish()
