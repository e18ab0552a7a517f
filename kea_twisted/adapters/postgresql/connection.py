"""A connection to PostgreSQL on Twisted's reactor: libpq's non-blocking calls, no thread."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, PGconn, PollingStatus, abc
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadWriteDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed, UnknownSchema
from kea_twisted.adapters.sql.onelink import fail_all
from kea_twisted.adapters.system.reactor import Reactor

Parameters = Sequence[bytes | None]
Rows = list[list[bytes | None]]

_GOOD: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
_AGAIN: Final = (b"40001", b"40P01")
"""Serialization failure and deadlock: the same statement may succeed now."""

_NOT_THERE: Final = (b"42P01", b"42703", b"42883")
"""An unknown table, column or function."""


def error_of(connection: abc.PGconn) -> DatabaseLost:
    """Return the reason why a connection cannot be used, on one line."""
    text = connection.error_message.decode("utf-8", "replace")
    return DatabaseLost(0, " ".join(text.split()) or "the connection to PostgreSQL was closed")


def failure_of(result: abc.PGresult) -> StatementFailed:
    """Return the error that the result of a statement stands for, on one line."""
    text = " ".join(result.error_message.decode("utf-8", "replace").split())
    state = result.error_field(DiagnosticField.SQLSTATE) or b""
    if state in _NOT_THERE:
        return UnknownSchema(text)
    of_row = state[:2] in (b"22", b"23")  # a value, a constraint
    return StatementFailed(text, state in _AGAIN, of_row, state == b"23505")


def rows_of(result: abc.PGresult) -> Rows:
    """Return the rows of a result, each value as text, None for NULL."""
    columns = range(result.nfields)
    return [[result.get_value(row, column) for column in columns] for row in range(result.ntuples)]


@implementer(IReadWriteDescriptor)
class Connection:
    """One connection: statements are carried out in order, one at a time, each answered through a Deferred of Rows.

    ``notified`` is called with the payload of each notification of another session, ``lost`` once with the reason when
    the connection ends other than by ``close``.
    """

    def __init__(
        self,
        reactor: Reactor,
        lost: Callable[[OSError], object],
        notified: Callable[[str], object] = lambda payload: None,
    ) -> None:
        self._reactor = reactor
        self._lost = lost
        self._notified = notified
        self._connection: abc.PGconn | None = None
        self._descriptor = -1  # ours: libpq closes its own without a word, and the reactor must be told before
        self._opened: Deferred[None] | None = None
        self._waiting: deque[tuple[bytes, Parameters, bytes, Deferred[Rows]]] = deque()
        self._under_way: Deferred[Rows] | None = None
        self._results: list[abc.PGresult] = []
        self.names: dict[bytes, bytes] = {}
        """Statements that are prepared, and their names."""

    def open(self, parameters: bytes) -> Deferred[None]:
        """Connect with a libpq connection string. Fails with DatabaseLost."""
        assert self._connection is None
        opened: Deferred[None] = Deferred()
        self._opened = opened
        self._connection = PGconn.connect_start(parameters)
        self._poll()
        return opened

    def adopt(self, connection: abc.PGconn) -> None:
        """Take over a connection that was made before the reactor ran; ``start`` follows."""
        connection.nonblocking = 1
        self._connection = connection

    def start(self) -> None:
        """Let the reactor watch an adopted connection."""
        if self._connection is not None and self._descriptor < 0:
            self._descriptor = os.dup(self._connection.socket)
            self._reactor.addReader(self)

    @property
    def is_open(self) -> bool:
        """True if statements can be sent."""
        return self._connection is not None and self._opened is None

    def ask(self, statement: bytes, parameters: Parameters = (), name: bytes = b"") -> Deferred[Rows]:
        """Carry out a statement; with ``name``, one that ``prepare`` has named. DatabaseLost or StatementFailed."""
        answer: Deferred[Rows] = Deferred()
        if not self.is_open:
            answer.errback(DatabaseLost(0, "not connected to PostgreSQL"))
            return answer
        self._waiting.append((statement, parameters, name, answer))
        self._send()
        return answer

    def prepare(self, name: bytes, statement: bytes) -> Deferred[Rows]:
        """Let PostgreSQL plan a statement once; ``ask`` with this name carries it out."""
        return self.ask(b"PREPARE " + name + b" AS " + statement)

    def close(self) -> None:
        """End the connection; what waits fails with DatabaseLost."""
        self._end(DatabaseLost(0, "the connection to PostgreSQL was closed"), tell=False)

    def drop(self, error: OSError) -> None:
        """Give up the connection as lost; what waits fails with this error."""
        self._end(error)

    # --- IReadWriteDescriptor -------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._descriptor

    def logPrefix(self) -> str:
        """Return the name for Twisted's log."""
        return "PostgreSQL"

    def doRead(self) -> None:
        """Take in what PostgreSQL has sent."""
        if self._opened is not None:
            self._poll()
            return
        connection = self._connection
        assert connection is not None
        try:
            connection.consume_input()
            self._take_results(connection)
            self._take_notifications(connection)
        except Exception:
            self._end(error_of(connection))
            return
        if connection.status == ConnStatus.BAD:
            self._end(error_of(connection))
            return
        self._send()

    def doWrite(self) -> None:
        """Send on."""
        if self._opened is not None:
            self._poll()
            return
        self._flush()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor found the socket broken, or stops."""
        self._end(DatabaseLost(0, reason.getErrorMessage()))

    # --- the work -------------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        """Continue with the connection's beginning; the socket may be another one after each step."""
        connection = self._connection
        assert connection is not None
        self._ignore()
        status = connection.connect_poll() if connection.status != ConnStatus.BAD else PollingStatus.FAILED
        if status == PollingStatus.FAILED:
            self._end(error_of(connection))
            return
        self._descriptor = os.dup(connection.socket)
        if status == PollingStatus.WRITING:
            self._reactor.addWriter(self)
            return
        self._reactor.addReader(self)
        if status == PollingStatus.OK:
            connection.nonblocking = 1
            opened, self._opened = self._opened, None
            assert opened is not None
            opened.callback(None)

    def _send(self) -> None:
        """Send the next statement if none is under way."""
        if self._under_way is not None or not self._waiting or self._connection is None:
            return
        statement, parameters, name, self._under_way = self._waiting.popleft()
        try:
            name = name or self.names.get(statement, b"")
            if name:
                self._connection.send_query_prepared(name, parameters)
            elif parameters:
                self._connection.send_query_params(statement, parameters)
            else:
                self._connection.send_query(statement)
        except Exception:
            self._end(error_of(self._connection))
            return
        self._flush()

    def _flush(self) -> None:
        connection = self._connection
        assert connection is not None
        try:
            is_all = connection.flush() == 0
        except Exception:
            self._end(error_of(connection))
            return
        if is_all:
            self._reactor.removeWriter(self)
        else:
            self._reactor.addWriter(self)

    def _take_results(self, connection: abc.PGconn) -> None:
        while self._under_way is not None and not connection.is_busy():
            result = connection.get_result()
            if result is not None:
                self._results.append(result)
                continue
            results, self._results = self._results, []
            answer, self._under_way = self._under_way, None
            bad = next((each for each in results if each.status not in _GOOD), None)
            if bad is not None:
                answer.errback(failure_of(bad))
            else:
                answer.callback(rows_of(results[-1]) if results else [])
            self._send()

    def _take_notifications(self, connection: abc.PGconn) -> None:
        while (note := connection.notifies()) is not None:
            if note.be_pid != connection.backend_pid:
                self._notified(note.extra.decode("utf-8", "replace"))

    def _ignore(self) -> None:
        if self._descriptor >= 0:
            self._reactor.removeReader(self)
            self._reactor.removeWriter(self)
            os.close(self._descriptor)
            self._descriptor = -1

    def _end(self, error: OSError, tell: bool = True) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._ignore()
        connection.finish()
        opened, self._opened = self._opened, None
        waiting = [each[3] for each in self._waiting]
        if self._under_way is not None:
            waiting.insert(0, self._under_way)
        self._under_way = None
        self._waiting.clear()
        self._results = []
        fail_all(error, opened, waiting, self._lost if tell else None)
