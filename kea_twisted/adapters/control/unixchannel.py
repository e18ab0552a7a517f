"""Control commands over a UNIX socket: one request a connection, its bare answer, and the end.

The request has no length and no end: see ``commands.feed``. As Kea, a client gets ten seconds between two
pieces of its request, and as long to take the next piece of the answer. Beside the socket lies a file that is
locked while the socket is in use, so that what a crash has left behind can be told from another server's.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from socket import AF_UNIX, socket
from typing import Any, Final, cast

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IListeningPort, IPullProducer
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.commands.envelope import Answer, Reply, answer, parse, render_parts
from kea_twisted.commands.feed import Feed
from kea_twisted.errors import CommandError
from kea_twisted.interfaces import Clock, Log, Timer
from kea_twisted.jsonvalue import Json

TIMEOUT: Final = 10.0  # seconds
MAX_CONNECTIONS: Final = 256
CHUNK: Final = 65536
MODE: Final = 0o770  # of the socket, as Kea's
_LOCK_FLAGS: Final = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

Dispatch = Callable[[Json], Reply]


@implementer(IHalfCloseableProtocol, IPullProducer)
class UnixProtocol(Protocol):
    """One connection."""

    transport: Any
    factory: UnixChannel

    def __init__(self) -> None:
        self._feed: Feed | None = Feed()  # None: the request is complete
        self._unsent = memoryview(b"")
        self._timer: Timer | None = None
        self._number = -1  # the file descriptor, for the log

    @property
    def is_busy(self) -> bool:
        """True while a command is carried out or answered."""
        return self._feed is None

    def connectionMade(self) -> None:
        """Wait for the request."""
        self.factory.connections.add(self)
        self._number = self.transport.fileno() if hasattr(self.transport, "fileno") else -1
        self._say(E.COMMAND_SOCKET_CONNECTION_OPENED, self._number)
        self._timer = self.factory.clock.callLater(TIMEOUT, self._too_late)

    def dataReceived(self, data: bytes) -> None:
        """A piece of the request; bytes after its end are read, since unread ones would reset the connection."""
        if self._feed is None:
            return
        self._restart()
        self._say(E.COMMAND_SOCKET_READ, len(data), self._number)
        try:
            request = self._feed.add(data)
            if request is None:
                return
            value = parse(request)
        except ValueError as error:
            self._say(E.COMMAND_PROCESS_ERROR1, error)
            self._answer(answer(CommandError.ERROR, str(error)))
        else:
            self._carry_out(value)

    def _carry_out(self, value: object) -> None:
        self._feed = None
        self._stop_timer()
        reply = self.factory.dispatch(value)
        if type(reply) is dict:
            self._answer(reply)
        else:
            pending: Any = reply
            waiting = pending if isinstance(pending, Deferred) else ensureDeferred(pending)
            waiting.addCallback(self._answer)

    def _answer(self, made: Answer) -> None:
        self._feed = None
        if self not in self.factory.connections:
            return
        self._unsent = memoryview(b"".join(render_parts(made)))
        self._restart()
        self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Send the next piece of the answer."""
        piece, self._unsent = self._unsent[:CHUNK], self._unsent[CHUNK:]
        self._restart()
        self.transport.write(bytes(piece))
        self._say(E.COMMAND_SOCKET_WRITE, len(piece), len(self._unsent), self._number)
        if not self._unsent:
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def stopProducing(self) -> None:
        """The client is gone."""
        self._unsent = memoryview(b"")

    def readConnectionLost(self) -> None:
        """The client says no more, but may listen."""
        if self._feed is not None:
            received = self._feed.received
            self._say(
                E.COMMAND_SOCKET_CLOSED_BY_FOREIGN_HOST,
                f"discarding partial command of {received} bytes" if received else "no input data to discard",
            )
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """The client listens no more."""
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over; a command that is under way continues."""
        self.factory.connections.discard(self)
        self._stop_timer()
        self._say(E.COMMAND_SOCKET_CONNECTION_CLOSED, self._number)

    def _too_late(self) -> None:
        self._timer = None
        feed = self._feed
        received = feed.received if feed is not None else 0
        text = f", discarded partial command of {received} bytes" if received else ""
        self._say(E.COMMAND_SOCKET_CONNECTION_TIMEOUT, text[2:] or "nothing was under way")
        if feed is None:
            self.transport.abortConnection()
        else:
            self._answer(answer(CommandError.ERROR, f"Connection over control channel timed out{text}"))

    def _restart(self) -> None:
        if self._timer is None:
            self._timer = self.factory.clock.callLater(TIMEOUT, self._too_late)
        else:
            self._timer.reset(TIMEOUT)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self.factory.log.enabled:
            self.factory.log.emit(event, *arguments)


class UnixChannel(ServerFactory):
    """The factory of the connections of one socket."""

    protocol = UnixProtocol  # type: ignore[assignment]
    noisy = False

    def __init__(self, dispatch: Dispatch, log: Log, clock: Clock) -> None:
        self.dispatch = dispatch
        self.log = log
        self.clock = clock
        self.connections: set[UnixProtocol] = set()

    def buildProtocol(self, addr: IAddress | None) -> UnixProtocol | None:  # type: ignore[override]
        """Return a connection, unless there are too many."""
        return cast(UnixProtocol, super().buildProtocol(addr)) if len(self.connections) < MAX_CONNECTIONS else None

    def retire(self) -> None:
        """End the connections that wait for nothing; the others end with their answers."""
        for connection in list(self.connections):
            if not connection.is_busy:
                connection.transport.abortConnection()

    def drop(self) -> None:
        """End every connection at once."""
        for connection in list(self.connections):
            connection.transport.abortConnection()


class UnixListener:
    """An open socket. Opening one raises OSError in words that name the file."""

    def __init__(self, reactor: Reactor, path: str, channel: UnixChannel) -> None:
        self.path = path
        self._channel = channel
        try:
            os.makedirs(os.path.dirname(path) or ".", mode=0o750, exist_ok=True)
        except OSError as error:
            raise OSError(error.errno, f"the folder of {path} cannot be made: {error.strerror}") from None
        self._lock = _locked(f"{path}.lock")
        try:
            _remove_stale(path)
            # Twisted sets the mode before it listens: no client can connect earlier.
            self._port: IListeningPort = reactor.listenUNIX(path, channel, mode=MODE)
        except (OSError, CannotListenError) as error:
            self._unlock()
            inner = error.socketError if isinstance(error, CannotListenError) else error
            raise OSError(f"unix socket {path}: {getattr(inner, 'strerror', None) or inner}") from None

    def close(self, *, at_once: bool = False) -> Deferred[None] | None:
        """Listen no more, and remove the file."""
        ended = self._port.stopListening()
        if at_once:
            self._channel.drop()
        else:
            self._channel.retire()
        self._unlock()
        return ended

    def _unlock(self) -> None:
        with suppress(OSError):
            os.unlink(f"{self.path}.lock")
        os.close(self._lock)


def _locked(path: str) -> int:
    """Return the descriptor of a file that is ours alone."""
    try:
        descriptor = os.open(path, _LOCK_FLAGS, 0o600)
    except OSError as error:
        raise OSError(error.errno, f"cannot create socket lockfile, {path}: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size:  # ours and Kea's are empty
        os.close(descriptor)
        raise OSError(errno.EEXIST, f"cannot create socket lockfile, {path}: another program's file has this name")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise OSError(error.errno, f"cannot lock socket lockfile, {path}: {error.strerror}") from None
    return descriptor


def _remove_stale(path: str) -> None:
    """Remove the socket a crash has left; one that a program listens at and other files stay, and are in the way."""
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode) and _is_refused(path):
            os.unlink(path)
    except FileNotFoundError:
        pass


def _is_refused(path: str) -> bool:
    """Return True if no program listens at a socket; not all lock a file beside it."""
    with socket(AF_UNIX) as client:
        client.setblocking(False)
        return client.connect_ex(path) == errno.ECONNREFUSED
