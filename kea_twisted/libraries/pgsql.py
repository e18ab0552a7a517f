"""``libdhcp_pgsql``."""

from __future__ import annotations

from kea_twisted.libraries.base import KeaLibrary


class Postgresql(KeaLibrary):
    """Leases and reservations in PostgreSQL, for which a Kea needs the library; here it has no effect."""
