"""DHCPv4 over DHCPv6 (RFC 7341): the DHCPv6 messages that a DHCPv6 server passes on, and the responses for it.

Between the two servers each message has a vendor option (RFC 8415 section 21.17) of ISC with where the query came from,
and where the response goes to (Kea: ``dhcp4o6_ipc.cc``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor

RELAY_FORW: Final = 12  # RFC 8415 section 7.3
RELAY_REPL: Final = 13
DHCPV4_QUERY: Final = 20  # RFC 7341 section 7.1
DHCPV4_RESPONSE: Final = 21

OPT_RELAY_MSG: Final = 9
OPT_VENDOR_OPTS: Final = 17
OPT_INTERFACE_ID: Final = 18
OPT_DHCPV4_MSG: Final = 87
OPT_RELAY_SOURCE_PORT: Final = 135  # RFC 8357 section 4.2
_ECHOED: Final = frozenset((OPT_INTERFACE_ID, OPT_RELAY_SOURCE_PORT))

ISC: Final = 2495  # enterprise number
INTERFACE: Final = 60000
SOURCE_ADDRESS: Final = 60001
SOURCE_PORT: Final = 60002

Options = tuple[tuple[int, bytes], ...]
"""Codes and payloads in their order."""


class Hop(NamedTuple):
    """One RELAY-FORW message around a query."""

    hops: int
    link: bytes
    peer: bytes
    options: Options


class Envelope(NamedTuple):
    """All of a DHCPv6 message but the DHCPv4 message in it; the relays from this server to the client.

    ``interface``, ``address`` and ``port`` are those at which the DHCPv6 server received it, and from where.
    """

    type: int
    transaction: bytes  # three bytes: the flags of a DHCPV4-QUERY
    relays: tuple[Hop, ...]
    interface: str
    address: bytes
    port: int

    @property
    def interface_id(self) -> bytes | None:
        """The Interface-Id option of the relay that is closest to the client."""
        return dict(self.relays[-1].options).get(OPT_INTERFACE_ID) if self.relays else None


def read(data: bytes) -> tuple[Envelope, list[bytes]]:
    """Return the envelope and the payloads of its DHCPv4 Message options. Raises MalformedPacket."""
    cursor, relays = Cursor(data), []
    while cursor and data[cursor.position] in (RELAY_FORW, RELAY_REPL):
        cursor.take(1)
        hops, link, peer = cursor.uint(1), cursor.take(16), cursor.take(16)
        options = _options(cursor)
        inner = dict(options).get(OPT_RELAY_MSG)
        if inner is None:
            raise MalformedPacket("a relay message without Relay Message option")
        relays.append(Hop(hops, link, peer, options))
        data, cursor = inner, Cursor(inner)
    kind, transaction = cursor.uint(1), cursor.take(3)
    options = _options(cursor)
    interface, address, port = _origin(options)
    messages = [payload for code, payload in options if code == OPT_DHCPV4_MSG]
    return Envelope(kind, transaction, tuple(relays), interface, address, port), messages


def response(envelope: Envelope, payload: bytes) -> bytes:
    """Return the DHCPV4-RESPONSE to a query, with a DHCPv4 message, as the DHCPv6 server is to pass it on.

    The zeros behind the message, which make it as long as BOOTP's are, are not needed in there.
    """
    origin = (
        (INTERFACE, envelope.interface.encode()),
        (SOURCE_ADDRESS, envelope.address),
        (SOURCE_PORT, envelope.port.to_bytes(2, "big")),
    )
    vendor = ISC.to_bytes(4, "big") + _packed(origin)
    message = bytes((DHCPV4_RESPONSE,)) + envelope.transaction
    message += _packed(((OPT_VENDOR_OPTS, vendor), (OPT_DHCPV4_MSG, payload.rstrip(b"\0"))))
    for hops, link, peer, options in reversed(envelope.relays):
        echoed = [option for option in options if option[0] in _ECHOED]
        message = bytes((RELAY_REPL, hops)) + link + peer + _packed((*echoed, (OPT_RELAY_MSG, message)))
    return message


def _options(cursor: Cursor) -> Options:
    found = []
    while cursor:
        code, size = cursor.uint(2), cursor.uint(2)
        found.append((code, cursor.take(size)))
    return tuple(found)


def _packed(options: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join([code.to_bytes(2, "big") + len(payload).to_bytes(2, "big") + payload for code, payload in options])


def _origin(options: Options) -> tuple[str, bytes, int]:
    """Return the interface, address and port in the vendor option of the DHCPv6 server."""
    number = ISC.to_bytes(4, "big")
    vendor = next((payload for code, payload in options if code == OPT_VENDOR_OPTS and payload[:4] == number), None)
    if vendor is None:
        raise MalformedPacket("no ISC vendor option")
    found = dict(_options(Cursor(vendor, 4)))
    interface, address, port = found.get(INTERFACE, b""), found.get(SOURCE_ADDRESS, b""), found.get(SOURCE_PORT, b"")
    if not interface:
        raise MalformedPacket("no interface suboption")
    if len(address) != 16:
        raise MalformedPacket("no source address suboption")
    if len(port) != 2:
        raise MalformedPacket("no source port suboption")
    return interface.decode(errors="replace"), address, int.from_bytes(port, "big")
