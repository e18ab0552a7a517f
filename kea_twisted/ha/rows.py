"""Leases fetched as rows of the lease file: how a partner of our own kind answers lease4-get-page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.interfaces import Log
from kea_twisted.lease.csvrow import COLUMNS, RowReader
from kea_twisted.lease.lease import RELEASED, Lease
from kea_twisted.lease.packed import pack, states, unpack
from kea_twisted.lease.rowblock import read_block, smaller
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_number, address_text

_SUBNET: Final = COLUMNS.index("subnet_id")

PART: Final = 1 << 16
"""Characters of rows taken in at once, some 700 leases: a few milliseconds, or several times that where each of them
has to be looked at.
"""


class Page(NamedTuple):
    """A part of the partner's leases."""

    rows: str  # each with its line feed
    last: int | None  # the address behind which the next page starts; None: there is none

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.rows.count("\n")


def is_page(arguments: object) -> bool:
    """Return True if an answer is one with rows."""
    return isinstance(arguments, dict) and "rows" in arguments


def read_page(arguments: dict[str, object], after: int | None) -> Page:
    """Return the page in such an answer; ValueError when it is no page, or one that leads back to where we were."""
    rows = arguments["rows"]
    if not isinstance(rows, str):
        raise ValueError("rows argument in the server response is not a string")
    if rows and not rows.endswith("\n"):
        raise ValueError("the last of the rows in the server response has no end")
    last = arguments.get("last")
    if last is None:
        return Page(rows, None)
    number = address_number(last) if isinstance(last, str) else -1
    if number <= (-1 if after is None else after):
        raise ValueError(f"the page behind {address_text(after or 0)} ends at {last}")
    return Page(rows, number)


def of_subnets(text: str, subnets: Collection[int]) -> str:
    """The rows of leases in these subnets; what is no row stays, for the reader to complain about."""
    subnet_texts = frozenset(map(str, subnets))
    kept = []
    for row in text.split("\n")[:-1]:
        fields = row.split(",", _SUBNET + 1)
        if len(fields) <= _SUBNET or fields[_SUBNET] in subnet_texts:
            kept.append(f"{row}\n")
    return "".join(kept)


class Sorted(NamedTuple):
    """Leases of the partner: packed ones of addresses that have none here, and those that differ from what we have.

    Of a lease that we have as it is there is but the address, in ``same``, unless the log is to tell of such ones.
    """

    addresses: list[int]
    packed: list[bytes]
    others: list[Lease]
    same: list[int]
    text: str = ""
    """The rows as they came, where they are those of the packed ones and fit for a lease file."""


def sort_out(text: str, store: LeaseStore, name: str, log: Log) -> Sorted:
    """The leases in rows of the present schema; those that cannot be read are left out, with a word."""
    block = _at_once(text, RowReader(len(COLUMNS)))
    if block is not None:
        addresses, packed = block
        if len(set(addresses)) == len(addresses) and not any(store.packed(addresses)):
            # a number or hexadecimal digits may be written in ways that only we understand
            is_odd = not text.isascii() or any(mark in text for mark in " _+")
            return Sorted(addresses, packed, [], [], "" if is_odd else text)
        return _sort([(addresses, packed)], store, log)
    reader = RowReader(len(COLUMNS))
    pieces = (_at_once(part, reader) or _one_by_one(part, reader, name, log) for part in smaller(text))
    return _sort(pieces, store, log)


def packed_rows(text: str, name: str, log: Log) -> dict[int, bytes]:
    """Return the leases in rows, packed, by address; those that cannot be read are left out and logged."""
    reader, found = RowReader(len(COLUMNS)), dict[int, bytes]()
    for part in smaller(text):
        addresses, packed = _at_once(part, reader) or _one_by_one(part, reader, name, log)
        found.update(zip(addresses, packed, strict=True))
    return found


def sort_leases(leases: Iterable[tuple[int, bytes]], store: LeaseStore, log: Log) -> Sorted:
    """The same for leases that have been read and packed."""
    read = list(leases)
    return _sort([([address for address, _ in read], [packed for _, packed in read])], store, log)


def _sort(pieces: Iterable[tuple[Sequence[int], Sequence[bytes]]], store: LeaseStore, log: Log) -> Sorted:
    found, taken = Sorted([], [], [], []), set[int]()
    tells_of_all = E.HA_LEASE_SYNC_STALE_LEASE4_SKIP in log.enabled
    for addresses, packed in pieces:
        for address, theirs, ours in zip(addresses, packed, store.packed(addresses), strict=True):
            if ours is None and address not in taken:
                taken.add(address)
                found.addresses.append(address)
                found.packed.append(theirs)
            elif ours != theirs or tells_of_all:
                found.others.append(unpack(address, theirs))
            else:
                found.same.append(address)
    return found


def cut(rows: str, size: int = PART) -> list[str]:
    """Rows in parts of about that many characters, at least one part; no row is cut."""
    parts, start = [], 0
    while start < len(rows):
        end = rows.find("\n", start + size) + 1 or len(rows)
        parts.append(rows[start:end])
        start = end
    return parts or [""]


def _at_once(text: str, reader: RowReader) -> tuple[list[int], list[bytes]] | None:
    block = read_block(text, reader)
    return (block.addresses, block.packed) if block is not None and max(states(block.packed)) <= RELEASED else None


def _one_by_one(text: str, reader: RowReader, name: str, log: Log) -> tuple[list[int], list[bytes]]:
    addresses: list[int] = []
    packed: list[bytes] = []
    for line in filter(None, text.split("\n")):
        try:
            lease = Lease._make(reader.read(line))
            if lease.state > RELEASED:
                raise ValueError(f"'state' is {lease.state}")
            packed.append(pack(lease))
            addresses.append(lease.address)
        except ValueError as error:
            if E.HA_LEASE_SYNC_FAILED in log.enabled:
                log.emit(E.HA_LEASE_SYNC_FAILED, name, line, error)
    return addresses, packed
