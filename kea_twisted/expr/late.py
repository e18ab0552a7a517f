"""Options 43 and 224 to 254 of a query: what they mean is known when the first round of classes is.

The definition is that of the first class of the query that has one, else that of the configuration. What does not fit
it stays a row of bytes. (Kea: ``Dhcpv4Srv::deferredUnpack``.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.constants import OPT_END, OPT_PAD, OPT_VENDOR_ENCAPSULATED
from kea_twisted.wire.formats import fixed_size, format_of
from kea_twisted.wire.optiondefs import DHCP4_SPACE, Definitions, OptionDefinition

LATE: Final = frozenset({OPT_VENDOR_ENCAPSULATED, *range(224, 255)})
ByCode = Mapping[int, OptionDefinition]


def understand(
    options: Mapping[int, bytes], of_classes: Iterable[ByCode], definitions: Definitions
) -> tuple[dict[int, bytes], dict[int, OptionDefinition]]:
    """These options as they are after decoding, and the definitions of those that could be decoded."""
    levels = tuple(of_classes)
    found, defined = dict(options), {}
    for code in LATE.intersection(options):
        row = next((level[code] for level in levels if code in level), None)
        row = row or definitions.by_code(DHCP4_SPACE, code)
        if row is None:
            continue
        try:
            found[code] = _decoded(row, options[code], definitions)
        except MalformedPacket:
            continue
        defined[code] = row
    return found, defined


def _decoded(row: OptionDefinition, data: bytes, definitions: Definitions) -> bytes:
    """Return an option reduced to values without trailing zeros of a text and to complete sub-options."""
    check = format_of(row)
    if check is not None:
        kept = check(data, False)
        if kept is None or (row.type == "string" and not kept):
            raise MalformedPacket(f"option {row.code} is empty")
        data = kept
    size = None if row.array else fixed_size(row)
    return data if size is None else data[:size] + _inner(row, data[size:], definitions)


def _inner(outer: OptionDefinition, data: bytes, definitions: Definitions) -> bytes:
    """Return the sub-options up to a truncated one, by code. Raises MalformedPacket if one breaks its definition.

    In option 43 the codes 0 and 255 are padding and end, unless its space defines them.
    """
    space, is_vendors = outer.encapsulate, (outer.space, outer.code) == (DHCP4_SPACE, OPT_VENDOR_ENCAPSULATED)
    padded = is_vendors and definitions.by_code(space, OPT_PAD) is None
    ended = is_vendors and definitions.by_code(space, OPT_END) is None
    found: list[tuple[int, bytes]] = []
    position = 0
    while position + 1 < len(data):
        code, end = data[position], position + 2 + data[position + 1]
        if padded and code == OPT_PAD:
            position += 1
            continue
        if end > len(data) or (ended and code == OPT_END):
            break
        row, payload = definitions.by_code(space, code), data[position + 2 : end]
        found.append((code, payload if row is None else _decoded(row, payload, definitions)))
        position = end
    return b"".join(bytes((code, len(payload))) + payload for code, payload in sorted(found, key=lambda one: one[0]))
