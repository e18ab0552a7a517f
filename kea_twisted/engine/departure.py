"""The last step of a reply: hook libraries may drop it, then it is logged and counted as sent."""

from __future__ import annotations

from typing import Final, cast

from kea_twisted import events as E
from kea_twisted.engine import trace
from kea_twisted.engine.effects import Decision, Query, Reply
from kea_twisted.engine.statistics import TYPE_OFFSET, Statistics
from kea_twisted.hooks.chain import HookChain, ask
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Log
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OPT_MESSAGE_TYPE, SERVER_PORT, TYPE_NAMES
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message, decode, encode

NO_TYPE: Final = "UNKNOWN"
"""The name of the type of a reply from which a hook library took the message type."""

_SEND: Final = E.DHCP4_PACKET_SEND
_CODE_OFFSET: Final = TYPE_OFFSET - 2

STEPS: Final = frozenset((E.DHCP4_PACKET_PACK, E.DHCP4_RESPONSE_DATA))
"""The debug messages of this step."""


def departs(
    decision: Decision,
    hooks: HookChain,
    log: Log,
    statistics: Statistics,
    server_port: int = SERVER_PORT,
    traces: bool = True,
) -> Reply | None:
    """Return the reply of a decision as it is to be sent now, logged and counted; None: nothing is to be sent.

    ``traces``: some event of STEPS may be enabled.
    """
    reply = decision.reply
    if reply is not None and (hooks.pkt4_send or hooks.buffer4_send):
        reply = _as_wished(decision.query, reply, hooks, log)
    if reply is None:
        return None
    payload, interface, source, destination, port, _ = reply
    if traces and E.DHCP4_PACKET_PACK in log.enabled:
        log.emit(E.DHCP4_PACKET_PACK, label(decision.query.message))
    if _SEND in log.enabled and interface.envelope is None:
        kind = payload[TYPE_OFFSET] if payload[_CODE_OFFSET] == OPT_MESSAGE_TYPE else 0
        log.emit(
            _SEND, label(decision.query.message), TYPE_NAMES.get(kind, NO_TYPE), kind,
            address_text(source), server_port, address_text(destination), port, interface.name,
        )  # fmt: skip
    if traces and E.DHCP4_RESPONSE_DATA in log.enabled:
        trace.response_data(log, decision.query, reply, server_port)
    statistics.count_sent(payload)
    return reply


def _as_wished(query: Query, reply: Reply, hooks: HookChain, log: Log) -> Reply | None:
    """Return the reply as the hook libraries have changed it; None: they drop it."""
    if hooks.pkt4_send:
        before = decode(reply.payload)
        after = ask("pkt4_send", hooks.pkt4_send, log, query, before)
        if isinstance(after, Step):
            if E.DHCP4_HOOK_PACKET_SEND_DROP in log.enabled:
                log.emit(E.DHCP4_HOOK_PACKET_SEND_DROP, label(query.message))
            return None
        if after is not before:
            reply = reply._replace(payload=encode(cast(Message, after)))
    if hooks.buffer4_send:
        outcome = ask("buffer4_send", hooks.buffer4_send, log, query, reply)
        if isinstance(outcome, Step):
            if E.DHCP4_HOOK_BUFFER_SEND_SKIP in log.enabled:
                log.emit(E.DHCP4_HOOK_BUFFER_SEND_SKIP, label(query.message))
            return None
        reply = cast(Reply, outcome)
    return reply
