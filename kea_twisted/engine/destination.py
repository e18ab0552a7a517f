"""The destination of a reply (RFC 2131 section 4.1), in order; the first row that applies decides.

    INFORM with ciaddr              the client at ciaddr
    INFORM through a relay          the relay; it is to broadcast, as the client's address is not known to it
    INFORM                          where it came from
    anything through a relay        the relay at giaddr; it is to broadcast a NAK
    NAK                             broadcast; a Kea sends it to ciaddr, the address that it refuses
    ciaddr                          the client at ciaddr
    the client cannot be reached    broadcast: it said so by its flag, or the socket shows no hardware address
    the new address                 by link-layer unicast: the client does not answer ARP for it yet

To a relay goes server port 67, or the port the relay uses (RFC 8357); to a client port 68.
"""

from __future__ import annotations

from typing import NamedTuple

from kea_twisted.engine.exchange import Exchange
from kea_twisted.records import new
from kea_twisted.wire.constants import (
    BROADCAST,
    BROADCAST_FLAG,
    CLIENT_PORT,
    INFORM,
    NAK,
    OPT_AGENT_OPTIONS,
    SERVER_PORT,
)
from kea_twisted.wire.relay import has_relay_port


class Destination(NamedTuple):
    """``flags`` is the flags field of the reply; ``mac`` as in ``effects.Reply``."""

    address: int
    port: int
    mac: bytes
    flags: int
    relayed: bool


def destination(exchange: Exchange, reply_type: int, address: int, client_port: int = CLIENT_PORT) -> Destination:
    """Return the destination of a reply of this type; ``address`` is its yiaddr.

    The hardware address is the one of the query's frame, as in Kea: the client's or the router's towards it.
    """
    query, message = exchange.query, exchange.message
    flags, mac, giaddr, ciaddr = message.flags, query.source_mac, message.giaddr, message.ciaddr
    if exchange.type == INFORM:
        if ciaddr:
            return Destination(ciaddr, client_port, mac, flags, False)
        if giaddr:
            return _to_relay(exchange, flags | BROADCAST_FLAG, client_port)
        return Destination(query.source, client_port, mac, flags, False)
    if giaddr:
        return _to_relay(exchange, flags | BROADCAST_FLAG if reply_type == NAK else flags, client_port)
    if ciaddr and reply_type != NAK:
        return new(Destination, (ciaddr, client_port, mac, flags, False))
    if reply_type == NAK or flags & BROADCAST_FLAG or not mac or not address:
        return new(Destination, (BROADCAST, client_port, b"", flags, False))
    return new(Destination, (address, client_port, mac, flags, False))


def _to_relay(exchange: Exchange, flags: int, client_port: int) -> Destination:
    query = exchange.query
    port = SERVER_PORT if client_port == CLIENT_PORT else client_port
    message = exchange.message
    if OPT_AGENT_OPTIONS in message.options and has_relay_port(exchange.agent):
        port = query.source_port
    return new(Destination, (message.giaddr, port, query.source_mac, flags, True))
