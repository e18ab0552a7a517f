"""Connections and statements that block: for the start, before the reactor runs."""

from __future__ import annotations

from typing import Final

from psycopg.pq import ConnStatus, ExecStatus, PGconn, abc

from kea_twisted.adapters.postgresql.connection import Rows, error_of, failure_of
from kea_twisted.adapters.postgresql.statements import PRODUCT, SCHEMA_VERSIONS
from kea_twisted.adapters.postgresql.triggers import STAND_IN
from kea_twisted.adapters.sql.answers import must_be_known

VERSION: Final = b"SELECT version, minor FROM schema_version"


def connected(parameters: bytes) -> abc.PGconn:
    """Return a connection. Raises OSError."""
    connection = PGconn.connect(parameters)
    if connection.status != ConnStatus.OK:
        error = error_of(connection)
        connection.finish()
        raise error
    return connection


def executed(connection: abc.PGconn, statement: bytes) -> Rows:
    """Return the rows of a statement. Raises OSError."""
    result = connection.exec_(statement)
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise failure_of(result)
    return [[result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)]


def stand_in(connection: abc.PGconn) -> None:
    """Let a session's statements count new leases, if they may; where PostgreSQL refuses that, Kea's triggers count."""
    connection.exec_(STAND_IN)


def major_version(rows: Rows) -> int:
    """Return the major version of the schema, from the rows of VERSION. Raises UnknownSchema."""
    major, minor = (int(each or 0) for each in (rows[0] if rows else (0, 0)))
    return must_be_known(PRODUCT, SCHEMA_VERSIONS, major, minor)
