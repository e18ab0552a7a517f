"""The reservations of one server outside of its configuration: the databases that it names, and a cache before them.

All look-ups of a reading turn are one for each database; those that come while it is under way are the next one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.commands.hostdatabase import HostDatabase
from kea_twisted.config.hostbackends import HOST_BACKENDS
from kea_twisted.config.hosts import FoundHosts, Host, Identifier
from kea_twisted.config.model import Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.engine.hostlookup import HostCache
from kea_twisted.engine.hosts import mark
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.interfaces import Log, Outage
from kea_twisted.jsonvalue import Json
from kea_twisted.server.backends import backend_class
from kea_twisted.server.channels import Change as PreparedChange
from kea_twisted.wire.optiondefs import Definitions

FRESH: Final = 1.0
"""Seconds for which all reserved addresses are not read again, where pools are exhausted."""


Result = TypeVar("Result")


class HostsHost(NamedTuple):
    """The server as a hosts backend sees it."""

    reactor: Reactor
    log: Log
    report: Callable[[Outage], None]


Make = Callable[[HostsHost, Mapping[str, Json]], HostDatabase]


class LookUp(NamedTuple):
    """The identifiers and addresses that are looked up for one query."""

    identifiers: list[Identifier]
    addresses: frozenset[int]
    found: Deferred[FoundHosts]


class Group:
    """The look-ups that are carried out together."""

    def __init__(self) -> None:
        self.identifiers: dict[Identifier, None] = {}
        self.addresses: set[int] = set()
        self.waiting: list[LookUp] = []


class HostStorage:
    """The databases of reservations, in the order of the configuration, as ``engine.hostlookup.HostLookup``.

    ``make`` makes a backend of an entry of the configuration; a test hands in its own.
    """

    def __init__(self, reactor: Reactor, log: Log, table: LeaseTable, make: Make | None = None) -> None:
        self.databases: tuple[HostDatabase, ...] = ()
        self.cache: HostCache | None = None
        self._at_end_of_turn: Callable[[Callable[[], None]], object] = partial(reactor.callLater, 0)
        self.reserved: dict[int, set[int]] = {}
        self._reactor = reactor
        self._log = log
        self._table = table
        self._make = make or _made
        self._sections: list[dict[str, Json]] = []
        self._settings: Settings | None = None
        self._group = Group()
        self._is_due = self._is_asking = self._is_started = False
        self._read_at = 0.0
        self._sharers: list[Deferred[None]] = []  # those that wait for a refresh that is under way
        self._observers: list[Callable[[Outage], object]] = []
        self._outages: dict[int, Outage] = {}  # of databases that cannot be reached, by number

    def collect(self, at_end_of_turn: Callable[[Callable[[], None]], object]) -> None:
        """Ask for the hosts of all queries of a reading turn at once, when this calls; without it, a turn later."""
        self._at_end_of_turn = at_end_of_turn

    def subscribe(self, observer: Callable[[Outage], object]) -> None:
        """Call the observer when a database cannot be reached, and when all can be again."""
        self._observers.append(observer)

    def describe(self) -> str:
        """Return the storage as error texts name it."""
        return "the hosts database"

    # --- the configuration ----------------------------------------------------------------------------------------

    def open(self, settings: Settings) -> None:
        """Connect to the databases at the start. Raises LeasesUnusable."""
        self.prepare(settings).commit()

    def prepare(self, settings: Settings) -> PreparedChange:
        """Connect to the databases of another configuration. Raises LeasesUnusable: nothing has changed."""
        sections = [dict(section) for section in settings.tree.get("hosts-databases", ())]
        if sections == self._sections:
            return PreparedChange(partial(self._use, settings), _nothing)
        opened: list[HostDatabase] = []
        reserved: dict[int, set[int]] = {}
        try:
            for number, section in enumerate(sections):
                database = self._make(
                    HostsHost(self._reactor, self._log, partial(self._report_of, sections, number)), section
                )
                opened.append(database)
                for subnet_id, address in database.load():
                    reserved.setdefault(subnet_id, set()).add(address)
        except BaseException:
            _close(opened)
            raise
        return PreparedChange(partial(self._adopt, settings, sections, opened, reserved), partial(_close, opened))

    def start(self) -> None:
        """Begin to use the reactor."""
        self._is_started = True
        for database in self.databases:
            database.start()

    def close(self) -> None:
        """Release the databases."""
        _close(self.databases)
        self.databases = ()

    # --- engine.hostlookup.HostLookup -----------------------------------------------------------------------------

    def use_cache(self, cache: HostCache) -> None:
        """Ask this cache before the databases from now on."""
        self.cache = cache

    def remove_cache(self, cache: HostCache) -> None:
        """Ask no cache, unless another one than this is in use: a library that was replaced is unloaded last."""
        if self.cache is cache:
            self.cache = None

    def forget(self, subnet_id: int, identifier: Identifier | None, address: int) -> None:
        """Have a cache ask anew about what a command has changed."""
        if self.cache is not None:
            self.cache.forget(subnet_id, identifier, address)

    def look_up(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[FoundHosts]:
        """Find the hosts with these identifiers or addresses, as they are now."""
        group = self._group
        unknown: list[Identifier] = []
        for identifier in identifiers:
            group.identifiers[identifier] = None
            unknown.append(identifier)
            if self.cache is not None and self.cache.get(*identifier):
                break  # those behind it count where it has no host only
        places = frozenset(addresses)
        group.addresses.update(places)
        found: Deferred[FoundHosts] = Deferred()
        group.waiting.append(LookUp(unknown, places, found))
        if not self._is_due:
            self._is_due = True
            self._at_end_of_turn(self._turn_ends)
        return found

    def learn(self, subnet_id: int, address: int) -> None:
        """Add an address to ``reserved``."""
        self.reserved.setdefault(subnet_id, set()).add(address)

    def refresh(self) -> Deferred[None]:
        """Read ``reserved`` anew and mark the addresses in the pools, unless that was done shortly before."""
        done: Deferred[None] = Deferred()
        if self._reactor.seconds() < self._read_at + FRESH:
            self._reactor.callLater(0, done.callback, None)
            return done
        self._sharers.append(done)
        if len(self._sharers) == 1:
            Deferred.fromCoroutine(self._read_reserved()).addBoth(self._refreshed)
        return done

    # --- the work -------------------------------------------------------------------------------------------------

    def _turn_ends(self) -> None:
        self._is_due = False
        self._ask()

    def _ask(self) -> None:
        """Begin the next group, if none is under way."""
        if self._is_asking or not self._group.waiting:
            return
        group, self._group = self._group, Group()
        self._is_asking = True
        Deferred.fromCoroutine(self._found(group)).addBoth(self._answer, group)

    async def _found(self, group: Group) -> FoundHosts:
        unknown, addresses = list(group.identifiers), group.addresses
        known: list[Host] = []
        if self.cache is not None:
            unknown = [each for each in unknown if not _take(self.cache.get(*each), known)]
            addresses = {each for each in addresses if not _take(self.cache.at(each) or None, known)}
        asked = [database.find(unknown, addresses) for database in self.databases if unknown or addresses]
        found = [host for hosts in await _all(asked) for host in hosts]
        if self.cache is not None:
            found = _kept(self.cache, unknown, found)
        return FoundHosts([*known, *found], frozenset(group.addresses))

    def _answer(self, result: FoundHosts | Failure, group: Group) -> None:
        self._is_asking = False
        if not self._is_due:
            self._ask()  # before the queries of this group continue: they take time
        for waiting in group.waiting:
            known = self._known(waiting, result) if isinstance(result, Failure) else result
            if isinstance(known, Failure):
                waiting.found.errback(known)
            else:
                waiting.found.callback(known)

    def _known(self, waiting: LookUp, failure: Failure) -> FoundHosts | Failure:
        """Return what the cache knows for a query of a group that a database failed, if it knows all of it."""
        cache = self.cache
        if cache is None or not isinstance(failure.value, OSError):
            return failure
        known: list[Host] = []
        if not all(_take(cache.get(*each), known) for each in waiting.identifiers):
            return failure
        if not all(_take(cache.at(each) or None, known) for each in waiting.addresses):
            return failure
        return FoundHosts(known, waiting.addresses)

    async def _read_reserved(self) -> None:
        found = await _all([database.reserved() for database in self.databases])
        before, self.reserved = self.reserved, {}
        for subnet_id, address in [pair for pairs in found for pair in pairs]:
            self.reserved.setdefault(subnet_id, set()).add(address)
        self._read_at = self._reactor.seconds()
        self._mark(before)

    def _mark(self, before: Mapping[int, set[int]]) -> None:
        """Mark what is reserved in the pools, and no longer what was."""
        settings = self._settings
        if settings is None:
            return
        for subnet in settings.subnets:
            now = self.reserved.get(subnet.id, set())
            gone = before.get(subnet.id, set()) - now
            mark(self._table, subnet, [each for each in gone if not settings.hosts.at(subnet.id, each)], reserved=False)
            mark(self._table, subnet, now, reserved=True)

    def _refreshed(self, result: Failure | None) -> None:
        sharers, self._sharers = self._sharers, []
        for done in sharers:
            if isinstance(result, Failure):
                done.errback(result)
            else:
                done.callback(None)

    def _adopt(
        self,
        settings: Settings,
        sections: list[dict[str, object]],
        opened: list[HostDatabase],
        reserved: dict[int, set[int]],
    ) -> None:
        old, self.databases = self.databases, tuple(opened)
        before = self.reserved
        self._sections, self.reserved = sections, reserved
        if self._outages:
            self._outages.clear()
            self._tell(Outage("", False, False))
        self._use(settings)
        self._mark(before)
        _close(old)
        if self._is_started:
            self.start()

    def _use(self, settings: Settings) -> None:
        self._settings = settings
        definitions = Definitions(configured_definitions(settings.tree))
        for database in self.databases:
            database.use(definitions)

    def _report_of(self, sections: list[dict[str, object]], number: int, outage: Outage) -> None:
        """Take a report of a database; those of an earlier configuration say nothing about this one's."""
        if sections is self._sections:
            self._report(number, outage)

    def _report(self, number: int, outage: Outage) -> None:
        self._outages.pop(number, None)
        if outage.reason:
            self._outages[number] = outage
        lasting = list(self._outages.values())
        stops = any(each.stops_service for each in lasting)
        self._tell(Outage(lasting[0].reason if lasting else "", stops, outage.ends))

    def _tell(self, outage: Outage) -> None:
        for observer in self._observers:
            observer(outage)


