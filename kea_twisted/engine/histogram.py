"""A histogram of durations, for monitoring."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate


class Histogram:
    """Counts of values by upper bounds, in ascending order, and the sum of the values."""

    __slots__ = ("bounds", "total", "_counts")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.total = 0.0
        self._counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float, number: int = 1) -> None:
        """Count a value so many times."""
        self._counts[bisect_left(self.bounds, value)] += number
        self.total += value * number

    def cumulative(self) -> list[int]:
        """Return the numbers of values up to each bound; the last one is of all values."""
        return list(accumulate(self._counts))
