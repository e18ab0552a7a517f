"""``/metrics`` in Prometheus' text format, made in slices so that packets need not wait."""

from __future__ import annotations

from itertools import islice
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST
from twisted.internet.defer import DeferredLock

from kea_twisted.adapters.control.pages import Page
from kea_twisted.config.model import Settings
from kea_twisted.web.node import Node
from kea_twisted.web.ownmetrics import families
from kea_twisted.web.templates import SubnetMetrics, exposed

BLOCKS: Final = 10
NAMES: Final = 1000
"""Blocks that are written, and changed names that are looked at, in one slice: a millisecond or two."""


class MetricsPage:
    """The page. What is of subnets and pools is kept from one request to the next."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = DeferredLock()  # what two monitors ask for at once is made one after the other
        self._settings: Settings | None = None
        self._changed: set[str] | None = None
        self._subnets = SubnetMetrics(())

    async def make(self) -> Page:
        """Make the page."""
        await self._lock.acquire()
        try:
            await self._refresh()
            node, subnets = self._node, self._subnets
            parts = [exposed([*families(node), subnets.failures(node.statistics)])]
            for start in range(0, len(subnets.blocks), BLOCKS):
                await node.turn()
                parts += [block.make() for block in subnets.blocks[start : start + BLOCKS]]
        finally:
            self._lock.release()
        return Page(parts, CONTENT_TYPE_LATEST.encode())

    async def _refresh(self) -> None:
        """Take the values that have changed, or all of them for another configuration."""
        statistics, settings = self._node.statistics, self._node.settings
        if settings is not self._settings or statistics.changed is None or statistics.changed is not self._changed:
            await self._build()
            return
        changed = iter(tuple(statistics.changed))
        statistics.changed.clear()
        while some := list(islice(changed, NAMES)):
            self._subnets.update(some, statistics)
            await self._node.turn()

    async def _build(self) -> None:
        statistics, settings = self._node.statistics, self._node.settings
        if statistics.changed is not None:
            statistics.changed.clear()
        made = SubnetMetrics(settings.subnets)
        changed = statistics.changed
        for _ in made.build(settings.subnets, statistics):
            await self._node.turn()
        self._subnets, self._settings, self._changed = made, settings, changed
