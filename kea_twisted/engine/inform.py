"""INFORM: the client has an address from elsewhere and asks for options only (RFC 2131 section 4.3.5)."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.engine.answers import Answers
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.exchange import Exchange
from kea_twisted.wire.address import address_text


def inform(core: Core, answers: Answers, exchange: Exchange) -> Decision:
    """Decide on an ACK without address, lifetime and times; without a subnet it holds no configured options."""
    reply = answers.options_only(exchange, exchange.subnet)
    if reply.destination != exchange.message.giaddr and E.DHCP4_INFORM_DIRECT_REPLY in core.log.enabled:
        core.log.emit(
            E.DHCP4_INFORM_DIRECT_REPLY, exchange.label, address_text(reply.destination), reply.interface.name
        )
    return Decision(exchange.query, reply)
