"""perfdhcp as the source of load: run it on a host and read its report."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from busy import busiest, times
from live.hosts import Host

# perfdhcp ends with 3 when some exchanges were not completed: at saturation that is the point.
FINE = (0, 3)


@dataclass(frozen=True)
class Load:
    """Observations of perfdhcp; ``busy`` is the share of the time in which its busiest thread had something to do."""

    busy: float
    exchanges: int
    lost: int
    delay_ms: float


def generate(host: Host, seconds: int, rate: int, clients: int, seed: int, options: Sequence[str] = ()) -> Load:
    """Broadcast new clients for so many seconds; ``options`` are more of perfdhcp's."""
    words = ["perfdhcp", "-4", "-l", host.interface, "-r", str(rate), "-R", str(clients), "-p", str(seconds)]
    # A second after the end for what is under way: without it every run "loses" its last packets.
    words += ["-s", str(seed), "-W", "1000000", *options]
    command = host.namespace.command(*words)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        time.sleep(seconds)
        busy = busiest({}, times(child.pid), seconds)
        said, complained = child.communicate(timeout=60)
    if child.returncode not in FINE:
        raise RuntimeError(f"{' '.join(words)}: exit {child.returncode}: {complained[-500:]}")
    return parse(said, busy)


def parse(report: str, busy: float) -> Load:
    """Read the final report: the ACKs in its second half, about REQUESTs, are the finished exchanges."""
    offers, acks = report.split("***Statistics for: REQUEST-ACK***")
    delays = [float(found) for found in re.findall(r"avg delay: ([\d.]+) ms", report)]
    return Load(
        busy=busy,
        exchanges=_number("received packets", acks),
        lost=_number("drops", offers) + _number("drops", acks),
        delay_ms=sum(delays),
    )


def _number(name: str, text: str) -> int:
    found = re.search(rf"^{name}: (\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
