"""The section of the page about pools: the fullest ones, those that are looked for, and when they will be full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from twisted.internet.defer import ensureDeferred

from kea_twisted.adapters.control.pages import Page, Sender
from kea_twisted.commands.envelope import parse
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.jsonvalue import Json
from kea_twisted.web.node import Node
from kea_twisted.web.relay import answer_page
from kea_twisted.wire.address import address_number, is_address

POOLS_PATH: Final = b"/pools"

MOST: Final = 100
"""Pools that are shown."""

PERIOD: Final = 5.0
"""Seconds between two counts."""

SLICE: Final = 500

_COUNTS: Final = ("total-addresses", "assigned-addresses", "declined-addresses")
_EXPECTED: Final = "a map with 'text', a string, and 'start', a number from 0, is expected"


class _Pool(NamedTuple):
    """Pools of one subnet with the same id, which have one set of counters."""

    prefix: str  # of the names of its statistics
    subnet: Subnet
    text: str

    def fits(self, text: str) -> bool:
        """Return True if a text is a part of what is shown of the pool, or the id of its subnet."""
        subnet = self.subnet
        return text == str(subnet.id) or any(text in each for each in (subnet.text, self.text, subnet.shared_network))


class PoolBars:
    """The pools as they were counted last; they are counted in slices, and packets go between these."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._made: dict[str, Json] = {"ready": False, "all": 0, "count": 0, "start": 0, "span": 0, "pools": []}
        self._counted_at = 0.0
        self._counting = False
        self._settings: Settings | None = None
        self._all: list[_Pool] = []

    def shown(self) -> dict[str, Json]:
        """Return the fullest pools; they are counted anew if that is some seconds ago."""
        if not self._counting and self._node.now() - self._counted_at >= PERIOD:
            self._counting = True
            ensureDeferred(self._count()).addBoth(self._counted)
        return self._made

    async def search(self, body: bytes, sender: Sender) -> Page:
        """Return pools with a text in them, the fullest first, from the ``start``-th on."""
        try:
            parsed = parse(body)
            text, start = parsed.get("text", ""), parsed.get("start", 0)
            if type(text) is not str or type(start) is not int or start < 0:
                raise TypeError
        except (ValueError, TypeError, AttributeError):
            return answer_page(1, _EXPECTED)
        return answer_page(0, "", await self._page(_filter(text.strip()), start))

    def _counted(self, outcome: object) -> object:
        self._counting = False
        return outcome

    async def _count(self) -> None:
        self._counted_at = self._node.now()
        self._made = await self._page(None, 0)

    async def _page(self, fits: Callable[[_Pool], bool] | None, start: int) -> dict[str, Json]:
        """Return a page of the pools that fit, which are sorted by their use."""
        node, known = self._node, self._known()
        end, count = start + MOST, 0
        fullest: list[tuple[float, int]] = []
        for at in range(0, len(known), SLICE):
            places: Sequence[int] = range(at, min(at + SLICE, len(known)))
            if fits is not None:
                places = [place for place in places if fits(known[place])]
            count += len(places)
            values = node.statistics.values([known[place].prefix + name for place in places for name in _COUNTS[:2]])
            uses = zip(places, values[::2], values[1::2], strict=True)
            fullest += [(used / total if total else 0.0, -place) for place, total, used in uses]
            fullest.sort(reverse=True)  # a merge: what was there is sorted
            del fullest[end:]
            if at + SLICE < len(known):
                await node.turn()
        return {
            "ready": True,
            "all": len(known),
            "count": count,
            "start": start,
            "span": round(node.measurements.pools.span),
            "pools": [self._pool(known[-place]) for _, place in fullest[start:]],
        }

    def _known(self) -> list[_Pool]:
        """Return the pools of the configuration in force."""
        if self._node.settings is not self._settings:
            self._settings = self._node.settings
            self._all = [
                _Pool(f"subnet[{subnet.id}].pool[{pool.pool_id}].", subnet, pool.text)
                for subnet in self._settings.subnets
                for pool in {pool.pool_id: pool for pool in reversed(subnet.pools)}.values()
            ]
        return self._all

    def _pool(self, pool: _Pool) -> dict[str, object]:
        total, used, declined = self._node.statistics.values([pool.prefix + name for name in _COUNTS])
        forecast = self._node.measurements.pools.forecast(pool.prefix, total)
        return {
            "id": pool.subnet.id,
            "subnet": pool.subnet.text,
            "network": pool.subnet.shared_network,
            "pool": pool.text,
            "total": total,
            "used": used,
            "declined": declined,
            "slope": None if forecast is None else round(forecast.slope, 2),
            "days": None if forecast is None or forecast.days is None else round(max(0.0, forecast.days), 2),
        }


def _filter(text: str) -> Callable[[_Pool], bool] | None:
    """Return the condition for a text; a whole address stands for the subnet that it is in. None: there is none."""
    if not text:
        return None
    if is_address(text):
        address = address_number(text)
        return lambda pool: address in pool.subnet
    return lambda pool: pool.fits(text)
