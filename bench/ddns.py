"""Requests a second of the server that updates the DNS, beside kea-dhcp-ddns: ``python bench/ddns.py`` (root).

Each request is two updates, of the name and of the pointer, which a BIND 9 in the same namespace carries out. So many
requests are under way that the server is never idle and its queue never full. Servers take turns in the same run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kea_twisted.ddns.request import ADD, NO_CHECK_WITH_DHCID, NameChange, render  # noqa: E402
from tests.live.updaters import Updater, configuration  # noqa: E402

AHEAD = 120
"""Requests under way at most; what a Kea does not read at once has to fit into the buffer of its port."""


def measure(kind: str, folder: Path, count: int, *, signed: bool) -> tuple[float, float]:
    """Return requests a second and the CPU microseconds of the server for one of them."""
    tree = configuration({"comment": "x"} if signed else None, **{"dns-server-timeout": 5000})
    tree["DhcpDdns"]["loggers"][0].update(severity="INFO", debuglevel=0)
    updater = Updater(kind, folder, tree)
    try:
        updater.serve_names("key key1" if signed else "any")
        updater.start(r"DHCP_DDNS_STARTED")
        before = updater.running.cpu_seconds()
        started = time.monotonic()
        sent = done = 0
        while done < count:
            fresh = min(count - sent, AHEAD - (sent - done))
            updater.send(*(request(number) for number in range(sent, sent + fresh)))
            sent += fresh
            time.sleep(0.01)
            found = updater.statistics()
            assert not found["queue-mgr-queue-full"] and not found["update-timeout"], found
            done = found["update-success"] // 2
        took = time.monotonic() - started
        return count / took, (updater.running.cpu_seconds() - before) / count * 1e6
    finally:
        updater.close()


def request(number: int) -> bytes:
    """A request of a client of its own; the addresses come again."""
    dhcid = b"\0\1\1" + number.to_bytes(32, "big")
    name, address = f"h{number}.example.com.", f"192.0.2.{number % 250 + 1}"
    return render(NameChange(ADD, True, True, name, address, dhcid, 3600, NO_CHECK_WITH_DHCID))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for signed in (False, True):
        rates: dict[str, list[tuple[float, float]]] = {"ours": [], "kea": []}
        for _ in range(asked.rounds):
            for kind, found in rates.items():
                with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
                    Path(folder).chmod(0o755)
                    found.append(measure(kind, Path(folder), asked.count, signed=signed))
        for kind, found in rates.items():
            rate, cpu = (statistics.median(column) for column in zip(*found, strict=True))
            print(
                f"{'signed' if signed else 'unsigned':9} {kind:5} {rate:7.0f} requests/s  {cpu:5.0f} us CPU", flush=True
            )


if __name__ == "__main__":
    main()