def _made(host: HostsHost, section: Mapping[str, Json]) -> HostDatabase:
    made: HostDatabase = backend_class(HOST_BACKENDS, section["type"], "reservations")(host, section)
    return made


def _take(hosts: Sequence[Host] | None, into: list[Host]) -> bool:
    """Append what a cache knows; False if it knows nothing."""
    if hosts is not None:
        into.extend(hosts)
    return hosts is not None


def _kept(cache: HostCache, asked: Iterable[Identifier], found: Iterable[Host]) -> list[Host]:
    """Put what the databases have for identifiers into a cache; return the hosts that count."""
    by_identifier: dict[Identifier, list[Host]] = {each: [] for each in asked}
    others: list[Host] = []
    for host in found:
        by_identifier.get((host.kind, host.identifier), others).append(host)
    kept = [host for (kind, value), hosts in by_identifier.items() for host in cache.found(kind, value, hosts)]
    return [*kept, *others]


async def _all(begun: Sequence[Awaitable[Result]]) -> list[Result]:
    """Wait for all results; the first error is raised when all have ended."""
    results: list[Result] = []
    errors: list[OSError] = []
    for each in begun:
        try:
            results.append(await each)
        except OSError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return results


def _close(databases: Iterable[HostDatabase]) -> None:
    for database in databases:
        database.close()


def _nothing() -> None:
    """Undo nothing."""
