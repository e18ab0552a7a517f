"""Many leases into rows of the lease file at once: what ``csvrow.row_text`` writes, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from operator import add
from typing import Any, overload

from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import Change
from kea_twisted.lease.packed import Plain, plain, unpack


def rows_text(addresses: Sequence[int], packed: Sequence[bytes]) -> str:
    """The rows of packed leases, in their order, each with its line feed."""
    alike = plain(packed)
    if alike is not None:
        return _text(addresses, alike)
    by_length: dict[int, list[int]] = {}
    for place, each in enumerate(packed):
        by_length.setdefault(len(each), []).append(place)
    if len(by_length) > 1:
        rows = [""] * len(packed)
        for places in by_length.values():
            text = rows_text([addresses[place] for place in places], [packed[place] for place in places])
            for place, row in zip(places, text.split("\n"), strict=False):
                rows[place] = row
        return "\n".join([*rows, ""])
    return "".join([row_text(Change(unpack(*each))) for each in zip(addresses, packed, strict=True)])


def _text(addresses: Sequence[int], leases: Plain) -> str:
    networks = {number: f"{number >> 16}.{number >> 8 & 255}.{number & 255}." for number in {a >> 8 for a in addresses}}
    tails = {
        state_fields: f",{subnet},{flags & 1},{flags >> 1},,{state},,{pool}\n"
        for state_fields, (subnet, pool, flags, state) in leases.decoded_state_fields().items()
    }
    lifetimes = {number: str(number) for number in set(leases.lifetimes)}
    columns: tuple[Any, ...] = (
        [f"{networks[address >> 8]}{address & 255}" for address in addresses],
        map(bytes.hex, leases.hwaddrs, repeat(":")),
        map(bytes.hex, leases.client_ids, repeat(":")),
        map(lifetimes.__getitem__, leases.lifetimes),
        map(str, map(add, leases.cltts, leases.lifetimes)),
    )
    return "".join(map(add, map(",".join, zip(*columns, strict=True)), map(tails.__getitem__, leases.state_fields)))


class PackedChanges(Sequence[Change]):
    """Packed leases to be stored, as a sequence of changes, each of which is made when it is read.

    ``rows`` is the text of their rows where it is at hand.
    """

    def __init__(self, addresses: Sequence[int], packed: Sequence[bytes], rows: str = "") -> None:
        self._addresses = addresses
        self._packed = packed
        self._rows = rows

    def text(self) -> str:
        """The rows that record them."""
        return self._rows or (rows_text(self._addresses, self._packed) if self._addresses else "")

    def __len__(self) -> int:
        return len(self._addresses)

    @overload
    def __getitem__(self, place: int) -> Change: ...

    @overload
    def __getitem__(self, place: slice) -> PackedChanges: ...

    def __getitem__(self, place: int | slice) -> Change | PackedChanges:
        if isinstance(place, slice):
            return PackedChanges(self._addresses[place], self._packed[place])
        return Change(unpack(self._addresses[place], self._packed[place]))

    def __iter__(self) -> Iterator[Change]:
        return (Change(unpack(*each)) for each in zip(self._addresses, self._packed, strict=True))


def changes_text(changes: Sequence[Change]) -> str:
    """The rows that record changes, in order."""
    return changes.text() if isinstance(changes, PackedChanges) else "".join(map(row_text, changes))
