"""Options 124 and 125: one part for each enterprise (RFC 3925 sections 3 and 4)."""

from __future__ import annotations

from typing import Final

_BARE: Final = 4  # the number of an enterprise alone


def enterprises(data: bytes) -> list[tuple[int, bytes]]:
    """Enterprise numbers and what follows each, in order; a truncated part ends the list."""
    parts = []
    position, end = 0, len(data)
    while position + 5 <= end:
        start = position + 5
        stop = start + data[position + 4]
        if stop > end:
            break
        parts.append((int.from_bytes(data[position : position + 4], "big"), data[start:stop]))
        position = stop
    return parts


def part_of(data: bytes, enterprise: int | None, bare: bool = False) -> tuple[int, bytes] | None:
    """Return the part of an enterprise, of any (None): the last one, as Kea sees it; None when there is none.

    ``bare``: four bytes are an enterprise with nothing behind its number, as Kea has it in option 125.
    """
    parts = enterprises(data)
    if bare and len(data) == _BARE:
        parts = [(int.from_bytes(data, "big"), b"")]
    for part in reversed(parts):
        if enterprise is None or part[0] == enterprise:
            return part
    return None


def vendor_classes(data: bytes) -> list[int]:
    """Return the enterprises of an option 124; none when a number is cut off, as in Kea."""
    found = []
    position, end = 0, len(data)
    while position < end:
        if position + 4 > end:
            return []
        stop = position + 5 + (data[position + 4] if position + 4 < end else 0)
        if stop > end:
            break
        found.append(int.from_bytes(data[position : position + 4], "big"))
        position = stop
    return found


def vendor_informations(data: bytes) -> dict[int, dict[int, bytes]]:
    """Return the sub-options of an option 125 by enterprise; none at all when something is cut off, as in Kea."""
    found: dict[int, dict[int, bytes]] = {}
    position, end = 0, len(data)
    while position < end:
        if position + 4 > end:
            return {}
        inner = found.setdefault(int.from_bytes(data[position : position + 4], "big"), {})
        position += 4
        if position == end:
            break
        stop = position + 1 + data[position]
        position += 1
        if stop > end:
            return {}
        while position < stop:
            after = position + 2 + data[position + 1] if position + 1 < stop else stop + 1
            if after > stop:
                return {}
            inner.setdefault(data[position], data[position + 2 : after])
            position = after
    return found
