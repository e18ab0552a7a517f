"""The changes that backups have not confirmed: the addresses are kept, and sent again with their leases of then.

After a failure one address tries the way, then the others follow in groups. Beyond LIMIT the backup is told to
fetch all leases instead (ha-sync).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

LIMIT: Final = 200_000
"""Addresses kept for one backup."""

GROUP: Final = 200
"""Addresses sent again at a time."""

FIRST_RETRY: Final = 1.0
LAST_RETRY: Final = 30.0
"""Seconds to the next attempt: they double with each failure."""


class _Owed:
    """The addresses that one backup is owed."""

    def __init__(self) -> None:
        self.addresses: set[int] = set()
        self.overflown = False
        self.under_way = 0
        self.group = 1
        self.wait = FIRST_RETRY
        self.retry_at: float | None = None


class Arrears:
    """By the name of the backup. ``send`` an address to a backup; tell a backup to ``fetch``, then ``fetched``."""

    def __init__(
        self, backups: Iterable[str], send: Callable[[str, int], None], fetch: Callable[[str], None], limit: int = LIMIT
    ) -> None:
        self._owed = {name: _Owed() for name in backups}
        self._send = send
        self._fetch = fetch
        self._limit = limit

    @property
    def deadline(self) -> float | None:
        """The time of the next call of ``tick``; None: none is needed."""
        if not self._owed:
            return None
        times = [owed.retry_at for owed in self._owed.values() if owed.retry_at is not None]
        return min(times, default=None)

    def count(self, name: str) -> int:
        """The number of addresses that a backup is owed."""
        return len(self._owed[name].addresses)

    def failed(self, name: str, address: int, again: bool, now: float) -> None:
        """An update was not confirmed; ``again``: it was one that ``send`` was called for."""
        owed = self._owed[name]
        if not owed.overflown:
            owed.addresses.add(address)
            if len(owed.addresses) > self._limit:
                owed.overflown = True
                owed.addresses.clear()
        owed.under_way -= again
        if owed.under_way == 0:
            owed.group = 1
            if again:
                owed.wait = min(2 * owed.wait, LAST_RETRY)
            owed.retry_at = owed.retry_at or now + owed.wait

    def confirmed(self, name: str, address: int, again: bool, now: float) -> None:
        """The latest update of an address arrived."""
        owed = self._owed[name]
        owed.addresses.discard(address)
        owed.under_way -= again
        owed.wait = FIRST_RETRY
        owed.group = GROUP
        if owed.under_way == 0:
            owed.retry_at = now if owed.addresses or owed.overflown else None

    def fetched(self, name: str, done: bool, now: float) -> None:
        """The backup has fetched all leases, or could not."""
        owed = self._owed[name]
        owed.under_way = 0
        owed.overflown = not done
        owed.wait = FIRST_RETRY if done else min(2 * owed.wait, LAST_RETRY)
        owed.retry_at = now + owed.wait if owed.addresses or not done else None

    def tick(self, now: float) -> None:
        """Send what is due."""
        for name, owed in self._owed.items():
            if owed.retry_at is None or now < owed.retry_at or owed.under_way:
                continue
            owed.retry_at = None
            if owed.overflown:
                owed.under_way = 1
                self._fetch(name)
                continue
            for address in list(islice(owed.addresses, owed.group)):
                owed.under_way += 1
                self._send(name, address)
