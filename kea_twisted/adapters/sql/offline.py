"""The leases of a database without a server: read and written with calls that block, for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from kea_twisted.adapters.sql.links import RowError
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading

OFFLINE_TABLES: Final = {
    "mysql": "kea_twisted.adapters.mysql.offline:MysqlTable",
    "postgresql": "kea_twisted.adapters.postgresql.offline:PostgresqlTable",
}
"""``type`` of a ``lease-database`` -> module:class of an ``OfflineTable``, made of a ``Database``."""


class OfflineTable(Protocol):
    """Kea's table ``lease4``. All of it raises OSError; ValueError where the parameters cannot be used."""

    def count(self) -> int:
        """Return the number of rows."""

    def read(self, row_error: RowError) -> Loading:
        """Return all leases."""

    def insert(self, leases: Sequence[Lease]) -> list[int]:
        """Write leases in one transaction; return the addresses that have another row already, which stays."""

    def close(self) -> None:
        """End the connection."""
