"""The tokens of Kea's dialect of JSON, across included files, each with its place; and the errors found at them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kea_twisted.config.places import BLANK, NOT_UTF8, STRING_PATTERN, Sources, as_latin1
from kea_twisted.errors import Problems

ReadInclude = Callable[[str], str]

MAX_INCLUDES: Final = 10  # as in Kea; a file that reaches itself by another name ends here too
MAX_SYNTAX_ERRORS: Final = 25  # after that many the text is something else than a configuration

KEY, STRING, ATOM, PUNCTUATION, INCLUDE, END, BAD = range(1, 8)  # the groups of _TOKEN

_TOKEN: Final = re.compile(
    rf"""{BLANK}(?:
        ({STRING_PATTERN})[ \t]*+:     # a key and its colon, the most frequent token
      | ({STRING_PATTERN})
      | ([-+.\w]++)                    # number, true, false, null; or something that wants to be one
      | ([][{{}},:])
      | <\?[ \t]*+include[ \t]++({STRING_PATTERN})[ \t]*+\?>
      | (\Z)
      | ("[^"\n]*+"?|/\*(?s:.*)|<\?[^\n]*?\?>|[^ \t\r\n][^][{{}},:"\s]*+)
    )""",
    re.VERBOSE | re.ASCII,
)


class TooManyErrors(Exception):
    """Enough errors for one run."""


class Tokens:
    """The tokens of a text and of those it includes, one at a time, and the errors found at them.

    ``kind``, ``value`` and ``position`` are the token looked at; ``advance`` goes to the next.
    """

    def __init__(self, text: str, file: str, read_include: ReadInclude, problems: Problems) -> None:
        self._sources = Sources()
        self._problems = problems
        self._read_include = read_include
        self._outer: list[tuple[str, str, int, int]] = []  # the texts whose include we are in
        self._errors = 0
        self._last_error = -1
        self._lost: tuple[str, int] | None = None  # the text and the end of an include that could not be read
        self._open(file, text)
        self.kind = END
        self.value = ""
        self.position = 0

    def _open(self, file: str, text: str) -> None:
        readable = as_latin1(text)
        self._file, self._text, self._at = file, readable, 0
        self._base = self._sources.add(file, readable)
        if readable is not text and (bad := NOT_UTF8.search(text)):
            byte, place = ord(bad[0]) - 0xDC00, self._sources.place(self._base + bad.start())
            what = f"byte {byte:#x} is not UTF-8 and is read as ISO 8859-1: save the file as UTF-8"
            self._problems.warning(place, what)

    def advance(self) -> None:
        """Advance to the next token; an include and the end of an included text are skipped."""
        match = _TOKEN.match(self._text, self._at)
        assert match is not None  # BAD takes what nothing else does
        kind = match.lastindex or BAD
        self._at = match.end()
        self.position = match.start(kind) + self._base
        self.value = match[kind]
        self.kind = kind
        if kind >= INCLUDE:
            self._special()

    def _special(self) -> None:
        if self.kind == INCLUDE:
            self._include(self.value[1:-1])
            self.advance()
        elif self.kind == END and self._outer:
            self._file, self._text, self._at, self._base = self._outer.pop()
            self.advance()
        elif self.kind == BAD:
            self._bad()
            if self.value.startswith(("/*", "<?")):
                self.advance()
            else:  # most likely meant as a string, in other quotes or without
                self.kind, self.value = STRING, '"' + self.value.strip("\"'").replace("\\", "") + '"'

    def _include(self, path: str) -> None:
        if path == self._file or any(path == outer[0] for outer in self._outer):
            self._error(self.position, f"'{path}' includes itself")
            return
        if len(self._outer) == MAX_INCLUDES:
            self._error(self.position, f"more than {MAX_INCLUDES} files include one another")
            return
        try:
            text = self._read_include(path)
        except OSError as error:
            self._error(self.position, f"cannot read included file '{path}': {error.strerror or error}")
            self._lost = (self._text, self._at)
            return
        self._outer.append((self._file, self._text, self._at, self._base))
        self._open(path, text)

    def _bad(self) -> None:
        text = self.value
        if text.startswith('"'):
            ends = len(text) > 1 and text.endswith('"')
            what = "string with a control character in it" if ends else "string that does not end on its line"
            self._error(self.position, what)
        elif text.startswith("/*"):
            self._error(self.position, "comment that does not end")
        elif text.startswith("<?"):
            self._error(self.position, 'malformed include, expected <?include "file"?>')
        elif len(text) > 1 and text[0] == text[-1] == "'":
            self._error(self.position, f'{text} is not a string, which needs double quotes: "{text[1:-1]}"')
        else:
            self._error(self.position, f"unexpected {text}")

    def _token(self) -> str:
        if self.kind == END:
            return "the end of the text"
        return self.value if self.kind in (KEY, STRING) else f"'{self.value}'"

    def _warning(self, position: int, text: str) -> None:
        self._problems.warning(self._sources.place(position), text)

    def _error(self, position: int, text: str) -> None:
        if position == self._last_error:
            return  # what follows from an error at the same place is noise
        self._last_error = position
        self._problems.error(self._sources.place(position), text)
        self._errors += 1
        if self._errors >= MAX_SYNTAX_ERRORS:
            self._problems.error(self._sources.place(position), "too many errors, the rest of the text was not read")
            raise TooManyErrors

    def _follows_lost_include(self) -> bool:
        """Return True directly behind an include that could not be read: its entries are missing here."""
        if self._lost is None or self._lost[0] is not self._text:
            return False
        return not self._text[self._lost[1] : self.position - self._base].strip()
