"""The two sessions of a server: one commits, one reads. A read never waits behind a commit.

Both are lost together, and come back together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple, TypeVar

from twisted.internet.defer import Deferred

from kea_twisted.adapters.mysql import statements
from kea_twisted.adapters.mysql.connection import Connection
from kea_twisted.adapters.mysql.session import PRODUCT, Access, Result, Session, changed, run, stream
from kea_twisted.adapters.mysql.statements import number_of
from kea_twisted.adapters.sql.answers import must_be_known
from kea_twisted.adapters.sql.links import Counts, Part, RowError, packed_rows
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.lease.csvrow import COLUMNS
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.replay import Rows

Answer = TypeVar("Answer")

_MANY: Final = 1000  # rows read in one go


class Block(NamedTuple):
    """Rows that were read together: their number, the last address, and those of leases as lines of a lease file."""

    number: int
    last: int
    text: str


class Link:
    """Both sessions with one database. ``lost`` is called once with the reason when one of them ends."""

    def __init__(
        self,
        reactor: Reactor,
        access: Access,
        lost: Callable[[OSError], object],
        notified: Callable[[str], object],  # never called: MySQL does not notify
        make_connection: type[Connection] = Connection,
    ) -> None:
        self._lost = lost
        self._is_closed = False
        self._commits = make_connection(reactor, access, self._end)
        self._reads = make_connection(reactor, access, self._end)

    @property
    def is_open(self) -> bool:
        """True if both can be used."""
        return not self._is_closed and self._commits.is_open and self._reads.is_open

    def open_now(self, row_error: RowError) -> Loading:
        """Connect, and read all leases, before the reactor runs. OSError."""
        return self._opened(lambda reads: loaded(reads, row_error))

    def open_early(self) -> Counts:
        """Connect before the reactor runs, and read the number of leases by subnet and state. OSError."""
        return self._opened(_counted)

    def _opened(self, read: Callable[[Session], Answer]) -> Answer:
        try:
            reads = self._reads.open_now()
            major_version(reads)
            run(reads, statements.lines(-1, 0))  # the tables may be incomplete
            _writable(self._commits.open_now())
            return read(reads)
        except OSError:
            self.close()
            raise

    async def open(self) -> None:
        """Connect while the reactor runs; OSError: nothing is connected."""
        try:
            await self._commits.open()
            await self._commits.do(major_version)
            await self._commits.do(_writable)
            await self._reads.open()
        except OSError:
            self.close()
            raise

    def start(self) -> None:
        """Take work for sessions that ``open_now`` has made."""
        self._commits.start()
        self._reads.start()

    def close(self) -> None:
        """End both."""
        self._is_closed = True
        self._commits.close()
        self._reads.close()

    def drop(self, error: OSError) -> None:
        """Give up both as lost."""
        self._end(error)

    def commit(self, writes: Sequence[Write]) -> Deferred[list[int]]:
        """Carry out conditional changes in one transaction; return the addresses that were not written."""
        return self._commits.do(partial(changed, partial(committed, writes)))

    def winners(self, addresses: Sequence[int]) -> Deferred[list[Lease]]:
        """Return the rows of addresses that were not written, and those behind them."""
        return self._commits.do(partial(_read, statements.with_neighbours(addresses)))

    def by_address(self, addresses: Iterable[int]) -> Deferred[list[Lease]]:
        """Return the rows of addresses."""
        return self._reads.do(partial(_read, statements.by_address(addresses)))

    def by_client(
        self, hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]
    ) -> Deferred[list[Lease]]:
        """Return the rows of clients and of addresses."""
        return self._reads.do(partial(_read, statements.by_client(hwaddrs, client_ids, addresses)))

    def page(self, after: int, limit: int) -> Deferred[list[Lease]]:
        """Return the next rows behind an address, in order."""
        return self._reads.do(partial(_read, statements.page(after, limit)))

    def part(self, after: int, limit: int, row_error: RowError) -> Deferred[Part]:
        """Return the next rows behind an address, packed."""
        return self._reads.do(partial(_block, after, limit)).addCallback(_part, limit, row_error)

    def _end(self, error: OSError) -> None:
        if not self._is_closed:
            self.close()
            self._lost(error)


def major_version(session: Session) -> int:
    """Return the major version of the schema. Raises UnknownSchema."""
    rows = run(session, statements.VERSION)[0].rows
    major, minor = map(number_of, rows[0] if rows else (0, 0))
    return must_be_known(PRODUCT, statements.SCHEMA_VERSIONS, major, minor)


def _writable(session: Session) -> None:
    """Raise DatabaseLost if the server takes no changes."""
    changed(partial(_read, statements.NO_CHANGE), session)


def committed(writes: Sequence[Write], session: Session) -> list[int]:
    """Carry out conditional changes in one transaction; return the addresses that were not written."""
    made = statements.statements_of(writes)
    packet = b"; ".join([statement for statement, _ in made])
    if len(made) == 1:  # a statement of its own is a transaction
        results = run(session, packet)
    else:
        results = run(session, b"START TRANSACTION; " + packet + b"; COMMIT")[1:-1]
    doubtful = [write for (_, group), result in zip(made, results, strict=True) for write in _doubtful(group, result)]
    if not doubtful:
        return []
    found = {lease.address: lease for lease in _read(statements.by_address(_addresses(doubtful)), session)}
    return _addresses([write for write in doubtful if not statements.is_written(write, found.get(write.lease.address))])


def _doubtful(group: list[Write], result: Result) -> list[Write]:
    """Return the changes of which a statement has perhaps not made all."""
    if not result.rows:
        return [] if result.changed == len(group) else group
    found = {lease.address: lease for lease in map(statements.lease_of, result.rows)}
    return [write for write in group if not statements.is_written(write, found.get(write.lease.address))]


def _addresses(writes: Iterable[Write]) -> list[int]:
    return [write.lease.address for write in writes]


def _counted(session: Session) -> Counts:
    rows = run(session, statements.COUNTS)[0].rows
    return {(number_of(subnet_id), number_of(state)): number_of(leases) for subnet_id, state, leases in rows}


def _block(after: int, limit: int, session: Session) -> Block:
    """Read rows as one text, or as many where that is too long."""
    number, last, length, lines = run(session, statements.block(after, limit))[0].rows[0]
    text = f"{statements.text_of(lines)}\n" if lines is not None else ""
    if len(text) != number_of(length):
        rows = run(session, statements.lines(after, limit))[0].rows
        text = "".join([f"{statements.text_of(line)}\n" for _, lifetime, line in rows if number_of(lifetime)])
        number, last = len(rows), rows[-1][0] if rows else None
    return Block(number_of(number), number_of(last), text)


def _part(found: Block, limit: int, row_error: RowError) -> Part:
    last = found.last if found.number == limit else None
    return Part(last, packed_rows(found.text.encode().decode("latin-1"), row_error))


def _read(packet: bytes, session: Session) -> list[Lease]:
    return [statements.lease_of(row) for result in run(session, packet) for row in result.rows]


def loaded(session: Session, row_error: RowError) -> Loading:
    """Return all leases; they come as rows of a lease file."""
    loading = Loading()
    rows = Rows(len(COLUMNS), row_error)
    for found in stream(session, statements.ROWS, _MANY):
        lines = "".join([f"{statements.text_of(line)}\n" for (line,) in found])
        for part, block in rows.pieces(lines.encode().decode("latin-1")):
            if block is None:
                loading.take_rows([row for _, row in rows.good(part.split("\n"))])
            else:
                loading.take_block(block)
    return loading
