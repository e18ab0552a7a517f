"""The progress of reading a large table of leases while clients are served."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred

from kea_twisted.engine.leases import COUNTED_AS, EVERYTHING, LeaseTable


class Progress:
    """The addresses up to which the table is read, in ascending order, and the counts of the rest.

    ``counts`` are the numbers of rows by subnet and state. Statistics contain those that are not read yet.
    """

    def __init__(self, table: LeaseTable, counts: Mapping[tuple[int, int], int]) -> None:
        self.read_to = -1
        self._table = table
        self._unread = dict(counts)
        self._waiting: list[tuple[int, Deferred[None]]] = []

    def until(self, address: int = EVERYTHING) -> Deferred[None]:
        """Return a Deferred that fires when the leases up to an address are read, without it all of them."""
        read: Deferred[None] = Deferred()
        self._waiting.append((address, read))
        return read

    def recounted(self) -> None:
        """Add the rows that are not read to statistics that were counted from the table."""
        for key, number in self._unread.items():
            self._count(key, number)

    def came(self, key: tuple[int, int], number: int) -> None:
        """Note that rows of a subnet and a state are in the table, which has counted them again."""
        known = min(number, self._unread.get(key, 0))
        if known:
            self._unread[key] -= known
            self._count(key, -known)

    def reached(self, address: int) -> None:
        """Note that the leases up to an address are read."""
        self.read_to = address
        waiting, self._waiting = self._waiting, []
        self._waiting = [each for each in waiting if each[0] > address]
        for last, read in waiting:
            if last <= address:
                read.callback(None)

    def end(self) -> None:
        """Note that all are read: what was not found is not there any more."""
        for key, number in self._unread.items():
            self._count(key, -number)
        self._unread.clear()
        self.reached(EVERYTHING)

    def _count(self, key: tuple[int, int], number: int) -> None:
        subnet_id, state = key
        for what in COUNTED_AS.get(state, ()):
            for name in self._table.book(subnet_id).names(what, None):
                self._table.statistics.count(name, number)
