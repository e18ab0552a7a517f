"""Reading all leases of a database while clients are served, some at a time in ascending order of their addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.adapters.sql.links import Counts, EarlyLink, Link, Part, RowError
from kea_twisted.adapters.sql.progress import Progress
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.packed import addresses_by_state, unpack
from kea_twisted.lease.unwritten import UnwrittenRows

AGAIN: Final = 5.0
"""Seconds after which a read that the database has refused is tried again."""

PART: Final = 1000
"""Rows that are read in one go: a few milliseconds."""

Asked = Callable[[Link, Callable[[], Deferred[Part]]], Awaitable[tuple[Part, set[int]]]]
"""Returns what a read finds, and the addresses that this server has written meanwhile."""

TakeIn = Callable[[Sequence[Lease], Collection[int], set[int]], object]


class TableHost(Protocol):
    """The part of the server that the reader needs."""

    @property
    def reactor(self) -> Reactor:
        """The reactor."""

    @property
    def log(self) -> Log:
        """The log."""

    @property
    def table(self) -> LeaseTable:
        """The leases."""

    @property
    def unwritten(self) -> UnwrittenRows:
        """The rows that the table has changed since they were written."""


class TableReader:
    """Reads the table once, after ``begin`` and ``start``. What has a row in memory already comes in by ``take_in``.

    After an outage it is read again, by ``renew``: until then memory may be out of date.
    """

    _failures = Logger()

    def __init__(self, host: TableHost, asked: Asked, take_in: TakeIn, row_error: RowError) -> None:
        self._host = host
        self._asked = asked
        self._take_in = take_in
        self._row_error = row_error
        self._progress: Progress | None = None
        self._is_started = False
        self.is_renewing = False
        """True while leases in memory may have lost their rows."""

    def begin(self, counts: Counts) -> None:
        """Note that so many rows are not read yet."""
        self._progress = self._host.table.progress = Progress(self._host.table, counts)

    def start(self, link: Link) -> None:
        """Read, if that is to be done and not under way."""
        progress = self._progress
        if progress is not None and not self._is_started and isinstance(link, EarlyLink):
            self._is_started = True
            Deferred.fromCoroutine(self._read(link, progress)).addErrback(self._failed, link)

    def renew(self, link: Link, page: Callable[[int], Awaitable[int | None]]) -> None:
        """Read the table again; ``page`` brings the addresses behind one up to date, and returns the last of them."""
        progress = self._progress
        if progress is None:
            progress = self._progress = self._host.table.progress = Progress(self._host.table, {})
        progress.read_to = -1
        self._is_started = self.is_renewing = True
        Deferred.fromCoroutine(self._renew(progress, page)).addErrback(self._failed, link)

    def came(self, leases: Sequence[Lease]) -> None:
        """Note leases that are new in memory, for another reason."""
        if self._progress is not None:
            for key, number in Counter([(lease.subnet_id, lease.state) for lease in leases]).items():
                self._progress.came(key, number)

    def end(self) -> None:
        """Note that all are read, or are no longer to be."""
        progress, self._progress = self._progress, None
        self.is_renewing = False
        if progress is not None:
            self._host.table.progress = None
            progress.end()

    async def _read(self, link: EarlyLink, progress: Progress) -> None:
        after = -1
        while self._progress is not None:
            try:
                (last, groups), written = await self._asked(link, partial(link.part, after, PART, self._row_error))
            except StatementFailed as error:
                await self._refused(error)
                continue
            for addresses, packed in groups:
                self._take(progress, addresses, packed, written)
            if last is None:
                self._completed()
                return
            progress.reached(last)
            after = last

    async def _renew(self, progress: Progress, page: Callable[[int], Awaitable[int | None]]) -> None:
        after = -1
        while self._progress is progress:
            try:
                last = await page(after)
            except StatementFailed as error:
                await self._refused(error)
                continue
            if last is None:
                self._completed()
                return
            progress.reached(last)
            after = last

    def _refused(self, error: StatementFailed) -> Deferred[None]:
        """Wait until a read that was cancelled, or too much for the database, is tried again."""
        self._host.log.emit(E.DHCPSRV_LEASES_READ_FAILED, int(AGAIN), error.strerror)
        return deferLater(self._host.reactor, AGAIN)

    def _completed(self) -> None:
        self.end()
        if E.DHCPSRV_LEASES_READ in self._host.log.enabled:
            self._host.log.emit(E.DHCPSRV_LEASES_READ, len(self._host.table.store))

    def _take(self, progress: Progress, addresses: Sequence[int], packed: Sequence[bytes], written: set[int]) -> None:
        table, unwritten = self._host.table, self._host.unwritten
        known = {address for address, old in zip(addresses, table.store.packed(addresses), strict=True) if old}
        known |= written.union(unwritten.rows).intersection(addresses)
        if known:
            pairs = list(zip(addresses, packed, strict=True))
            self._take_in([unpack(*pair) for pair in pairs if pair[0] in known], (), written)
            pairs = [pair for pair in pairs if pair[0] not in known]
            addresses, packed = [address for address, _ in pairs], [each for _, each in pairs]
        if not addresses:
            return
        table.take(addresses, packed)
        for address in addresses:
            unwritten.forget(address)
        for key, those in addresses_by_state(addresses, packed).items():
            progress.came(key, len(those))

    def _failed(self, failure: Failure, link: Link) -> None:
        if not isinstance(failure.value, OSError):  # else the connection is lost, and all is read after it
            self._failures.failure("the leases could not be read", failure)
            link.drop(DatabaseLost(0, "the leases could not be read"))
