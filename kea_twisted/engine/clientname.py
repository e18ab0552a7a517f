"""What the client is called: host name (option 12) and FQDN (option 81), as long as nobody updates DNS.

A name goes into the lease and back to the client. Without DNS updates the answer to an FQDN always says that
the server does none (RFC 4702 section 4). What a client may not be called is taken out
(``hostname-char-set``'s default); what is empty then is made from the address with
``ddns-generated-prefix``'s default.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kea_twisted.engine.exchange import Exchange
from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OPT_FQDN, OPT_HOST_NAME
from kea_twisted.wire.fqdn import FLAG_E, FLAG_N, FLAG_O, FLAG_S, ClientFqdn, pack_fqdn, unpack_fqdn

_FORBIDDEN: Final = re.compile(r"[^A-Za-z0-9.-]")
_GENERATED_PREFIX: Final = "myhost"
_LONGEST_NAME: Final = 253


class ClientName(NamedTuple):
    """``hostname`` for the lease, and the option that tells the client."""

    hostname: str
    code: int
    payload: bytes


def client_name(exchange: Exchange, address: int, reserved: str = "") -> ClientName | None:
    """The name of a client that is going to get this address; None when it does not speak of names.

    A ``reserved`` name is the client's whatever it says, and told even to one who says nothing.
    """
    options = exchange.message.options
    fqdn = options.get(OPT_FQDN)
    if fqdn is not None:
        return _from_fqdn(fqdn, address, reserved)
    if reserved:
        name = reserved.lower().removesuffix(".")
        return ClientName(name, OPT_HOST_NAME, name.encode())
    asked = options.get(OPT_HOST_NAME)
    return None if asked is None else _from_host_name(asked, address)


def _from_fqdn(payload: bytes, address: int, reserved: str) -> ClientName | None:
    try:
        asked = unpack_fqdn(payload)
    except MalformedPacket:
        return None  # the rest of the message is still good
    name = reserved.rstrip(".").lower() or _allowed(asked.name)
    if name is None or (asked.name and not name):
        return None
    name = name or _generated(address)
    flags = FLAG_N | asked.flags & FLAG_E
    if asked.flags & FLAG_S:
        flags |= FLAG_O  # RFC 4702 section 3.1: the client wished otherwise
    return ClientName(name + ".", OPT_FQDN, pack_fqdn(ClientFqdn(flags, name, True)))


def _from_host_name(payload: bytes, address: int) -> ClientName | None:
    text = payload.rstrip(b"\0").decode("latin-1").strip()
    name = _generated(address) if text == "." else _allowed(text)
    return ClientName(name, OPT_HOST_NAME, name.encode()) if name else None


def _allowed(text: str) -> str | None:
    """What is left of a name, in lower case; None for what is no domain name (RFC 1035 section 2.3.4)."""
    name = _FORBIDDEN.sub("", text).strip(".").lower()
    if ".." in name or len(name) > _LONGEST_NAME or any(len(label) > 63 for label in name.split(".")):
        return None
    return name


def _generated(address: int) -> str:
    return f"{_GENERATED_PREFIX}-{address_text(address).replace('.', '-')}"
