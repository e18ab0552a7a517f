"""THE STORY of one packet: the steps that a query takes, in order, each of them a function with a name.

``ARRIVAL`` is taken by a query that may still be another server's, ``RECEPTION`` by one that is an exchange by then.
A step of the first returns the query to continue with, or None to end the packet's way. One of the second returns None
to continue, DROPPED, another Exchange to continue with, or Parked: ``Server.resume`` then continues with the next step.
What follows is ``answer``, and outside of the engine ``server.perform``. A step that would do nothing for any query, as
the configuration, the hook libraries and the logging levels are, is left out (see ``is_needed``).

Only the answer touches leases. So the reception of many packets can come before the first answer: what is done for
many in a row costs less, as it stays in the processor's caches.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple, cast

from kea_twisted import events as E
from kea_twisted.engine import accept, hookpoints, trace
from kea_twisted.engine.arrivals import (
    BY_TYPE,
    OTHER_TYPE,
    count_left,
    report_disabled_arrival,
    report_ignored,
    report_malformed,
)
from kea_twisted.engine.core import Core
from kea_twisted.engine.decline import decline
from kea_twisted.engine.discover import discover
from kea_twisted.engine.effects import Outcome, Parked, Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.findhosts import find_reservation, look_up_early, look_up_reservations, when_known
from kea_twisted.engine.hostlookup import Unchecked, Unread
from kea_twisted.engine.inform import inform
from kea_twisted.engine.parts import Parts
from kea_twisted.engine.relayinfo import recover
from kea_twisted.engine.release import release
from kea_twisted.engine.request import request
from kea_twisted.errors import MalformedPacket
from kea_twisted.hooks.chain import ask
from kea_twisted.hooks.points import Step
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

_PLACED: Final = frozenset((DISCOVER, REQUEST, INFORM))
"""These go by the subnet; RELEASE and DECLINE go by the lease."""


class End(Enum):
    """The result of a step that ends the packet's way."""

    DROPPED = 0


DROPPED: Final = End.DROPPED

Verdict = Exchange | Parked | End | None


# --- arrival: of a query that may be another server's --------------------------------------------------------------


def check_service(parts: Parts, query: Query) -> Query | None:
    """Drop the query if the DHCP service is disabled."""
    core = parts.core
    if core.service_state.enabled:
        return query
    report_disabled_arrival(core, query)
    return None


def ask_buffer4_receive(parts: Parts, query: Query) -> Query | None:
    """Ask the hook libraries if the query is for this server, as it is or changed; a standby drops every query here."""
    core = parts.core
    callbacks = core.hooks.buffer4_receive
    if not callbacks:
        return query
    outcome = ask("buffer4_receive", callbacks, core.log, query)
    if outcome is Step.DROP or outcome is Step.TAKEN:
        count_left(core, outcome is Step.TAKEN)
        return None
    return query if outcome is Step.SKIP else cast(Query, outcome)


def unpack_options(parts: Parts, query: Query) -> Query | None:
    """Drop the query if an option cannot be unpacked, or ignore the option if that is configured."""
    try:
        ignored = parts.formats.sift(query.message.options)
    except MalformedPacket as error:
        report_malformed(parts.core, query, error)
        return None
    if ignored:
        report_ignored(parts.core, query, ignored)
    return query


# --- reception: of an exchange -------------------------------------------------------------------------------------


def count_received(parts: Parts, exchange: Exchange) -> Verdict:
    """Log and count the query."""
    core = parts.core
    if core.traces:
        trace.buffer_unpack(core.log, exchange)
    if E.DHCP4_QUERY_LABEL in core.log.enabled:
        core.log.emit(E.DHCP4_QUERY_LABEL, exchange.label)
    core.statistics.count_all(BY_TYPE.get(exchange.type, OTHER_TYPE))
    return None


def restore_relay_options(parts: Parts, exchange: Exchange) -> Verdict:
    """Put the relay's option 82 of the client's lease into a query that came without it, if that is configured."""
    if parts.core.settings.stash_agent_options:
        recover(parts.core.table.store, exchange)
    return None


def refuse(parts: Parts, exchange: Exchange) -> Verdict:
    """Drop the query for one of the reasons in ``accept.REASONS``."""
    if OPT_SERVER_IDENTIFIER in exchange.message.options:
        accept.answer_as_named(exchange)
    reason = accept.refusal(parts.core, exchange, parts.is_own)
    if reason is not None:
        accept.report(parts.core, exchange, reason)
        return DROPPED
    return None


def log_accepted(parts: Parts, exchange: Exchange) -> Verdict:
    """Log that the query is processed."""
    core, query = parts.core, exchange.query
    if E.DHCP4_PACKET_RECEIVED in core.log.enabled:
        core.log.emit(
            E.DHCP4_PACKET_RECEIVED, exchange.label, TYPE_NAMES[exchange.type], exchange.type,
            address_text(query.source), address_text(query.destination), query.interface.name,
        )  # fmt: skip
    if core.traces:
        trace.query_data(core.log, exchange, core.server_port)
    return None


