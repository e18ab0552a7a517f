"""``/metrics`` in Prometheus' text format, made in slices so that packets need not wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST
from twisted.internet.defer import DeferredLock

from kea_twisted.adapters.control.pages import Page
from kea_twisted.config.model import Settings
from kea_twisted.web.node import Node
from kea_twisted.web.ownmetrics import families
from kea_twisted.web.templates import SubnetMetrics, exposed

MOST_NAMES: Final = 10_000
"""Names of which the samples are looked up by name. If there are more, all are."""

PAUSE: Final = 0.01
"""Seconds between two slices of work in advance."""

Item = TypeVar("Item")


class MetricsPage:
    """The page. What is of subnets and pools is kept from one request to the next."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = DeferredLock()  # what two monitors ask for at once is made one after the other
        self._settings: Settings | None = None
        self._changed: set[tuple[str, ...]] | None = None
        self._subnets = SubnetMetrics(())
        self._building: Iterator[None] = iter(())

    async def make(self) -> Page:
        """Make the page."""
        await self._lock.acquire()
        try:
            subnets = await self._refreshed()
            parts = [exposed(list(families(self._node)))]
            for some in subnets.make():
                await self._node.turn()
                parts += some
        finally:
            self._lock.release()
        return Page(parts, CONTENT_TYPE_LATEST.encode())

    def prepare(self, settings: Settings) -> Iterator[float]:
        """Build what the first page of a configuration needs; yield the seconds until the next slice."""
        self._begin(settings)
        building = self._building
        for _ in building:  # a request that comes meanwhile takes its steps from the same iterator
            yield PAUSE

    def _begin(self, settings: Settings) -> None:
        """Begin to build the blocks of a configuration."""
        statistics = self._node.statistics
        _drained(statistics.changed)
        _drained(statistics.replaced)
        self._settings, self._changed = settings, statistics.changed
        self._subnets = SubnetMetrics(settings.subnets)
        self._building = self._subnets.build(statistics)

    async def _refreshed(self) -> SubnetMetrics:
        """Return the blocks of the configuration in force with the values that have changed."""
        if self._node.settings is not self._settings:
            self._begin(self._node.settings)
        building: Iterator[None] | None = None
        while building is not self._building:  # it may be replaced meanwhile, too
            building = self._building
            await self._all(building)
        statistics, subnets = self._node.statistics, self._subnets
        changed, replaced = _drained(statistics.changed), _drained(statistics.replaced)
        if statistics.changed is None or statistics.changed is not self._changed or len(replaced) > MOST_NAMES:
            self._changed = statistics.changed
            await self._all(subnets.refer_all(statistics))
        else:
            await self._all(subnets.refer(replaced, statistics))
            await self._all(subnets.read(changed))
        return subnets

    async def _all(self, steps: Iterator[None]) -> None:
        for _ in steps:
            await self._node.turn()


def _drained(names: set[Item] | None) -> Sequence[Item]:
    """Empty a set, and return what was in it."""
    if not names:
        return ()
    found = tuple(names)
    names.clear()
    return found
