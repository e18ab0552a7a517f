"""Leases in MariaDB: the tests of PostgreSQL that are the same for each kind of database."""

from __future__ import annotations

import pytest

from .mariadb import Mariadb
from .test_postgresql import (
    test_one_takes_over_the_leases_of_the_other,
    test_servers_share_the_addresses,
    test_the_rows_are_those_that_a_kea_writes,
)

pytestmark = pytest.mark.live
__all__ = [
    "test_one_takes_over_the_leases_of_the_other",
    "test_servers_share_the_addresses",
    "test_the_rows_are_those_that_a_kea_writes",
]


@pytest.fixture
def database(started_mariadb: Mariadb) -> Mariadb:
    """A MariaDB in place of the PostgreSQL, without leases and reservations."""
    started_mariadb.query("DELETE FROM lease4; DELETE FROM hosts")
    return started_mariadb
