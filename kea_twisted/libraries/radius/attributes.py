"""Attributes with their values: from texts and bytes, as the log shows them, as the host cache keeps them."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import MASK, Json
from kea_twisted.libraries.radius.dictionary import Definition, Dictionary, integer
from kea_twisted.libraries.radius.standard import INTEGER, IPADDR, IPV6ADDR, IPV6PREFIX, STRING

LONGEST: Final = 253
"""The longest value of an attribute (RFC 2865 section 5)."""

SECRET: Final = frozenset((2, 3, 69, 70))
"""Attributes with passwords: User-Password, CHAP-Password, Tunnel-Password, ARAP-Password."""

_PRINTABLE: Final = frozenset(map(ord, string.printable)) - frozenset(b"\t\n\r\x0b\x0c")
_SIZES: Final[Mapping[str, int]] = {INTEGER: 4, IPADDR: 4, IPV6ADDR: 16}


class Attribute(NamedTuple):
    """The number of an attribute and its value, as a packet has it (a password is not encrypted yet)."""

    code: int
    value: bytes


class Attributes(tuple[Attribute, ...]):
    """Attributes in their order."""

    __slots__ = ()

    def first(self, code: int) -> bytes | None:
        """Return the value of the first attribute of a number."""
        return next((each.value for each in self if each.code == code), None)

    def values(self, code: int) -> Iterator[bytes]:
        """Yield the values of all attributes of a number."""
        return (each.value for each in self if each.code == code)


def is_printable(value: bytes) -> bool:
    """Return True if the bytes can be shown as text."""
    return bool(value) and _PRINTABLE.issuperset(value)


def from_text(dictionary: Dictionary, row: Definition, text: str) -> Attribute:
    """Return the attribute with a value that was written as text. Raises ValueError."""
    if not text:
        raise ValueError("empty attribute value")
    if row.kind == STRING:
        return from_bytes(row, text.encode())
    if row.kind == INTEGER:
        named = dictionary.value(row.code, text)
        return Attribute(row.code, (integer(text) if named is None else named).to_bytes(4))
    try:
        if row.kind == IPADDR:
            return Attribute(row.code, IPv4Address(text).packed)
        if row.kind == IPV6ADDR:
            return Attribute(row.code, IPv6Address(text).packed)
        address, slash, length = text.partition("/")
        if slash and length.isdecimal() and int(length) <= 128:
            return Attribute(row.code, bytes((0, int(length))) + IPv6Address(address).packed)
    except AddressValueError as error:
        raise ValueError(str(error)) from None
    raise ValueError(f"unable to parse prefix {text}")


def from_bytes(row: Definition, value: bytes) -> Attribute:
    """Return the attribute with a value in the form of packets. Raises ValueError."""
    if not value:
        raise ValueError("empty attribute value")
    if len(value) > LONGEST:
        raise ValueError(f"value is too large {len(value)} > {LONGEST}")
    size = _SIZES.get(row.kind, len(value))
    if len(value) != size:
        raise ValueError(f"bad value length {len(value)} != {size}")
    if row.kind == IPV6PREFIX and (not 2 <= len(value) <= 18 or value[1] > 128):
        raise ValueError(f"bad prefix of {len(value)} bytes")
    return Attribute(row.code, value)


def text_of(dictionary: Dictionary, attribute: Attribute) -> str:
    """Return an attribute as the log shows it; passwords are masked."""
    code, value = attribute
    if code in SECRET:
        return f"{dictionary.name_of(code)}={MASK}"
    return f"{dictionary.name_of(code)}={_value_text(dictionary, code, value)}"


def list_text(dictionary: Dictionary, attributes: Iterable[Attribute]) -> str:
    """Return attributes as the log shows them."""
    return ", ".join([text_of(dictionary, each) for each in attributes]) or "no attributes"


def shown(dictionary: Dictionary, attributes: Iterable[Attribute]) -> list[dict[str, Json]]:
    """Return attributes in the form that the host cache keeps them in."""
    return [_shown(dictionary, each) for each in attributes]


def from_shown(dictionary: Dictionary, elements: Json) -> Attributes:
    """Return the attributes of that form; what is none is passed over."""
    made = []
    for element in elements if isinstance(elements, list | tuple) else ():
        code = element.get("type") if isinstance(element, Mapping) else None
        row = dictionary.of(code) if type(code) is int else None
        if row is None:
            continue
        raw, data = element.get("raw"), element.get("data")
        try:
            if row.kind == STRING and isinstance(raw, str) and raw:
                made.append(from_bytes(row, bytes.fromhex(raw)))
            elif isinstance(data, str):
                made.append(from_text(dictionary, row, data))
        except ValueError:
            continue
    return Attributes(made)


def received(dictionary: Dictionary, pairs: Iterable[tuple[int, bytes]]) -> Attributes:
    """Return the known attributes of a reply. Raises ValueError if a value is none of its type."""
    rows = [(dictionary.of(code), value) for code, value in pairs]
    return Attributes([from_bytes(row, value) for row, value in rows if row is not None])


def _value_text(dictionary: Dictionary, code: int, value: bytes) -> str:
    row = dictionary.of(code)
    kind = row.kind if row is not None else STRING
    if kind == INTEGER:
        return dictionary.value_name(code, int.from_bytes(value))
    return value.decode("ascii") if kind == STRING and is_printable(value) else _data(kind, value)


def _shown(dictionary: Dictionary, attribute: Attribute) -> dict[str, Json]:
    code, value = attribute
    row = dictionary.of(code)
    kind = row.kind if row is not None else STRING
    made: dict[str, Json] = {"name": row.name} if row is not None else {}
    made["type"] = code
    if kind == STRING and not is_printable(value):
        return {**made, "raw": value.hex().upper()}
    return {**made, "data": value.decode("ascii") if kind == STRING else _data(kind, value)}


def _data(kind: str, value: bytes) -> str:
    if kind == INTEGER:
        return str(int.from_bytes(value))
    if kind == IPADDR:
        return str(IPv4Address(value))
    if kind == IPV6ADDR:
        return str(IPv6Address(value))
    if kind == IPV6PREFIX:
        return f"{IPv6Address(value[2:].ljust(16, bytes(1)))}/{value[1]}"
    return value.hex()
