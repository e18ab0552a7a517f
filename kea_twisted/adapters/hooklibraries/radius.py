"""``libdhcp_radius`` as the library table names it: asks and informs RADIUS servers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from twisted.internet.defer import Deferred

from kea_twisted.adapters.hooklibraries import radiushistory
from kea_twisted.adapters.hooklibraries.radiusclient import OK, REJECT, TEXTS, Client
from kea_twisted.adapters.hooklibraries.radiushistory import HistoryFile
from kea_twisted.adapters.hooklibraries.radiuspackets import ACCESS_REQUEST, ACCOUNTING_REQUEST, check_driver
from kea_twisted.adapters.system.smallfiles import read_secret, read_small
from kea_twisted.config.librarynames import HOST_CACHE
from kea_twisted.config.model import HookLibrary, Settings, Subnet
from kea_twisted.config.options import configured_definitions
from kea_twisted.config.text import place_of
from kea_twisted.engine.dropreport import RateLimit
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.errors import Problems, error_text
from kea_twisted.events.event import Event
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost
from kea_twisted.hooks.points import Step
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import DEFAULT, Lease
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.host_cache.cache import Cache
from kea_twisted.libraries.host_cache.entries import Entry
from kea_twisted.libraries.host_cache.loggedcache import LoggedCache, entry_text
from kea_twisted.libraries.radius import accounting, clients
from kea_twisted.libraries.radius import attributes as A
from kea_twisted.libraries.radius import messages as M
from kea_twisted.libraries.radius import parameters as P
from kea_twisted.libraries.radius import standard as S
from kea_twisted.libraries.radius.access import AccessRules, Template
from kea_twisted.libraries.radius.accounting import Holder, Sessions
from kea_twisted.libraries.radius.attributes import Attributes
from kea_twisted.libraries.radius.parameters import RadiusSettings
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import label
from kea_twisted.wire.optiondefs import Definitions

MOST_RECORDS: Final = 4096
"""Records that may wait for a server; further ones are lost, and that is logged."""

_MOST_FRESH: Final = 10000  # leases that are not on disk yet
_ACCOUNTING_POINTS: Final = (
    "lease4_select", "leases4_committed", "lease4_release", "lease4_decline", "lease4_expire", "command_processed",
)  # fmt: skip


class Radius(KeaLibrary):
    """Clients are admitted by a RADIUS server, and their leases reported to one."""

    parameters = P.ROWS
    events = M.EVENTS
    own_events = M.OWN

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self.radius = _read(parameters, Problems())
        self._rules: AccessRules  # made by dhcp4_srv_configured
        self._pending: dict[bytes, Deferred[Subnet | Step]] = {}  # queries, by the identifier of their client
        self._most_pending = 0
        # new leases that are not on disk yet, by address, with the one whose time is over and which makes room
        self._fresh: OrderedDict[int, Lease | None] = OrderedDict()
        self._overflow = RateLimit()

    @classmethod
    def check(cls, parameters: Mapping[str, Json], problems: Problems) -> None:
        """Report faults of the parameters, in Kea's words."""
        cls.warn_of_unknown(parameters, problems)
        _read(parameters, problems)
        with problems.catching(None):
            check_driver(cls.name())

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report what the rest of the configuration does not permit, and expressions that cannot be used."""
        radius = _read(entry.parameters, Problems())
        P.check_settings(radius, cls.name(), settings, problems)
        if radius.access.servers and HOST_CACHE not in [each.base_name for each in settings.hooks_libraries]:
            text = f"Configuring access failed: host cache library not loaded: add {HOST_CACHE}"
            problems.error(place_of(entry.parameters, P.ACCESS), text, event=M.NO_HOST_CACHE)
        P.nas_ports(_list(entry.parameters, "nas-ports"), settings, problems)
        with problems.catching(place_of(entry.parameters, P.ACCESS)):
            _compiled(radius, settings)

    @classmethod
    def basis(cls, entry: HookLibrary, settings: Settings) -> object:
        """Return the parameters, and the secrets and the dictionary, which may be in files."""
        radius = _read(entry.parameters, Problems())
        return entry.parameters, radius.access.servers, radius.accounting.servers, radius.dictionary.content()

    def load(self, host: HookHost) -> None:
        """Log the servers. Raises ValueError if the session history cannot be used."""
        super().load(host)
        radius = self.radius
        path = _history_path(host, radius.history) if radius.accounting.servers else ""
        for name, service in ((P.ACCESS, radius.access), (P.ACCOUNTING, radius.accounting)):
            for server in service.servers:
                source = radius.bind_address or "*"
                text = f"peer-addr={server.name} port={server.port} local_addr={source} secret=*****"
                self._log(M.SERVER, name, text)
        self._history = HistoryFile(path, self._log, host.timers, lambda: self._sessions.began)
        self._sessions = Sessions(self._history.append, lambda each: self._log(M.NO_HISTORY, address_text(each)))
        self.client = Client(host, radius)
        self._log(M.LOADED)

    def register(self, hooks: HookChain) -> None:
        """Take part where a service that is in use needs it."""
        hooks.register("dhcp4_srv_configured", self.dhcp4_srv_configured)
        if self.radius.access.servers:
            hooks.register("subnet4_select", self.subnet4_select)
            hooks.add("subnet_classes", self.subnet_classes)
            hooks.read_classes()
        for point in _ACCOUNTING_POINTS if self.radius.accounting.servers else ():
            callback: Callable[..., object] = getattr(self, point)
            hooks.register(point, callback)

    def start(self) -> None:
        """Look up the servers' names, and read the session history."""
        if self._history.path:
            self._sessions.began = self._history.open()
        self.client.start()

    def unload(self) -> None:
        """End what is under way: queries that wait are dropped, records are not repeated any more."""
        unconfirmed = self.client.unconfirmed()
        if unconfirmed:
            self._log(M.NOT_CONFIRMED, unconfirmed)
        self.client.close()
        for waits in self._pending.values():
            waits.callback(Step.DROP)
        self._history.close()
        self._log(M.UNLOADED)

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Take the subnets and the definitions of options."""
        ports = P.nas_ports(self.values["nas-ports"], settings, Problems())
        self._rules = AccessRules(self.radius, settings, _compiled(self.radius, settings), ports)
        parked = settings.parked_packet_limit
        # queries of other clients wait in the same place: a silent server must not take all of it
        self._most_pending = self.radius.access.most_pending or (max(1, parked // 2) if parked else 0)

    # --- access ---------------------------------------------------------------------------------------------------

    def subnet4_select(self, query: Query, subnet: Subnet | None) -> Subnet | None | Step | Deferred[Subnet | Step]:
        """Let a query wait until a server has answered about its client, if nothing is known of it.

        A fault of the server admits no client: the query is dropped.
        """
        if subnet is None:
            return None
        try:
            return self._selected(query, subnet)
        except Exception as error:  # the chain would continue with the query
            self._log(M.HOOK_FAILED, "subnet4_select", f"{type(error).__name__}: {error}")
            return Step.DROP

    def _selected(self, query: Query, subnet: Subnet) -> Subnet | Step | Deferred[Subnet | Step]:
        try:
            client = clients.of_query(self.radius, query)
        except ValueError as error:
            self._log(M.IDENTIFIER_FAILED, self.radius.identifier_type, label(query.message), error)
            return Step.SKIP
        if M.IDENTIFIER in self.host.log.enabled:
            shown = client.identifier.hex(":")
            self._log(M.IDENTIFIER, shown, client.kind, client.name, label(query.message))
        cache = self._cache()
        known = self._rules.known(cache, client, subnet)
        if known.subnet is not subnet and M.RESELECTED in self.host.log.enabled:
            self._log(M.RESELECTED, subnet.id, known.subnet.id if known.subnet is not None else 0xFFFFFFFF)
        if known.is_answered or known.subnet is None:
            if M.CACHE_GET in self.host.log.enabled and known.subnet is not None:
                self._log_known(cache, client, known.subnet)
            return known.subnet or Step.SKIP
        if self._must_drop(client, query):
            return Step.DROP
        return self._asked(client, query, known.subnet)

    def subnet_classes(self, query: Query, subnet: Subnet | None) -> tuple[str, ...]:
        """Return the class that Framed-Pool names."""
        if subnet is None:
            return ()
        try:
            client = clients.of_query(self.radius, query)
        except ValueError:
            return ()
        pool = self._rules.pool(self._cache(), client, subnet.id)
        return (pool,) if pool else ()

    def _must_drop(self, client: clients.Client, query: Query) -> bool:
        if client.identifier in self._pending:
            self._log(M.CONFLICT, label(query.message), client.name)
            return True
        if len(self._pending) >= self._most_pending > 0:
            self._log(M.MAX_PENDING, label(query.message), client.name)
            return True
        return False

    def _asked(self, client: clients.Client, query: Query, subnet: Subnet) -> Step | Deferred[Subnet | Step]:
        try:
            attributes = self._rules.request(client, query, subnet)
        except (ValueError, ArithmeticError) as error:
            self._log(M.BUILD_FAILED, error, label(query.message))
            return Step.DROP
        if M.ACCESS_SENT in self.host.log.enabled:
            port = self._rules.nas_port(subnet.id)
            self._log(M.ACCESS_SENT, port, A.list_text(self.radius.dictionary, attributes))
        waits: Deferred[Subnet | Step] = Deferred()
        self._pending[client.identifier] = waits

        def done(result: int, found: Attributes) -> None:
            del self._pending[client.identifier]
            try:
                step = self._answered(client, query, subnet, result, found)
            except Exception as error:  # as in ``subnet4_select``
                self._log(M.TERMINATE_ERROR, f"{type(error).__name__}: {error}")
                step = Step.DROP
            waits.callback(step)

        try:
            self.client.send(ACCESS_REQUEST, attributes, done)
        except BaseException:
            self._pending.pop(client.identifier, None)  # else all further queries of the client were conflicts
            raise
        return waits

    def _answered(
        self, client: clients.Client, query: Query, subnet: Subnet, result: int, found: Attributes
    ) -> Subnet | Step:
        if result not in (OK, REJECT):
            self._log(M.ACCESS_FAILED, result, TEXTS[result])
            self._log(M.ACCESS_ERROR, result, TEXTS[result])
            self._log(M.DROPPED, label(query.message))
            return Step.DROP
        event = M.ACCEPTED if result == OK else M.REJECTED
        if event in self.host.log.enabled:
            self._log(event, A.list_text(self.radius.dictionary, found))
        place: Subnet | None = None
        if result == OK:
            made, place = self._rules.accepted(client, query, subnet, found)
        else:
            made = self._rules.rejected(client, subnet)
        self._keep(made)
        self._log(M.RESUMED, label(query.message), f"subnet {place.id}" if place is not None else "no subnet")
        return place or Step.SKIP

    def _keep(self, made: list[Entry]) -> None:
        cache = self._cache()
        for entry in made:
            cache.insert(entry)
            if M.CACHE_INSERT in self.host.log.enabled:
                self._log(M.CACHE_INSERT, entry_text(entry), _context_text(self.radius, entry.shown["user-context"]))

    def _log_known(self, cache: Cache, client: clients.Client, subnet: Subnet) -> None:
        found = self._rules.attributes(cache, client.kind, client.identifier, subnet.id)
        shown = f"{client.kind}={client.identifier.hex().upper()}"
        self._log(M.CACHE_GET, shown, A.list_text(self.radius.dictionary, found))

    def _cache(self) -> Cache:
        """Return the host cache, which the configuration has (``check_settings``), or an empty one."""
        found = self.host.stored_hosts.cache
        return found.cache if isinstance(found, LoggedCache) else Cache()

    # --- accounting -----------------------------------------------------------------------------------------------

    def lease4_select(self, query: Query, lease: Lease, offered: bool) -> None:
        """Note a lease that begins, or does so when its offer is accepted; its record is sent when it is on disk."""
        old = self.host.table.store.get(lease.address)
        is_over = old is not None and old.state == DEFAULT and old.is_expired(self.host.now())
        self._fresh[lease.address] = old if is_over else None
        if len(self._fresh) > _MOST_FRESH:
            self._fresh.popitem(last=False)

    def leases4_committed(self, decision: Decision) -> None:
        """Send the record of a lease that has begun or was renewed, and of those that have ended by it."""
        lease = decision.lease
        if lease is None:
            return
        is_fresh = lease.address in self._fresh
        over = self._fresh.pop(lease.address, None)
        if decision.reused or not decision.changes:
            return
        gone = [each.lease for each in decision.changes if each.deleted]
        for each in (*gone, over) if over is not None else gone:
            if each.address in self._sessions.began:
                self._report(each, accounting.EXPIRE)
        self._report(lease, accounting.CREATE if is_fresh else accounting.RENEW)

    def lease4_release(self, query: Query, lease: Lease) -> None:
        """Send the record of a lease that its client gives up."""
        self._report(lease, accounting.RELEASE)

    def lease4_decline(self, query: Query, lease: Lease) -> None:
        """Send the record of a lease that its client declines."""
        self._report(lease, accounting.DECLINE)

    def lease4_expire(self, lease: Lease) -> None:
        """Send the record of a lease that is over, unless its session has ended before, or an offer began none."""
        was_offered = self._fresh.pop(lease.address, self) is not self
        if lease.state == DEFAULT and (lease.address in self._sessions.began or not was_offered):
            self._report(lease, accounting.EXPIRE)

    def command_processed(self, command: str, arguments: Json, answer: Mapping[str, Json]) -> None:
        """Send the records of leases that a command has changed."""
        peers = self.radius.accounting.peer_updates
        for event, holder in accounting.of_command(command, arguments, answer, peers):
            self._fresh.pop(holder.address, None)
            self._send(holder, event)

    def _report(self, lease: Lease, event: str) -> None:
        self._send(Holder(lease.address, lease.subnet_id, lease.hwaddr, lease.client_id), event)

    def _send(self, holder: Holder, event: str) -> None:
        """Send a record."""
        radius = self.radius
        session = self._sessions.name(holder.address, event, self.host.now())
        kind, identifier = clients.of_lease(radius, holder.hwaddr, holder.client_id)
        answered = self._rules.attributes(self._cache(), kind, identifier, holder.subnet_id)
        port = self._rules.nas_port(holder.subnet_id)
        try:
            record = accounting.record(radius, holder, event, session, answered.first(S.CLASS), port)
        except ValueError as error:
            self._log(M.HOOK_FAILED, event, error)
            return
        if len(self.client) - len(self._pending) >= MOST_RECORDS:
            if self._overflow.passes("records", self.host.now()) >= 0:
                self._log(M.MAX_PENDING_UDP, MOST_RECORDS)
            return
        if M.ACCOUNTING_SENT in self.host.log.enabled:
            self._log(M.ACCOUNTING_SENT, port, A.list_text(radius.dictionary, record))

        def done(result: int, found: Attributes) -> None:
            if result == OK:
                self._log(M.ACCOUNTING_DONE)
                return
            self._log(M.ACCOUNTING_FAILED, result, TEXTS[result])
            number = accounting.NUMBERS[event]
            self._log(M.ACCOUNTING_ERROR, session, number, event, result, TEXTS[result])

        self.client.send(ACCOUNTING_REQUEST, record, done)

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


def _read(parameters: Mapping[str, Json], problems: Problems) -> RadiusSettings:
    reader = P.Reader(
        Radius.name(), lambda path: read_small(path).decode("utf-8", "replace"), read_secret, problems
    )  # fmt: skip
    return reader.read(parameters)


def _compiled(radius: RadiusSettings, settings: Settings) -> dict[str, Template]:
    """Return the expressions of attributes, by their text. Raises ValueError."""
    from kea_twisted.expr.compile import compile_template  # with its parser, for servers that need it

    definitions = Definitions(configured_definitions(settings.tree))
    made: dict[str, Template] = {}
    for each in radius.access.attributes:
        if each.expression:
            try:
                made[each.expression] = compile_template(each.expression, definitions).evaluate
            except ValueError as error:
                text = f"expression: [{each.expression}] error: {error} for {each.row.name} attribute"
                raise ValueError(text) from None
    return made


def _history_path(host: HookHost, name: str) -> str:
    """Return the path of the session history, "" for none. Raises ValueError if it cannot be one."""
    if not name:
        return ""
    try:
        path = host.data_file(name)
    except (ValueError, PermissionError) as error:
        raise ValueError(f"'session-history' cannot be {name}: {error_text(error)}") from None
    radiushistory.check(path)
    return path


def _context_text(radius: RadiusSettings, context: Mapping[str, Json]) -> str:
    if "radius" in context:
        return A.list_text(radius.dictionary, A.from_shown(radius.dictionary, context["radius"]))
    return f"subnet-id := {context['subnet-id']}"


def _list(parameters: Mapping[str, Json], name: str) -> list[Json]:
    found = parameters.get(name)
    return found if isinstance(found, list) else []
