"""THE STORY of one packet, from the message to the decision. Decisions are synchronous: no two mix.

It has two halves, so that many packets can have the first one before the first has its second: what is done for many
in a row costs less, as it stays in the processor's caches. Only the second half touches leases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kea_twisted import events as E
from kea_twisted.config.options import configured_definitions
from kea_twisted.engine import accept, hookpoints, trace
from kea_twisted.engine.allocate import Engine
from kea_twisted.engine.answers import Answers
from kea_twisted.engine.core import Core
from kea_twisted.engine.decline import decline
from kea_twisted.engine.discover import discover
from kea_twisted.engine.dropreport import IGNORED
from kea_twisted.engine.effects import Outcome, Parked, Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import HostFinder, reserve
from kea_twisted.engine.inform import inform
from kea_twisted.engine.relayinfo import recover
from kea_twisted.engine.release import release
from kea_twisted.engine.request import request
from kea_twisted.engine.subnets import Links, choose
from kea_twisted.errors import OPTION, MalformedPacket
from kea_twisted.hooks.chain import ask, consult
from kea_twisted.hooks.points import Step
from kea_twisted.wire import identity
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import (
    DECLINE,
    DISCOVER,
    INFORM,
    OPT_SERVER_IDENTIFIER,
    RELEASE,
    REQUEST,
    TYPE_NAMES,
)
from kea_twisted.wire.formats import Formats

_RECEIVED: Final = "pkt4-received"
_BY_TYPE: Final = {
    DISCOVER: (_RECEIVED, "pkt4-discover-received"),
    2: (_RECEIVED, "pkt4-offer-received"),
    REQUEST: (_RECEIVED, "pkt4-request-received"),
    DECLINE: (_RECEIVED, "pkt4-decline-received"),
    5: (_RECEIVED, "pkt4-ack-received"),
    6: (_RECEIVED, "pkt4-nak-received"),
    RELEASE: (_RECEIVED, "pkt4-release-received"),
    INFORM: (_RECEIVED, "pkt4-inform-received"),
}
_OTHER_TYPE: Final = (_RECEIVED, "pkt4-unknown-received")
_DISABLED: Final = (_RECEIVED, "pkt4-service-disabled", "pkt4-receive-drop")
_NOT_FOR_US: Final = (_RECEIVED, "pkt4-not-for-us", "pkt4-receive-drop")
_PLACED: Final = frozenset((DISCOVER, REQUEST, INFORM))
"""These go by the subnet; RELEASE and DECLINE go by the lease."""


class Server:
    """The DHCP server for one configuration. A new configuration makes a new one on the same table.

    ``served`` gives the addresses that are listened on at present: a client may name any of them as server
    identifier. ``before`` is the server that was in force until now.
    """

    def __init__(
        self, core: Core, served: Callable[[], frozenset[int]] = frozenset, before: Server | None = None
    ) -> None:
        settings, table = core.settings, core.table
        core.statistics.set_defaults(settings.statistic_default_sample_count, settings.statistic_default_sample_age)
        table.configure(settings.subnets)
        reserve(table, settings)
        self.core = core
        self._service_state = core.service_state
        self._links = Links(settings)
        self._hosts = HostFinder(settings, self._links, core.hooks, core.log)
        earlier = before._engine if before is not None else None
        self._engine: Engine = Engine(settings, table, self._links, self._hosts, earlier)
        self._answers = Answers(core, self._links)
        self._identifiers = accept.own_identifiers(settings)
        self._served = served
        self._formats = Formats(configured_definitions(settings.tree), settings.lenient_option_parsing)

    def receive(self, query: Query, now: float) -> Exchange | Parked | None:
        """Take the first half of the steps: accept the query, classify it, choose its subnet. Never raises.

        Return an Exchange for ``decide``, Parked if a hook library wants time, or None: the query was dropped.
        ``now`` is in seconds since the epoch.
        """
        core = self.core
        core.statistics.now = now
        if core.log.enabled is not core.levels:
            core.read_levels()
        if not self._service_state.enabled:
            core.statistics.count(_RECEIVED)
            self._disabled(query)
            return None
        if core.hooks.buffer4_receive and not self._is_for_us(query):  # for a standby all of them end here
            return None
        try:
            ignored = self._formats.sift(query.message.options)
        except MalformedPacket as error:
            self._undecodable(query, error)
            return None
        if ignored:
            self._note_ignored(query, ignored)
        exchange = Exchange(query, now)
        try:
            return self._process(exchange)
        except Exception as error:  # ours, whoever sent it: one packet must not stop the others
            accept.fault(core, exchange, error)
        return None

    def decide(self, exchange: Exchange) -> Outcome:
        """Take the second half of the steps; the reply of a Decision may be a draft. Never raises.

        Return None when nothing is to be answered or written. The changes of a Decision are in the table already.
        A query that waits for a hook library is returned as Parked; it has changed nothing.
        """
        self.core.statistics.now = exchange.time
        try:
            return self._answer(exchange)
        except Exception as error:
            accept.fault(self.core, exchange, error)
        return None

    def unseen(self, now: float) -> tuple[str, ...]:
        """Return the counters of a query that is dropped without ``receive``, whatever client message it is.

        Empty: queries have to be decoded. That holds until something else is done. ``now`` is of the timers' clock.
        """
        core = self.core
        if not self._service_state.enabled:
            self._service_state.expire(now)
        if not self._service_state.enabled:
            return () if E.DHCP4_PACKET_DROP_0008 in core.log.enabled else _DISABLED
        looks_away = core.hooks.looks_away
        if looks_away is None or len(core.hooks.buffer4_receive) != 1 or not looks_away():
            return ()
        return _NOT_FOR_US

    def resume(self, parked: Parked, answer: object, now: float) -> Outcome:
        """Go on with a parked query up to its Outcome; ``answer`` is the result of its awaitable, or the error.

        Others may have been decided about meanwhile; when this server is not the one in force any more, the
        query is to be dropped instead.
        """
        exchange = parked.exchange
        self.core.statistics.now = now
        exchange.now, exchange.time = int(now), now
        try:
            if self._service_state.enabled:
                outcome = hookpoints.wait_or(parked.waiting.go_on(answer), exchange, parked.then)
                return self._answer(outcome) if isinstance(outcome, Exchange) else outcome
            self._disabled(exchange.query)
        except Exception as error:
            accept.fault(self.core, exchange, error)
        return None

    def _undecodable(self, query: Query, error: MalformedPacket) -> None:
        """Count and log a query that is dropped because an option cannot be unpacked."""
        message, core = query.message, self.core
        core.statistics.count(_RECEIVED)
        core.drops.malformed(
            MalformedPacket(str(error), OPTION), E.DHCP4_PACKET_DROP_0001, core.statistics.now,
            identity.label(message), address_text(query.source), address_text(query.destination),
            query.interface.name, error, identity.hwaddr_text(message),
        )  # fmt: skip

    def _note_ignored(self, query: Query, codes: tuple[int, ...]) -> None:
        """Count and log a query some of whose options are ignored."""
        core = self.core
        core.statistics.count(IGNORED)
        if E.DHCP4_OPTIONS_IGNORED in core.log.enabled:
            text = ", ".join([str(code) for code in codes])
            core.log.emit(E.DHCP4_OPTIONS_IGNORED, identity.label(query.message), text)

    def _process(self, exchange: Exchange) -> Exchange | Parked | None:
        core = self.core
        if core.traces:
            trace.buffer_unpack(core.log, exchange)
        if E.DHCP4_QUERY_LABEL in core.log.enabled:
            core.log.emit(E.DHCP4_QUERY_LABEL, exchange.label)
        core.statistics.count_all(_BY_TYPE.get(exchange.type, _OTHER_TYPE))
        if core.settings.stash_agent_options:
            recover(core.table.store, exchange)
        if OPT_SERVER_IDENTIFIER in exchange.message.options:
            accept.answer_as_named(exchange)
        reason = accept.refusal(core, exchange, self._is_own)
        if reason is not None:
            accept.report(core, exchange, reason)
            return None
        self._accepted(exchange)
        callbacks = core.hooks.pkt4_receive
        if callbacks:
            if core.classifier is not None:
                core.classifier.begin(exchange)
            outcome = ask("pkt4_receive", callbacks, core.log, exchange.told())
            begun: Exchange | Parked | None
            begun = hookpoints.wait_or(outcome, exchange, lambda outcome: self._let_in(exchange, outcome))
            return begun
        return self._serve(exchange)

    def _is_own(self, identifier: int) -> bool:
        reserved = self.core.settings.hosts.server_identifiers
        return identifier in self._identifiers or identifier in self._served() or identifier in reserved

    def _let_in(self, exchange: Exchange, outcome: Any) -> Exchange | None:
        """The hook libraries have looked at the query; they may have put another in its place."""
        core = self.core
        if hookpoints.refused(core, exchange, outcome, E.DHCP4_HOOK_PACKET_RCVD_SKIP):
            return None
        if outcome is not exchange.query:
            exchange = exchange.replaced(outcome)
            if core.settings.stash_agent_options:
                recover(core.table.store, exchange)
            reason = accept.refusal(core, exchange, self._is_own)
            if reason is not None:
                accept.report(core, exchange, reason)
                return None
        return self._serve(exchange)

    def _serve(self, exchange: Exchange) -> Exchange | None:
        core = self.core
        if core.classifier is not None:
            if exchange.classes is None:
                core.classifier.begin(exchange)
            if accept.is_dropped(core, exchange, E.DHCP4_PACKET_DROP_0010):
                return None
        reason = accept.contradiction(exchange)
        if reason is not None:
            accept.report(core, exchange, reason)
            return None
        if self._hosts.early:
            self._hosts.find_early(exchange)
        if exchange.host is not None and self._is_dropped_early(exchange):
            return None
        if exchange.type in _PLACED and choose(core, self._links, exchange) is Step.DROP:
            self._not_for_us()
            return None
        if core.traces and exchange.type in _PLACED:
            trace.subnet_selection(core.log, exchange, exchange.subnet)
        if exchange.subnet is not None:
            if core.settings.hosts.by_subnet:
                self._hosts.find(exchange, exchange.subnet)
            if core.traces:
                trace.hosts(core, exchange, exchange.subnet)
        if (core.classifier is not None or exchange.host is not None) and self._is_dropped_late(exchange):
            return None
        return exchange

    def _is_dropped_early(self, exchange: Exchange) -> bool:
        """Put the query into the classes of its global reservation, before a subnet is chosen."""
        core = self.core
        if not self._classified(exchange):
            return False
        assert core.classifier is not None
        core.classifier.add_reserved(exchange)
        return accept.is_dropped(core, exchange, E.DHCP4_PACKET_DROP_0014)

    def _is_dropped_late(self, exchange: Exchange) -> bool:
        """Tell the classes that depend on the reservations."""
        core = self.core
        if exchange.type not in _PLACED or not self._classified(exchange):
            return False
        assert core.classifier is not None
        core.classifier.go_on(exchange)
        return accept.is_dropped(core, exchange, E.DHCP4_PACKET_DROP_0013)

    def _classified(self, exchange: Exchange) -> bool:
        """Whether the query is being classified; a host with classes makes sure that it is."""
        core = self.core
        if exchange.classes is None and exchange.host is not None and exchange.host.client_classes:
            core.classify_from_now_on().begin(exchange)
        return exchange.classes is not None

    def _answer(self, exchange: Exchange) -> Outcome:
        kind = exchange.type
        if kind == DISCOVER:
            return discover(self.core, self._engine, self._answers, exchange)
        if kind == REQUEST:
            return request(self.core, self._engine, self._answers, exchange)
        if kind == RELEASE:
            return release(self.core, exchange)
        if kind == DECLINE:
            return decline(self.core, exchange)
        return inform(self.core, self._answers, exchange)

    def _disabled(self, query: Query) -> None:
        core = self.core
        if E.DHCP4_PACKET_DROP_0008 in core.log.enabled:
            core.log.emit(E.DHCP4_PACKET_DROP_0008, identity.label(query.message))
        core.statistics.count("pkt4-service-disabled")
        core.statistics.count("pkt4-receive-drop")

    def _is_for_us(self, query: Query) -> bool:
        core = self.core
        if consult("buffer4_receive", core.hooks.buffer4_receive, core.log, query) is Step.DROP:
            core.statistics.count_all(_NOT_FOR_US)
            return False
        return True

    def _not_for_us(self) -> None:
        self.core.statistics.count("pkt4-not-for-us")
        self.core.statistics.count("pkt4-receive-drop")

    def _accepted(self, exchange: Exchange) -> None:
        core, query = self.core, exchange.query
        log = core.log
        if E.DHCP4_PACKET_RECEIVED in log.enabled:
            log.emit(
                E.DHCP4_PACKET_RECEIVED, exchange.label, TYPE_NAMES[exchange.type], exchange.type,
                address_text(query.source), address_text(query.destination), query.interface.name,
            )  # fmt: skip
        if core.traces:
            trace.query_data(log, exchange, core.server_port)
