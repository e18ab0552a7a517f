"""The runs that a file of results lacks, evenly over the ways in which a case is measured."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from haruns import Row, described, starved
from hastage import Options

POPULATIONS: Final = (None, 3, 300)
HALVES: Final = (0b000, 0b111, 0b011, 0b100, 0b101, 0b010, 0b110, 0b001)
"""Mode, timers and secs, as bits, in an order of which any even number has as many of the one as of the other."""


def ways(servers: tuple[str, str], first: int = 0) -> list[Options]:
    """Return every way to measure a case, in an order of which any part is about even; ``first`` is where it begins."""
    return [_way(servers, (first + number) % 24) for number in range(24)]


def _way(servers: tuple[str, str], number: int) -> Options:
    bits = HALVES[number % len(HALVES)]
    mode = "load-balancing" if bits & 1 else "hot-standby"
    timers = "tutorial" if bits & 2 else "default"
    return Options(servers, mode, timers, bool(bits & 4), POPULATIONS[number % len(POPULATIONS)])


def lacking(
    rows: Sequence[Row], cases: Sequence[str], servers: tuple[str, str], wanted: int
) -> Iterator[tuple[str, Options]]:
    """Yield the runs that are lacking to have so many of each case with these servers: one of each case in turn."""
    planned = [(case, _lacking(rows, case, 2 * number, servers, wanted)) for number, case in enumerate(cases)]
    for turn in range(wanted):
        for case, missing in planned:
            if turn < len(missing):
                yield case, missing[turn]


def _lacking(rows: Sequence[Row], case: str, first: int, servers: tuple[str, str], wanted: int) -> list[Options]:
    way = _key(described(Options(servers)))[0]
    done = Counter(_key(row) for row in rows if row["case"] == case and _key(row)[0] == way and not starved(row))
    order = ways(servers, first)
    missing = []
    for _ in range(wanted - done.total()):
        rarest = min(order, key=lambda options: done[_key(described(options))])
        done[_key(described(rarest))] += 1
        missing.append(rarest)
    return missing


def _key(row: Row) -> tuple[str, ...]:
    names = ("servers", "mode", "timers", "secs", "clients", "link")
    return tuple(str(row.get(name)) for name in names)


def read(path: Path, since: str | None = None) -> list[Row]:
    """Return the rows of a file, those of ``since`` and later commits only if that is given."""
    lines = path.read_text().splitlines() if path.exists() else []
    rows: list[Row] = [json.loads(line) for line in lines]
    if since is None:
        return rows
    here = Path(__file__).resolve().parent
    names = subprocess.run(
        ["git", "-C", str(here), "rev-list", "HEAD", "--not", f"{since}^@"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [row for row in rows if any(name.startswith(row.get("commit", "-").rstrip("+")) for name in names)]


def moment(text: str) -> float:
    """Return the time of today that is written as 17:30."""
    hour, minute = (int(word) for word in text.split(":"))
    return datetime.now().replace(hour=hour, minute=minute, second=0).timestamp()
