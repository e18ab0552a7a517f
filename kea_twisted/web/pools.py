"""The section of the page about pools: the fullest ones, and when they will be full."""

from __future__ import annotations

from heapq import nlargest
from operator import itemgetter
from typing import Final

from twisted.internet.defer import ensureDeferred

from kea_twisted.config.model import Settings
from kea_twisted.jsonvalue import Json
from kea_twisted.web.node import Node

MOST: Final = 100
"""Pools that are shown."""

PERIOD: Final = 5.0
"""Seconds between two counts."""

SLICE: Final = 500

_COUNTS: Final = ("total-addresses", "assigned-addresses", "declined-addresses")


class PoolBars:
    """The pools as they were counted last; they are counted in slices, and packets go between these."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._made: dict[str, Json] = {"ready": False, "count": 0, "span": 0, "pools": []}
        self._counted_at = 0.0
        self._counting = False
        self._settings: Settings | None = None
        self._known: list[tuple[str, int, str, str]] = []  # prefix of the statistics, subnet id, subnet, pool

    def shown(self) -> dict[str, Json]:
        """Return the pools; they are counted anew if that is some seconds ago."""
        if not self._counting and self._node.now() - self._counted_at >= PERIOD:
            self._counting = True
            ensureDeferred(self._count()).addBoth(self._counted)
        return self._made

    def _counted(self, outcome: object) -> object:
        self._counting = False
        return outcome

    async def _count(self) -> None:
        node = self._node
        self._counted_at = node.now()
        if node.settings is not self._settings:
            self._settings = node.settings
            self._known = [
                (f"subnet[{subnet.id}].pool[{pool.pool_id}].", subnet.id, subnet.text, pool.text)
                for subnet in node.settings.subnets
                for pool in {pool.pool_id: pool for pool in reversed(subnet.pools)}.values()
            ]
        known = self._known
        ratios: list[tuple[float, int]] = []
        for start in range(0, len(known), SLICE):
            names = [prefix + name for prefix, *_ in known[start : start + SLICE] for name in _COUNTS[:2]]
            values = node.statistics.values(names)
            for place in range(0, len(values), 2):
                total, used = values[place], values[place + 1]
                ratios.append((used / total if total else 0.0, -(start + place // 2)))
            if start + SLICE < len(known):
                await node.turn()
        fullest = [known[-place] for _, place in nlargest(MOST, ratios, key=itemgetter(0, 1))]
        self._made = {
            "ready": True,
            "count": len(known),
            "span": round(node.measurements.pools.span),
            "pools": [self._pool(*each) for each in fullest],
        }

    def _pool(self, prefix: str, subnet_id: int, subnet: str, pool: str) -> dict[str, object]:
        total, used, declined = self._node.statistics.values([prefix + name for name in _COUNTS])
        forecast = self._node.measurements.pools.forecast(prefix, total)
        return {
            "id": subnet_id,
            "subnet": subnet,
            "pool": pool,
            "total": total,
            "used": used,
            "declined": declined,
            "slope": None if forecast is None else round(forecast.slope, 2),
            "days": None if forecast is None or forecast.days is None else round(max(0.0, forecast.days), 2),
        }
