"""Plain JSON read by Python's own reader, without places, which are looked up on demand.

For large files, which programs write: with 10,000 subnets the reader that keeps places takes a third of a start.
Text that is not plain JSON, or means something else in Kea's dialect, is left to that reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from kea_twisted.config.places import MAX_DEPTH, NOT_UTF8, List, Map, Unplaced
from kea_twisted.jsonvalue import Json

LARGE: Final = 1 << 16
"""Characters; smaller texts gain nothing worth having."""

_LONGEST: Final = 18  # characters of a number that surely fits into 64 bits


def read(text: str, parse: Callable[[], Any]) -> Map | None:
    """Return the result of ``parse``, the reader that knows places, for a text without faults.

    None where that is in doubt.
    """
    if "\\" in text or NOT_UTF8.search(text):
        return None
    found = _Reader(parse)
    try:
        value = json.loads(text, object_pairs_hook=found.map_of, parse_int=_integer, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, Map) and _depth(value) <= MAX_DEPTH else None


class _Reader:
    """Makes maps as they end, so that inner ones come first, and the lists in a map when that ends."""

    def __init__(self, parse: Callable[[], Any]) -> None:
        self._parse = parse
        self._maps: list[Map] = []
        self._lists: list[List] = []
        self._places = Unplaced(self.find)

    def map_of(self, pairs: list[tuple[str, object]]) -> Map:
        """Return a map of these members. ValueError: one of them comes twice."""
        made = Map(self._places)
        made.update(pairs)
        if len(made) < len(pairs):
            raise ValueError("a key is given twice")
        for key, value in pairs:
            if type(value) is list:
                made[key] = self._list_of(value)
        self._maps.append(made)
        return made

    def _list_of(self, items: list[object]) -> List:
        made = List(self._places)
        self._lists.append(made)
        made.extend(self._list_of(item) if type(item) is list else item for item in items)
        return made

    def find(self) -> None:
        """Have the text read again, and tell every map and list where it is."""
        maps: list[Map] = []
        lists: list[List] = []
        _walk(self._parse(), maps, lists)
        for unplaced, placed in zip(self._maps, maps, strict=True):
            unplaced.take_places(placed)
        for empty, full in zip(self._lists, lists, strict=True):
            empty.take_places(full)


def _walk(value: object, maps: list[Map], lists: list[List]) -> None:
    """All maps, and all lists in maps, in the order in which a _Reader makes them."""
    if isinstance(value, (Map, List)):
        for inner in value.values() if isinstance(value, Map) else value:
            _walk(inner, maps, lists)
    if isinstance(value, Map):
        for inner in value.values():
            _collect(inner, lists)
        maps.append(value)


def _collect(value: object, lists: list[List]) -> None:
    """A list and those that are its items."""
    if isinstance(value, List):
        lists.append(value)
        for inner in value:
            _collect(inner, lists)


def _depth(value: Json) -> int:
    """Of maps and lists in one another."""
    deepest, level = 0, [value]
    while level:
        level = [each for each in level if isinstance(each, (dict, list))]
        deepest += bool(level)
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return deepest


def _integer(text: str) -> int:
    if len(text) > _LONGEST:
        raise ValueError(f"{text} may not fit")
    return int(text)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
