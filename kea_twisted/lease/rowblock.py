"""Many rows of a lease file at once, column by column: a few calls into C per column instead of many per row.

``RowReader`` is what says what a row means. Here is read what nearly every row is; a block with anything else
in it is given back unread, and is then read in smaller ones or row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import sub
from struct import unpack
from typing import IO, Final, NamedTuple

from kea_twisted.lease.csvrow import (
    COLUMNS,
    STATES,
    RowReader,
    unescape,
    user_context,
)
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.packed import Columns, pack_columns

CHARACTERS: Final = 1 << 17
"""Of a block: more do not make it faster, measured."""

_USUAL_TEXTS: Final = 400  # the longest of each text column together; no line is longer than usual then
_BOTH_FLAGS: Final = {("0", "0"): 0, ("1", "0"): 1, ("0", "1"): 2, ("1", "1"): 3}
_END: Final = ",\n,"


class Block(NamedTuple):
    """The leases of some rows, in the order of these; a lifetime of 0 deletes."""

    addresses: list[int]
    packed: list[bytes]
    columns: Columns
    ends: list[int]
    """The second in which each lease ends."""


def blocks(file: IO[str], characters: int = CHARACTERS) -> Iterator[str]:
    """Yield the rest of a file in pieces of whole lines; the last one may end without a line feed."""
    while piece := file.read(characters):
        yield piece if piece.endswith("\n") else piece + file.readline()


def smaller(block: str) -> list[str]:
    """The same lines in some thirty blocks."""
    lines = block.split("\n")
    ended = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    step = -(-len(ended) // 32)
    return ["".join(ended[start : start + step]) for start in range(0, len(ended), step)]


def read_block(block: str, reader: RowReader) -> Block | None:
    """The leases of rows of the present schema, each with its line feed.

    None where only a look at each row can tell; where a Block is returned it says what ``reader``, the one
    for these rows, says of each.
    """
    count = block.count("\n")
    if not count or not block.endswith("\n") or "\r" in block:
        return None
    try:
        return _alike(block, count, reader) or _different(block, count, reader)
    except (KeyError, ValueError):
        return None


def _alike(block: str, count: int, reader: RowReader) -> Block | None:
    """Rows that are the same behind ``expire``, as those of a subnet mostly are; None where they are not."""
    first = block[: block.index("\n")]
    tail = first.split(",", 5)[-1]
    if tail.count(",") != 6 or not block.endswith(f",{tail}\n"):
        return None
    columns = _columns(block.replace(f",{tail}\n", _END), count, 5)
    if columns is None:
        return None
    _, _, _, _, _, subnet_id, forward, reverse, hostname, state, context, pool_id = reader.read(first)
    return _packed(
        columns,
        reader,
        [subnet_id] * count,
        [pool_id] * count,
        [forward | reverse << 1] * count,
        [state] * count,
        [hostname.encode()] * count if hostname else None,
        [context.encode()] * count if context else None,
        len(tail),
    )


def _different(block: str, count: int, reader: RowReader) -> Block:
    columns = _columns(block.replace("\n", _END), count, len(COLUMNS))
    if columns is None:
        raise ValueError("to be looked at closely")
    subnet, forward, reverse, hostname, state, context, pool = columns[5:]
    return _packed(
        columns,
        reader,
        reader.numbers("subnet_id", subnet),
        reader.numbers("pool_id", pool),
        list(map(_BOTH_FLAGS.__getitem__, zip(forward, reverse, strict=True))),
        list(map(STATES.__getitem__, state)),
        [stored_hostname(unescape(text)).encode() for text in hostname] if any(hostname) else None,
        [user_context(unescape(text)).encode() if text else b"" for text in context] if any(context) else None,
        _longest(hostname) + _longest(context),
    )


def _columns(block: str, count: int, width: int) -> list[list[str]] | None:
    """So many columns of rows that end in a field that is a line feed; None if there are more or fewer in one."""
    fields = block.split(",")
    # no field but the last one of a row can be a line feed
    if len(fields) != (width + 1) * count + 1 or fields[width :: width + 1].count("\n") != count:
        return None
    return [fields[column : -1 : width + 1] for column in range(width)]


def _packed(
    columns: list[list[str]],
    reader: RowReader,
    subnet_ids: list[int],
    pool_ids: list[int],
    flags: list[int],
    states: list[int],
    names: list[bytes] | None,
    contexts: list[bytes] | None,
    longest: int,
) -> Block:
    """The rest of the columns; ``longest`` is how long the texts in those columns are together, at most."""
    address, hwaddr, client_id, valid, expire = columns[:5]
    usual = ",".join(client_id) == "01:" + ",01:".join(hwaddr)  # see Columns
    longest_hwaddr = _longest(hwaddr)
    if longest + longest_hwaddr + (longest_hwaddr if usual else _longest(client_id)) > _USUAL_TEXTS:
        raise ValueError("to be looked at closely")
    lifetimes, ends = reader.numbers("valid_lifetime", valid), list(map(int, expire))
    cltts = list(map(sub, ends, lifetimes))
    hwaddrs, client_ids = _hexes(hwaddr), None if usual else _hexes(client_id)
    if not all(hwaddrs):
        raise ValueError("the rest of the row decides whether that may be")
    leases = Columns(lifetimes, cltts, subnet_ids, pool_ids, flags, states, hwaddrs, client_ids, names, contexts)
    addresses = list(unpack(f"!{len(address)}I", reader.octets(address)))
    return Block(addresses, pack_columns(leases), leases, ends)


def _longest(texts: list[str]) -> int:
    return max(map(len, texts))


def _hexes(texts: list[str]) -> list[bytes]:
    return list(map(bytes.fromhex, ",".join(texts).replace(":", " ").split(",")))
