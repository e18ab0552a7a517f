"""Output of keadhcp-ctl: tables for people, JSON for scripts; and the exit status."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click

REFUSED: Final = 1
NOT_FOUND: Final = 3
UNREACHABLE: Final = 4


class Failed(click.ClickException):
    """Ends the program with a sentence and a status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.exit_code = status  # type: ignore[misc]  # click says it is the class's, and reads the instance's

    def show(self, file: object = None) -> None:
        """The sentence goes to standard error."""
        note(self.message)


def say(text: str) -> None:
    """Text to standard output. What servers and clients made up cannot control the terminal."""
    click.echo(printable(text))


def coloured(colour: str, word: str, *lines: str) -> None:
    """Text to standard output behind a word in a colour, on a terminal and unless NO_COLOR is set."""
    head = word if os.environ.get("NO_COLOR") else click.style(word, fg=colour, bold=True)
    click.echo(f"{head} " + "\n".join(map(printable, lines)))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Let the caller say how far it is: one line on standard error while that is a terminal, removed at the end."""
    shown = False

    def tell(count: int) -> None:
        nonlocal shown
        shown = True
        click.echo(f"\r{count:,} {what} ...", nl=False, err=True)

    yield tell if sys.stderr.isatty() else lambda count: None
    if shown:
        click.echo("\r\x1b[K", nl=False, err=True)


def note(text: str) -> None:
    """Text to standard error."""
    click.echo(f"keadhcp-ctl: {printable(text)}", err=True)


def printable(text: str, keep: str = "\n") -> str:
    """The text with every control character, and what changes the direction of writing, as its number."""
    if text.isprintable():
        return text
    return "".join(_visible(each) if each not in keep and _is_control(each) else each for each in text)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _visible(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as they must be; numbers to the right, an empty cell for None."""
    cells = [["" if value is None else printable(str(value), "") for value in row] for row in rows]
    widths = [max([len(header), *(len(row[place]) for row in cells)]) for place, header in enumerate(headers)]
    right = [
        bool(rows) and all(isinstance(row[place], int | float | None) for row in rows) for place in range(len(headers))
    ]
    lines = []
    for row in ([header.upper() for header in headers], *cells):
        parts = [
            cell.rjust(width) if to_the_right else cell.ljust(width)
            for cell, width, to_the_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def as_json(value: object) -> None:
    """One JSON value to standard output."""
    click.echo(json.dumps(value, indent=2).replace("\x7f", "\\u007f"))


def duration(seconds: object) -> str:
    """``90061`` -> ``1d 1h``; the two largest units."""
    if not isinstance(seconds, int | float):
        return ""
    left = int(abs(seconds))
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts or unit == "s":
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "") + " ".join(parts[:2])
