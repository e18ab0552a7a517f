"""Maps and lists that know where they were written.

A position is one integer: the offset in all texts read so far, laid end to end. Lines and columns are
computed on demand, so that a big file pays nothing for them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final, TypeVar

from kea_twisted.errors import ConfigError, Place, Problem
from kea_twisted.jsonvalue import Json

MAX_DEPTH: Final = 100  # of maps and lists in one another
NOT_UTF8: Final = re.compile("[\udc80-\udcff]")  # bytes as ``surrogateescape`` leaves them

# No possessive quantifier may hold a group: Python before 3.11.4 gets these wrong (CPython issue 101955).
BLANK: Final = r"(?:[ \t\r\n]+|\#[^\n]*|//[^\n]*|/\*(?s:.*?)\*/)*"
STRING_PATTERN: Final = r'"[^"\\\x00-\x1f]*(?:\\[^\n][^"\\\x00-\x1f]*)*"'
_AFTER_KEY: Final = re.compile(rf"{STRING_PATTERN}{BLANK}:{BLANK}", re.VERBOSE)


Container = TypeVar("Container", bound="Map | List")


class Sources:
    """The texts a configuration consists of: the file and what it includes."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, str]] = []
        self._bases: list[int] = []
        self._lines: dict[int, list[int]] = {}
        self._size = 0

    def add(self, file: str, text: str) -> int:
        """Take in a text; the position of its first character."""
        base = self._size
        self._texts.append((file, text))
        self._bases.append(base)
        self._size += len(text) + 1
        return base

    def place(self, position: int) -> Place:
        """File, line and column of a position."""
        number = bisect_right(self._bases, position) - 1
        file, text = self._texts[number]
        starts = self._lines.get(number)
        if starts is None:
            starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
            self._lines[number] = starts
        offset = position - self._bases[number]
        line = bisect_right(starts, offset)
        return Place(file, line, offset - starts[line - 1] + 1)

    def after_key(self, position: int) -> int:
        """Return the position of the value that follows the key at this position."""
        number = bisect_right(self._bases, position) - 1
        match = _AFTER_KEY.match(self._texts[number][1], position - self._bases[number])
        return position if match is None else match.end() + self._bases[number]


class Unplaced(Sources):
    """Stands for the sources of maps and lists that were read without places; ``find`` gives them theirs."""

    def __init__(self, find: Callable[[], None]) -> None:
        super().__init__()
        self.find = find


class LatePlace(Place):
    """A place that is looked up only when it is needed."""

    find: Callable[[], Place | None]

    def __new__(cls, find: Callable[[], Place | None]) -> LatePlace:
        """Keep ``find``; position and file are not known yet."""
        made = super().__new__(cls, "", 0, 0)
        made.find = find
        return made

    @property
    def found(self) -> Place:
        """Return the result of ``find``."""
        found = self.find()
        assert found is not None  # what was read from a text has a place
        return found

    def __str__(self) -> str:
        return str(self.found)


class Map(dict[str, Json]):
    """A JSON object that knows where it was written; without places when it came by a command."""

    __slots__ = ("_sources", "_start", "_keys")

    def __init__(self, sources: Sources | None = None, start: int = 0) -> None:
        self._sources = sources
        self._start = start
        self._keys: dict[str, int] = {}

    def put(self, key: str, value: object, position: int) -> None:
        """Set a member whose key stands at this position."""
        self[key] = value
        self._keys[key] = position

    def take_places(self, other: Map) -> None:
        """Be where another map of the same members was written."""
        self._sources, self._start, self._keys = other._sources, other._start, other._keys

    def rename(self, key: str, new: str, value: object) -> None:
        """Give a member another name and another value, at the same place."""
        _placed(self)
        del self[key]
        self[new] = value
        if key in self._keys:
            self._keys[new] = self._keys[key]

    def adopt(self, other: Map, key: str, new: str) -> None:
        """Take a member out of another map of the same text, under this name, at the place where it was written."""
        _placed(self)
        _placed(other)
        self[new] = other.pop(key)
        if key in other._keys:
            self._keys[new] = other._keys[key]

    @property
    def place(self) -> Place | None:
        """The place of the opening brace."""
        if isinstance(self._sources, Unplaced):
            return LatePlace(lambda: _placed(self).place)
        return None if self._sources is None else self._sources.place(self._start)

    def key_place(self, key: str) -> Place | None:
        """Return the place of the key, or of the map if the key is absent."""
        if isinstance(self._sources, Unplaced):
            return LatePlace(lambda: _placed(self).key_place(key))
        if self._sources is None or key not in self._keys:
            return self.place
        return self._sources.place(self._keys[key])

    def place_of(self, key: str) -> Place | None:
        """Return the place of the key's value, or of the map if the key is absent."""
        if isinstance(self._sources, Unplaced):
            return LatePlace(lambda: _placed(self).place_of(key))
        value = self.get(key)
        if isinstance(value, (Map, List)) and value.place is not None:
            return value.place
        if self._sources is None or key not in self._keys:
            return self.place
        return self._sources.place(self._sources.after_key(self._keys[key]))

    def as_list(self, key: str) -> List:
        """Return the value of a key as a list of one."""
        sources = _placed(self)._sources
        start = 0 if sources is None or key not in self._keys else sources.after_key(self._keys[key])
        items = List(sources, start)
        items.put(self[key], start)
        return items

    def __reduce__(self) -> tuple[object, ...]:
        return dict, (dict(self),)  # a copy has no places


