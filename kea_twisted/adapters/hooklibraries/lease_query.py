"""``libdhcp_lease_query`` as the library table names it: leasequeries over UDP and TCP are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.logger import Logger

from kea_twisted.adapters.hooklibraries.bulkconnection import Connections
from kea_twisted.commands.context import WRITE, Command
from kea_twisted.config.model import Settings
from kea_twisted.config.options import configured_definitions
from kea_twisted.engine.effects import Query, Reply
from kea_twisted.errors import MalformedPacket, Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.library import HookHost
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Clock, Log, Timer
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.lease_query import messages as M
from kea_twisted.libraries.lease_query import parameters as P
from kea_twisted.libraries.lease_query.answers import query_label
from kea_twisted.libraries.lease_query.bulk import BulkQuery, Leases
from kea_twisted.libraries.lease_query.queries import FAILED, FILTERED, Known, QueryRefused, Ranges, Responder, kind_of
from kea_twisted.libraries.lease_query.relayindex import RelayIndex
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.constants import (
    LEASEACTIVE,
    LEASEQUERY,
    LEASEUNASSIGNED,
    LEASEUNKNOWN,
    SERVER_PORT,
)
from kea_twisted.wire.formats import Formats
from kea_twisted.wire.message import Message, decode, encode

RETRY_SECONDS: Final = 5
RECEIVED: Final = "pkt4-lease-query-received"
_SENT: Final = {
    LEASEUNASSIGNED: "pkt4-lease-query-response-unassigned-sent",
    LEASEUNKNOWN: "pkt4-lease-query-response-unknown-sent",
    LEASEACTIVE: "pkt4-lease-query-response-active-sent",
}
_NOTHING: Final = Known({}, Ranges(()), frozenset(), None)
_UNREAD: Final = ("pkt4-parse-failed", "pkt4-receive-drop")


class LeaseQuery(KeaLibrary):
    """Answers to other programs that ask about leases."""

    parameters = P.ROWS
    events = M.EVENTS
    own_events = M.OWN
    _failures = Logger()

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self.requesters: frozenset[int] = frozenset()
        self.bulk = P.BulkSettings()
        self._known = _NOTHING
        self._formats = Formats()
        self._index = RelayIndex()
        self._connections: Connections | None = None
        self._port: IListeningPort | None = None
        self._timer: Timer | None = None
        self._complaint = ""
        self._is_over = False
        self._responder: Responder | None = None

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report faults of the parameters."""
        cls.warn_of_unknown(parameters, problems)
        P.check(parameters, problems)

    @classmethod
    def command_table(cls) -> Sequence[Command]:
        """The command."""
        from kea_twisted.commands import extendedinfo  # for servers that have a control channel

        upgrade = extendedinfo.extended_info4_upgrade
        return (Command("extended-info4-upgrade", WRITE, upgrade, "bring the stored options of relays up to date"),)

    @property
    def log(self) -> Log:
        """The log."""
        return self.host.log

    @property
    def timers(self) -> Clock:
        """Timers."""
        return self.host.timers

    def load(self, host: HookHost) -> None:
        """Begin to follow the leases of relays, if they may be asked for."""
        super().load(host)
        self.requesters = P.requesters_of(self.values)
        self.bulk = P.bulk_settings(self.values)
        self._connections = Connections(self)
        if self.bulk.is_enabled:
            host.table.subscribe(self._index)
        for name in (RECEIVED, *_SENT.values()):
            host.statistics.put(name, 0)
        self._log(M.LOADED)

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Take what answers say from the configuration."""
        self._known = Known.of(settings)
        self._formats = Formats(configured_definitions(settings.tree), settings.lenient_option_parsing)
        self._responder = Responder(self.requesters, self.host.table.store, self._known)

    def start(self) -> None:
        """Take connections, and read the leases of relays."""
        if self.bulk.is_enabled and self._connections is not None:
            self._index.begin(self.host.table.store)
            self._read_leases()
            self._listen()

    def buffer4_receive(self, query: Query) -> Step | None:
        """Answer a leasequery; None: it is another message, or one over DHCPv6, as in Kea."""
        message = query.message
        if kind_of(message) != LEASEQUERY or query.interface.envelope is not None:
            return None
        try:
            self._formats.sift(message.options)
        except MalformedPacket as error:
            places = address_text(query.source), address_text(query.destination), query.interface.name
            self._log(M.UNPACK_FAILED, *places, error)
            self.host.statistics.count_all(_UNREAD)
            return Step.TAKEN
        self._log(M.RECEIVED, query_label(message))
        self.host.statistics.count(RECEIVED)
        try:
            response = self._respond(query)
        except ValueError as error:
            self._log(M.PROCESS_FAILED, query_label(message), error)
            statistic = error.statistic if isinstance(error, QueryRefused) else FAILED
            self.host.statistics.count_all((statistic, "pkt4-receive-drop"))
            return Step.TAKEN
        self._send(query, response)
        return Step.TAKEN

    def unload(self) -> object:
        """Close the connections, and follow the leases no longer."""
        self.host.table.unsubscribe(self._index)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._is_over = True
        closing = self._port.stopListening() if self._port is not None else None
        if self._connections is not None:
            self._connections.close()
        self._log(M.UNLOADED)
        return closing

    def read(self, payload: bytes) -> Message:
        """Return a message that came over TCP. Raises MalformedPacket."""
        message = decode(payload)
        self._formats.sift(message.options)
        return message

    def begin(self, query: Message) -> BulkQuery:
        """Begin to answer a query that came over TCP."""
        identifier = address_number(self.bulk.address).to_bytes(4, "big")
        return BulkQuery(query, Leases(self.host.table.store, self._index, self._known.subnets, identifier))

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self.host.now()

    def _respond(self, query: Query) -> Message:
        assert self._responder is not None
        if self.host.table.progress is not None:
            raise QueryRefused("the leases are still being read from the database", FILTERED)
        listened = self.host.sockets.addresses()
        return self._responder.respond(query.message, query.local, listened, int(self.host.now()))

    def _send(self, query: Query, response: Message) -> None:
        destination = query.message.giaddr
        payload = encode(response)
        self.host.sockets.send(
            Reply(payload, query.interface, query.local, destination, SERVER_PORT, query.source_mac)
        )  # fmt: skip
        self.host.statistics.count_all(("pkt4-sent", _SENT[kind_of(response)]))
        self._log(M.SENT, query_label(response), address_text(destination), SERVER_PORT)

    def _read_leases(self, _: object = None) -> None:
        """Read some of the leases in each reactor turn until all are known."""
        try:
            self._index.step()
        except Exception:
            self._failures.failure("the leases of relays cannot be read; bulk leasequeries about relays are refused")
            return
        if not self._is_over and not self._index.is_complete and self._connections is not None:
            self._connections.turns.wait().addCallback(self._read_leases)

    def _listen(self) -> None:
        """Open the port, or try again later."""
        assert self._connections is not None
        bulk = self.bulk
        try:
            self._port = self.host.reactor.listenTCP(bulk.port, self._connections, interface=bulk.address)
        except CannotListenError as error:
            text = str(getattr(error.socketError, "strerror", None) or error.socketError)
            if text != self._complaint:
                self._complaint = text
                self._log(M.NOT_LISTENING, text)
            self._timer = self.host.timers.callLater(RETRY_SECONDS, self._listen)
            return
        self._log(M.LISTENING, bulk.address, bulk.port)

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)
