"""The last moment of a reply: hooks may hold it back, then it is logged and counted as sent."""

from __future__ import annotations

from typing import Any

from kea_twisted import events as E
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.statistics import TYPE_OFFSET, Statistics
from kea_twisted.hooks.chain import HookChain, consult
from kea_twisted.hooks.points import Step
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import SERVER_PORT, TYPE_NAMES
from kea_twisted.wire.identity import label


def departs(
    decision: Decision, hooks: HookChain, log: Any, statistics: Statistics, server_port: int = SERVER_PORT
) -> bool:
    """Whether the reply of a decision is to be sent now; if so it is logged and counted."""
    reply = decision.reply
    if reply is None:
        return False
    if hooks.pkt4_send and consult("pkt4_send", hooks.pkt4_send, log, decision.query, reply) is Step.DROP:
        return False
    if E.DHCP4_PACKET_SEND in log.enabled:
        kind = reply.payload[TYPE_OFFSET]
        log.emit(
            E.DHCP4_PACKET_SEND, label(decision.query.message), TYPE_NAMES[kind], kind,
            address_text(reply.source), server_port, address_text(reply.destination), reply.port,
            reply.interface.name,
        )  # fmt: skip
    statistics.count_sent(reply.payload)
    return True
