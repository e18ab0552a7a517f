"""Option 81, Client FQDN (RFC 4702): who updates DNS, and with which name."""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnsname import labels_text, pack_labels, read_labels, text_labels

FLAG_S: Final = 0x01  # the server updates the A record
FLAG_O: Final = 0x02  # the server overrides the client's wish
FLAG_E: Final = 0x04  # the name is in DNS wire format, else in ASCII (deprecated)
FLAG_N: Final = 0x08  # the server updates nothing

_RCODES: Final = b"\xff\xff"  # RFC 4702 section 2.2: what a server puts into the two obsolete fields


class ClientFqdn(NamedTuple):
    """``name`` is in lower case and without the last dot; ``complete``: it was (is) sent with its root."""

    flags: int
    name: str
    complete: bool


def unpack_fqdn(data: bytes) -> ClientFqdn:
    """Return the option of a client. Raises MalformedPacket where RFC 4702 does not allow it."""
    cursor = Cursor(data)
    flags = cursor.uint(1)
    cursor.take(2)  # the response codes, obsolete
    if flags & FLAG_N and flags & FLAG_S:
        raise MalformedPacket("both N and S flag in option 81")
    rest = cursor.rest()
    if not rest:
        return ClientFqdn(flags, "", False)
    if flags & FLAG_E:
        complete = rest[-1] == 0  # a partial name goes without the root's zero
        name_cursor = Cursor(rest if complete else rest + b"\0")
        labels = read_labels(name_cursor)
        name_cursor.finish()
        return ClientFqdn(flags, labels_text(labels).lower(), complete)
    text = rest.decode("ascii", "replace")
    return ClientFqdn(flags, text.removesuffix(".").lower(), text.endswith("."))


def pack_fqdn(fqdn: ClientFqdn, rcodes: bytes = _RCODES) -> bytes:
    """Return the option of a server, in the encoding its E flag says. Raises ValueError for what is no domain name.

    Kea answers with the client's own ``rcodes``.
    """
    fixed = bytes((fqdn.flags,)) + rcodes
    if not fqdn.flags & FLAG_E:
        return fixed + fqdn.name.encode() + (b"." if fqdn.complete else b"")
    labels = text_labels(fqdn.name) if fqdn.name else []
    return fixed + pack_labels(labels) + (b"\0" if fqdn.complete else b"")
