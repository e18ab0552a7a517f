"""The hosts backends: one row for each type of ``hosts-databases`` that this server has."""

from __future__ import annotations

from typing import Final

HOST_BACKENDS: Final = {
    "mysql": "kea_twisted.adapters.mysql.hosts:MysqlHosts",
    "postgresql": "kea_twisted.adapters.postgresql.reservations:PostgresqlHosts",
}
"""``type`` -> module:class of an ``interfaces.IHostBackend``, imported when it is configured."""
