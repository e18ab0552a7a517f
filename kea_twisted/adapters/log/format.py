"""The format of a log line: the conversion patterns of Kea's ``output-options``, which are those of log4cplus.

A pattern is compiled once per event into a function ``write(now, message)``; what does not change from line to
line (severity, logger, process, thread) is text by then, and the date is made once a millisecond at most.

Items: ``%D{…}`` local time and ``%d{…}`` UTC (strftime's, ``%q`` milliseconds, ``%Q`` with microseconds),
``%p`` severity, ``%c`` or ``%c{n}`` logger, ``%i`` process, ``%t`` thread, ``%T`` thread of the operating
system, ``%h`` and ``%H`` host, ``%E{…}`` environment, ``%m`` message, ``%n`` newline, ``%%``. A width as in
``%-5p`` or ``%5.10c`` pads and cuts. Items that name a place in Kea's sources (``%F %L %l %b %M``) or a
context (``%x``) are empty here.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from kea_twisted.events import SEVERITY_NAMES, Event

DEFAULT_PATTERN: Final = "%D{%Y-%m-%d %H:%M:%S.%q} %-5p [%c/%i.%t] %m\n"
SYSLOG_PATTERN: Final = "%-5p [%c.%t] %m\n"
ROOT: Final = "kea-dhcp4"

Take = Callable[[str], None]
Write = Callable[[float, str], None]

_ITEM: Final = re.compile(r"%(-?\d*)(?:\.(\d+))?(?:([DdcE])(?:\{([^}]*)\})?|([A-Za-z%]))")
_EMPTY: Final = frozenset("FLlbMx")
_MILLISECONDS: Final = tuple(f"{number:03d}" for number in range(1000))
_DEFAULT_DATE: Final = "%Y-%m-%d %H:%M:%S"


def logger_name(event: Event, root: str = ROOT) -> str:
    """Return the full name of an event's logger: ``kea-dhcp4.leases``."""
    return f"{root}.{event.logger}" if event.logger else root


