"""A session with MySQL in a thread of its own: pieces of work in order, each answered through a Deferred."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Final, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from kea_twisted.adapters.mysql.session import Access, Session, connect
from kea_twisted.adapters.sql.answers import DatabaseLost
from kea_twisted.adapters.sql.onelink import fail_all
from kea_twisted.adapters.system.reactor import Reactor

Answer = TypeVar("Answer")
Connect = Callable[[Access], tuple[Session, socket.socket]]

WATCH: Final = 1.0
"""Seconds between looks at an idle connection: the end of the server is noticed before the next packet needs it."""


class Connection:
    """One session. ``lost`` is called once with the reason when it ends other than by ``close``.

    The thread is a daemon: a server that hangs does not keep this process from ending.
    """

    def __init__(
        self, reactor: Reactor, access: Access, lost: Callable[[OSError], object], connect: Connect = connect
    ) -> None:
        self._reactor = reactor
        self._access = access
        self._lost = lost
        self._connect = connect
        self._session: Session | None = None
        self._handle: socket.socket | None = None
        self._opened: Deferred[None] | None = None
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._waiting: dict[Deferred[object], None] = {}
        self._is_ended = self._has_thread = False
        self._watch: IDelayedCall | None = None

    @property
    def is_open(self) -> bool:
        """True if work is taken."""
        return self._session is not None and not self._is_ended

    def open_now(self) -> Session:
        """Connect before the reactor runs; the session may be used until ``start``. Raises OSError."""
        self._session, self._handle = self._connect(self._access)
        return self._session

    def open(self) -> Deferred[None]:
        """Connect while the reactor runs. Fails with DatabaseLost."""
        self._opened = opened = Deferred[None]()
        self._begin()
        self._work.put(self._open_in_thread)
        return opened

    def start(self) -> None:
        """Take work for a session that ``open_now`` has made."""
        if self.is_open and self._watch is None:
            self._begin()
            self._look()

    def do(self, work: Callable[[Session], Answer]) -> Deferred[Answer]:
        """Carry out a piece of work in the thread. Fails with DatabaseLost or StatementFailed."""
        answer: Deferred[Answer] = Deferred()
        session = self._session
        if session is None or self._is_ended:
            answer.errback(DatabaseLost(0, "not connected to MySQL"))
            return answer
        self._waiting[answer] = None  # type: ignore[index]  # only its identity counts
        self._work.put(partial(self._do_in_thread, partial(work, session), answer))
        return answer

    def close(self) -> None:
        """End the session; what waits fails with DatabaseLost."""
        self._end(DatabaseLost(0, "the connection to MySQL was closed"), tell=False)

    def drop(self, error: OSError) -> None:
        """Give up the session as lost; what waits fails with this error."""
        self._end(error)

    # --- in the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
        if self._session is not None:
            with suppress(Exception):
                self._session.close()

    def _open_in_thread(self) -> None:
        try:
            session, handle = self._connect(self._access)
        except OSError as error:
            self._reactor.callFromThread(self._end, error)
        except BaseException:
            self._reactor.callFromThread(self._end, DatabaseLost(0, Failure().getErrorMessage()))  # type: ignore[no-untyped-call]
        else:
            self._reactor.callFromThread(self._connected, session, handle)

    def _do_in_thread(self, work: Callable[[], Answer], answer: Deferred[Answer]) -> None:
        try:
            result: Answer | Failure = work()
        except BaseException:
            result = Failure()  # type: ignore[no-untyped-call]
        self._reactor.callFromThread(self._answered, answer, result)

    # --- in the reactor -------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._has_thread = True
        Thread(target=self._run, name="MySQL", daemon=True).start()

    def _connected(self, session: Session, handle: socket.socket) -> None:
        self._session, self._handle = session, handle
        opened, self._opened = self._opened, None
        if self._is_ended or opened is None:
            handle.close()
            with suppress(Exception):
                session.close()
            return
        self._look()
        opened.callback(None)

    def _answered(self, answer: Deferred[Answer], result: Answer | Failure) -> None:
        if self._waiting.pop(answer, self) is self:  # type: ignore[arg-type]
            return  # it has failed already
        if isinstance(result, Failure):
            answer.errback(result)
            if isinstance(result.value, DatabaseLost):
                self._end(result.value)
        else:
            answer.callback(result)

    def _look(self) -> None:
        """Notice that the server has ended an idle session."""
        self._watch = None
        if self._handle is None or self._is_ended:
            return
        is_gone = not self._waiting and _has_ended(self._handle)
        if is_gone:
            self._end(DatabaseLost(0, "MySQL closed the connection unexpectedly"))
        else:
            self._watch = self._reactor.callLater(WATCH, self._look)

    def _end(self, error: OSError, tell: bool = True) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        if self._watch is not None:
            self._watch.cancel()
        if self._handle is not None:
            if self._waiting:
                with suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
            self._handle.close()
        if self._has_thread:
            self._work.put(None)
        elif self._session is not None:
            with suppress(Exception):
                self._session.close()
        opened, self._opened = self._opened, None
        waiting, self._waiting = list(self._waiting), {}
        fail_all(error, opened, waiting, self._lost if tell else None)


def _has_ended(idle: socket.socket) -> bool:
    """Return True if a server has ended a session that waits for nothing.

    Whatever it sends then is about the end: an error of MySQL 8.0.24 and later, an alert of TLS.
    """
    poll = select.poll()
    poll.register(idle, select.POLLIN)
    return bool(poll.poll(0))
