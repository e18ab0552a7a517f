"""The page for people: its files, and the stream of events that it shows."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Final

from kea_twisted.adapters.control.pages import WEB, FormSource, Pages, PageSource
from kea_twisted.web.feed import Feed, Section
from kea_twisted.web.node import Node
from kea_twisted.web.overview import pair, server, steps
from kea_twisted.web.partners import PartnerReports
from kea_twisted.web.pools import POOLS_PATH, PoolBars
from kea_twisted.web.rates import Rates
from kea_twisted.web.relay import RELAY_PATH, relayed
from kea_twisted.web.static import NEEDS, static_pages

EVENTS_PATH: Final = b"/events"

LOG_NEEDS: Final = "lease4-get-all"
"""Warnings name clients with their addresses."""


class Console:
    """The page of one server. What it shows is made for the first reader."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._files = static_pages()
        self._last_sent = 0  # the number of the last line of the log that the readers have

    def pages(self) -> Pages:
        """Return them by path."""
        return {
            **self._files,
            EVENTS_PATH: PageSource(lambda: self._feed, NEEDS, WEB),
            RELAY_PATH: FormSource(partial(relayed, self._node), NEEDS, WEB),
            POOLS_PATH: FormSource(lambda body, sender: self._pools.search(body, sender), NEEDS, WEB),
        }

    @cached_property
    def _rates(self) -> Rates:
        return Rates(self._node.statistics, self._node.measurements)

    @cached_property
    def _reports(self) -> PartnerReports:
        return PartnerReports(self._node)

    @cached_property
    def _pools(self) -> PoolBars:
        return PoolBars(self._node)

    @cached_property
    def _feed(self) -> Feed:
        sections = {
            "server": Section(partial(server, self._node)),
            "pair": Section(self._pair),
            "timeline": Section(partial(steps, self._node)),
            "rates": Section(self._rates.shown, news=self._sampled),
            "pools": Section(self._pools.shown),
            "log": Section(lambda: self._lines(0), news=self._new_lines, needs=LOG_NEEDS),
        }
        return Feed(sections, self._node.reactor, self._watched)

    def _watched(self, watched: bool) -> None:
        self._node.measurements.watch(watched)
        if watched:
            self._rates.begin(self._node.now())
            self._last_sent = self._node.log.recent.count

    def _pair(self) -> object:
        self._reports.ask()
        return pair(self._node, self._reports)

    def _sampled(self) -> object:
        self._rates.sample(self._node.now())
        return self._rates.latest()

    def _lines(self, after: int) -> list[dict[str, object]]:
        return [line._asdict() for line in self._node.log.recent.after(after)]

    def _new_lines(self) -> list[dict[str, object]] | None:
        last_sent, self._last_sent = self._last_sent, self._node.log.recent.count
        return self._lines(last_sent) if self._last_sent > last_sent else None