def ask_pkt4_receive(parts: Parts, exchange: Exchange) -> Verdict:
    """Show the query to the hook libraries, which may replace or park it."""
    core = parts.core
    callbacks = core.hooks.pkt4_receive
    if not callbacks:
        return None
    if core.hooks.reads_classes:
        core.classify_from_now_on()
    if core.classifier is not None:
        core.classifier.begin(exchange)
    outcome = ask("pkt4_receive", callbacks, core.log, exchange.with_classes())
    verdict: Verdict = hookpoints.wait_or(outcome, exchange, lambda outcome: _as_replaced(parts, exchange, outcome))
    return verdict


def classify(parts: Parts, exchange: Exchange) -> Verdict:
    """Evaluate the classes that depend on the query alone."""
    core = parts.core
    if core.hooks.reads_classes:
        core.classify_from_now_on()
    if core.classifier is not None:
        if exchange.classes is None:
            core.classifier.begin(exchange)
        if core.hooks.reads_classes:
            exchange.with_classes()  # the query of all later hook points, whose classes grow with those of the exchange
        if accept.is_dropped(core, exchange, E.DHCP4_PACKET_DROP_0010):
            return DROPPED
    return None


def refuse_contradictions(parts: Parts, exchange: Exchange) -> Verdict:
    """Drop a query that the RFC forbids, by ``accept.CONTRADICTIONS``."""
    reason = accept.contradiction(exchange)
    if reason is not None:
        accept.report(parts.core, exchange, reason)
        return DROPPED
    return None


def find_global_reservation(parts: Parts, exchange: Exchange) -> Verdict:
    """Find the client's global reservation, if there are such, and evaluate the classes again with its classes."""
    if parts.hosts.early:
        parts.hosts.find_early(exchange)
    if exchange.host is not None and _is_classified(parts.core, exchange):
        core = parts.core
        core.classify_from_now_on().add_reserved(exchange)
        if accept.is_dropped(core, exchange, E.DHCP4_PACKET_DROP_0014):
            return DROPPED
    return None


def choose_subnet(parts: Parts, exchange: Exchange) -> Verdict:
    """Choose the subnet of a query that goes by it."""
    if exchange.type in _PLACED:
        exchange.subnet = parts.links.select(exchange)
        if parts.core.hooks.subnet4_select:
            return hookpoints.placed(parts.core, exchange, DROPPED)
        hookpoints.settle(parts.core, exchange)
    return None


def classify_by_reservation(parts: Parts, exchange: Exchange) -> Verdict:
    """Evaluate the classes that depend on the reservations."""
    core = parts.core
    if core.classifier is None and exchange.host is None:
        return None
    if exchange.type in _PLACED and _is_classified(core, exchange):
        core.classify_from_now_on().go_on(exchange)
        if accept.is_dropped(core, exchange, E.DHCP4_PACKET_DROP_0013):
            return DROPPED
    return None


# --- answer --------------------------------------------------------------------------------------------------------


def answer(parts: Parts, exchange: Exchange) -> Outcome:
    """Answer the query by its type; only here leases are read and changed.

    It waits, unchanged, if it is unknown whether an address that comes into question is reserved or in use.
    """
    kind = exchange.type
    try:
        if kind == DISCOVER:
            return discover(parts.core, parts.allocation, parts.answers, exchange)
        if kind == REQUEST:
            return request(parts.core, parts.allocation, parts.answers, exchange)
        if kind == RELEASE:
            return release(parts.core, exchange)
        if kind == DECLINE:
            return decline(parts.core, exchange)
        return inform(parts.core, parts.answers, exchange)
    except (Unchecked, Unread) as unknown:
        return when_known(parts, exchange, unknown, lambda: answer(parts, exchange))


# --- the steps that are needed at present --------------------------------------------------------------------------


class StepConditions(NamedTuple):
    """All that decides which steps are needed, and that may change between two batches."""

    levels: frozenset[E.Event]
    traces: bool
    is_enabled: bool
    asks_buffer4_receive: bool
    asks_pkt4_receive: bool
    restores_relay_options: bool
    classifies: bool
    finds_early: bool
    has_reservations: bool
    looks_up: bool


def step_conditions(parts: Parts) -> StepConditions:
    """Return the present state of what ``is_needed`` goes by."""
    core, hooks, settings = parts.core, parts.core.hooks, parts.core.settings
    return StepConditions(
        core.levels,
        core.traces,
        core.service_state.enabled,
        bool(hooks.buffer4_receive),
        bool(hooks.pkt4_receive),
        settings.stash_agent_options,
        core.classifier is not None or hooks.reads_classes,
        parts.hosts.early,
        core.has_reservations,
        core.host_lookup is not None,
    )


