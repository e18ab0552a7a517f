"""The reasons to drop a query: one row per reason, in the order in which they are checked.

A row has the condition, the log message with its arguments, and the statistic under which the drop is
counted (besides ``pkt4-receive-drop``).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.config.model import Settings
from kea_twisted.config.optiondata import ConfiguredOption
from kea_twisted.engine.classify import DROP
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import (
    BOOTREQUEST,
    DECLINE,
    DISCOVER,
    INFORM,
    OPT_REQUESTED_ADDRESS,
    OPT_SERVER_IDENTIFIER,
    RELEASE,
    REQUEST,
    TYPE_NAMES,
)
from kea_twisted.wire.optiondefs import DHCP4_SPACE
from kea_twisted.wire.relay import server_id_override

FOR_SERVERS: Final = frozenset((DISCOVER, REQUEST, DECLINE, RELEASE, INFORM))
_USUAL: Final = FOR_SERVERS - {INFORM}
_LAST_TYPE: Final = max(TYPE_NAMES)

VIOLATION: Final = "pkt4-rfc-violation"
FOREIGN: Final = "pkt4-not-for-us"


IsOwn = Callable[[int, Query], bool]
"""Returns True for an address by which this query may name this server in option 54."""


class Reason(NamedTuple):
    """A reason to drop a query."""

    applies: Callable[[Exchange, IsOwn], bool]
    event: E.Event
    statistic: str
    details: Callable[[Exchange], tuple[object, ...]]


def own_identifiers(settings: Settings) -> frozenset[int]:
    """Return the server identifiers that the configuration gives to this server (option 54), but for those of hosts."""
    sets = [settings.options]
    for subnet in settings.subnets:
        sets.append(subnet.options)
        sets.extend(pool.options for pool in subnet.pools)
    data = {options.by_code[OPT_SERVER_IDENTIFIER] for options in sets if OPT_SERVER_IDENTIFIER in options.by_code}
    levels = [row.options for row in settings.classes]
    levels += [level for options in sets for level in (*options.levels, settings.option_level)]
    data |= {option.data for level in levels for option in level if _is_server_identifier(option)}
    return frozenset(int.from_bytes(identifier, "big") for identifier in data)


def _is_server_identifier(option: ConfiguredOption) -> bool:
    return (option.space, option.code) == (DHCP4_SPACE, OPT_SERVER_IDENTIFIER)


def refusal(core: Core, exchange: Exchange, own: IsOwn) -> Reason | None:
    """Return the first reason that applies; None: the query is processed."""
    kind = exchange.type
    if kind in _USUAL and not _is_foreign(exchange, own):
        return None  # nearly every query: no reason below applies to it
    foreign_is_fine = core.settings.ignore_dhcp_server_identifier
    for reason in REASONS:
        if reason.applies(exchange, own) and not (foreign_is_fine and reason.event is E.DHCP4_PACKET_DROP_0003):
            return reason
    return None


def report(core: Core, exchange: Exchange, reason: Reason) -> None:
    """Log and count the drop."""
    core.statistics.count(reason.statistic)
    core.statistics.count("pkt4-receive-drop")
    if reason.statistic is not FOREIGN:
        details = reason.details(exchange)
        core.drops.dropped(reason.event.identifier, reason.event, exchange.time, exchange.label, *details)
    elif reason.event in core.log.enabled:  # a client that chose another server is nothing an administrator must see
        core.log.emit(reason.event, exchange.label, *reason.details(exchange))


def fault(core: Core, exchange: Exchange, error: Exception) -> None:
    """Log and count a query that an error of ours ended."""
    core.statistics.count("pkt4-processing-failed")
    core.statistics.count("pkt4-receive-drop")
    if E.DHCP4_PACKET_PROCESS_STD_EXCEPTION in core.log.enabled:
        text = "".join(traceback.format_exception(error)).rstrip()
        core.log.emit(E.DHCP4_PACKET_PROCESS_STD_EXCEPTION, exchange.label, text)


def is_dropped(core: Core, exchange: Exchange, event: E.Event) -> bool:
    """Return True, log and count the query if it is in the class DROP."""
    if exchange.classes is None or DROP not in exchange.classes:
        return False
    query = exchange.query
    if event in core.log.enabled:
        core.log.emit(
            event, exchange.label, exchange.hwaddr.hex(":"),
            f"{address_text(query.destination)}:{core.server_port}",
            f"{address_text(query.source)}:{query.source_port}",
        )  # fmt: skip
    core.statistics.count("pkt4-admin-filtered")
    core.statistics.count("pkt4-receive-drop")
    return True


def answer_as_named(exchange: Exchange) -> None:
    """Let a broadcast query with option 54 be answered from the address of the interface that it names there."""
    query = exchange.query
    if len(query.interface.addresses) > 1 and query.destination != query.local:
        identifier = int.from_bytes(exchange.message.options[OPT_SERVER_IDENTIFIER], "big")
        if identifier != query.local and identifier in query.interface.addresses:
            exchange.query = query._replace(local=identifier)


def _is_foreign(exchange: Exchange, own: IsOwn) -> bool:
    data = exchange.message.options.get(OPT_SERVER_IDENTIFIER)
    if data is None:
        return False
    identifier = int.from_bytes(data, "big")
    if identifier == exchange.query.local:
        return False
    return not (
        not identifier  # as in Kea: some devices send 0.0.0.0
        or identifier in exchange.query.interface.addresses
        or own(identifier, exchange.query)
        or identifier == server_id_override(exchange.agent)  # RFC 5107
    )


def _is_no_identifier(_identifier: int, _query: Query) -> bool:
    return False


def _nowhere(exchange: Exchange, _own: IsOwn) -> bool:
    return (
        exchange.type == INFORM
        and not exchange.message.giaddr
        and not exchange.message.ciaddr
        and not exchange.query.source
        and exchange.query.interface.envelope is None
    )


def _on(exchange: Exchange) -> tuple[object, ...]:
    return (exchange.query.interface.name,)


def _type(exchange: Exchange) -> tuple[object, ...]:
    return (exchange.type,)


NAMES_ANOTHER: Final = Reason(_is_foreign, E.DHCP4_PACKET_DROP_0003, FOREIGN, _on)

REASONS: Final = (
    Reason(lambda x, own: not x.type, E.DHCP4_PACKET_DROP_0009, VIOLATION, lambda x: ()),
    Reason(lambda x, own: x.type > _LAST_TYPE, E.DHCP4_PACKET_DROP_0005, VIOLATION, _type),
    Reason(lambda x, own: x.type not in FOR_SERVERS, E.DHCP4_PACKET_DROP_0006, VIOLATION, _type),
    Reason(_nowhere, E.DHCP4_PACKET_DROP_0002, VIOLATION, _on),
    NAMES_ANOTHER,
)

CONTRADICTIONS: Final = (
    Reason(
        lambda x, own: x.message.op != BOOTREQUEST,
        E.DHCP4_PACKET_DROP_0007, VIOLATION, lambda x: (f"op {x.message.op} is not a request",),
    ),
    Reason(
        lambda x, own: x.type == DISCOVER and OPT_SERVER_IDENTIFIER in x.message.options,
        E.DHCP4_PACKET_DROP_0007, VIOLATION,
        lambda x: ("Server-id option was not expected, but received in message DHCPDISCOVER",),
    ),
    Reason(
        lambda x, own: not x.hwaddr and not x.client_id,
        E.DHCP4_PACKET_DROP_0007, VIOLATION,

        lambda x: (f"Missing or useless client-id and no HW address in message {TYPE_NAMES[x.type]}",),
    ),
    Reason(
        lambda x, own: x.type == DECLINE and OPT_REQUESTED_ADDRESS not in x.message.options,
        E.DHCP4_PACKET_DROP_0007, VIOLATION,
        lambda x: (f"Mandatory 'Requested IP address' option missing in DHCPDECLINE sent from {x.label}",),
    ),
)  # fmt: skip
"""Asked after the hook point ``pkt4_receive``, as Kea does: what the RFC forbids."""


def contradiction(exchange: Exchange) -> Reason | None:
    """Return the first of CONTRADICTIONS that applies."""
    kind, message = exchange.type, exchange.message
    if (
        exchange.hwaddr
        and message.op == BOOTREQUEST
        and (kind == REQUEST or (kind == DISCOVER and OPT_SERVER_IDENTIFIER not in message.options))
    ):
        return None  # nearly every query: none of the rows can apply
    for reason in CONTRADICTIONS:
        if reason.applies(exchange, _is_no_identifier):
            return reason
    return None
