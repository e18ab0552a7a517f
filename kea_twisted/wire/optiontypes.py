r"""THE TYPE TABLE: everything the server knows about a type of option value, one row each.

Configured text is Kea's comma separated notation (``"10.0.0.1, 10.0.0.2"``): ``\,`` is a comma inside a value,
blanks around a value do not count. A whole option is walked here by its definition; the definitions are in
``wire.optiondefs``. What needs to know a type (``wire.formats``, ``expr.late``, ``expr.optiontext``) reads its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final, NamedTuple

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.address import address_number, address_text
from kea_twisted.wire.constants import OPT_CLASSLESS_STATIC_ROUTE, OPT_V4_DNR, OPT_V4_SZTP_REDIRECT
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.dnr import dnr_text, text_dnr
from kea_twisted.wire.dnsname import pack_name, read_labels, unpack_name
from kea_twisted.wire.optiondefs import DHCP4_SPACE, OptionDefinition
from kea_twisted.wire.routes import pack_routes, routes_text, text_routes, unpack_routes

_INTEGERS: Final = frozenset(("int8", "int16", "int32", "uint8", "uint16", "uint32"))
_BLANKS: Final = " \t\n"
_DECIMAL = re.compile(r"[+-]?[0-9]+")
_HEX_DIGITS = re.compile(r"(0[xX])?[0-9a-fA-F]+")
_TOKEN = re.compile(r"((?:[^,\\]|\\.|\\$)*)(?:,|$)", re.DOTALL)
_ESCAPED = re.compile(r"\\([,\\])")


class OptionType(NamedTuple):
    """One type of value.

    ``pack``: configured text to bytes (ValueError). ``unpack``: its inverse, for the value at a cursor
    (MalformedPacket). ``skip``: move a cursor behind a value, whose sizes are checked on the way (MalformedPacket).
    ``size``: bytes of every value, None where they differ; ``open_ended``: a value takes all bytes that are left.
    ``note``: the value in the text of ``option[…].text`` (Kea's ``OptionCustom::dataFieldToText``). ``rfc``: where the
    format is specified, or Kea's name for it where no RFC does.
    """

    pack: Callable[[str], bytes]
    unpack: Callable[[Cursor], str]
    skip: Callable[[Cursor], object]
    size: int | None
    open_ended: bool
    note: Callable[[Cursor], str]
    rfc: str


class _Notation(NamedTuple):
    """The text of a whole option that has a format of its own, and its inverse."""

    pack: Callable[[str], bytes]
    unpack: Callable[[Cursor], str]


def pack_text(definition: OptionDefinition, text: str) -> bytes:
    """Return the payload for a configured text, without sub-options. Raises ValueError that names its fault.

    As in Kea, values beyond those the definition has room for are left out (see ``surplus_values``).
    """
    internal = _internal(definition)
    if internal:
        return internal.pack(text)
    values = split_values(text)
    types = _types(definition)
    if len(values) < len(types):
        missing = f"{len(types)} values" if len(types) > 1 else "a value"
        raise ValueError(f"{missing} of type {_type_text(definition)} expected, {len(values)} given")
    if definition.array:
        types += [types[-1] if types else _array_type(definition)] * (len(values) - len(types))
    if definition.type == "empty" and values:
        raise ValueError("an option of type empty takes no data")
    return b"".join([kind.pack(value) for kind, value in zip(types, values, strict=False)])


def unpack_text(definition: OptionDefinition, data: bytes) -> str:
    """Return the inverse of ``pack_text``. Raises MalformedPacket where the payload does not fit the definition.

    Sub-options (``encapsulate``) behind the values are not looked at.
    """
    cursor = Cursor(data)
    text = _unpacked(definition, cursor)
    if not (_internal(definition) or definition.encapsulate):
        cursor.finish()
    return text


def surplus_bytes(definition: OptionDefinition, data: bytes) -> int:
    """Return the number of surplus bytes of a payload. Raises MalformedPacket if it does not fit the definition."""
    cursor = Cursor(data)
    _unpacked(definition, cursor)
    return 0 if _internal(definition) or definition.encapsulate else cursor.remaining


def _unpacked(definition: OptionDefinition, cursor: Cursor) -> str:
    internal = _internal(definition)
    if internal:
        return internal.unpack(cursor)
    values = [kind.unpack(cursor) for kind in _types(definition)]
    if definition.array:
        kind = TYPES[definition.record_types[-1]] if definition.record_types else _array_type(definition)
        while cursor:
            values.append(kind.unpack(cursor))
    return ", ".join([value.replace("\\", "\\\\").replace(",", "\\,") for value in values])


def split_values(text: str) -> list[str]:
    r"""Return the values of a comma separated text, empty ones left out: ``"a, b\, c"`` -> ``["a", "b, c"]``."""
    values = [match[1] for match in _TOKEN.finditer(text) if match[1]]
    return [_ESCAPED.sub(r"\1", value).strip(_BLANKS) for value in values]


def surplus_values(definition: OptionDefinition, text: str) -> int:
    """Return the number of values in the text for which the definition has no field."""
    if definition.array or definition.type == "internal":
        return 0
    return max(0, len(split_values(text)) - len(_types(definition)))


def pack_raw(text: str) -> bytes:
    """Data with ``csv-format: false``: ``'text'`` in quotes, or hexadecimal digits.

    Digits may be in pairs with colons or blanks between (``0a:0b``, ``a b``) or in one (``0x0a0b``).
    """
    stripped = text.strip(_BLANKS)
    if len(stripped) > 2 and stripped[0] == stripped[-1] == "'":
        return stripped[1:-1].strip(_BLANKS).encode("utf-8", "surrogateescape")
    for separator in ":", " ":
        if separator in text:
            parts = text.split(separator)
            if not all(1 <= len(part) <= 2 for part in parts):
                raise ValueError(f"'{text}' is not a valid string of hexadecimal digits")
            return _hex("".join([part.zfill(2) for part in parts]))
    return _hex(text.removeprefix("0x") if len(text) > 2 else text)


def is_type(name: str) -> bool:
    """Return True if a definition may have this type."""
    return name in TYPES or name in ("record", "empty", "internal")


def is_integer(name: str) -> bool:
    """Return True for a numeric type."""
    return name in _INTEGERS


def _hex(digits: str) -> bytes:
    if digits and not _HEX_DIGITS.fullmatch(digits):
        raise ValueError(f"'{digits}' is not a valid string of hexadecimal digits")
    return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)


def _pack_binary(text: str) -> bytes:
    """Whole bytes in hexadecimal with blanks anywhere, which is all Kea takes here, or raw data as above."""
    digits = "".join(text.split())
    if len(digits) % 2 == 0 and _HEX_DIGITS.fullmatch(digits):
        return bytes.fromhex(digits.removeprefix("0x"))
    return pack_raw(text)


def _pack_number(text: str, size: int, signed: bool) -> bytes:
    """Decimal, or else hexadecimal with or without ``0x``: ``"010"`` is ten and ``"1f"`` is 31, as in Kea."""
    if _DECIMAL.fullmatch(text):
        number = int(text)
    elif _HEX_DIGITS.fullmatch(text):
        number = int(text, 16)
    else:
        raise ValueError(f"'{text}' is not a number")
    try:
        return number.to_bytes(size, "big", signed=signed)
    except OverflowError:
        lowest = -(1 << 8 * size - 1) if signed else 0
        raise ValueError(f"{number} is not in the range {lowest} to {lowest + (1 << 8 * size) - 1}") from None


def _fixed(size: int, pack: Callable[[str], bytes], unpack: Callable[[Cursor], str], rfc: str) -> OptionType:
    """Return a type all of whose values have one size, and whose note is its text."""
    return OptionType(pack, unpack, lambda cursor: cursor.take(size), size, False, unpack, rfc)


def _number(size: int, signed: bool = False) -> OptionType:
    return _fixed(
        size,
        lambda text: _pack_number(text, size, signed),
        lambda cursor: str(int.from_bytes(cursor.take(size), "big", signed=signed)),
        "RFC 2132 section 2",
    )


def _pack_boolean(text: str) -> bytes:
    lowered = text.lower()
    if lowered in ("true", "false"):
        return b"\1" if lowered == "true" else b"\0"
    if _DECIMAL.fullmatch(text) and int(text) in (0, 1):
        return bytes((int(text),))
    raise ValueError(f"'{text}' is neither true nor false")


def _unpack_boolean(cursor: Cursor) -> str:
    number = cursor.uint(1)
    if number > 1:
        raise MalformedPacket(f"{number} is neither true (1) nor false (0)")
    return "true" if number else "false"


def _note_boolean(cursor: Cursor) -> str:
    return "true" if cursor.uint(1) else "false"


def _pack_string(text: str) -> bytes:
    # RFC 2132 section 2: no NUL at the end, and every option with a text wants at least one byte of it
    data = text.encode("utf-8", "surrogateescape").rstrip(b"\0")
    if not data:
        raise ValueError("empty text")
    return data


def _unpack_string(cursor: Cursor) -> str:
    return cursor.rest().rstrip(b"\0").decode("utf-8", "surrogateescape")


def _quoted(cursor: Cursor) -> str:
    return f'"{cursor.rest().decode("utf-8", "surrogateescape")}"'


def _rest(cursor: Cursor) -> str:
    return cursor.rest().hex().upper()


def _note_name(cursor: Cursor) -> str:
    return f'"{unpack_name(cursor).rstrip(".")}."'


def _pack_address6(text: str) -> bytes:
    return IPv6Address(text).packed


def _unpack_address6(cursor: Cursor) -> str:
    return str(IPv6Address(cursor.take(16)))


def _pack_prefix6(text: str) -> bytes:
    """``2001:db8::/48``: the length and as many bytes as it needs, bits behind the prefix cleared."""
    address, slash, digits = text.replace(" ", "").replace("\t", "").partition("/")
    if not slash or not digits.isdecimal() or int(digits) > 128:
        raise ValueError(f"'{text}' is not an IPv6 prefix")
    length = int(digits)
    number = int(IPv6Address(address)) >> 128 - length << 128 - length
    return bytes((length,)) + number.to_bytes(16, "big")[: (length + 7) // 8]


def _unpack_prefix6(cursor: Cursor) -> str:
    length = cursor.uint(1)
    if length > 128:
        raise MalformedPacket(f"IPv6 prefix length {length}")
    return f"{IPv6Address(cursor.take((length + 7) // 8).ljust(16, bytes(1)))}/{length}"


def _note_prefix6(cursor: Cursor) -> str:
    """Nothing: Kea has no text for it."""
    _unpack_prefix6(cursor)
    return ""


def _pack_psid(text: str) -> bytes:
    """``3/4``: port set 3 in 4 bits; on the wire the length, then the number left-aligned in 16 bits."""
    number, slash, length = (part.strip(_BLANKS) for part in text.partition("/"))
    if not slash or not number.isdecimal() or not length.isdecimal() or int(length) > 16:
        raise ValueError(f"'{text}' is not a port set like 3/4")
    if int(number) >> int(length) and int(length):
        raise ValueError(f"port set {number} does not fit into {length} bits")
    return bytes((int(length),)) + (int(number) << 16 - int(length) & 0xFFFF).to_bytes(2, "big")


def _unpack_psid(cursor: Cursor) -> str:
    length, number = cursor.uint(1), cursor.uint(2)
    if length > 16 or number & 0xFFFF >> length and length:
        raise MalformedPacket(f"port set {number:#06x} with a length of {length} bits")
    return f"{number >> 16 - length}/{length}"


def _note_psid(cursor: Cursor) -> str:
    number, length = _unpack_psid(cursor).split("/")
    return f"len={length},psid={number}"


def _tuple(size: int) -> OptionType:
    """Text behind its own length of ``size`` bytes."""

    def pack(text: str) -> bytes:
        data = text.encode("utf-8", "surrogateescape")
        if len(data) >= 1 << 8 * size:
            raise ValueError(f"text of {len(data)} bytes, at most {(1 << 8 * size) - 1} possible")
        return len(data).to_bytes(size, "big") + data

    def unpack(cursor: Cursor) -> str:
        return cursor.take(cursor.uint(size)).decode("utf-8", "surrogateescape")

    return OptionType(
        pack, unpack, lambda cursor: cursor.take(cursor.uint(size)), None, False,
        lambda cursor: f'"{unpack(cursor)}"', "RFC 8572 section 8.1; one byte of length but in option 143",
    )  # fmt: skip


TYPES: Final = {
    "binary": OptionType(_pack_binary, _rest, Cursor.rest, None, True, _rest, "RFC 2132 section 2"),
    "boolean": _fixed(1, _pack_boolean, _unpack_boolean, "RFC 2132 section 4.1")._replace(note=_note_boolean),
    "fqdn": OptionType(pack_name, unpack_name, read_labels, None, False, _note_name, "RFC 1035 section 3.1, RFC 3397"),
    "int8": _number(1, signed=True),
    "int16": _number(2, signed=True),
    "int32": _number(4, signed=True),
    "ipv4-address": _fixed(
        4, lambda text: address_number(text).to_bytes(4, "big"), lambda cursor: address_text(cursor.uint(4)),
        "RFC 2132 section 3.5",
    ),
    "ipv6-address": _fixed(16, _pack_address6, _unpack_address6, "RFC 4291 section 2.2"),
    "ipv6-prefix": OptionType(
        _pack_prefix6, _unpack_prefix6, _unpack_prefix6, None, False, _note_prefix6, "RFC 7598 section 4.1"
    ),
    "psid": _fixed(3, _pack_psid, _unpack_psid, "RFC 7618 section 9")._replace(skip=_unpack_psid, note=_note_psid),
    "string": OptionType(_pack_string, _unpack_string, Cursor.rest, None, True, _quoted, "RFC 2132 section 2"),
    "tuple": _tuple(1),
    "uint8": _number(1),
    "uint16": _number(2),
    "uint32": _number(4),
}  # fmt: skip
"""The types of values by Kea's names. ``record``, ``empty`` and ``internal`` are types of options, not of values."""

LONG_TUPLE: Final = _tuple(2)
"""Option 143 alone counts with two bytes (RFC 8572 section 8.1)."""

_INTERNAL: Final = {  # options with a notation of their own
    OPT_CLASSLESS_STATIC_ROUTE: _Notation(
        lambda text: pack_routes(text_routes(text)), lambda cursor: routes_text(unpack_routes(cursor))
    ),
    OPT_V4_DNR: _Notation(text_dnr, dnr_text),
}


def _internal(definition: OptionDefinition) -> _Notation | None:
    """Return the option's own notation, if it has one; an internal option without one is binary, as in Kea."""
    if definition.type != "internal":
        return None
    binary = TYPES["binary"]
    hexadecimal = _Notation(binary.pack, binary.unpack)
    return _INTERNAL.get(definition.code, hexadecimal) if definition.space == DHCP4_SPACE else hexadecimal


def _types(definition: OptionDefinition) -> list[OptionType]:
    """The types of the values every such option has: none for an array, whose values may all be missing."""
    if definition.type == "record":
        return [TYPES[name] for name in definition.record_types]
    if definition.array or definition.type == "empty":
        return []
    return [TYPES[definition.type]]


def _array_type(definition: OptionDefinition) -> OptionType:
    long_tuple = ("tuple", OPT_V4_SZTP_REDIRECT, DHCP4_SPACE)
    if (definition.type, definition.code, definition.space) == long_tuple:
        return LONG_TUPLE
    return TYPES[definition.type]


def _type_text(definition: OptionDefinition) -> str:
    return " ".join(definition.record_types) or definition.type
