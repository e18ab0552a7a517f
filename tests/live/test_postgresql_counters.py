"""How PostgreSQL carries out what writes a group: by which index, and what counts leases in Kea's tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg.pq import ExecStatus, abc

from kea_twisted.adapters.postgresql.blocking import connected, executed, stand_in
from kea_twisted.adapters.postgresql.link import PREPARE_WRITES
from kea_twisted.adapters.postgresql.statements import MOST_TOLD, SETTINGS, commit_statement
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.lease.lease import DECLINED, RECLAIMED, Lease

from .postgres import USER, Postgres

pytestmark = pytest.mark.live

SCHEMA = "kea_twisted_1_public"
COUNTERS = (
    "SELECT subnet_id, state, leases FROM lease4_stat ORDER BY 1, 2",
    "SELECT subnet_id, pool_id, state, leases FROM lease4_pool_stat ORDER BY 1, 2, 3",
    "SELECT client_class, leases FROM lease4_stat_by_client_class ORDER BY 1",
    "SELECT address, subnet_id, pool_id, state, user_context FROM lease4 ORDER BY 1",
)


def _lease(number: int, subnet_id: int = 1, classes: str = "", **more: object) -> Lease:
    context = f'{{ "ISC": {{ "client-classes": [ {classes} ] }} }}' if classes else ""
    lease = Lease(0x0A000000 + number, number.to_bytes(6, "big"), b"", 3600, 1_700_000_000, subnet_id)
    return lease._replace(user_context=context, **more)


def _groups() -> Iterator[list[Write]]:
    """New, renewed, declined, reclaimed, deleted leases, in groups of one kind and of several; one is lost."""
    first = [_lease(number, 1 + number % 2, pool_id=number % 3) for number in range(40)]
    yield [Write(lease, None) for lease in first]
    yield [Write(_lease(0), None), Write(_lease(40, classes='"gold", "silver"'), None)]
    gold = _lease(41, classes='"gold"')
    renewed = first[7]._replace(cltt=1_700_000_100)
    yield [Write(gold, None), Write(renewed, first[7])]
    yield [Write(each._replace(cltt=1_700_000_200), each) for each in (first[1], gold)]
    declined = first[2]._replace(state=DECLINED, hwaddr=b"")
    yield [Write(declined, first[2]), Write(renewed, renewed, True), Write(_lease(42, state=DECLINED), None)]
    gold = gold._replace(cltt=1_700_000_200)
    silver = gold._replace(user_context=gold.user_context.replace("gold", "silver"))
    yield [Write(silver, gold), Write(first[3]._replace(subnet_id=2, pool_id=9), first[3])]
    yield [Write(silver._replace(state=RECLAIMED), silver)]
    yield [Write(first[4], first[4], True), Write(_lease(43, 3), None), Write(first[5], first[5])]
    yield [Write(_lease(number, 1 + number % 2), None) for number in range(100, 100 + MOST_TOLD + 1)]


@contextmanager
def _session(database: Postgres, name: str, user: str = USER, stands_in: bool = True) -> Iterator[abc.PGconn]:
    """The connection of a server."""
    connection = connected(f"host='{database.folder}' user={user} dbname={name}".encode())
    try:
        if stands_in:
            stand_in(connection)
        for statement in (SETTINGS, *PREPARE_WRITES):
            executed(connection, statement)
        yield connection
    finally:
        connection.finish()


def _write(connection: abc.PGconn, writes: list[Write]) -> None:
    name, parameters = commit_statement(writes)
    result = connection.exec_prepared(name, parameters)
    assert result.status == ExecStatus.TUPLES_OK, result.error_message


def _counts(connection: abc.PGconn) -> bool:
    """Return True if the statements count, not Kea's triggers."""
    ((path,),) = executed(connection, b"SHOW search_path")
    return path is not None and SCHEMA.encode() in path


def _read(database: Postgres, name: str) -> list[list[list[str]]]:
    return [database.query(statement, name) for statement in COUNTERS]


