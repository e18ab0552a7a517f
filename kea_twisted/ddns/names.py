"""Domain names as text and on the wire, and the names of addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

import dns.name

LONGEST: Final = 254  # characters, with the dot at the end; RFC 1035 section 2.3.4 counts bytes on the wire
_LENGTHS: Final = tuple(bytes((length,)) for length in range(64))
_USUAL: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)+")


def absolute(text: str) -> str:
    """Return a name with a dot at its end, special characters escaped. Raises DNSException, UnicodeError."""
    dotted = text if text.endswith(".") else f"{text}."
    if len(dotted) <= LONGEST and _USUAL.fullmatch(dotted):
        return dotted
    return dns.name.from_text(text.encode()).to_text()


def name_wire(text: str) -> bytes:
    """Return an absolute name on the wire."""
    if _USUAL.fullmatch(text):
        return labels_wire(text) + b"\0"
    return dns.name.from_text(text.encode()).to_wire() or b""


def labels_wire(text: str) -> bytes:
    """Return the labels of a name, a dot behind each, on the wire; none has a special character."""
    data = text[:-1].encode()
    if b"." not in data:
        return _LENGTHS[len(data)] + data
    return b"".join([_LENGTHS[len(label)] + label for label in data.split(b".")])


@lru_cache(maxsize=256)
def reverse_name(address: str) -> str:
    """Return the name whose PTR record belongs to an address (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    if ":" in address:
        return f"{ip_address(address).reverse_pointer}."
    return f"{'.'.join(reversed(address.split('.')))}.in-addr.arpa."


@lru_cache(maxsize=256)
def address_wire(address: str) -> bytes:
    """Return the data of an A or AAAA record."""
    return ip_address(address).packed if ":" in address else bytes(map(int, address.split(".")))
