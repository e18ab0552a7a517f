"""Sessions with MySQL as the driver makes them, all blocking, and its errors as those of databases."""

from __future__ import annotations

import os
import select
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple, Protocol, TypeVar

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import SSCursor

from kea_twisted.adapters.mysql.driver import GuardedConnection, plugins_for
from kea_twisted.adapters.sql.access import check_tls_files, password_of
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed, UnknownSchema
from kea_twisted.config.databases import Database

PRODUCT: Final = "MySQL"
PORT: Final = 3306

SOCKETS: Final = ("/run/mysqld/mysqld.sock", "/tmp/mysql.sock", "/var/lib/mysql/mysql.sock")
"""Where ``localhost`` is looked for, as by MySQL's own clients, unless MYSQL_UNIX_PORT names another socket."""

SETTINGS: Final = (
    b"SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
    b"SET SESSION time_zone = '+00:00'",  # a TIMESTAMP is a time zone's text on its way: none has no doubtful hour
    b"SET SESSION wait_timeout = 2592000",
    # Without limit: for many identifiers of which few are stored the statistics of an index suggest to read the table.
    b"SET SESSION eq_range_index_dive_limit = 0",
    b"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    b"SET SESSION group_concat_max_len = 1073741824",
)

_AGAIN: Final = (1213, 1205, 3101)
"""Deadlock, lock wait timeout, and a conflict in a replication group: the same statements may succeed now."""

_OF_ROW: Final = (1048, 1062, 1264, 1265, 1292, 1366, 1406, 1411, 1441, 1452, 3140, 3157)
"""A value that does not fit its column, or a constraint, or Kea's triggers: those of MySQL truncate with 1265."""

_READ_ONLY: Final = (1290, 1792, 1836)

_NOT_THERE: Final = (1054, 1146, 1305)
"""An unknown column, table or procedure."""

_LOST: Final = (1053, 1152, 1153, 1158, 1159, 1160, 1161, 1927, 4031)
"""The server is ending, or has ended the session; codes from 2000 to 2999 are the driver's own."""

Answer = TypeVar("Answer")
Value = int | bytes | str | None
Row = Sequence[Value]


class ReadOnlyServer(StatementFailed):
    """The server takes no changes. One that a switch-over makes a replica keeps its sessions."""


class Cursor(Protocol):
    """The part of a cursor that is used here."""

    rowcount: int
    lastrowid: int

    def execute(self, query: bytes) -> int:
        """Carry out statements; the first result is read."""

    def fetchall(self) -> Sequence[Row]:
        """Return the rows of a result."""

    def fetchmany(self, size: int) -> Sequence[Row]:
        """Return the next rows of a result."""

    def nextset(self) -> bool | None:
        """Read the next result; None: there is none."""

    def close(self) -> None:
        """Read to the end."""


class Session(Protocol):
    """The part of a driver's connection that is used here."""

    def cursor(self, cursor: object = None) -> Cursor:
        """Return a cursor."""

    def rollback(self) -> None:
        """Undo the transaction."""

    def limit_reads(self, seconds: float | None) -> None:
        """Wait so long for each piece of an answer from now on; None: without limit."""

    def close(self) -> None:
        """End it."""


class Access(NamedTuple):
    """The place of a database and the ways to reach it, with the password.

    Times are seconds. ``read_timeout`` and ``write_timeout`` 0: without limit.
    """

    host: str
    port: int
    name: str
    user: str
    password: str
    connect_timeout: int
    read_timeout: int
    tcp_user_timeout: int
    tls: ssl.SSLContext | None
    write_timeout: int = 0


class Result(NamedTuple):
    """The rows of a statement, and the number of rows that it has changed."""

    rows: Sequence[Row]
    changed: int


def access_of(database: Database, folder: str) -> Access:
    """Return what ``connect`` needs; ``password-file`` is relative to ``folder``. Raises ValueError."""
    check_tls_files(database, has_folders=True)
    return Access(
        database.host, database.port or PORT, database.name, database.user, password_of(database, folder),
        database.connect_timeout, database.read_timeout, database.tcp_user_timeout, _tls(database),
        database.write_timeout,
    )  # fmt: skip


def connect(access: Access) -> tuple[Session, socket.socket]:
    """Return a session, and its socket, by which another thread can end it. Raises OSError."""
    connection = _connected(access)
    handle = connection.dup()
    try:
        with translated():
            session: Session = GuardedConnection(
                host=access.host, user=access.user or None, password=access.password, database=access.name,
                charset="utf8mb4", autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS, defer_connect=True,
                read_timeout=access.connect_timeout, write_timeout=access.write_timeout or None,
                ssl=access.tls, ssl_disabled=access.tls is None,
                auth_plugin_map=plugins_for(connection, access.tls is not None),
            )  # fmt: skip
            session.connect(connection)  # type: ignore[attr-defined]  # only here
            for statement in SETTINGS:
                run(session, statement)
            session.limit_reads(access.read_timeout or None)
    except BaseException:
        handle.close()
        connection.close()
        raise
    return session, handle


