"""The lease backend of databases: all leases in memory, every change in Kea's tables, shared with other servers.

Memory answers; the database decides. A change is written only if the row is still the one that this server knew, and a
client gets its ACK when that is committed. Where the database can notify, servers of this kind tell each other what
they have changed; other rows are found when a client asks who has none in memory, or when they are in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final, Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.adapters.sql.access import shown
from kea_twisted.adapters.sql.answers import Answer, DatabaseLost, StatementFailed, UnknownSchema, limited
from kea_twisted.adapters.sql.links import EarlyLink, Link
from kea_twisted.adapters.sql.lookups import Group, LookUps
from kea_twisted.adapters.sql.reconnection import Messages, Reconnection
from kea_twisted.adapters.sql.tableread import AGAIN, TableReader
from kea_twisted.adapters.sql.writes import Write
from kea_twisted.adapters.system.leasehost import LeaseHost
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.databases import Database, database_of
from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.errors import LeasesUnusable
from kea_twisted.interfaces import ILeaseBackend, Outage
from kea_twisted.lease.lease import Change, Lease, Overtaken
from kea_twisted.lease.store import LeaseStore
from kea_twisted.lease.unwritten import UnwrittenRows
from kea_twisted.wire.address import address_text

ATTEMPTS: Final = 5
"""Attempts to commit a group that other transactions are in the way of."""

PAGE_SIZE: Final = 1000
"""Rows that are read in one go after an outage: a few milliseconds."""

Access = TypeVar("Access")


@dataclass(frozen=True)
class Dialect(Generic[Access]):
    """One kind of database. ``access`` makes what its links connect with, and raises ValueError."""

    kind: str
    product: str
    opening: E.Event
    messages: Messages
    access: Callable[[Database, str], Access]


MakeLink = Callable[[Reactor, Access, Callable[[OSError], object], Callable[[str], object]], Link]
"""Makes a link of the reactor, the access, and functions to call when it is lost and with others' notifications."""


class BackendHost(LeaseHost, Protocol):
    """The part of the server that the backend needs."""

    @property
    def table(self) -> LeaseTable:
        """The leases."""

    @property
    def unwritten(self) -> UnwrittenRows:
        """The rows that the table has changed since they were written."""

    def take_in(self, changes: Iterable[Change]) -> None:
        """Apply changes that were found in the storage."""

    def report(self, outage: Outage) -> None:
        """Report that the storage cannot be reached, and that it can be again."""


