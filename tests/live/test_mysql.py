"""Leases and reservations in MariaDB: the tests of PostgreSQL that are the same for each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from .mariadb import Mariadb
from .test_hosts_database_kea import test_commands_get_the_answers_of_a_real_kea_and_leave_its_rows
from .test_hosts_database_kea import test_each_rule_is_that_of_a_real_kea as same_rule
from .test_legal_log_kea import test_the_rows_in_a_database_are_those_of_a_real_kea
from .test_postgresql import (
    test_a_real_kea_and_ours_do_the_same,
    test_one_takes_over_the_leases_of_the_other,
    test_servers_share_the_addresses,
    test_tables_that_are_missing_are_named_at_the_start,
    test_the_rows_are_those_that_a_kea_writes,
    test_the_tools_of_a_kea_move_leases_to_a_file_and_back,
)

pytestmark = pytest.mark.live
__all__ = [
    "test_a_real_kea_and_ours_do_the_same",
    "test_commands_get_the_answers_of_a_real_kea_and_leave_its_rows",
    "test_one_takes_over_the_leases_of_the_other",
    "test_servers_share_the_addresses",
    "test_tables_that_are_missing_are_named_at_the_start",
    "test_the_rows_are_those_that_a_kea_writes",
    "test_the_tools_of_a_kea_move_leases_to_a_file_and_back",
    "test_the_rows_in_a_database_are_those_of_a_real_kea",
]


@pytest.fixture
def database(started_mariadb: Mariadb) -> Mariadb:
    """A MariaDB in place of the PostgreSQL, without leases and reservations."""
    started_mariadb.query("DELETE FROM lease4; DELETE FROM hosts")
    return started_mariadb


def test_options_and_fields_of_reservations_are_those_that_a_real_kea_sends(tmp_path: Path, database: Mariadb) -> None:
    same_rule(tmp_path, database, "options and fields")