def run(session: Session, statements: bytes) -> list[Result]:
    """Carry out statements in one round trip; return the result of each. DatabaseLost or StatementFailed."""
    with translated():
        cursor = session.cursor()
        try:
            cursor.execute(statements)
            results = [Result(cursor.fetchall(), cursor.rowcount)]
            while cursor.nextset():
                results.append(Result(cursor.fetchall(), cursor.rowcount))
        except pymysql.MySQLError:
            with suppress(Exception):
                session.rollback()
            raise
        return results


def changed(work: Callable[[Session], Answer], session: Session) -> Answer:
    """Carry out changes. DatabaseLost if the server takes none: its name may lead to another one by now."""
    try:
        return work(session)
    except ReadOnlyServer as error:
        raise DatabaseLost(0, f"MySQL takes no changes: {error.strerror}") from None


def stream(session: Session, statement: bytes, size: int) -> Iterator[Sequence[Row]]:
    """Yield the rows of a large result in pieces. DatabaseLost or StatementFailed."""
    with translated():
        cursor = session.cursor(SSCursor)
        cursor.execute(statement)
        while rows := cursor.fetchmany(size):
            yield rows
        cursor.close()


@contextmanager
def translated() -> Iterator[None]:
    """Raise the driver's errors as DatabaseLost or StatementFailed, on one line."""
    try:
        yield
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        text = " ".join(str(error.args[-1] if error.args else error).split())
        if 2000 <= code < 3000 or code in _LOST or not code:
            raise DatabaseLost(0, text or "the connection to MySQL was closed") from None
        if code in _READ_ONLY:
            raise ReadOnlyServer(text, False) from None
        if code in _NOT_THERE:
            raise UnknownSchema(text) from None
        raise StatementFailed(text, code in _AGAIN, code in _OF_ROW, code == 1062) from None
    except OSError as error:
        if isinstance(error, DatabaseLost | StatementFailed):
            raise
        raise DatabaseLost(0, error.strerror or str(error)) from None


def _connected(access: Access) -> socket.socket:
    """Return a connected socket on which the server has begun to talk. Raises DatabaseLost."""
    path = _socket_of(access.host)
    try:
        if path:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(access.connect_timeout)
            connection.connect(path)
        else:
            connection = socket.create_connection((access.host, access.port), access.connect_timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            _limit(connection, access.tcp_user_timeout)
    except OSError as error:
        place = path or f"{access.host}:{access.port}"
        raise DatabaseLost(0, f"cannot connect to MySQL server at {place}: {error.strerror or error}") from None
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(access.connect_timeout * 1000):
        connection.close()
        raise DatabaseLost(0, f"MySQL has not answered within {access.connect_timeout} seconds")
    return connection


def _limit(connection: socket.socket, seconds: int) -> None:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if seconds and option is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, seconds * 1000)


def _socket_of(host: str) -> str:
    """Return the path of a Unix socket, "" for a host in the network."""
    if host.startswith("/"):
        return host
    if host not in ("", "localhost"):
        return ""
    named = os.environ.get("MYSQL_UNIX_PORT", "")
    return named or next((path for path in SOCKETS if os.path.exists(path)), "")


def _tls(database: Database) -> ssl.SSLContext | None:
    """Return the settings of TLS as MySQL's client has them: the certificate is verified, the name in it is not."""
    if not (database.trust_anchor or database.cert_file or database.key_file or database.cipher_list):
        return None
    anchor = database.trust_anchor or None
    is_folder = anchor is not None and os.path.isdir(anchor)
    try:
        context = ssl.create_default_context(cafile=None if is_folder else anchor, capath=anchor if is_folder else None)
        context.check_hostname = False
        if not database.trust_anchor:
            context.verify_mode = ssl.CERT_NONE
        if database.cert_file:
            context.load_cert_chain(database.cert_file, database.key_file or None)
    except OSError as error:
        raise ValueError(f"the certificates for MySQL cannot be used: {error}") from None
    if database.cipher_list:
        try:
            context.set_ciphers(database.cipher_list)
        except ssl.SSLError:
            raise ValueError(f"OpenSSL knows no cipher of cipher-list '{database.cipher_list}'") from None
    return context
