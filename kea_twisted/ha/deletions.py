"""Deletions that the partner has not confirmed: the partner's older states of these leases do not count.

They are owed to the partner until it has confirmed them, also over a restart of this server: the driver keeps the rows
of ``fresh`` in a file beside the lease file, and hands them back before the relationship starts (``recall``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from kea_twisted.lease.lease import DECLINED, Lease, is_ahead

LIMIT: Final = 100_000
"""Deletions remembered; the oldest are forgotten beyond that."""


class Deletion(NamedTuple):
    """The lease of an address was deleted at this time (whole seconds since the epoch)."""

    address: int
    at: int
    hwaddr: bytes = b""  # of the client that had it; b"": not known
    given: int = 0  # when the client had got it; 0: not known


class Ended(NamedTuple):
    """The end of a lease, in an update that a peer gets some time later; 0 and b"" for unknown values."""

    at: int = 0  # seconds since the epoch: a lease that was given after it is another one
    owner: bytes = b""  # hardware address of the client that had it
    given: int = 0  # when the client had got it, if it was deleted
    partner_ahead: int = 0  # seconds by which the clock of the peer is ahead


UNKNOWN: Final = Ended()


class Deletions:
    """The time of the deletion by address, and the addresses that the partner has not confirmed.

    ``fresh`` are rows that no file has yet; ``settled`` is set when all rows in the file are confirmed.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.unconfirmed: set[int] = set()
        self.fresh: list[Deletion] = []
        self.settled: bool = False
        self._at: dict[int, Deletion] = {}
        self._limit = limit

    def __bool__(self) -> bool:
        return bool(self._at)

    def __contains__(self, address: int) -> bool:
        """Return True if a deletion of this address is remembered, confirmed or not."""
        return address in self._at

    def add(self, leases: Iterable[Lease], now: float) -> None:
        """Take note that these leases were deleted."""
        at = int(now)
        fresh = [Deletion(lease.address, at, lease.hwaddr, lease.cltt) for lease in leases]
        self._note(fresh)
        self.fresh += fresh
        self.settled = False

    def recall(self, rows: Iterable[Deletion], lookup: Callable[[int], Lease | None], now: float) -> None:
        """Take over what an earlier process remembered.

        Where the lease is still in the table, the process ended before it was deleted and the command answered.
        """
        for row in rows:
            lease = lookup(row.address)
            if lease is None or not _covers(row, lease, lease.cltt, now):
                self._note([row])
        self.settled = not self.unconfirmed

    def confirmed(self, address: int) -> None:
        """Take note that the partner has no older state of this lease any more."""
        self.unconfirmed.discard(address)
        self.settled = not self.unconfirmed

    def rows(self) -> list[Deletion]:
        """Return what the partner has not confirmed."""
        return [row for address, row in self._at.items() if address in self.unconfirmed]

    def of(self, address: int, partner_ahead: int) -> Ended:
        """Return the deletion of the lease of an address, for a partner whose clock is ahead by so many seconds."""
        row = self._at.get(address)
        return UNKNOWN if row is None else Ended(row.at, row.hwaddr, row.given, partner_ahead)

    def covers(self, lease: Lease, now: float, partner_ahead: int = 0) -> bool:
        """Return True if a lease was deleted here after its client had it last.

        Either server may have given it, by its own clock: that of the partner is ahead by so many seconds.
        """
        row = self._at.get(lease.address)
        return row is not None and _covers(row, lease, max(lease.cltt, lease.cltt - partner_ahead), now)

    def covers_update(self, lease: Lease, now: float, partner_ahead: int) -> bool:
        """Return True if the partner's update is of a lease of before its deletion here.

        A partner that has confirmed the deletion has no such lease any more, and what it gives from then on has a
        time of its own clock, which is ahead by so many seconds.
        """
        if lease.address in self.unconfirmed:
            return self.covers(lease, now, partner_ahead)
        row = self._at.get(lease.address)
        return row is not None and _covers(row, lease, lease.cltt - partner_ahead, now)

    def revived(
        self, addresses: Iterable[int], lookup: Callable[[int], Lease | None], now: float, partner_ahead: int = 0
    ) -> list[Lease]:
        """Return the deleted leases among the addresses that are in the table again."""
        if not self._at:
            return []
        found = (lookup(address) for address in addresses if address in self._at)
        return [lease for lease in found if lease is not None and self.covers(lease, now, partner_ahead)]

    def _note(self, rows: Iterable[Deletion]) -> None:
        for row in rows:
            self._at.pop(row.address, None)
            self._at[row.address] = row
            self.unconfirmed.add(row.address)
        while len(self._at) > self._limit:
            oldest = next(iter(self._at))
            del self._at[oldest]
            self.unconfirmed.discard(oldest)


def _covers(row: Deletion, lease: Lease, latest: int, now: float) -> bool:
    """Return True if a deletion is of this lease or a later one. ``latest``: when it was given, by this server's clock.

    The order of two times is not known where a wrong clock showed one of them: then a lease that its client may have
    got since the deletion is not covered.
    """
    if row.hwaddr and lease.hwaddr != row.hwaddr and (lease.hwaddr or lease.state == DECLINED):
        return False  # the other server gave the address to another client, or took its decline
    if latest < row.at and not is_ahead(latest, now) and not is_ahead(row.at, now):
        return True
    if lease.hwaddr != row.hwaddr:
        return False
    return lease.cltt == row.given or (lease.cltt < row.given and is_ahead(min(lease.cltt, latest), now))
