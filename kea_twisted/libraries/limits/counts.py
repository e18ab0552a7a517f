"""The counters of limits: the moments of queries, and the leases of each class."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from kea_twisted.lease.context import isc_of
from kea_twisted.lease.lease import DEFAULT, Lease
from kea_twisted.lease.packed import unpack
from kea_twisted.libraries.limits.rules import Rate

CLASSES = "client-classes"


class Moments:
    """The moments of the queries that were let through, oldest first."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def has_room(self, rate: Rate, now: float) -> bool:
        """Return True if another query fits into the time that ends now."""
        moments, ends = self._moments, now - rate.seconds
        while moments and moments[0] < ends:
            moments.popleft()
        return len(moments) < rate.number

    @property
    def latest(self) -> float:
        """The moment of the latest query."""
        return self._moments[-1] if self._moments else 0.0

    def add(self, now: float) -> None:
        """Count a query."""
        self._moments.append(now)


class ClassCounts:
    """The number of leases of each class, by the names in the leases' user context. Follows a lease table.

    ``by_name`` has the classes with leases, and their numbers.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, int] = {}
        self._uncounted: Iterable[Lease] | None = None  # all leases, to be counted when a number is needed

    def of(self, name: str) -> int:
        """Return the number of leases of a class."""
        if self._uncounted is not None:
            leases, self._uncounted = self._uncounted, None
            self.by_name = {}
            for lease in leases:
                self._add(lease, 1)
        return self.by_name.get(name, 0)

    def recount(self, leases: Iterable[Lease]) -> None:
        """Count all leases anew when a number is needed next."""
        self._uncounted = leases

    def changed(self, old: Lease | None, new: Lease | None) -> None:
        """Count a change of the table."""
        if self._uncounted is not None:
            return
        if old is not None:
            self._add(old, -1)
        if new is not None:
            self._add(new, 1)

    def added(self, addresses: Sequence[int], packed: Sequence[bytes]) -> None:
        """Count leases that were stored together."""
        if self._uncounted is None:
            for lease in map(unpack, addresses, packed):
                self._add(lease, 1)

    def _add(self, lease: Lease, number: int) -> None:
        if lease.state == DEFAULT and CLASSES in lease.user_context:
            for name in classes_of(lease):
                count = self.by_name.get(name, 0) + number
                if count:
                    self.by_name[name] = count
                else:
                    del self.by_name[name]  # clients choose the names of spawned classes


def classes_of(lease: Lease) -> list[str]:
    """Return the names of the classes in which the client was."""
    found = isc_of(lease.user_context).get(CLASSES)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
