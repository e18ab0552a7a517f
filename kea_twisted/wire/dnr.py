r"""Option 162, encrypted DNS resolvers (RFC 9463 section 5.1), between the wire and Kea's notation.

The notation: ``priority, name, addresses, parameters``, resolvers separated by ``|``:
``"10, dot1.example.org., 10.0.2.3 10.3.4.5, alpn=dot\,doq port=8530 | 20, dot2.example.org."``.
"""

from __future__ import annotations

import re
from typing import Final

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnsname import pack_name, unpack_name

# Service parameters of use here (RFC 9463 section 3.1.8), numbered by RFC 9460 section 14.3.2 and RFC 9461.
_ALPN: Final = 1
_PORT: Final = 3
_DOHPATH: Final = 7
_KEYS: Final = {"alpn": _ALPN, "port": _PORT, "dohpath": _DOHPATH}
_KEY_NAMES: Final = {number: name for name, number in _KEYS.items()}


def text_dnr(text: str) -> bytes:
    """Return the payload for the notation above. Raises ValueError where it is no such notation."""
    resolvers = [_pack_resolver(part) for part in _split(text, "|")]
    if not resolvers:
        raise ValueError("no resolver given")
    return b"".join([len(resolver).to_bytes(2, "big") + resolver for resolver in resolvers])


def dnr_text(cursor: Cursor) -> str:
    """Return the inverse of ``text_dnr``."""
    resolvers = []
    while cursor:
        with cursor.restricted(cursor.uint(2)) as field:
            resolvers.append(_resolver_text(field))
    return " | ".join(resolvers)


def _pack_resolver(text: str) -> bytes:
    fields = [field.strip() for field in _split(text, ",")]
    if not 2 <= len(fields) <= 4:
        raise ValueError("a resolver has a priority and a name, then optional addresses and parameters")
    priority = _number(fields[0], "priority")
    name = pack_name(fields[1].lower())
    data = priority.to_bytes(2, "big") + bytes((len(name),)) + name
    if len(fields) == 2:
        return data
    addresses = b"".join([address_number(address).to_bytes(4, "big") for address in fields[2].split()])
    if not 0 < len(addresses) < 256:
        raise ValueError("a resolver has 1 to 63 addresses")
    data += bytes((len(addresses),)) + addresses
    return data + _pack_parameters(fields[3]) if len(fields) == 4 else data


def _resolver_text(cursor: Cursor) -> str:
    priority = cursor.uint(2)
    with cursor.restricted(cursor.uint(1)) as field:
        name = unpack_name(field)
    if not cursor:
        return f"{priority}, {name}"
    with cursor.restricted(cursor.uint(1)) as field:
        addresses = []
        while field:
            addresses.append(address_text(field.uint(4)))
    if not addresses:
        raise MalformedPacket("resolver without an address")
    text = f"{priority}, {name}, {' '.join(addresses)}"
    return f"{text}, {_parameters_text(cursor)}" if cursor else text


def _pack_parameters(text: str) -> bytes:
    """Parameters go out in the order of their numbers, each once (RFC 9460 section 2.2)."""
    values: dict[int, bytes] = {}
    for pair in text.split():
        name, equals, value = pair.partition("=")
        if not equals or not value or name not in _KEYS:
            raise ValueError(f"invalid service parameter '{pair}', possible are {', '.join(_KEYS)}")
        if _KEYS[name] in values:
            raise ValueError(f"service parameter '{name}' given twice")
        values[_KEYS[name]] = _pack_parameter(_KEYS[name], value)
    protocols = text.partition("alpn=")[2].partition(" ")[0].split(",")
    if _DOHPATH not in values and any(protocol.startswith("h") for protocol in protocols):
        raise ValueError("service parameter 'dohpath' is needed for DNS over HTTP")  # RFC 9461 section 5
    return b"".join(
        [key.to_bytes(2, "big") + len(values[key]).to_bytes(2, "big") + values[key] for key in sorted(values)]
    )


def _pack_parameter(key: int, value: str) -> bytes:
    if key == _ALPN:
        protocols = [protocol.encode() for protocol in value.split(",") if protocol]
        if not all(len(protocol) < 256 for protocol in protocols):
            raise ValueError("protocol identifier longer than 255 bytes")
        return b"".join([bytes((len(protocol),)) + protocol for protocol in protocols])
    if key == _PORT:
        return _number(value, "port").to_bytes(2, "big")
    if "{?dns}" not in value:
        raise ValueError("service parameter 'dohpath' must contain '{?dns}'")
    return value.encode("utf-8", "surrogateescape")


def _parameters_text(cursor: Cursor) -> str:
    texts = []
    while cursor:
        key = cursor.uint(2)
        with cursor.restricted(cursor.uint(2)) as field:
            texts.append(f"{_KEY_NAMES.get(key, f'key{key}')}={_parameter_text(key, field)}")
    return " ".join(texts)


def _parameter_text(key: int, cursor: Cursor) -> str:
    if key == _PORT:
        return str(cursor.uint(2))
    if key == _ALPN:
        protocols = []
        while cursor:
            protocols.append(cursor.take(cursor.uint(1)).decode("utf-8", "replace"))
        return "\\,".join(protocols)
    return cursor.rest().decode("utf-8", "replace")


def _number(text: str, what: str) -> int:
    if not text.isdecimal() or int(text) > 0xFFFF:
        raise ValueError(f"invalid {what} '{text}', 0 to 65535 possible")
    return int(text)


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that have no backslash before them; the backslashes are removed."""
    parts = re.findall(rf"(?:[^{separator}\\]|\\.|\\$)+", text, re.DOTALL)
    return [part.replace("\\" + separator, separator) for part in parts]