class List(list[Any]):
    """A JSON array that knows where it and its items were written."""

    __slots__ = ("_sources", "_start", "_items")

    def __init__(self, sources: Sources | None = None, start: int = 0) -> None:
        self._sources = sources
        self._start = start
        self._items: list[int] = []

    def put(self, value: object, position: int) -> None:
        """Append an item that stands at this position."""
        self.append(value)
        self._items.append(position)

    def take_places(self, other: List) -> None:
        """Be where another list of the same items was written."""
        self._sources, self._start, self._items = other._sources, other._start, other._items

    @property
    def place(self) -> Place | None:
        """The place of the opening bracket."""
        if isinstance(self._sources, Unplaced):
            return LatePlace(lambda: _placed(self).place)
        return None if self._sources is None else self._sources.place(self._start)

    def place_of(self, index: int) -> Place | None:
        """Return the place of an item, or of the list if the item is absent."""
        if isinstance(self._sources, Unplaced):
            return LatePlace(lambda: _placed(self).place_of(index))
        if self._sources is None or index >= len(self._items):
            return self.place
        return self._sources.place(self._items[index])

    def drop(self, index: int) -> None:
        """Remove an item; those behind it keep their places."""
        _placed(self)
        del self[index]
        del self._items[index : index + 1]

    def __reduce__(self) -> tuple[object, ...]:
        return list, (list(self),)


def _placed(container: Container) -> Container:
    """Return the map or list, with its places if it can have any."""
    if isinstance(container._sources, Unplaced):
        container._sources.find()
    return container


def place_of(container: Json, key: Json) -> Place | None:
    """Return the place of a value inside a map or list; None for containers that know no places."""
    return container.place_of(key) if isinstance(container, (Map, List)) else None


def key_place(container: object, key: str) -> Place | None:
    """Return the place of a key inside a map; None for containers that know no places."""
    return container.key_place(key) if isinstance(container, Map) else None


def without_places(value: object, depth: int = 0) -> Json:
    """Plain JSON as Maps and Lists without places, copied to the bottom: one kind of tree to work with."""
    if depth > MAX_DEPTH:
        raise ConfigError([Problem(None, f"more than {MAX_DEPTH} levels of nesting")])
    if isinstance(value, dict):
        copy = Map()
        for key, item in value.items():
            copy[key] = without_places(item, depth + 1)
        return copy
    if isinstance(value, list):
        items = List()
        items.extend(without_places(item, depth + 1) for item in value)
        return items
    return value


def as_latin1(text: str) -> str:
    """Read the bytes of a text that are not UTF-8 (surrogates, as ``surrogateescape`` leaves them) as ISO 8859-1."""
    return text if text.isascii() else NOT_UTF8.sub(lambda match: chr(ord(match[0]) - 0xDC00), text)


def format_problem(problem: Problem, text_of_file: str) -> str:
    """``file:line:column: text`` with the line of the file below it and a caret under the column."""
    lines = as_latin1(text_of_file).split("\n")
    place = problem.place and problem.place.found
    if problem.kea and problem.kea not in problem.text:
        problem = problem._replace(text=f"{problem.kea}\n{problem.text}")
    if place is None or place.line > len(lines):
        return str(problem)
    line = lines[place.line - 1].rstrip("\r")
    indent = "".join("\t" if character == "\t" else " " for character in line[: place.column - 1])
    return f"{problem}\n{line}\n{indent}^"
