"""Options 124 and 125: one part for each enterprise (RFC 3925 sections 3 and 4)."""

from __future__ import annotations


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


def part_of(data: bytes, enterprise: int | None) -> tuple[int, bytes] | None:
    """The part of an enterprise, of any (None): the last one, as Kea sees it; None when there is none."""
    for part in reversed(enterprises(data)):
        if enterprise is None or part[0] == enterprise:
            return part
    return None
