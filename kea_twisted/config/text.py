r"""Kea's dialect of JSON, with a place for everything.

JSON (RFC 8259) plus ``#``, ``//`` and ``/* */`` comments, ``<?include "file"?>`` wherever a token may stand,
and, with a warning, a comma before a closing bracket and numbers with leading zeros. Stricter than JSON where
Kea is: a key given twice is an error, integers have 64 bits, and ``\u`` stops at ``00ff``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from kea_twisted.config import quick
from kea_twisted.config.places import MAX_DEPTH, List, Map, format_problem, key_place, place_of, without_places
from kea_twisted.config.tokens import ATOM, END, KEY, PUNCTUATION, STRING, ReadInclude, Tokens, TooManyErrors
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json

__all__ = ["List", "Map", "format_problem", "key_place", "parse", "place_of", "without_places"]

_MEMBER: Final = re.compile(
    r"""
        "([^"\\\x00-\x1f]*)"[ \t]*:[ \t\r\n]*
        (?:"([^"\\\x00-\x1f]*)"|(true|false)|(0|-?[1-9]\d{0,17}))[ \t\r\n]*
        (?:,[ \t\r\n]*(?=")|(}))
    """,
    re.VERBOSE | re.ASCII,
)
"""A key and a plain value, then a comma and a string, or the end of the map."""
_INTEGER: Final = re.compile(r"-?\d+", re.ASCII)
_REAL: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_NUMERIC: Final = re.compile(r"[-+.\d]")
_LEADING_ZERO: Final = re.compile(r"[-+]?0\d", re.ASCII)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_WORDS: Final = {"true": True, "false": False, "null": None}
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def parse(text: str, file: str, read_include: ReadInclude, problems: Problems | None = None) -> Json:
    """Read a configuration text; a Map for every sensible one.

    Continues after errors as well as it can: what it returns then holds what was understood. Findings go to
    ``problems``; without it, errors are raised as ConfigError. ``read_include`` returns the text of a file
    that is included and raises OSError; bytes that are not UTF-8 stand in texts as ``surrogateescape`` leaves them.
    """
    collected = Problems() if problems is None else problems
    value: object = None
    if len(text) > quick.LARGE:
        value = quick.read(text, lambda: _Parser(text, file, read_include, Problems()).document())
    if value is None:
        value = _Parser(text, file, read_include, collected).document()
    if problems is None:
        collected.raise_errors()
    return value


_BAD: Final = object()
"""In place of a value that has been reported: its member is left out, so that it is not reported again."""


class _Parser(Tokens):
    """Recursive descent over the tokens."""

    def __init__(self, text: str, file: str, read_include: ReadInclude, problems: Problems) -> None:
        super().__init__(text, file, read_include, problems)
        self._closing: list[str] = []  # the brackets that close what is open, outermost first

    def document(self) -> object:
        """Return the whole text: one value and nothing behind it."""
        try:
            self.advance()
            if self.kind == END:
                self._error(self.position, "the configuration is empty")
                return None
            value = self._value()
            if self.kind != END and not self._errors:
                self._error(self.position, f"unexpected {self._token()} after the end of the configuration")
            return None if value is _BAD else value
        except TooManyErrors:
            return None

    def _value(self) -> object:
        kind, text, position = self.kind, self.value, self.position
        if kind == STRING:
            value: Any = text[1:-1] if "\\" not in text else self._unescape(text[1:-1], position + 1)
        elif kind == ATOM:
            value = self._atom(text, position)
        elif text == "{":
            return self._nested(self._map)
        elif text == "[":
            return self._nested(self._list)
        else:
            if not self._follows_lost_include():
                self._error(position, f"expected a value, found {self._token()}")
            return _BAD
        self.advance()
        return value

    def _nested(self, read: Callable[[], object]) -> object:
        if len(self._closing) == MAX_DEPTH:
            self._error(self.position, f"more than {MAX_DEPTH} levels of nesting")
            raise TooManyErrors
        return read()

    def _map(self) -> Map:
        result = Map(self._sources, self.position)
        for _ in self._entries("}"):
            if self.kind == KEY and self._plain_members(result):
                continue
            text, position = self.value, self.position
            if self.kind != KEY and not self._late_colon():
                continue
            key = text[1:-1] if "\\" not in text else self._unescape(text[1:-1], position + 1)
            self.advance()
            value = self._value()
            if value is _BAD:
                continue
            if key in result:
                self._error(position, f"duplicate key '{key}', first given at {result.key_place(key)}")
            else:
                result.put(key, value, position)
        return result

    def _plain_members(self, result: Map) -> bool:
        """Take in members as long as they are plain, as most of a large file are; True: that was all of the map.

        What is left is looked at token by token, and so is everything that is not right.
        """
        text, base = self._text, self._base
        at = self.position - base
        while (found := _MEMBER.match(text, at)) is not None and found[1] not in result:
            key, string, word, number, brace = found.groups()
            value = string if string is not None else int(number) if number is not None else _WORDS[word]
            result.put(key, value, at + base)
            at = found.start(5) if brace else found.end()
        if at != self.position - base:
            self._at = at
            self.advance()
        return self.kind == PUNCTUATION and self.value == "}"

    def _late_colon(self) -> bool:
        """A key with a comment or a line break before its colon; anything else is an error here."""
        if self.kind != STRING:
            self._error(self.position, f"expected a key in double quotes, found {self._token()}")
            self._recover()
            return False
        text, position = self.value, self.position
        self.advance()
        if self.value != ":":
            self._error(position, f"{text} is not a member of a map (a key, ':' and a value)")
            self._recover()
            return False
        return True

    def _list(self) -> List:
        result = List(self._sources, self.position)
        for _ in self._entries("]"):
            position = self.position
            if self.kind == KEY:
                self._error(position, f"{self._token()} has a ':' after it, but this is a list")
                self.advance()
            value = self._value()
            if value is not _BAD:
                result.put(value, position)
        return result

    def _entries(self, closing: str) -> Iterator[None]:
        """Walk over the commas, to behind the closing bracket; yields where an entry begins."""
        start = self.position
        self._closing.append(closing)
        comma = -1  # position of the comma that waits for an entry
        first = True
        self.advance()
        while not self._ends(start, closing, comma):
            if self.kind == PUNCTUATION and self.value == ",":
                if (comma >= 0 or first) and not self._follows_lost_include():
                    self._error(self.position, "comma without an entry before it")
                comma, first = self.position, False
                self.advance()
                continue
            if comma < 0 and not first and not self._follows_lost_include():
                self._error(self.position, f"expected ',' or '{closing}', found {self._token()}")
            comma, first = -1, False
            at = self.position
            yield None
            if self.position == at:  # an entry that took nothing: never stand still
                self._recover()
        self._closing.pop()

    def _ends(self, start: int, closing: str, comma: int) -> bool:
        """Is this the end of a map or list? Passes over its closing bracket."""
        if self.kind == END:
            opening = "{" if closing == "}" else "["
            self._error(start, f"'{opening}' is never closed: the text ends before its '{closing}'")
            self._problems.structure_is_lost = True
            return True
        while self.kind == PUNCTUATION and self.value in "]}":
            if self.value == closing:
                if comma >= 0:
                    self._warning(comma, f"comma before '{closing}': was an entry left out?")
                self.advance()
                return True
            opened = self._sources.place(start)
            self._error(self.position, f"expected '{closing}' for the bracket of {opened}, found {self._token()}")
            self._problems.structure_is_lost = True
            if self.value in self._closing:
                return True  # it closes what is around this
            self.advance()
        return False

    def _recover(self) -> None:
        """Go to where an entry can begin or end: a comma, a key or a closing bracket."""
        while not (self.kind in (KEY, END) or (self.kind == PUNCTUATION and self.value in ",]}")):
            if self.value in "{[" and self.kind == PUNCTUATION:
                self._value()
            else:
                self.advance()

    # --- scalars

    def _atom(self, text: str, position: int) -> object:
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            number = int(text)
            if not -(2**63) <= number < 2**63:
                self._error(position, f"{text} does not fit into 64 bits")
            self._leading_zero(text, position)
            return number
        if _REAL.fullmatch(text) and not text.lstrip("+-").isdigit():
            self._leading_zero(text, position)
            return float(text)
        hint = ""
        if text.lower() in _WORDS:
            hint = f", write {text.lower()}"
        elif not _NUMERIC.match(text):
            hint = f', a string needs double quotes: "{text}"'
        self._error(position, f"'{text}' is not a value{hint}")
        return _BAD

    def _leading_zero(self, text: str, position: int) -> None:
        if _LEADING_ZERO.match(text):
            self._warning(position, f"{text} is read as a decimal number")

    def _unescape(self, text: str, position: int) -> str:
        def character(match: re.Match[str]) -> str:
            escape = match[1]
            if escape in _ESCAPES:
                return _ESCAPES[escape]
            if len(escape) == 5 and escape.startswith("u00"):
                return chr(int(escape[1:], 16))
            what = "is above \\u00ff" if len(escape) == 5 else "is not an escape"
            self._error(position + match.start(), f"\\{escape} {what}")
            return ""

        return _ESCAPE.sub(character, text)
