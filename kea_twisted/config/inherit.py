"""Inheritance: a subnet's own value, its shared network's, the global one, last the keyword table's."""

from __future__ import annotations

from kea_twisted.config.keywords import SCOPES
from kea_twisted.config.model import Triplet
from kea_twisted.config.text import Map
from kea_twisted.errors import Place
from kea_twisted.jsonvalue import Json


class Levels:
    """Maps around each other, innermost first."""

    __slots__ = ("maps", "path")

    def __init__(self, maps: tuple[Map, ...], path: str) -> None:
        self.maps = maps
        self.path = path  # of the innermost one, for messages

    def get(self, name: str) -> Json:
        """Return the value in force; the keyword table's default if no level has one."""
        for section in self.maps:
            if name in section:
                return section[name]
        return (SCOPES["global"].get(name) or SCOPES["subnet"][name]).default

    def place(self, name: str) -> Place | None:
        """Return the place of the value in force, or of the innermost map if it is written nowhere."""
        for section in self.maps:
            if name in section:
                return section.place_of(name)
        return self.maps[0].place

    def triplet(self, name: str) -> Triplet:
        """Return a lifetime with its bounds, by default the lifetime itself (Kea's ``parseIntTriplet``)."""
        value = self.get(name)
        low, high = self.get(f"min-{name}"), self.get(f"max-{name}")
        return Triplet(value if low is None else low, value, value if high is None else high)
