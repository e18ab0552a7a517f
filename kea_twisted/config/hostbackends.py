"""The hosts backends: one row for each type of ``hosts-databases`` that this server has."""

from __future__ import annotations

from typing import Final

HOST_BACKENDS: Final = {
    "postgresql": "kea_twisted.adapters.postgresql.hosts:PostgresqlHosts",
}
"""``type`` -> module:class of an ``interfaces.IHostBackend``, imported when it is configured."""
