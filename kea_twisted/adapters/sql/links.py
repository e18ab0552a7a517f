"""The interface of a link to a database: its connections, and the statements on ``lease4``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from twisted.internet.defer import Deferred

from kea_twisted.adapters.sql.writes import Write
from kea_twisted.lease.csvrow import COLUMNS
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.packed import pack
from kea_twisted.lease.replay import Rows

RowError = Callable[[int, str], None]
Counts = Mapping[tuple[int, int], int]
"""Numbers of rows, by subnet and state."""


Packed = Sequence[tuple[Sequence[int], Sequence[bytes]]]
"""Groups of addresses, each with the packed leases."""


class Part(NamedTuple):
    """Some rows in ascending order, packed; ``last`` is the address behind which there may be more, or None."""

    last: int | None
    groups: Packed


def packed_rows(text: str, row_error: RowError) -> Packed:
    """Return the leases in rows of a lease file, each ended by a line feed."""
    rows = Rows(len(COLUMNS), row_error)
    groups: list[tuple[Sequence[int], Sequence[bytes]]] = []
    for part, block in rows.pieces(text) if text else ():
        if block is not None:
            groups.append((block.addresses, block.packed))
        elif good := [row for _, row in rows.good(part.split("\n"))]:
            groups.append(([row[0] for row in good], list(map(pack, good))))
    return groups


class Link(Protocol):
    """The connections to one database, and the statements on ``lease4``. All of them fail with OSError."""

    @property
    def is_open(self) -> bool:
        """True if statements can be sent."""

    def open_now(self, row_error: RowError) -> Loading:
        """Connect, and read all leases, before the reactor runs."""

    async def open(self) -> None:
        """Connect while the reactor runs."""

    def start(self) -> None:
        """Let the reactor watch connections that ``open_now`` has made."""

    def close(self) -> None:
        """End the connections."""

    def drop(self, error: OSError) -> None:
        """Give up the connections as lost."""

    def commit(self, writes: Sequence[Write]) -> Deferred[list[int]]:
        """Carry out conditional changes in one transaction; return the addresses that were not written."""

    def winners(self, addresses: Sequence[int]) -> Deferred[list[Lease]]:
        """Return the rows of addresses that were not written, and others that are likely to be news."""

    def by_address(self, addresses: Iterable[int]) -> Deferred[list[Lease]]:
        """Return the rows of addresses."""

    def by_client(
        self, hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]
    ) -> Deferred[list[Lease]]:
        """Return the rows of clients and of addresses."""

    def page(self, after: int, limit: int) -> Deferred[list[Lease]]:
        """Return the next rows behind an address, in order."""


@runtime_checkable
class EarlyLink(Link, Protocol):
    """A link that can read the table while clients are served."""

    def open_early(self) -> Counts:
        """Connect before the reactor runs, and return the number of leases by subnet and state."""

    def part(self, after: int, limit: int, row_error: RowError) -> Deferred[Part]:
        """Return the next rows behind an address."""
