"""Offers that wait for probes of silent addresses: ``python bench/pings.py`` (root).

    python bench/pings.py --rate 2000 --seconds 10 --timeout 100
    python bench/pings.py --on-link

New clients behind a relay send a DISCOVER each; the server probes the address with ``libdhcp_ping_check``, waits for
the configured time, and offers it. The delay of an offer beyond this time is the server's. Packets to the addresses go
to a router that drops them, so that no answer comes; with ``--on-link`` they are of the server's own link, where the
kernel resolves each of them by ARP in vain. Servers take turns.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "tests")]

from clients import Clients, Timed  # noqa: E402
from live.hosts import Lan  # noqa: E402
from scenes import HOOKS, LOAD, POOL, Map, Scene, plain  # noqa: E402

LEAST_PACKETS = 2048
"""Of ``parked-packet-limit``: with a rate of 2,000 a second 200 queries wait for 100 ms."""


class Offers(Clients):
    """Clients whose exchange ends with the offer."""

    def _take(self, data: bytes, seen: Timed) -> None:
        began = self._began.pop(int.from_bytes(data[4:8], "big"), None)
        if began is not None and data[242] == 2:
            now = time.perf_counter()
            seen.exchanges += 1
            seen.delays.append((now - began) * 1000)


class Seen(NamedTuple):
    """Offers a second, lost ones, delays in milliseconds, and CPU microseconds of an offer."""

    rate: float
    lost: int
    least: float
    median: float
    most: float
    longest: float
    cpu: float


def probing(timeout: int) -> Map:
    """A server that probes each address once."""
    parameters = {"min-ping-requests": 1, "reply-timeout": timeout}
    library = {"library": f"{HOOKS}/libdhcp_ping_check.so", "parameters": parameters}
    return {**plain(), "hooks-libraries": [library], "parked-packet-limit": LEAST_PACKETS}


def measure(kind: str, options: argparse.Namespace) -> Seen:
    """One server, one load."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Lan() as lan:
        scene = Scene(lan, Path(folder) / kind, kind, "single", lambda _: probing(options.timeout))
        if not options.on_link:
            scene.servers[0].host.namespace.ip("route", "add", POOL, "via", LOAD)
        scene.start()
        clients = Offers(scene.generator)
        before = scene.cpus()[0]
        seen = clients.new(options.rate, options.seconds)
        cpu = (scene.cpus()[0] - before) / max(seen.exchanges, 1) * 1e6
        clients.close()
        scene.stop()
    delays = [seen.delay(share) for share in (0.0, 0.5, 0.99, 1.0)]
    return Seen(seen.exchanges / options.seconds, seen.lost, *delays, cpu)


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(description="Offers that wait for probes of silent addresses.")
    parser.add_argument("--servers", nargs="+", default=["ours", "kea30"])
    parser.add_argument("--rate", type=int, default=2000, help="DISCOVERs a second")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--timeout", type=int, default=100, help="reply-timeout in milliseconds")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--on-link", action="store_true", help="addresses of the server's own link")
    options = parser.parse_args()
    found: dict[str, list[Seen]] = {kind: [] for kind in options.servers}
    for _ in range(options.runs):
        for kind in options.servers:
            found[kind].append(measure(kind, options))
    for kind, runs in found.items():
        middle = Seen(*(statistics.median(column) for column in zip(*runs, strict=True)))
        print(
            f"{kind:9} {middle.rate:6.0f} offers/s, {middle.lost:5.0f} lost, ms: {middle.least:.1f} least, "
            f"{middle.median:.1f} median, {middle.most:.1f} p99, {middle.longest:.1f} longest; {middle.cpu:.0f} us CPU",
            flush=True,
        )


if __name__ == "__main__":
    main()
