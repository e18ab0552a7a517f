"""The legal log in Kea's table ``logs``: entries wait in memory and are written in groups, nothing waits for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from kea_twisted.adapters.sql.access import shown
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed, UnknownSchema, limited
from kea_twisted.adapters.sql.reconnection import Messages, Reconnection
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.databases import Database, database_of
from kea_twisted.events.event import Event
from kea_twisted.interfaces import Log, Outage
from kea_twisted.libraries.legal_log import messages as M

GROUP: Final = 500
"""Entries that are written with one statement, at most."""

GROUP_SIZE: Final = 1 << 20
"""Characters of such a group, at most: MySQL takes packets of 16 MB by default."""

WAITING: Final = 32 << 20
"""Characters that may wait for the database, at most: some 100,000 entries."""

RETRY: Final = 5.0
"""Seconds between two attempts to write what the database has refused, as with a full disk."""

_OVERHEAD: Final = 100  # characters that an entry counts beside its text
_LONGEST_ADDRESS: Final = 43  # characters of the column

Access = TypeVar("Access")


class Row(NamedTuple):
    """An entry: ``age`` are the seconds for which it has waited. The database has the clock."""

    age: float
    address: str
    text: str


class LogLink(Protocol):
    """The connection to one database, and the statement on ``logs``. All of it fails with OSError."""

    def open_now(self) -> None:
        """Connect before the reactor runs."""

    async def open(self) -> None:
        """Connect while the reactor runs."""

    def start(self) -> None:
        """Let the reactor watch a connection that ``open_now`` has made."""

    def close(self) -> None:
        """End the connection."""

    def drop(self, error: OSError) -> None:
        """Give up the connection as lost."""

    def insert(self, rows: Sequence[Row]) -> Deferred[object]:
        """Write entries in order, all or none."""


@dataclass(frozen=True)
class LogDialect(Generic[Access]):
    """One kind of database. ``access`` makes what its links connect with, and raises ValueError."""

    kind: str
    product: str
    opening: Event
    messages: Messages
    access: Callable[[Database, str], Access]
    make_link: Callable[[Reactor, Access, Callable[[OSError], object]], LogLink]


class LogHost(Protocol):
    """The part of the server that the log needs."""

    @property
    def reactor(self) -> Any:  # noqa: ANN401 - as that of hook libraries
        """The reactor."""

    @property
    def log(self) -> Log:
        """The log of the server."""

    def report_outage(self, name: str, number: int, outage: Outage) -> None:
        """Report that the database cannot be reached, and that it can be again."""


class _Entry(NamedTuple):
    at: float
    address: str
    text: str

    @property
    def size(self) -> int:
        return len(self.text) + _OVERHEAD


class LogTable(Generic[Access]):
    """The table of one database. Entries that find no room in memory are lost, counted, and the loss is logged."""

    _failures = Logger()

    def __init__(self, host: LogHost, parameters: Mapping[str, object], dialect: LogDialect[Access]) -> None:
        self._host = host
        self._dialect = dialect
        # Kea's default for this log: clients are served without it
        self._database = database_of({"on-fail": "serve-retry-continue", **parameters})
        self._link: LogLink | None = None
        self._is_started = self._is_closing = self._is_lost = False
        self._failed_start: OSError | None = None
        self._waiting: deque[_Entry] = deque()
        self._size = 0  # of those that wait, and of those that are being written
        self._group = GROUP
        self._writes = False
        self._complaint = ""
        self._lost = 0
        self._timer: IDelayedCall | None = None
        self._drained: Deferred[None] | None = None
        self._reconnection = Reconnection(
            host.reactor, host.log, self._database, dialect.messages, self._connect, self._report
        )

    @property
    def lost(self) -> int:
        """The number of entries that are lost and were not logged as such yet."""
        return self._lost

    def open(self) -> None:
        """Connect before the reactor runs. Raises ValueError, but with retry-on-startup."""
        self._say(self._dialect.opening, shown(self._database, self._dialect.kind))
        try:
            link = self._made()
            link.open_now()
        except OSError as error:
            if not self._database.retry_on_startup or isinstance(error, UnknownSchema):
                raise ValueError(f"Unable to open database: {error.strerror}") from None
            self._say(M.NOT_OPENED, shown(self._database, self._dialect.kind), error.strerror)
            self._failed_start = error
        else:
            self._link = link

    def start(self) -> None:
        """Begin to write."""
        self._is_started = True
        error, self._failed_start = self._failed_start, None
        if error is not None:
            self._reconnection.lost(error)
        elif self._link is not None:
            self._link.start()
            self._write()

    def add(self, address: str, text: str) -> None:
        """Take an entry; it is written with those of the same turn."""
        entry = _Entry(self._host.reactor.seconds(), address[:_LONGEST_ADDRESS], text)
        if self._size + entry.size > WAITING:
            if not self._lost:
                self._say(M.OVERFULL, len(self._waiting))
            self._lost += 1
            return
        self._waiting.append(entry)
        self._size += entry.size
        self._later(0)

    async def close(self) -> None:
        """Write what waits, within the time for one answer, and end the connection."""
        self._is_closing = True
        if self._is_started and self._link is not None and (self._waiting or self._writes):
            self._drained = Deferred()
            self._write()
            if self._drained is not None:
                self._drained.addTimeout(self._database.answer_timeout, self._host.reactor)
                with suppress(Exception):  # the time is over
                    await self._drained
        self._reconnection.close()
        if self._is_lost:
            self._report(Outage("", False, False))  # its end does not concern the service any more
        if self._timer is not None:
            self._timer.cancel()
        if self._link is not None:
            self._link.close()
        self._lost += len(self._waiting)
        self._waiting.clear()
        self._account()

    # --- writing --------------------------------------------------------------------------------------------------

    def _later(self, seconds: float) -> None:
        if self._timer is None and self._is_started and not self._writes:
            self._timer = self._host.reactor.callLater(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        self._write()

    def _write(self) -> None:
        """Write the next entries if none are being written."""
        link = self._link
        if link is None or self._writes or not self._is_started:
            return
        group = self._next()
        if not group:
            drained, self._drained = self._drained, None
            if drained is not None:
                drained.callback(None)
            return
        self._writes = True
        now = self._host.reactor.seconds()
        rows = [Row(max(0.0, now - at), address, text) for at, address, text in group]
        answer = limited(
            maybeDeferred(link.insert, rows),
            self._host.reactor,
            self._database.answer_timeout,
            self._dialect.product,
            link.drop,
        )
        answer.addCallbacks(lambda result: self._written(group), lambda failure: self._failed(group, failure.value))
        answer.addErrback(lambda failure: self._failures.failure("the legal log cannot be written", failure))

    def _next(self) -> list[_Entry]:
        group: list[_Entry] = []
        size = 0
        while self._waiting and len(group) < self._group and (not group or size + self._waiting[0].size <= GROUP_SIZE):
            size += self._waiting[0].size
            group.append(self._waiting.popleft())
        return group

    def _written(self, group: Sequence[_Entry]) -> None:
        self._writes = False
        self._size -= sum([entry.size for entry in group])
        self._group = min(GROUP, self._group * 2)
        self._complaint = ""
        self._account()
        self._write()

    def _failed(self, group: list[_Entry], error: Exception) -> None:
        self._writes = False
        if isinstance(error, StatementFailed) and not error.of_row:
            self._waiting.extendleft(reversed(group))
            self._complain(error)
            self._later(RETRY)
        elif isinstance(error, DatabaseLost):
            self._waiting.extendleft(reversed(group))
        else:
            self._reduce(group, error)
            self._later(0)

    def _reduce(self, group: list[_Entry], error: Exception) -> None:
        """Go on without an entry that does not fit, or that the driver does not take: find it by halves."""
        if len(group) > 1:
            self._waiting.extendleft(reversed(group))
            self._group = len(group) // 2
            return
        self._complain(error)
        self._size -= group[0].size
        self._lost += 1
        self._group = GROUP
        self._account()

    def _complain(self, error: Exception) -> None:
        text = str(getattr(error, "strerror", None) or error)
        if text != self._complaint:
            self._complaint = text
            self._say(M.LEASE_ERROR, text)

    def _account(self) -> None:
        """Log how many entries are lost."""
        if self._lost:
            self._say(M.LOST, self._lost)
            self._lost = 0

    # --- the connection -------------------------------------------------------------------------------------------

    def _made(self) -> LogLink:
        return self._dialect.make_link(
            self._host.reactor, self._dialect.access(self._database, ""), self._connection_lost
        )

    def _connection_lost(self, error: OSError) -> None:
        self._link = None
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.callback(None)
        if not self._is_closing:
            self._reconnection.lost(error)

    async def _connect(self) -> None:
        try:
            link = self._made()
        except ValueError as error:  # the file with the password, for one, may be there again later
            raise OSError(0, str(error)) from None
        # that of the driver is for connections that block
        timer = self._host.reactor.callLater(self._database.connect_timeout, link.close)
        try:
            await link.open()
        except BaseException:
            link.close()
            raise
        finally:
            if timer.active():
                timer.cancel()
        if self._reconnection.is_closed:
            link.close()
            raise DatabaseLost(0, "the legal log database is no longer in use")
        self._link = link
        self._later(0)

    def _report(self, outage: Outage) -> None:
        self._is_lost = bool(outage.reason)
        self._host.report_outage("the legal log database", self._dialect.messages.manager, outage)

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self._host.log.enabled:
            self._host.log.emit(event, *arguments)


def plain(text: str) -> str:
    r"""Return a text as a column can have it: bytes that are no UTF-8, and NUL, as ``\xff``."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which JSON may have
        data = text.encode("utf-8", "surrogatepass")
    return data.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