def _make(database: Postgres, name: str) -> None:
    """Make a database with Kea's schema alone."""
    database.make(name)
    database.query(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; DELETE FROM lease4", name)
    database.query("TRUNCATE lease4_stat, lease4_pool_stat, lease4_stat_by_client_class", name)


def _make_guest(database: Postgres, name: str) -> None:
    """Make a role that may write leases, and make no schema."""
    database.query("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN", "postgres")
    tables = "lease4, lease4_stat, lease4_pool_stat, lease4_stat_by_client_class"
    database.query(f"GRANT ALL ON {tables} TO guest; GRANT SELECT ON lease_state TO guest", name)


@pytest.fixture
def name(database: Postgres) -> Iterator[str]:
    """The name of an empty database of the test's own."""
    _make(database, "counted")
    yield "counted"
    database.remove("counted")


def test_all_counters_are_those_of_keas_triggers(database: Postgres, name: str) -> None:
    """The same groups by Kea's triggers and by stand-ins, and by sessions of both kinds in turns."""
    _make(database, "triggered")
    with _session(database, "triggered", stands_in=False) as connection:
        assert not _counts(connection)
        for writes in _groups():
            _write(connection, writes)
    expected = _read(database, "triggered")
    assert len(expected[0]) == 4 and expected[2] == [["gold", "1"], ["silver", "1"]]
    with _session(database, name) as ours:
        assert _counts(ours)
        for writes in _groups():
            _write(ours, writes)
    assert _read(database, name) == expected
    for table in ("lease4", "lease4_stat", "lease4_pool_stat", "lease4_stat_by_client_class"):
        database.query(f"DELETE FROM {table}", name)
    with _session(database, name) as ours, _session(database, name, stands_in=False) as others:
        for number, writes in enumerate(_groups()):
            _write((ours, others)[number % 2], writes)
    assert _read(database, name) == expected
    database.remove("triggered")


def test_triggers_count_again_without_the_schema(database: Postgres, name: str) -> None:
    """It is removed while a session uses it; the next session makes it again."""
    with _session(database, name) as connection:
        _write(connection, [Write(_lease(1), None)])
        database.query(f"DROP SCHEMA {SCHEMA} CASCADE", name)
        _write(connection, [Write(_lease(2), None), Write(_lease(3), None)])
        assert _read(database, name)[0] == [["1", "0", "3"]]
    with _session(database, name) as connection:
        assert _counts(connection)


def test_only_known_functions_are_replaced_and_no_strangers_are_called(database: Postgres, name: str) -> None:
    """A role that may not make the schema, one with another owner, and a modified trigger."""
    _make_guest(database, name)
    database.query("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger", "postgres")
    with _session(database, name, "guest") as connection:
        assert not _counts(connection)
        _write(connection, [Write(_lease(1), None)])
    database.query(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION stranger", name)
    with _session(database, name) as connection:
        assert not _counts(connection)
    database.query(f"DROP SCHEMA {SCHEMA}", name)
    with _session(database, name), _session(database, name, "guest") as connection:
        assert _counts(connection)  # made by the owner of the tables
        _write(connection, [Write(_lease(2), None)])
    assert _read(database, name)[0] == [["1", "0", "2"]]
    database.query("CREATE OR REPLACE FUNCTION isJsonSupported() RETURNS boolean LANGUAGE sql AS 'SELECT false'", name)
    with _session(database, name) as connection:
        assert not _counts(connection)
    database.query(f"DROP OWNED BY guest; DROP SCHEMA {SCHEMA} CASCADE", name)


def test_rows_are_found_by_their_address(database: Postgres, name: str) -> None:
    """Whatever was known of the table when the statement was planned, here that it is empty."""
    database.query("VACUUM ANALYZE lease4", name)
    lease = _lease(1)
    renewed, confirmed = Write(lease._replace(cltt=1_700_000_100), lease), Write(lease, lease)
    with _session(database, name) as connection:
        for writes in ([renewed], [renewed, confirmed]):
            statement, parameters = commit_statement(writes)
            arrays = ", ".join([f"'{(each or b'').decode()}'" for each in parameters])
            plan = str(executed(connection, f"EXPLAIN EXECUTE {statement.decode()}({arrays})".encode()))
            assert "lease4_pkey" in plan and "lease4_by_state_expire" not in plan


def test_triggers_count_where_the_schema_is_empty_or_closed(database: Postgres, name: str) -> None:
    """An empty schema forbids it, one that is closed while a session uses it does not disturb the session."""
    _make_guest(database, name)
    database.query(f"CREATE SCHEMA {SCHEMA}", name)
    with _session(database, name) as connection:
        assert not _counts(connection)
        _write(connection, [Write(_lease(1), None)])
    database.query(f"DROP SCHEMA {SCHEMA}", name)
    database.query("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC", name)
    with _session(database, name), _session(database, name, "guest") as connection:
        assert _counts(connection)
        _write(connection, [Write(_lease(2), None)])
        database.query(f"REVOKE USAGE ON SCHEMA {SCHEMA} FROM PUBLIC", name)
        _write(connection, [Write(_lease(3), None)])
    database.query(f"GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC", name)
    database.query(f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC", name)
    with _session(database, name, "guest") as connection:
        assert not _counts(connection)
        _write(connection, [Write(_lease(4), None)])
    assert _read(database, name)[:2] == [[["1", "0", "4"]], [["1", "0", "0", "4"]]]
    database.query("DROP OWNED BY guest", name)


def test_nothing_counts_that_triggers_would_not_count(database: Postgres, name: str) -> None:
    """Where triggers are disabled, and where the role may not run the statement that looks for them."""
    database.query("ALTER TABLE lease4 DISABLE TRIGGER USER", name)
    with _session(database, name) as connection:
        _write(connection, [Write(_lease(1), None)])
    assert _read(database, name)[0] == []
    database.query("ALTER TABLE lease4 ENABLE TRIGGER USER", name)
    _make_guest(database, name)
    database.query("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", name)
    with _session(database, name, "guest") as connection:
        _write(connection, [Write(_lease(2), None)])
    assert _read(database, name)[0] == [["1", "0", "1"]]
    database.query("DROP OWNED BY guest", name)
