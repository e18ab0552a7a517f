"""The cost of the page while browsers show it: CPU of the server, and the exchanges of clients meanwhile.

A server without load and with loads of new clients, each without browsers and with them, in turns. Each browser is a
Chromium of its own with a visible page, in the network namespace of the clients and at the lowest priority: what the
browsers themselves need is not the server's.

python bench/openpages.py --browsers 5 --rates 0 500 1500

Needs root, chromium and playwright.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent)]

from clients import Clients  # noqa: E402
from live.hosts import Lan  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from scenes import Map, Scene, plain  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
ADDRESS, PORT = "10.0.0.1", 8004
LOGIN: Any = {"username": "bench", "password": "bench"}
SETTLING = 3.0  # seconds after the browsers have come or gone


class Seen(NamedTuple):
    """The outcome of a load: shares of one core, exchanges per second, clients without an answer, milliseconds."""

    cpu: float
    exchanges: float
    lost: int
    p99: float


def configuration(subnets: int) -> Map:
    """A server with a page, and with subnets that get no queries."""
    dhcp4 = plain()
    dhcp4["subnet4"] += [
        {
            "id": number + 2,
            "subnet": f"11.{number >> 8}.{number & 255}.0/24",
            "pools": [{"pool": f"11.{number >> 8}.{number & 255}.100 - 11.{number >> 8}.{number & 255}.199"}],
        }
        for number in range(subnets)
    ]
    client = {"user": LOGIN["username"], "password": LOGIN["password"]}
    dhcp4["control-sockets"] = [
        {
            "socket-type": "http",
            "socket-address": ADDRESS,
            "socket-port": PORT,
            "authentication": {"type": "basic", "clients": [client]},
        }
    ]
    return dhcp4


@contextmanager
def browsers(scene: Scene, folder: Path, count: int) -> Iterator[None]:
    """So many browsers that show the page."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec nice -n 19 ip netns exec {scene.generator.namespace.name} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    with ExitStack() as stack:
        driver = stack.enter_context(sync_playwright())
        for _ in range(count):
            chromium = driver.chromium.launch(executable_path=str(program), args=["--no-sandbox"])
            stack.callback(chromium.close)
            page = chromium.new_context(http_credentials=LOGIN).new_page()
            page.goto(f"http://{ADDRESS}:{PORT}/")
            page.locator("main h2").first.wait_for()
        time.sleep(SETTLING)
        yield


def measure(scene: Scene, clients: Clients, rate: int, seconds: float) -> Seen:
    """One load; 0 is none."""
    before, begun = scene.cpus()[0], time.perf_counter()
    if rate:
        timed = clients.new(rate, seconds)
        exchanges, lost, p99 = timed.exchanges, timed.lost, timed.delay(0.99)
    else:
        time.sleep(seconds)
        exchanges, lost, p99 = 0, 0, float("nan")
    took = time.perf_counter() - begun
    return Seen((scene.cpus()[0] - before) / took, exchanges / seconds, lost, p99)


def main() -> None:
    """Print a line for each load, without browsers and with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browsers", type=int, default=5)
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 500, 1500], help="exchanges per second")
    parser.add_argument("--subnets", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    found: dict[tuple[int, bool], list[Seen]] = {}
    with tempfile.TemporaryDirectory(prefix="bench") as folder, Lan() as lan:
        scene = Scene(lan, Path(folder) / "scene", "ours", "single", lambda _: configuration(chosen.subnets))
        scene.start()
        clients = Clients(scene.generator)
        measure(scene, clients, 200, 2.0)
        for _ in range(chosen.runs):
            for shown in (False, True):
                with browsers(scene, Path(folder), chosen.browsers if shown else 0):
                    for rate in chosen.rates:
                        found.setdefault((rate, shown), []).append(measure(scene, clients, rate, chosen.seconds))
        clients.close()
        scene.stop()
    print(f"{'load':>8} {'browsers':>9} {'CPU of a core':>14} {'exchanges/s':>12} {'lost':>6} {'p99 ms':>8}")
    for rate in chosen.rates:
        for shown in (False, True):
            cpu, exchanges, lost, p99 = map(median, zip(*found[rate, shown], strict=True))
            count = chosen.browsers if shown else 0
            print(f"{rate:6}/s {count:9} {cpu:14.2%} {exchanges:12.1f} {lost:6.0f} {p99:8.2f}")


if __name__ == "__main__":
    main()
