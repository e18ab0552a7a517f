"""Finding the end of a request in a stream without lengths, as on Kea's UNIX socket (its ``JSONFeed``).

The first list or map is the request: blanks and comments before and inside it are skipped, and so is all that follows
its last bracket is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

MAX_REQUEST: Final = 64 * 1024 * 1024  # bytes; a configuration with a hundred thousand subnets has 20 MB

_IN_TEXT: Final = re.compile(rb'["\[\]{}#/]')
_IN_STRING: Final = re.compile(rb'["\\]')
_BLANK: Final = b" \t\r\n"


class Feed:
    """Takes the pieces of a request; every byte is looked at once, however small the pieces are."""

    def __init__(self) -> None:
        self.received = 0
        self._buffer = bytearray()
        self._at = 0  # looked at up to here
        self._parts: list[bytes] = []  # what came before a comment
        self._start = 0  # of the part after the last comment
        self._depth = 0
        self._step: Callable[[], bytes | None] = self._text

    def add(self, data: bytes) -> bytes | None:
        """Return the request without comments, once it is complete. Raises ValueError for what cannot become one."""
        self.received += len(data)
        if self.received > MAX_REQUEST:
            raise ValueError(f"a command has at most {MAX_REQUEST} bytes")
        self._buffer += data
        while self._at < len(self._buffer):
            done = self._step()
            if done is not None:
                return done
        return None

    def _text(self) -> bytes | None:
        """Outside of strings and comments."""
        if not self._depth and not self._skip_blanks():
            return None
        match = _IN_TEXT.search(self._buffer, self._at)
        self._at = match.end() if match else len(self._buffer)
        mark = match[0] if match else b""
        if mark == b'"':
            self._step = self._string
        elif mark == b"#":
            self._leave(self._at - 1)
            self._step = self._line
        elif mark == b"/":
            self._step = self._slash
        elif mark and mark in b"[{":
            self._depth += 1
        elif mark and mark in b"]}":
            self._depth -= 1
            if not self._depth:
                return b"".join((*self._parts, bytes(self._buffer[self._start : self._at])))
        return None

    def _skip_blanks(self) -> bool:
        """Before the first bracket: go to it, or to a comment. Return False if neither has arrived yet."""
        while self._at < len(self._buffer) and self._buffer[self._at] in _BLANK:
            self._at += 1
        if self._at == len(self._buffer):
            return False
        if self._buffer[self._at] not in b"[{#/":
            raise ValueError(f"invalid first character {chr(self._buffer[self._at])}")
        return True

    def _string(self) -> None:
        match = _IN_STRING.search(self._buffer, self._at)
        self._at = match.end() if match else len(self._buffer)
        if match:
            self._step = self._text if match[0] == b'"' else self._escape

    def _escape(self) -> None:
        self._at += 1
        self._step = self._string

    def _slash(self) -> None:
        mark = self._buffer[self._at]
        if mark in b"/*":
            self._leave(self._at - 1)
            self._at += 1
            self._step = self._line if mark == ord("/") else self._block
        elif not self._depth:
            raise ValueError("invalid first character /")
        else:
            self._step = self._text  # no JSON, but that is for the parser to say

    def _line(self) -> None:
        found = self._buffer.find(b"\n", self._at)
        self._at = found + 1 if found >= 0 else len(self._buffer)
        if found >= 0:
            self._back_to_text()

    def _block(self) -> None:
        found = self._buffer.find(b"*", self._at)
        self._at = found + 1 if found >= 0 else len(self._buffer)
        if found >= 0:
            self._step = self._star

    def _star(self) -> None:
        mark = self._buffer[self._at]
        self._at += 1
        if mark == ord("/"):
            self._back_to_text()
        elif mark != ord("*"):
            self._step = self._block

    def _back_to_text(self) -> None:
        self._start = self._at
        self._step = self._text

    def _leave(self, end: int) -> None:
        """Keep what is before a comment, and forget the rest."""
        if self._depth:
            self._parts.append(bytes(self._buffer[self._start : end]) + b" ")
        del self._buffer[:end]
        self._at -= end
        self._start = 0
