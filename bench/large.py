"""Many subnets and reservations: how long the start takes, and whether a packet costs more than with one subnet.

    python bench/large.py --subnets 10000 --reservations 10

The same load, from clients of the first subnet, goes to our server and to a real Kea, each with one subnet and
with all of them. Needs root and what `.ci/packages` and `.ci/oracle` install.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests")]

from generator import Load, generate  # noqa: E402
from live.hosts import Lan  # noqa: E402
from live.keas import missing  # noqa: E402
from live.kinds import place  # noqa: E402

CLIENTS = 900_000
_FIRST = 11 << 24  # the subnets behind the first one: 11.0.1.0/24, 11.0.2.0/24 ...


class Row(NamedTuple):
    """One server with one configuration: seconds to start, resident MiB, CPU µs per exchange."""

    server: str
    subnets: int
    start: float
    memory: float
    cpu_us: float
    load: Load


def configuration(subnets: int, reservations: int) -> str:
    """The first subnet has a million addresses for the load, each of the others is a /24."""
    entries = [{"id": 1, "subnet": "10.0.0.0/8", "pools": [{"pool": "10.16.0.0/12"}]}]
    entries += [_subnet(number, reservations) for number in range(2, subnets + 1)]
    dhcp4: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["em1"]},
        "valid-lifetime": 7200,
        "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 0},
        "option-data": [{"name": "domain-name-servers", "data": "10.0.0.53"}],
        "subnet4": entries,
    }
    entries[0]["reservations"] = list(_reservations(1, 10 << 24, reservations))
    return json.dumps({"Dhcp4": dhcp4}, indent=1)


def _subnet(number: int, reservations: int) -> dict[str, Any]:
    base = _FIRST + ((number - 1) << 8)
    return {
        "id": number,
        "subnet": f"{_text(base)}/24",
        "pools": [{"pool": f"{_text(base + 100)} - {_text(base + 199)}"}],
        "option-data": [{"name": "routers", "data": _text(base + 1)}],
        "reservations": list(_reservations(number, base, reservations)),
    }


def _reservations(number: int, base: int, count: int) -> Iterator[dict[str, str]]:
    for host in range(count):
        card = (0x02 << 40 | number << 16 | host).to_bytes(6, "big").hex(":")
        yield {"hw-address": card, "ip-address": _text(base + 20 + host), "hostname": f"h{host}-{number}"}


def _text(address: int) -> str:
    return ".".join(str(byte) for byte in address.to_bytes(4, "big"))


def measure(folder: Path, kind: str, subnets: int, options: argparse.Namespace) -> Row:
    """Start it, warm it up, put the load on it."""
    with Lan() as lan:
        text = configuration(subnets, options.reservations)
        server = place(kind, lan.server("server1", "10.0.0.1/8"), folder, text)
        generator = lan.host("load", "eth0", "10.0.0.3/8")
        began = time.monotonic()
        server.start(600)
        start = time.monotonic() - began
        generate(generator, 2, options.rate, CLIENTS, seed=1)
        before = server.running.cpu_seconds()
        load = generate(generator, options.seconds, options.rate, CLIENTS, seed=2)
        cpu = (server.running.cpu_seconds() - before) / max(load.exchanges, 1) * 1e6
        memory = _resident(server.running.pid)
        server.stop()
    return Row(kind, subnets, start, memory, cpu, load)


def _resident(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def run_all(options: argparse.Namespace) -> list[Row]:
    """All take turns, so that a slow minute of the machine hits all of them."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        for number in range(options.runs):
            for kind in options.servers:
                for subnets in (1, options.subnets):
                    row = measure(Path(folder) / f"{number}-{kind}-{subnets}", kind, subnets, options)
                    rows.append(row)
                    print(f"run {number + 1} of {options.runs}: {line(row)}", file=sys.stderr, flush=True)
    return rows


def medians(rows: list[Row]) -> list[Row]:
    """For each server and configuration the run with the median cost, and the median of the other figures."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.server, row.subnets), []).append(row)
    return [
        sorted(group, key=lambda row: row.cpu_us)[len(group) // 2]._replace(
            start=statistics.median(row.start for row in group),
            memory=statistics.median(row.memory for row in group),
            cpu_us=statistics.median(row.cpu_us for row in group),
        )
        for group in groups.values()
    ]


def line(row: Row) -> str:
    """A row as a person reads it."""
    return (
        f"{row.server:8}{row.subnets:8}{row.start:10.2f}{row.memory:10.0f}{row.cpu_us:13.0f}"
        f"{row.load.exchanges:11}{row.load.lost:7}{row.load.delay_ms:10.2f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What many subnets and reservations cost.")
    parser.add_argument("--subnets", type=int, default=10_000)
    parser.add_argument("--reservations", type=int, default=10, help="in each subnet")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="length of the load")
    parser.add_argument("--rate", type=int, default=1000, help="exchanges a second")
    newest = "kea22" if missing("kea30") else "kea30"
    parser.add_argument("--servers", nargs="+", default=["ours", newest], help="ours, kea30, kea22")
    options = parser.parse_args()
    rows = medians(run_all(options))
    print(f"{'server':8}{'subnets':>8}{'start s':>10}{'RSS MiB':>10}{'CPU us each':>13}"
          f"{'exchanges':>11}{'lost':>7}{'delay ms':>10}")  # fmt: skip
    print("\n".join(line(row) for row in rows))


if __name__ == "__main__":
    main()
