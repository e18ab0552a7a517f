"""The thread of a session with MySQL: work in order, and what happens when the session is lost."""

from __future__ import annotations

import socket
from collections.abc import Callable
from queue import Queue
from threading import Event
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.adapters.mysql.connection import WATCH, Connection
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed


class ThreadClock(Clock):
    """A clock that carries out calls of other threads when ``turn`` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: Queue[Callable[[], object]] = Queue()

    def callFromThread(self, call: Callable[..., object], *arguments: object) -> None:
        """Keep a call."""
        self.from_threads.put(lambda: call(*arguments))

    def turn(self) -> None:
        """Wait for one call, and carry it out."""
        self.from_threads.get(timeout=10)()


class FakeSession:
    """A session that can only be closed."""

    def __init__(self) -> None:
        self.closed = Event()

    def close(self) -> None:
        """End it."""
        self.closed.set()


class Opened:
    """A connection, and the other end of its socket."""

    def __init__(self, refuses: OSError | None = None) -> None:
        self.clock, self.session = ThreadClock(), FakeSession()
        self.server, self.handle = socket.socketpair()
        self.lost: list[OSError] = []
        self.refuses = refuses
        self.connection = Connection(self.clock, None, self.lost.append, self.connect)  # type: ignore[arg-type]

    def connect(self, access: object) -> Any:
        """Connect, or refuse."""
        if self.refuses is not None:
            raise self.refuses
        return self.session, self.handle


def result(deferred: Any) -> Any:
    """The result of a Deferred, [] if it has not fired."""
    found: list[Any] = []
    deferred.addBoth(found.append)
    return found[0] if found else []


@pytest.fixture
def opened() -> Opened:
    """An open connection."""
    made = Opened()
    opening = made.connection.open()
    made.clock.turn()
    assert made.connection.is_open and result(opening) is None
    return made


def test_work_is_done_in_order_and_errors_of_statements_leave_the_session_open(opened: Opened) -> None:
    done: list[int] = []

    def refuse(session: object) -> None:
        raise StatementFailed("duplicate", False)

    answers: list[Any] = [opened.connection.do(lambda session, number=number: done.append(number)) for number in (1, 2)]  # type: ignore[misc]
    answers.append(opened.connection.do(refuse))
    for _ in answers:
        opened.clock.turn()
    assert done == [1, 2] and result(answers[2]).check(StatementFailed) and opened.connection.is_open
    opened.connection.close()
    assert opened.session.closed.wait(10) and not opened.lost and not opened.clock.getDelayedCalls()


def test_a_lost_session_fails_what_waits_and_is_reported_once(opened: Opened) -> None:
    def lose(session: object) -> None:
        raise DatabaseLost(0, "gone")

    answers = [opened.connection.do(lose), opened.connection.do(lambda session: 1)]
    opened.clock.turn()
    opened.clock.turn()
    assert [result(answer).check(DatabaseLost) is not None for answer in answers] == [True, True]
    assert [str(error.strerror) for error in opened.lost] == ["gone"]
    assert result(opened.connection.do(lambda session: 1)).check(DatabaseLost)


def test_a_session_that_hangs_is_given_up_at_once(opened: Opened) -> None:
    """The thread waits in a read, which the end of the socket ends."""
    handle = opened.handle.dup()
    hanging = opened.connection.do(lambda session: handle.recv(1))
    opened.connection.drop(DatabaseLost(0, "MySQL has not answered"))
    assert result(hanging).check(DatabaseLost) and len(opened.lost) == 1
    opened.clock.turn()  # its result comes too late
    assert opened.session.closed.wait(10)


def test_the_end_of_an_idle_session_is_noticed(opened: Opened) -> None:
    opened.clock.advance(WATCH)
    assert opened.connection.is_open
    opened.server.close()
    opened.clock.advance(WATCH)
    assert [error.strerror for error in opened.lost] == ["MySQL closed the connection unexpectedly"]


@pytest.mark.parametrize("sent", [b"\x17\0\0\0\xff\xbf\x0f#HY000timeout", b"\x15\3\3\0\2\1\0"])
def test_what_a_server_sends_at_the_end_of_an_idle_session_is_its_end(opened: Opened, sent: bytes) -> None:
    """Error 4031 of MySQL 8.0.24 and later, and an alert of TLS, come before the end of the connection."""
    opened.server.sendall(sent)
    opened.clock.advance(WATCH)
    assert [error.strerror for error in opened.lost] == ["MySQL closed the connection unexpectedly"]


def test_a_session_that_is_open_after_the_connection_was_closed_is_ended() -> None:
    late = Opened()
    opening = late.connection.open()
    late.connection.close()
    late.clock.turn()
    assert result(opening).check(DatabaseLost) and late.session.closed.is_set() and not late.lost


def test_a_refused_session_fails_its_opening_alone() -> None:
    refused = Opened(DatabaseLost(0, "Access denied"))
    opening = refused.connection.open()
    refused.clock.turn()
    assert result(opening).check(DatabaseLost) and not refused.lost and not refused.connection.is_open


def test_a_session_made_before_the_reactor_runs_takes_work_when_it_is_started() -> None:
    early = Opened()
    early.connection.open_now()
    early.connection.start()
    answer = early.connection.do(lambda session: 7)
    early.clock.turn()
    assert result(answer) == 7
    early.connection.close()
    assert early.session.closed.wait(10)
