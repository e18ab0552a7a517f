"""The two connections of a server: one commits and hears what other servers have changed, one reads.

A read never waits behind a commit. Both are lost together, and come back together. PostgreSQL tells a session of its
own notifications, too: on the connection that commits they come with the answer, on another one each of them would
wake a process of PostgreSQL and this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from psycopg.pq import ExecStatus, abc
from twisted.internet.defer import Deferred

from kea_twisted.adapters.postgresql.blocking import VERSION, connected, executed, major_version, stand_in
from kea_twisted.adapters.postgresql.connection import Connection, failure_of
from kea_twisted.adapters.postgresql.connection import Rows as Found
from kea_twisted.adapters.postgresql.statements import (
    BY_ADDRESS,
    BY_CLIENT,
    CHANNEL,
    COPY,
    COUNTS,
    LINES,
    PAGE,
    PREPARED,
    SETTINGS,
    WRITES,
    commit_statement,
    lease_of,
    numbers,
    octets,
)
from kea_twisted.adapters.postgresql.triggers import STAND_IN
from kea_twisted.adapters.sql.answers import StatementFailed
from kea_twisted.adapters.sql.links import Counts, Part, RowError, packed_rows
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.lease.csvrow import COLUMNS
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.replay import Rows

LISTEN: Final = b"LISTEN " + CHANNEL
PREPARE_WRITES: Final = tuple([b"PREPARE " + name + b" AS " + statement for name, statement in WRITES.items()])
_PREPARE_ALL: Final = tuple([b"PREPARE " + name + b" AS " + statement for statement, name in PREPARED.items()])
_MANY: Final = 1000  # rows read in one go

Result = TypeVar("Result")


class LeaseQueries:
    """The statements on ``lease4``; those about the row that won follow a commit on its connection."""

    commits: Connection
    reads: Connection

    def commit(self, writes: Sequence[Write]) -> Deferred[list[int]]:
        """Carry out conditional changes in one transaction; return the addresses that were not written."""
        name, parameters = commit_statement(writes)
        return self.commits.ask(b"", parameters, name).addCallback(not_written, writes)

    def winners(self, addresses: Sequence[int]) -> Deferred[list[Lease]]:
        """Return the rows of addresses that were not written."""
        return self.commits.ask(BY_ADDRESS, [numbers(addresses)]).addCallback(_leases)

    def by_address(self, addresses: Iterable[int]) -> Deferred[list[Lease]]:
        """Return the rows of addresses."""
        return self.reads.ask(BY_ADDRESS, [numbers(addresses)]).addCallback(_leases)

    def by_client(
        self, hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]
    ) -> Deferred[list[Lease]]:
        """Return the rows of clients and of addresses."""
        parameters = [octets(hwaddrs), octets(client_ids), numbers(addresses)]
        return self.reads.ask(BY_CLIENT, parameters).addCallback(_leases)

    def page(self, after: int, limit: int) -> Deferred[list[Lease]]:
        """Return the next rows behind an address, in order."""
        return self.reads.ask(PAGE, [str(after).encode(), str(limit).encode()]).addCallback(_leases)

    def part(self, after: int, limit: int, row_error: RowError) -> Deferred[Part]:
        """Return the next rows behind an address, packed."""
        found = self.reads.ask(LINES, [str(after).encode(), str(limit).encode()])
        return found.addCallback(_part, limit, row_error)


class Link(LeaseQueries):
    """Both connections to one database. ``lost`` is called once with the reason when one of them ends.

    ``notified`` is called with the payloads of other servers' notifications.
    """

    def __init__(
        self,
        reactor: Reactor,
        parameters: bytes,
        lost: Callable[[OSError], object],
        notified: Callable[[str], object],
    ) -> None:
        self._parameters = parameters
        self._lost = lost
        self._is_closed = False
        self.commits = Connection(reactor, self._end, notified)
        self.reads = Connection(reactor, self._end)
        for connection in (self.commits, self.reads):
            connection.names.update(PREPARED)

    @property
    def is_open(self) -> bool:
        """True if both can be used."""
        return not self._is_closed and self.commits.is_open and self.reads.is_open

    def open_now(self, row_error: RowError) -> Loading:
        """Connect, and read all leases, before the reactor runs. OSError."""
        return self._opened(lambda reads: copied(reads, row_error))

    def open_early(self) -> Counts:
        """Connect before the reactor runs, and read the number of leases by subnet and state. OSError."""
        return self._opened(_counted)

    def _opened(self, read: Callable[[abc.PGconn], Result]) -> Result:
        """Connect, and read; what others change from then on is heard of."""
        commits: abc.PGconn | None = None
        reads: abc.PGconn | None = None
        try:
            reads = connected(self._parameters)
            major_version(executed(reads, VERSION))
            commits = connected(self._parameters)
            stand_in(commits)
            for connection, statements in (
                (reads, (SETTINGS, *_PREPARE_ALL)),
                (commits, (SETTINGS, *PREPARE_WRITES, *_PREPARE_ALL, LISTEN)),
            ):
                for statement in statements:
                    executed(connection, statement)
            result = read(reads)
        except OSError:
            for opened in (reads, commits):
                if opened is not None:
                    opened.finish()
            raise
        self.commits.adopt(commits)
        self.reads.adopt(reads)
        return result

    async def open(self) -> None:
        """Connect while the reactor runs; OSError: nothing is connected."""
        try:
            await self.commits.open(self._parameters)
            major_version(await self.commits.ask(VERSION))
            await self.reads.open(self._parameters)
            with suppress(StatementFailed):  # Kea's triggers count then
                await self.commits.ask(STAND_IN)
            for statement in (SETTINGS, *PREPARE_WRITES, *_PREPARE_ALL, LISTEN):
                await self.commits.ask(statement)
            for statement in (SETTINGS, *_PREPARE_ALL):
                await self.reads.ask(statement)
        except OSError:
            self.close()
            raise

    def start(self) -> None:
        """Let the reactor watch connections that ``open_now`` has made."""
        self.commits.start()
        self.reads.start()

    def close(self) -> None:
        """End both."""
        self._is_closed = True
        self.commits.close()
        self.reads.close()

    def drop(self, error: OSError) -> None:
        """Give up both as lost."""
        self._end(error)

    def _end(self, error: OSError) -> None:
        if not self._is_closed:
            self.close()
            self._lost(error)


def not_written(rows: Found, writes: Sequence[Write]) -> list[int]:
    """Return the addresses of changes that were not written, from the answer to them."""
    number, addresses = rows[0][:2]
    if int(number or 0) == len(writes):
        return []
    written = set(map(int, (addresses or b"").split()))
    return [write.lease.address for write in writes if write.lease.address not in written]


def _leases(rows: Found) -> list[Lease]:
    return [lease_of(row) for row in rows]


def _part(found: Found, limit: int, row_error: RowError) -> Part:
    number, last, lines = found[0]
    groups = packed_rows(lines.decode("latin-1") + "\n" if lines else "", row_error)
    return Part(int(last or 0) if int(number or 0) == limit else None, groups)


def _counted(connection: abc.PGconn) -> Counts:
    rows = executed(connection, COUNTS)
    return {(int(subnet_id or 0), int(state or 0)): int(leases or 0) for subnet_id, state, leases in rows}


def copied(connection: abc.PGconn, row_error: RowError) -> Loading:
    """Return all leases; they come as rows of a lease file."""
    result = connection.exec_(COPY)
    if result.status != ExecStatus.COPY_OUT:
        raise failure_of(result)
    loading = Loading()
    rows = Rows(len(COLUMNS), row_error)
    lines: list[bytes] = []
    while True:
        size, data = connection.get_copy_data(0)
        if size > 0:
            lines.append(bytes(data))
        if size <= 0 or len(lines) >= _MANY:
            _take(loading, rows, b"".join(lines).decode("latin-1"))
            lines.clear()
        if size <= 0:
            break
    while (end := connection.get_result()) is not None:
        if end.status not in (ExecStatus.COMMAND_OK, ExecStatus.COPY_OUT):
            raise failure_of(end)
    return loading


def _take(loading: Loading, rows: Rows, text: str) -> None:
    for part, block in rows.pieces(text):
        if block is None:
            loading.take_rows([row for _, row in rows.good(part.split("\n"))])
        else:
            loading.take_block(block)