@implementer(ILeaseBackend)
class SqlBackend(Generic[Access]):
    """The tables that a configuration names; ``host`` is a BackendHost. A test hands in links without a database."""

    persists = True
    shared = True
    path = ""

    _failures = Logger()

    def __init__(
        self, host: BackendHost, settings: Settings, dialect: Dialect[Access], make_link: MakeLink[Access]
    ) -> None:
        section = settings.tree["lease-database"]
        self._section = dict(section)
        self._host = host
        self._log = host.log
        self._database: Database = database_of(section)
        self._dialect = dialect
        self._make_link = make_link
        self._link: Link | None = None
        self._reading: list[set[int]] = []  # of each read under way: addresses that were written meanwhile
        self._committing: frozenset[int] = frozenset()
        self._heard: set[int] = set()  # addresses that other servers have changed
        self._failed_start: OSError | None = None
        self._is_loaded = False  # or is being loaded
        self._reader = TableReader(host, self._asked, self._take_in, self._row_error)
        self._look_ups = LookUps(self._look_up)
        self._reconnection = Reconnection(
            host.reactor, host.log, self._database, dialect.messages, self._connect_again, host.report
        )
        self._say(dialect.opening, shown(self._database, dialect.kind))

    def describe(self) -> str:
        """Return the storage as error texts name it."""
        return "the lease database"

    def load(self, store: LeaseStore) -> None:
        """Connect and read all leases into an empty store. LeasesUnusable.

        Into the store in use they are read while clients are served, where the database allows it.

        With retry-on-startup a server starts without its leases, and serves no client until it has read them.
        """
        link = self._made()
        try:
            if isinstance(link, EarlyLink) and store is self._host.table.store:
                self._reader.begin(link.open_early())
            else:
                store.load(link.open_now(self._row_error))
        except OSError as error:
            if not self._database.retry_on_startup or isinstance(error, UnknownSchema):
                raise LeasesUnusable(f"Unable to open database: {error.strerror}") from None
            self._failed_start = error
        else:
            self._link, self._is_loaded = link, True

    def serves(self, settings: Settings) -> bool:
        """Return True if the settings name the same database with the same parameters."""
        return dict(settings.tree.get("lease-database", {})) == self._section

    def maintain(self, settings: Settings) -> None:
        """Begin to hear what other servers change."""
        error, self._failed_start = self._failed_start, None
        if error is not None:
            self._reconnection.lost(error)
        elif self._link is not None and self._link.is_open:
            self._link.start()
            self._reader.start(self._link)

    def rest(self) -> None:
        """Nothing is periodic here."""

    def check(self) -> None:
        """Nothing can be restored from here."""

    def close(self) -> None:
        """End the connections."""
        self._reconnection.close()
        if self._link is not None:
            self._link.close()
        self._reader.end()

    def clean_up(self) -> None:
        """There are no outdated rows."""

    def write_again(self, path: str) -> bool:
        """Return False: there is no file."""
        return False

    # --- writing --------------------------------------------------------------------------------------------------

    def commit(self, changes: Sequence[Change]) -> Deferred[Sequence[Overtaken]] | None:
        """Write changes in one transaction, each only if its row is the one that the table knew before."""
        link = self._open_link()
        writes = self._writes(changes)
        if not writes:
            return None
        addresses = frozenset([write.lease.address for write in writes])
        self._committing = addresses
        for written in self._reading:
            written |= addresses
        return Deferred.fromCoroutine(self._committed(link, writes))

    async def _committed(self, link: Link, writes: list[Write]) -> Sequence[Overtaken]:
        try:
            return await self._tried(link, writes)
        finally:
            self._committing = frozenset()

    async def _tried(self, link: Link, writes: list[Write]) -> Sequence[Overtaken]:
        try:
            addresses = await self._written(link, writes)
            if not addresses:
                return ()
            found = await self._limited(link, link.winners(addresses))
        except StatementFailed as error:
            if not error.of_row:
                self._take_back(writes)
                raise
            return await self._one_by_one(link, writes, error)
        except OSError:
            self._take_back(writes)
            raise
        winners = {lease.address: lease for lease in found}
        news = [lease for lease in found if lease.address not in addresses]
        for written in self._reading:  # a read that began before may not have found them
            written.update([lease.address for lease in news])
        self._take_in(news, (), set(self._committing))
        return [Overtaken(address, winners.get(address)) for address in addresses]

    async def _one_by_one(self, link: Link, writes: list[Write], error: OSError) -> Sequence[Overtaken]:
        """Write what the database takes; a row that it never will is given up: others would wait behind it forever."""
        if len(writes) == 1:
            self._say(E.DHCPSRV_LEASE_ROW_UNUSABLE, address_text(writes[0].lease.address), error.strerror)
            return [Overtaken(writes[0].lease.address, writes[0].before)]
        middle = len(writes) // 2
        lost: list[Overtaken] = []
        for half in (writes[:middle], writes[middle:]):
            try:
                lost += await self._tried(link, half)
            except OSError:
                self._take_back(writes)
                raise
        return lost

    async def _written(self, link: Link, writes: list[Write]) -> list[int]:
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._limited(link, link.commit(writes))
            except StatementFailed as error:
                if not error.may_repeat or attempt == ATTEMPTS:
                    raise

    def _writes(self, changes: Sequence[Change]) -> list[Write]:
        """Return one Write for each address: the last change counts, and what was known before the first."""
        last = {change.lease.address: change for change in changes}
        writes = []
        for address, (lease, deleted) in last.items():
            before = self._host.unwritten.take(address, lease)  # no change at all: it is merely confirmed
            if before is not None or not deleted:
                writes.append(Write(lease, before, deleted))
        return writes

    def _take_back(self, writes: list[Write]) -> None:
        """Know the rows again as they were before a commit that failed."""
        self._host.unwritten.restore({write.lease.address: write.before for write in writes})

    # --- reading --------------------------------------------------------------------------------------------------

    def look_up(
        self, hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]
    ) -> Deferred[None]:
        """Read the rows of clients that have no lease in memory, and of addresses. OSError.

        After an outage leases in memory may have lost their rows.
        """
        self._open_link()
        return self._look_ups.add(hwaddrs, client_ids, addresses)

    async def _look_up(self, group: Group) -> None:
        link = self._open_link()
        known: set[int] = set()
        if self._reader.is_renewing:
            store = self._host.table.store
            found = chain(*map(store.by_hwaddr, group.hwaddrs), *map(store.by_client_id, group.client_ids))
            known = {lease.address for lease in found}.union(group.addresses)
        await self._read(link, partial(link.by_client, group.hwaddrs, group.client_ids, group.addresses), known)

    async def _read(self, link: Link, read: Callable[[], Deferred[list[Lease]]], known: Collection[int] = ()) -> None:
        """Take in the rows that a read finds; of ``known`` addresses those that it does not find are gone."""
        leases, written = await self._asked(link, read)
        self._take_in(leases, known, written)

    async def _asked(self, link: Link, read: Callable[[], Deferred[Answer]]) -> tuple[Answer, set[int]]:
        """Return what a read finds, and the addresses that this server has written meanwhile."""
        written = set(self._committing)
        self._reading.append(written)
        try:
            return await self._limited(link, read()), written
        finally:
            self._reading = [each for each in self._reading if each is not written]

    def _limited(self, link: Link, answer: Deferred[Answer]) -> Deferred[Answer]:
        """Give up the connections if clients wait too long for this answer."""
        seconds, product = self._database.answer_timeout, self._dialect.product
        return limited(answer, self._host.reactor, seconds, product, link.drop)

    def _take_in(self, leases: Sequence[Lease], known: Collection[int], written: set[int]) -> None:
        """Apply rows, but of addresses that this server has changed itself meanwhile: their commits decide."""
        store, unwritten = self._host.table.store, self._host.unwritten.rows
        gone = set(known).difference([lease.address for lease in leases])
        self._reader.came([lease for lease in leases if store.get(lease.address) is None])
        changes = [Change(lease) for lease in leases if store.get(lease.address) != lease]
        changes += [Change(lease, True) for lease in map(store.get, gone) if lease is not None]
        self._host.take_in(
            [
                change
                for change in changes
                if change.lease.address not in written and change.lease.address not in unwritten
            ]
        )

    def _notified(self, payload: str) -> None:
        """Read the rows that another server has changed, those of one turn together."""
        if not self._heard:
            self._host.reactor.callLater(0, self._follow)
        # any role of the database may NOTIFY
        self._heard.update(int(each) for each in payload.split() if each.isdecimal() and int(each) <= 0xFFFFFFFF)

    def _follow(self) -> None:
        heard, self._heard = self._heard, set()
        link = self._link
        if link is not None and link.is_open:
            read = Deferred.fromCoroutine(self._read(link, partial(link.by_address, heard), heard))
            read.addErrback(self._unread, heard)

    def _unread(self, failure: Failure, heard: set[int]) -> None:
        if isinstance(failure.value, StatementFailed):
            self._say(E.DHCPSRV_LEASES_READ_FAILED, int(AGAIN), failure.value.strerror)
            self._host.reactor.callLater(AGAIN, lambda: self._notified(" ".join(map(str, heard))))
        elif not isinstance(failure.value, OSError):  # an outage is reported, and everything read after it
            self._failures.failure("rows of other servers could not be read", failure)

    # --- outages --------------------------------------------------------------------------------------------------

    def _made(self) -> Link:
        try:
            access = self._dialect.access(self._database, "")
        except ValueError as error:
            raise LeasesUnusable(f"Unable to open database: {error}") from None
        return self._make_link(self._host.reactor, access, self._reconnection.lost, self._notified)

    def _open_link(self) -> Link:
        if self._link is None or not self._link.is_open:
            raise OSError(0, f"not connected to {self._dialect.product}")
        return self._link

    async def _connect_again(self) -> None:
        self._link = link = self._made()
        # that of the driver is for connections that block
        timer = self._host.reactor.callLater(self._database.connect_timeout, link.close)
        try:
            await link.open()
            timer.cancel()
            if self._is_loaded and isinstance(link, EarlyLink):
                self._reader.renew(link, partial(self._page, link))
            else:
                await self._read_all(link)
                self._reader.end()
                self._is_loaded = True
            if self._reconnection.is_closed:
                raise DatabaseLost(0, f"{self.describe()} is no longer in use")
        except BaseException:
            if timer.active():
                timer.cancel()
            link.close()
            raise

    async def _read_all(self, link: Link) -> None:
        """Bring the table up to date: what others changed meanwhile was not heard."""
        last: int | None = -1
        while last is not None:
            last = await self._page(link, last)

    async def _page(self, link: Link, after: int) -> int | None:
        """Bring the next addresses up to date; return the last one, None if there are no more."""
        leases, written = await self._asked(link, partial(link.page, after, PAGE_SIZE))
        end = leases[-1].address if len(leases) == PAGE_SIZE else None
        self._take_in(leases, list(self._host.table.store.addresses(after, end)), written)
        return end

    def _row_error(self, number: int, reason: str) -> None:
        self._say(E.DHCPSRV_LEASE_ROW_UNUSABLE, number, reason)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
