"""``option[…].text``: an option as Kea writes it. Only strings are what one expects, the others are notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.constants import OPT_FQDN
from kea_twisted.wire.cursor import Cursor
from kea_twisted.wire.fqdn import FLAG_E, FLAG_N, FLAG_O, FLAG_S, unpack_fqdn
from kea_twisted.wire.optiondefs import AGENT_SPACE, DHCP4_SPACE, Definitions, OptionDefinition
from kea_twisted.wire.options import unpack_suboptions
from kea_twisted.wire.optiontypes import TYPES, is_integer
from kea_twisted.wire.vendors import enterprises

_PRINTABLE: Final = frozenset(range(32, 127))
_VENDOR_CLASS: Final = 124
_VENDOR: Final = 125


def option_text(definition: OptionDefinition | None, definitions: Definitions, code: int, data: bytes) -> bytes:
    """Return the text of an option with this payload; ``definition`` is None for an unknown option."""
    if definition is not None and definition.type == "string" and not definition.array:
        return data.rstrip(b"\0")
    return _note(definition, definitions, code, data, "").encode("utf-8", "surrogateescape")


def fixed_size(definition: OptionDefinition) -> int | None:
    """Return the offset of the sub-options of such an option; None if it cannot have any."""
    if definition.space == DHCP4_SPACE and definition.code == _VENDOR:
        return 5
    if not definition.encapsulate:
        return None
    if definition.type == "empty":
        return 0
    return TYPES[definition.type].size if is_integer(definition.type) else None


def _note(definition: OptionDefinition | None, definitions: Definitions, code: int, data: bytes, indent: str) -> str:
    if definition is None or definition.type == "binary" or _opaque(definition):
        return indent + _unknown(code, data)
    try:
        if definition.space == DHCP4_SPACE and code in _SPECIAL:
            return _SPECIAL[code](data)
        return indent + _known(definition, definitions, code, data, indent)
    except MalformedPacket:
        return indent + _unknown(code, data)


def _opaque(definition: OptionDefinition) -> bool:
    """Kea defines none of the relay's sub-options but those with an address."""
    return definition.space == AGENT_SPACE and definition.type != "ipv4-address"


def _unknown(code: int, data: bytes) -> str:
    quoted = f"'{data.decode()}'" if _PRINTABLE.issuperset(data) else ""
    return f"{_head(code, data)}: {' '.join(part for part in (data.hex(':'), quoted) if part)}"


def _known(definition: OptionDefinition, definitions: Definitions, code: int, data: bytes, indent: str) -> str:
    start = fixed_size(definition)
    cursor = Cursor(data, 0, start)
    if definition.space == DHCP4_SPACE and code == _VENDOR:
        values = f" {cursor.uint(4)} (uint32) {cursor.uint(1)} (uint8)"
    elif start == 0 or definition.type == "empty":
        values = ""
    else:
        values = _values(definition, cursor)
    text = f"{_head(code, data)}:{values}"
    if start is None:
        return text
    inner = unpack_suboptions(data[start:])
    if not inner:
        return text
    lines = [
        _note(definitions.by_code(definition.encapsulate, sub), definitions, sub, payload, indent + "  ")
        for sub, payload in inner.items()
    ]
    return f"{text},\n{indent}options:\n" + "\n".join(lines)


def _values(definition: OptionDefinition, cursor: Cursor) -> str:
    kind = definition.type
    if definition.array and is_integer(kind):
        note = TYPES[kind].note
        return "".join(f" {note(cursor)}({kind})" for _ in iter(cursor.__bool__, False))
    if definition.array and kind == "ipv4-address":
        return "".join(f" {TYPES[kind].note(cursor)}" for _ in iter(cursor.__bool__, False))
    names = definition.record_types or (kind,)
    parts = [f" {_written(name, cursor)}" for name in names if kind == "record" or not definition.array]
    while definition.array and cursor:
        parts.append(f" {_written(names[-1], cursor)}")
    return "".join(parts)


def _written(name: str, cursor: Cursor) -> str:
    if name not in TYPES:
        raise MalformedPacket(f"no text for {name}")
    return f"{TYPES[name].note(cursor)} ({name})"


def _head(code: int, data: bytes) -> str:
    return f"type={code:03}, len={len(data):03}"


def _fqdn(data: bytes) -> str:
    fqdn = unpack_fqdn(data)
    flags = fqdn.flags
    bits = ", ".join(
        f"{name}={int(bool(flags & bit))}" for name, bit in (("N", FLAG_N), ("E", FLAG_E), ("O", FLAG_O), ("S", FLAG_S))
    )
    name = fqdn.name + ("." if fqdn.complete else "")
    kind = "full" if fqdn.complete else "partial"
    return f"type=81 (CLIENT_FQDN), flags: ({bits}), domain-name='{name}' ({kind})"


def _vendor_class(data: bytes) -> str:
    text = ""
    for enterprise, inner in enterprises(data)[-1:]:
        text = f"type=124, len={len(data)},  enterprise id={enterprise:#x}"
        text += f", data-len0={len(inner)}, vendor-class-data0='{inner.decode('utf-8', 'surrogateescape')}'"
    return text


_SPECIAL: Final[dict[int, Callable[[bytes], str]]] = {OPT_FQDN: _fqdn, _VENDOR_CLASS: _vendor_class}
