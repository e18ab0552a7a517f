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
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.live.bootp import ACK, DISCOVER, NAK, OFFER, Reply, frame, mac_of, message, selecting
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
EVERY = 0.2
REPEAT = 1.0
POOL = "10.0.1.0 - 10.0.9.255"
NOWHERE = "02:00:00:00:00:99"


class Client:
    """One client: what it sent last, and until when it waits for an answer."""

    def __init__(self, number: int, now: float) -> None:
        self.mac = mac_of(number)
        self.xid = number
        self.began = now
        self.due = now
        self.offer: Reply | None = None

    def frame(self, now: float, grows: bool) -> bytes:
        """The message to send now."""
        if self.offer is not None:
            return frame(selecting(self.mac, self.xid, self.offer.address, self.offer.server), self.mac)
        return frame(message(DISCOVER, self.mac, self.xid, secs=int(now - self.began) if grows else 0), self.mac)


class Result(NamedTuple):
    """Seconds, counts."""

    gap: float
    slowest: float
    unserved: int
    twice: int


class Arrivals:
    """Clients that arrive one after the other; ``limit`` is how many there are in all, None for no end."""

    def __init__(self, socket: RawClients, grows: bool, limit: int | None) -> None:
        self._socket = socket
        self._grows = grows
        self._limit = limit
        self._number = 0
        self._waiting: dict[bytes, Client] = {}
        self.acks: list[float] = []
        self.waits: list[tuple[float, float]] = []
        self.holders: dict[str, set[bytes]] = {}

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let clients arrive for a while."""
        end, arrival = time.monotonic() + seconds, time.monotonic()
        while (now := time.monotonic()) < end and not until():
            if now >= arrival and (self._limit is None or self._number < self._limit):
                arrival += EVERY
                self._number += 1
                client = Client(self._number, now)
                self._waiting[client.mac] = client
            for client in self._waiting.values():
                if now >= client.due:
                    client.due = now + REPEAT
                    self._socket.send(client.frame(now, self._grows))
            self._take(self._socket.receive(0.01))

    def result(self, since: float) -> Result:
        """What happened from a moment on."""
        end = time.monotonic()
        marks = [since, *(ack for ack in self.acks if ack >= since), end]
        gap = max(later - earlier for earlier, later in zip(marks, marks[1:], strict=False))
        waits = [wait for began, wait in self.waits if began + wait >= since]
        late = [end - client.began for client in self._waiting.values() if end - client.began > 1.0]
        twice = sum(len(macs) > 1 for macs in self.holders.values())
        return Result(gap, max(waits + late, default=0.0), len(late), twice)

    def _take(self, reply: Reply | None) -> None:
        client = self._waiting.get(reply.mac) if reply is not None else None
        if reply is None or client is None or reply.xid != client.xid:
            return
        now = time.monotonic()
        if reply.kind == OFFER and client.offer is None:
            client.offer, client.due = reply, now
        elif reply.kind == NAK:
            client.offer, client.due = None, now
        elif reply.kind == ACK:
            self.acks.append(now)
            self.waits.append((client.began, now - client.began))
            self.holders.setdefault(reply.address, set()).add(client.mac)
            del self._waiting[client.mac]


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