def _always(now: StepConditions) -> bool:
    return True


# --- the tables ----------------------------------------------------------------------------------------------------


ArrivalTake = Callable[[Parts, Query], Query | None]
ReceptionTake = Callable[[Parts, Exchange], Verdict]


class ArrivalStep(NamedTuple):
    """A step before anything is known of the query. ``points`` are the hook points asked in it."""

    take: ArrivalTake
    points: tuple[str, ...] = ()
    is_needed: Callable[[StepConditions], bool] = _always


class ReceptionStep(NamedTuple):
    """A step of an exchange. A query waits in it for libraries at its hook points that may wait.

    ``is_needed`` returns False if the step would do nothing for any query at present.
    """

    take: ReceptionTake
    points: tuple[str, ...] = ()
    is_needed: Callable[[StepConditions], bool] = _always


ARRIVAL: Final = (
    ArrivalStep(check_service, (), lambda now: not now.is_enabled),
    ArrivalStep(ask_buffer4_receive, ("buffer4_receive",), lambda now: now.asks_buffer4_receive),
    ArrivalStep(unpack_options),
)

RECEPTION: Final = (
    ReceptionStep(count_received),
    ReceptionStep(restore_relay_options, (), lambda now: now.restores_relay_options),
    ReceptionStep(refuse),
    ReceptionStep(log_accepted, (), lambda now: now.traces or E.DHCP4_PACKET_RECEIVED in now.levels),
    ReceptionStep(ask_pkt4_receive, ("pkt4_receive",), lambda now: now.asks_pkt4_receive),
    ReceptionStep(classify, (), lambda now: now.classifies),
    ReceptionStep(refuse_contradictions),
    ReceptionStep(look_up_early, ("host4_identifier",), lambda now: now.looks_up and now.finds_early),
    ReceptionStep(find_global_reservation, ("host4_identifier",), lambda now: now.finds_early),
    ReceptionStep(choose_subnet, ("subnet4_select",)),
    ReceptionStep(look_up_reservations, ("host4_identifier",), lambda now: now.looks_up),
    ReceptionStep(find_reservation, ("host4_identifier",), lambda now: now.traces or now.has_reservations),
    ReceptionStep(classify_by_reservation, (), lambda now: now.classifies or now.has_reservations),
)


def needed(now: StepConditions) -> tuple[tuple[ArrivalTake, ...], tuple[ReceptionTake, ...]]:
    """Return the steps of arrival and of reception that are needed."""
    return (
        tuple([step.take for step in ARRIVAL if step.is_needed(now)]),
        tuple([step.take for step in RECEPTION if step.is_needed(now)]),
    )


ANSWER_POINTS: Final = (
    "ddns4_update", "lease4_select", "lease4_renew", "lease4_offer", "lease4_server_decline", "lease4_decline",
    "lease4_release",
)  # fmt: skip
"""The hook points of ``answer``; at ``lease4_offer`` a query may wait."""

PERFORMANCE: Final = (
    ("complete the replies", ()),
    ("write the leases", ()),
    ("ask for acknowledgements", ("leases4_committed",)),
    ("send the replies", ("pkt4_send", "buffer4_send")),
)
"""The steps of ``server.perform``, which are taken by all decisions of a batch, one step after the other."""


def name_of(take: Callable[..., object]) -> str:
    """Return the name of a step in words."""
    return take.__name__.replace("_", " ")


def way() -> list[tuple[str, tuple[str, ...]]]:
    """Return all steps of a packet in order: their names, and the hook points asked in them."""
    return [
        *((name_of(step.take), step.points) for step in ARRIVAL),
        *((name_of(step.take), step.points) for step in RECEPTION),
        ("answer", ANSWER_POINTS),
        *PERFORMANCE,
    ]


def _as_replaced(parts: Parts, exchange: Exchange, outcome: object) -> Exchange | End:
    """Return the exchange to continue with when the libraries at ``pkt4_receive`` have answered."""
    if hookpoints.refused(parts.core, exchange, outcome, E.DHCP4_HOOK_PACKET_RCVD_SKIP):
        return DROPPED
    if outcome is exchange.query:
        return exchange
    other = exchange.replaced(cast(Query, outcome))
    restore_relay_options(parts, other)
    reason = accept.refusal(parts.core, other, parts.is_own)
    if reason is not None:
        accept.report(parts.core, other, reason)
        return DROPPED
    return other


def _is_classified(core: Core, exchange: Exchange) -> bool:
    """Return True if the query has classes; a reservation with classes gives it some."""
    if exchange.classes is None and exchange.host is not None and exchange.host.client_classes:
        core.classify_from_now_on().begin(exchange)
    return exchange.classes is not None
