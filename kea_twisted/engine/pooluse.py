"""The use of every pool over the last days, and the time at which a pool will be full at this rate."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from kea_twisted.config.model import Subnet
from kea_twisted.engine.statistics import Statistics

INTERVAL: Final = 1800.0
"""Seconds between two samples."""

DAY: Final = 86400.0
LONGEST: Final = 336
"""Samples that are kept: a week."""

SHORTEST: Final = 96
MOST: Final = 2_000_000
"""Samples of all pools together, four bytes each: of many pools fewer days are kept, and nothing of very many."""

SLICE: Final = 1000
_UNKNOWN: Final = -1


class Forecast(NamedTuple):
    """The change of a pool's use in addresses a day, and the days until it is full; None: it does not grow."""

    slope: float
    days: float | None


class PoolUse:
    """Samples of the assigned addresses, by the prefix of a pool's statistics."""

    def __init__(self) -> None:
        self._times: array[float] = array("d")
        self._used: dict[str, array[int]] = {}

    @property
    def span(self) -> float:
        """The seconds between the first sample and the last."""
        return self._times[-1] - self._times[0] if self._times else 0.0

    def sample(self, subnets: Sequence[Subnet], statistics: Statistics, now: float) -> Iterator[None]:
        """Take a sample of every pool, some at a time."""
        prefixes = iter(list(pool_prefixes(subnets)))
        count = sum(len(subnet.pools) for subnet in subnets)
        keep = min(LONGEST, MOST // max(1, count))
        before, times, taken = self._used, self._times[-(keep - 1) :] if keep > 1 else array("d"), {}
        if keep < SHORTEST:
            self._times, self._used = array("d"), {}
            return
        while some := list(islice(prefixes, SLICE)):
            values = statistics.values([f"{prefix}assigned-addresses" for prefix in some])
            for prefix, value in zip(some, values, strict=True):
                known = before.get(prefix)
                column = array("i", [_UNKNOWN] * len(times)) if known is None else known[-len(times) :]
                if not times:
                    column = array("i")
                column.append(value)
                taken[prefix] = column
            yield
        times.append(now)
        self._times, self._used = times, taken

    def forecast(self, prefix: str, total: int) -> Forecast | None:
        """Return the forecast for a pool from the last whole days; None before a whole day has passed."""
        used = self._used.get(prefix)
        if used is None or not self._times:
            return None
        end = self._times[-1]
        days = int((end - self._times[0]) // DAY)
        start = end - days * DAY  # whole days: a pool is used more at noon than at night
        points = [(at, value) for at, value in zip(self._times, used, strict=True) if at >= start and value != _UNKNOWN]
        if not days or len(points) < 2 or points[-1][0] - points[0][0] < DAY * 0.9:
            return None
        slope = _slope(points) * DAY
        left = total - points[-1][1]
        grows = slope * 365 > total / 100  # less than a hundredth in a year is no growth
        return Forecast(slope, left / slope if grows else None)


def pool_prefixes(subnets: Iterable[Subnet]) -> Iterator[str]:
    """Yield the prefixes of the statistics of all pools; those of one id share them."""
    for subnet in subnets:
        for pool_id in dict.fromkeys(pool.pool_id for pool in subnet.pools):
            yield f"subnet[{subnet.id}].pool[{pool_id}]."


def _slope(points: Sequence[tuple[float, int]]) -> float:
    """Return the slope of the line with the least squares."""
    count, origin = len(points), points[0][0]
    mean_x = sum(at - origin for at, _ in points) / count
    mean_y = sum(value for _, value in points) / count
    square = sum((at - origin - mean_x) ** 2 for at, _ in points)
    both = sum((at - origin - mean_x) * (value - mean_y) for at, value in points)
    return both / square if square else 0.0
