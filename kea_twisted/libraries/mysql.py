"""``libdhcp_mysql``."""

from __future__ import annotations

from kea_twisted.libraries.base import KeaLibrary


class Mysql(KeaLibrary):
    """The way of a Kea to MySQL, taken and without effect: databases of this type are refused here."""
