"""Bounds on connections and requests by the address of the peer: HA partners have a share that others cannot take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final, NamedTuple, Protocol


class Share(NamedTuple):
    """Bounds for one address."""

    connections: int  # open at once
    requests: int  # on one connection, which ends then (0: no bound)
    active: int  # requests that are being carried out, or whose answers are not yet taken
    body: int  # bytes


PARTNER: Final = Share(connections=32, requests=0, active=4, body=4 * 1024 * 1024)
OTHER: Final = Share(connections=16, requests=1000, active=1, body=64 * 1024)
TRUSTED_ACTIVE: Final = 4
"""As ``Share.active``, for all who have credentials together."""

MAX_OTHERS: Final = 128
"""Connections of all other addresses together: packets and the lease file need descriptors, too."""

MAX_OTHERS_ACTIVE: Final = 2
"""As ``Share.active``, for all other addresses together. An answer with 100,000 leases has 25 MB."""


class Connection(Protocol):
    """A connection as it is seen here."""

    host: str
    trusted: bool  # has shown credentials
    answered: int  # requests

    @property
    def is_busy(self) -> bool:
        """True while a request is carried out or its answer is unread."""
        ...

    def evict(self) -> None:
        """End at once, to make room."""
        ...


class Admission:
    """The open connections of a listener, oldest first. A new one may take the place of an idle, untrusted one."""

    def __init__(self) -> None:
        self.partners: Collection[str] = ()
        self.connections: dict[Connection, None] = {}
        self.refused = 0
        """Connections that were refused or had to make room, so far."""

    def use(self, partners: Collection[str]) -> None:
        """Give these addresses a share of their own."""
        self.partners = partners

    def share(self, host: str) -> Share:
        """Return the bounds for an address."""
        return PARTNER if host in self.partners else OTHER

    def makes_room(self, host: str) -> bool:
        """Return True if one more connection from an address is admitted; closes another one if necessary."""
        of_host = [each for each in self.connections if each.host == host]
        if len(of_host) >= self.share(host).connections:
            return self._evict([each for each in of_host if not each.is_busy])
        if host in self.partners:
            return True
        others = [each for each in self.connections if each.host not in self.partners]
        if len(others) < MAX_OTHERS:
            return True
        counted = Counter(each.host for each in others if not each.trusted).most_common(1)
        return self._evict([each for each in others if counted and each.host == counted[0][0]])

    def add(self, connection: Connection) -> None:
        """Count a connection that is open."""
        self.connections[connection] = None

    def remove(self, connection: Connection) -> None:
        """Count it no more."""
        self.connections.pop(connection, None)

    def _evict(self, candidates: list[Connection]) -> bool:
        """End the one that is missed least; False where all are trusted or busy."""
        self.refused += 1
        untrusted = [each for each in candidates if not each.trusted]
        if not untrusted:
            return False
        victim = min(untrusted, key=lambda each: (each.is_busy, each.answered > 0))
        self.remove(victim)
        victim.evict()
        return True
