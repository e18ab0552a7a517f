"""How long reading rests where leases are stored in a database: under load, so that a group has more queries.

A turn of the reactor and a transaction have costs of their own, whatever is in them. Without load nothing rests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

REST: Final = 0.003
"""Seconds: what a query waits at most."""

BUSY: Final = 2000.0
"""Queries a second from which on reading rests."""

FULL: Final = 48
"""Queries of a turn after which it does not: there are enough for a group."""

_PERIOD: Final = 0.02  # over which queries are counted


class Pace:
    """The rate of queries. ``steady`` is a steady clock, in seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._since = steady()
        self._number = 0
        self._is_busy = False

    def rest(self, number: int) -> float:
        """Return the seconds for which reading is to rest after so many queries in a turn."""
        self._number += number
        now = self._steady()
        passed = now - self._since
        if passed >= _PERIOD:
            self._is_busy = self._number >= BUSY * passed
            self._since, self._number = now, 0
        return REST if self._is_busy and number < FULL else 0.0
