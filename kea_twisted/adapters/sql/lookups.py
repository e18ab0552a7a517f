"""Look-ups of clients: the first one is asked for at once, and those that come meanwhile are the next one, together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred


@dataclass
class Group:
    """The keys of one look-up, and the Deferreds that wait for its end."""

    hwaddrs: set[bytes] = field(default_factory=set)
    client_ids: set[bytes] = field(default_factory=set)
    addresses: set[int] = field(default_factory=set)
    waiting: list[Deferred[None]] = field(default_factory=list)


class LookUps:
    """``read`` carries out one look-up, and fails with what its members fail with."""

    def __init__(self, read: Callable[[Group], Awaitable[None]]) -> None:
        self._read = read
        self._next = Group()
        self._is_busy = False

    def add(self, hwaddrs: Iterable[bytes], client_ids: Iterable[bytes], addresses: Iterable[int]) -> Deferred[None]:
        """Have clients and addresses looked up."""
        found: Deferred[None] = Deferred()
        group = self._next
        group.hwaddrs.update(hwaddrs)
        group.client_ids.update(client_ids)
        group.addresses.update(addresses)
        group.waiting.append(found)
        if not self._is_busy:
            self._is_busy = True
            Deferred.fromCoroutine(self._work())
        return found

    async def _work(self) -> None:
        """Read group by group until no look-up is waiting."""
        while self._next.waiting:
            group, self._next = self._next, Group()
            try:
                await self._read(group)
            except Exception as error:  # of any kind: each look-up tells its own caller
                for found in group.waiting:
                    found.errback(error)
            else:
                for found in group.waiting:
                    found.callback(None)
        self._is_busy = False
