"""The objects that the steps of a packet work with, made once for a configuration."""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted.config.options import configured_definitions
from kea_twisted.engine import accept
from kea_twisted.engine.allocate import Allocation
from kea_twisted.engine.answers import Answers
from kea_twisted.engine.core import Core
from kea_twisted.engine.hosts import HostFinder
from kea_twisted.engine.subnets import Links
from kea_twisted.wire.formats import Formats


class Parts:
    """The objects that the steps of one configuration work with.

    ``served`` gives the addresses that are listened on at present. ``before`` are the allocators that were in force.
    """

    __slots__ = ("core", "links", "hosts", "allocation", "answers", "formats", "_identifiers", "_served")

    def __init__(self, core: Core, served: Callable[[], frozenset[int]], before: Allocation | None) -> None:
        settings = core.settings
        self.core = core
        self.links = Links(settings)
        self.hosts = HostFinder(settings, self.links, core.hooks, core.log)
        self.allocation = Allocation(core, self.links, self.hosts, before)
        self.answers = Answers(core, self.links)
        self.formats = Formats(configured_definitions(settings.tree), settings.lenient_option_parsing)
        self._identifiers = accept.own_identifiers(settings)
        self._served = served

    def is_own(self, identifier: int) -> bool:
        """Return True if clients may name this server by this server identifier."""
        reserved = self.core.settings.hosts.server_identifiers
        return identifier in self._identifiers or identifier in self._served() or identifier in reserved
