"""The leases of a MySQL or MariaDB without a server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from kea_twisted.adapters.mysql.link import committed, loaded, major_version
from kea_twisted.adapters.mysql.session import access_of, connect, run
from kea_twisted.adapters.mysql.statements import number_of
from kea_twisted.adapters.sql.links import RowError
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.config.databases import Database
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading


class MysqlTable:
    """An ``OfflineTable``."""

    def __init__(self, database: Database) -> None:
        self._session, handle = connect(access_of(database, ""))
        handle.close()
        major_version(self._session)

    def count(self) -> int:
        """Return the number of rows."""
        return number_of(run(self._session, b"SELECT COUNT(*) FROM lease4")[0].rows[0][0])

    def read(self, row_error: RowError) -> Loading:
        """Return all leases."""
        return loaded(self._session, row_error)

    def insert(self, leases: Sequence[Lease]) -> list[int]:
        """Write leases in one transaction; return the addresses that have another row already, which stays."""
        return committed([Write(lease, None) for lease in leases], self._session)

    def close(self) -> None:
        """End the connection."""
        with suppress(Exception):
            self._session.close()
