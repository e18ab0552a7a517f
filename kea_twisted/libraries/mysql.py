"""``libdhcp_mysql``."""

from __future__ import annotations

from kea_twisted.libraries.base import KeaLibrary


class Mysql(KeaLibrary):
    """Leases and reservations in MySQL, for which a Kea needs the library; here it has no effect."""
