"""The lease backends: one row for each type of ``lease-database`` that this server has."""

from __future__ import annotations

from typing import Final

LEASE_BACKENDS: Final = {
    "memfile": "kea_twisted.adapters.memfile.backend:MemfileBackend",
    "mysql": "kea_twisted.adapters.mysql.leases:MysqlBackend",
    "postgresql": "kea_twisted.adapters.postgresql.leases:PostgresqlBackend",
}
"""``type`` -> module:class of an ``interfaces.ILeaseBackend``, imported when it is configured."""
