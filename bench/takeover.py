"""Measure how long clients go without an answer when something happens to a hot-standby pair.

A new client arrives every 0.2 s and repeats what it sent after a second (RFC 2131 4.1 without the random part). From
the fault on the command measures the longest time without any ACK, the longest time that one client needed, and
addresses that two clients hold. Needs root:

    python bench/takeover.py --servers ours,ours kea30,kea30 --timers default tutorial --cases kill-primary off-standby
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.live.arrivals import Arrivals, Result
from tests.live.hosts import Lan
from tests.live.kinds import place
from tests.live.pairs import ADDRESSES, NAMES, configuration, wait
from tests.live.rawclients import RawClients
from tests.live.servers import Server

TIMERS = {
    "default": {
        "heartbeat_delay": 10000, "max_response_delay": 60000, "max_ack_delay": 10000, "max_unacked_clients": 10,
    },
    "tutorial": {
        "heartbeat_delay": 10000, "max_response_delay": 10000, "max_ack_delay": 5000, "max_unacked_clients": 0,
    },
}  # fmt: skip
POOL = "10.0.1.0 - 10.0.9.255"
NOWHERE = "02:00:00:00:00:99"


class Scene:
    """Both servers on hosts of their own, and the clients."""

    def __init__(self, lan: Lan, folder: Path, kinds: list[str], timers: str, grows: bool, limit: int | None) -> None:
        self.hosts = [lan.server(name, f"{address}/24") for name, address in zip(NAMES, ADDRESSES, strict=True)]
        self.servers: list[Server] = []
        for name, host, kind in zip(NAMES, self.hosts, kinds, strict=True):
            text = json.loads(configuration(name, "hot-standby", **TIMERS[timers]))
            text["Dhcp4"]["subnet4"] = [{"id": 1, "subnet": "10.0.0.0/16", "pools": [{"pool": POOL}]}]
            self.servers.append(place(kind, host, folder / name, json.dumps(text)))
        self.socket = RawClients(lan.client("clients"))
        self.arrivals = Arrivals(self.socket, grows, limit)

    def start(self) -> None:
        """Start both and wait until they work together."""
        for server in self.servers:
            server.start()
        wait(lambda: all(_normal(server) for server in self.servers), "hot-standby", 150)

    def lose_link(self) -> None:
        """Let every packet between the two vanish; the clients reach both."""
        for host, other in zip(self.hosts, reversed(ADDRESSES), strict=True):
            host.namespace.ip("neigh", "replace", other, "lladdr", NOWHERE, "dev", "em1", "nud", "permanent")


def _normal(server: Server) -> bool:
    try:
        answer = server.ask("status-get")
    except (OSError, AssertionError):
        return False
    return '"hot-standby"' in json.dumps(answer.get("arguments", {}).get("high-availability", ""))


def _kill(number: int) -> Callable[[Scene], None]:
    return lambda scene: scene.servers[number].kill()


def _off(number: int) -> Callable[[Scene], None]:
    def happen(scene: Scene) -> None:
        scene.hosts[number].cut()
        scene.servers[number].kill()

    return happen


def _hang(number: int) -> Callable[[Scene], None]:
    return lambda scene: scene.servers[number].running.signal(signal.SIGSTOP)


def _boot(*numbers: int) -> Callable[[Scene], None]:
    def happen(scene: Scene) -> None:
        for number in numbers:
            scene.servers[number].launch()

    return happen


def _boot_alone(scene: Scene) -> None:
    scene.hosts[1].cut()
    scene.servers[0].launch()


CASES: dict[str, Callable[[Scene], None]] = {
    "kill-primary": _kill(0),
    "kill-standby": _kill(1),
    "off-primary": _off(0),
    "off-standby": _off(1),
    "hang-primary": _hang(0),
    "hang-standby": _hang(1),
    "link-lost": Scene.lose_link,
    "boot-both": _boot(0, 1),
    "boot-alone-refused": _boot(0),
    "boot-alone-standby": _boot(1),
    "boot-alone-silent": _boot_alone,
}


def measure(kinds: list[str], timers: str, case: str, seconds: float, grows: bool, limit: int | None) -> Result:
    """Run one case once."""
    with tempfile.TemporaryDirectory(prefix="takeover") as folder, Lan() as lan:
        scene = Scene(lan, Path(folder), kinds, timers, grows, limit)
        if not case.startswith("boot"):
            scene.start()
            scene.arrivals.run(3.0)
        CASES[case](scene)
        began = time.monotonic()
        scene.arrivals.run(seconds)
        result = scene.arrivals.result(began)
        for server in scene.servers:
            if server.process is not None:
                server.running.signal(signal.SIGCONT)
                server.kill()
        scene.socket.close()
        return result


def main() -> None:
    """Run the cases that the command line names and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", nargs="+", default=["ours,ours"], metavar="PRIMARY,STANDBY")
    parser.add_argument("--timers", nargs="+", default=["default", "tutorial"], choices=TIMERS)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    parser.add_argument("--seconds", type=float, default=12.0, help="how long to watch after the fault")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--clients", type=int, default=None, help="how many clients there are in all")
    parser.add_argument("--secs-grows", action="store_true", help="clients count the field secs up")
    options = parser.parse_args()
    print(f"{'servers':14} {'timers':9} {'case':19} {'no ACK for':>10} {'slowest':>8} {'unserved':>8} {'twice':>6}")
    for servers in options.servers:
        for timers in options.timers:
            for case in options.cases:
                for _ in range(options.runs):
                    kinds = servers.split(",")
                    found = measure(kinds, timers, case, options.seconds, options.secs_grows, options.clients)
                    print(
                        f"{servers:14} {timers:9} {case:19} {found.gap:8.2f} s {found.slowest:6.2f} s"
                        f" {found.unserved:8} {found.twice:6}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