class Pattern:
    """A conversion pattern, read once; its dates are shared by the lines of all events."""

    def __init__(self, text: str, root: str = ROOT) -> None:
        self._root = root
        self._pieces: list[str | _Date | re.Match[str]] = []
        position = 0
        for item in _ITEM.finditer(text):
            self._pieces += text[position : item.start()], _Date.of(item) or item
            position = item.end()
        self._pieces.append(text[position:])

    def writer(self, event: Event, take: Take, opening: str = "") -> Write:
        """Return the function that makes lines of this event for ``take``; process and thread are those of this call.

        ``opening`` stands before each message.
        """
        pieces: list[str | _Date | None] = []  # None stands for the message
        for piece in self._pieces:
            ready = _constant(piece, event, self._root) if isinstance(piece, re.Match) else piece
            if ready is None and opening:
                pieces[-1:] = _joined(pieces[-1:], opening)
            if isinstance(ready, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += ready
            elif ready != "":
                pieces.append(ready)
        return _usual(pieces, take) or _general(pieces, take)


class _Date:
    """A date format and its text for the present second, in the parts around the milliseconds.

    ``stamp`` is the whole text, for times from ``first`` on and before ``end``, where the milliseconds end it.
    """

    __slots__ = ("second", "head", "tail", "stamp", "first", "end", "_format", "_convert")

    def __init__(self, form: str, convert: Callable[[float], time.struct_time]) -> None:
        # strftime knows neither %q nor %Q: the text is split at the one, the other is filled in per line
        self._format = form.replace("%Q", "%%Q").partition("%q")
        self._convert = convert
        self.second = -1
        self.head = self.tail = self.stamp = ""
        self.first = self.end = 0.0

    @classmethod
    def of(cls, item: re.Match[str]) -> _Date | None:
        """Return the date an item stands for, None if it is no date."""
        letter, form = item[3], item[4]
        if letter == "D":
            return cls(_DEFAULT_DATE if form is None else form, time.localtime)
        if letter == "d":
            return cls(_DEFAULT_DATE if form is None else form, time.gmtime)
        return None

    @property
    def bare(self) -> bool:
        """True if the milliseconds end the text, as they do in the usual pattern."""
        return self._format[1:] == ("%q", "") and "%Q" not in self._format[0]

    def turn(self, second: int) -> None:
        """Make the text of another second."""
        when = self._convert(second)
        self.head = time.strftime(self._format[0], when)
        self.tail = time.strftime(self._format[2], when)
        self.second = second

    def tick(self, now: float) -> None:
        """Make the text of another millisecond."""
        second = int(now)
        if second != self.second:
            self.turn(second)
        milliseconds = int((now - second) * 1000)
        self.stamp = f"{self.head}{_MILLISECONDS[milliseconds]}"
        self.first, self.end = now, second + (milliseconds + 1) / 1000

    def text(self, now: float) -> str:
        """Return the whole date."""
        second = int(now)
        if second != self.second:
            self.turn(second)
        middle = _MILLISECONDS[int((now - second) * 1000)] if self._format[1] else ""
        text = f"{self.head}{middle}{self.tail}"
        return text.replace("%Q", f"{(now - second) * 1000:07.3f}") if "%Q" in text else text


def _constant(item: re.Match[str], event: Event, root: str) -> str | None:
    """Return the constant part of an item for all lines of an event: text, or None for the message itself."""
    width, limit, letter, argument, plain = item.groups()
    if plain == "m":
        return None
    text = _value(plain or letter, argument or "", event, root)
    if text is None:
        return item[0]
    if limit:
        text = text[-int(limit) :]
    if width.startswith("-"):
        return text.ljust(int(width[1:] or 0))
    return text.rjust(int(width or 0))


def _value(letter: str, argument: str, event: Event, root: str) -> str | None:
    """Return the text of a conversion, "" for one that log4cplus knows and this server has no value for."""
    if letter in _VALUES:
        return _VALUES[letter](argument, event, root)
    return "" if letter in _EMPTY else None


def _logger(argument: str, event: Event, root: str) -> str:
    """Return the name of the logger, or its last parts."""
    parts = logger_name(event, root).split(".")
    return ".".join(parts[-int(argument) :] if argument.isdigit() else parts)


def _thread() -> str:
    """Return a pthread_t as the platform prints it: a pointer on the BSDs, a number on Linux."""
    return f"{threading.get_ident():#x}" if "bsd" in sys.platform else str(threading.get_ident())


_VALUES: Final[dict[str, Callable[[str, Event, str], str]]] = {
    "p": lambda argument, event, root: SEVERITY_NAMES[event.severity],
    "c": _logger,
    "i": lambda argument, event, root: str(os.getpid()),
    "t": lambda argument, event, root: _thread(),
    "T": lambda argument, event, root: str(threading.get_native_id()),
    "h": lambda argument, event, root: socket.gethostname().partition(".")[0],
    "H": lambda argument, event, root: socket.gethostname(),
    "E": lambda argument, event, root: os.environ.get(argument, ""),
    "n": lambda argument, event, root: "\n",
    "%": lambda argument, event, root: "%",
}
"""The values of the conversions of log4cplus, by letter, from the argument in braces, the event and the root logger."""


def _joined(last: list[str | _Date | None], opening: str) -> list[str | _Date | None]:
    return [last[0] + opening] if last and isinstance(last[0], str) else [*last, opening]


def _usual(pieces: list[str | _Date | None], take: Take) -> Write | None:
    """Return the usual shape, a date with milliseconds, then text, the message, text; None if it is another one."""
    if len(pieces) != 4:
        return None
    date, before, message, after = pieces
    if not (isinstance(date, _Date) and date.bare and message is None):
        return None

    def write(now: float, text: str) -> None:
        if not date.first <= now < date.end:
            date.tick(now)
        take(f"{date.stamp}{before}{text}{after}")

    return write


def _general(pieces: list[str | _Date | None], take: Take) -> Write:
    def write(now: float, text: str) -> None:
        parts = [piece if isinstance(piece, str) else text if piece is None else piece.text(now) for piece in pieces]
        take("".join(parts))

    return write
