"""The objects that the steps of a packet work with, made once for a configuration."""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted.config.options import configured_definitions
from kea_twisted.engine import accept
from kea_twisted.engine.allocate import Allocation
from kea_twisted.engine.answers import Answers
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Query
from kea_twisted.engine.hosts import HostFinder
from kea_twisted.engine.over6 import links_of
from kea_twisted.engine.subnets import Links
from kea_twisted.wire.formats import Formats


class Parts:
    """The objects that the steps of one configuration work with.

    ``served`` gives the addresses that are listened on at present. ``before`` are the allocators that were in force.
    ``like`` has what depends on the settings alone; there are no allocators yet then.
    """

    __slots__ = ("core", "links", "hosts", "allocation", "answers", "formats", "_identifiers", "_served")

    def __init__(
        self, core: Core, served: Callable[[], frozenset[int]], before: Allocation | None, like: Parts | None = None
    ) -> None:
        settings = core.settings
        self.core = core
        self.links: Links = links_of(settings) if like is None else like.links
        self.hosts = HostFinder(core, self.links)
        self.allocation = Allocation(core, self.links, self.hosts, before, None if like is None else ())
        self.answers = Answers(core, self.links)
        self.formats = Formats(configured_definitions(settings.tree), settings.lenient_option_parsing)
        self._identifiers: frozenset[int] = accept.own_identifiers(settings) if like is None else like._identifiers
        self._served = served

    def restrict(self, allocation: Allocation) -> None:
        """Allocate from now on with allocators of some subnets only."""
        self.allocation = allocation

    @property
    def served(self) -> Callable[[], frozenset[int]]:
        """The addresses that are listened on."""
        return self._served

    def is_own(self, identifier: int, query: Query) -> bool:
        """Return True if a query names this server, or one in whose place it answers, by this server identifier."""
        reserved = self.core.settings.hosts.server_identifiers
        if identifier in self._identifiers or identifier in self._served() or identifier in reserved:
            return True
        answers_for = self.core.hooks.answers_for
        return answers_for is not None and answers_for(query, identifier)
