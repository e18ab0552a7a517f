"""perfdhcp as a source of clients, and what it lost."""

from __future__ import annotations

import re
import subprocess
from typing import NamedTuple

from .hosts import Host

# perfdhcp ends with 3 when some exchanges were not completed.
FINE = (0, 3)


class Load(NamedTuple):
    """Finished exchanges of four messages, and lost packets."""

    exchanges: int
    lost: int


def generate(host: Host, seconds: int, rate: int, clients: int = 40_000) -> Load:
    """Broadcast clients at a rate for so many seconds, and wait a second for what is under way."""
    words = ["perfdhcp", "-4", "-l", host.interface, "-r", str(rate), "-R", str(clients), "-p", str(seconds)]
    done = subprocess.run(
        host.namespace.command(*words, "-W", "1000000"),
        capture_output=True, text=True, timeout=seconds + 60, check=False,
    )  # fmt: skip
    assert done.returncode in FINE, (done.returncode, done.stderr[-500:])
    offers, acks = done.stdout.split("***Statistics for: REQUEST-ACK***")
    return Load(_number("received packets", acks), _number("drops", offers) + _number("drops", acks))


def _number(name: str, text: str) -> int:
    found = re.search(rf"^{name}: (\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
