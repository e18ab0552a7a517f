"""THE PAGES of an HTTP port, by path. Everything else that is asked for with GET is answered as Kea does."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

from kea_twisted.adapters.control.pages import METRICS_PATH, Page, Pages, PageSource
from kea_twisted.config.model import Settings
from kea_twisted.web.console import Console
from kea_twisted.web.health import is_ready
from kea_twisted.web.leasetexts import kept_texts
from kea_twisted.web.node import Node
from kea_twisted.web.supervision import supervised


def pages_of(node: Node) -> Pages:
    """Return the pages of a server. The metrics are for those who may send ``statistic-get-all``."""
    metrics = _Metrics(node)
    if any(socket.metrics for socket in node.settings.control_sockets):
        metrics.load()  # now: it may be out of reach later
    node.idle.add(metrics.prepare)
    node.idle.add(partial(kept_texts, node))
    return {
        **supervised(partial(is_ready, node)),
        METRICS_PATH: PageSource(metrics.make, ("statistic-get-all",)),
        **Console(node).pages(),
    }


class _Metrics:
    """The page of metrics, imported when it is switched on: it needs an optional package."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._page: Any = None

    def load(self) -> None:
        """Import it."""
        self._page = import_module("kea_twisted.web.metrics").MetricsPage(self._node)

    def prepare(self, settings: Settings) -> Iterator[float]:
        """Make in advance what the page of a configuration needs."""
        if any(socket.metrics for socket in settings.control_sockets):
            if self._page is None:
                self.load()
            yield from self._page.prepare(settings)

    def make(self) -> Awaitable[Page]:
        """Make the page."""
        if self._page is None:
            self.load()
        made: Awaitable[Page] = self._page.make()
        return made
