"""The time of a search through many leases, and the longest time for which the reactor stands still meanwhile.

The texts for searches are made before, as a server with a page makes them after its start.

python bench/leasesearch.py --leases 1000000
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred

sys.path.insert(0, str(Path(__file__).parent.parent))

from kea_twisted.adapters.system.turns import Turns  # noqa: E402
from kea_twisted.commands.leasesearch import leases_search  # noqa: E402
from kea_twisted.lease.lease import DECLINED, DEFAULT, RECLAIMED, Lease  # noqa: E402
from kea_twisted.lease.packed import pack  # noqa: E402
from tests.commands.fakecontext import NOW, FakeContext  # noqa: E402

LOOP: Any = reactor
FIRST = 0x0A000001
BLOCK = 50_000
SEARCHES: tuple[dict[str, Any], ...] = (
    {},
    {"text": "10.3.4."},
    {"text": "08:00:27:0f:42:3f"},
    {"text": "host-99999"},
    {"text": "nothing has this in it"},
    {"text": "27:0f:42"},
    {"text": "printer-"},
    {"text": "host-6", "subnet-id": 9},
    {"text": "host", "subnet-id": 99},
    {"state": "declined"},
    {"state": "expired-reclaimed"},
    {"text": "host-99999", "state": "expired-reclaimed"},
    {"text": "printer-", "state": "expired-reclaimed"},
    {"text": "printer-", "state": "released"},
    {"source": "reserved"},
    {"source": "synced"},
    {"from": "10.14.0.0"},
    {"from": "10.14.0.0", "text": "host-9"},
    {"from": "10.14.0.0", "text": "nothing has this in it"},
)


class Context(FakeContext):
    """A server that takes its turns from the reactor."""

    def __init__(self, leases: int) -> None:
        subnets = [{"id": number + 1, "subnet": f"10.{number}.0.0/16", "pools": []} for number in range(256)]
        super().__init__({"subnet4": subnets})
        self._turns = Turns(LOOP)
        for start in range(0, leases, BLOCK):
            numbers = range(start, min(leases, start + BLOCK))
            addresses = [FIRST + number for number in numbers]
            self.table.take(addresses, [pack(_lease(number)) for number in numbers])

    def turn(self) -> Deferred[None]:
        """Wait for one."""
        return self._turns.wait()


def _lease(number: int) -> Lease:
    """A lease; every tenth has ended, every hundredth is a printer's, and none is both."""
    hwaddr = b"\x08\x00\x27" + number.to_bytes(3, "big")
    state = RECLAIMED if number % 10 == 3 else DECLINED if number % 1000 == 5 else DEFAULT
    name = f"printer-{number}" if number % 100 == 1 else f"host-{number}"
    subnet_id = (FIRST + number >> 16 & 255) + 1
    return Lease(FIRST + number, hwaddr, b"\1" + hwaddr, 3600, int(NOW), subnet_id, hostname=name, state=state)


class Stalls:
    """The longest time between two turns of the reactor, and the most CPU time, which other processes do not take."""

    def __init__(self) -> None:
        self.longest = self.longest_cpu = 0.0
        self._last = self._last_cpu = 0.0
        self._on = False

    def begin(self) -> None:
        """Look from now on."""
        self.longest = self.longest_cpu = 0.0
        self._last, self._last_cpu, self._on = time.perf_counter(), time.thread_time(), True
        LOOP.callLater(0, self._look)

    def end(self) -> None:
        """Look no more."""
        self._on = False

    def _look(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now
        self.longest_cpu, self._last_cpu = max(self.longest_cpu, cpu - self._last_cpu), cpu
        if self._on:
            LOOP.callLater(0, self._look)


async def measure(leases: int, times: int, unprepared: bool) -> None:
    """Print a line for each search."""
    context: Any = Context(leases)
    gc.collect()
    gc.freeze()
    stalls = Stalls()
    print(f"{'search':56} {'found':>6} {'median ms':>10} {'CPU ms':>7} {'longest stall ms':>17} {'of CPU ms':>10}")
    for search in (*SEARCHES[: None if unprepared else 0], {"prepare": True}, *SEARCHES):
        rows, found = [], 0
        for _ in range(times):
            stalls.begin()
            begun, cpu = time.perf_counter(), time.process_time()
            answer = await leases_search(context, {"limit": 50, **search})
            took, used = time.perf_counter() - begun, time.process_time() - cpu
            stalls.end()
            rows.append((took, used, stalls.longest, stalls.longest_cpu))
            found = int(answer["text"].split()[0])
        took, used, longest, most = (sorted(column)[times // 2] * 1000 for column in zip(*rows, strict=True))
        print(f"{str(search):56} {found:6} {took:10.1f} {used:7.1f} {longest:17.1f} {most:10.1f}", flush=True)


def main() -> None:
    """Run the reactor for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leases", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--unprepared", action="store_true", help="measure before the texts are made, too")
    chosen = parser.parse_args()

    def begin() -> None:
        done = ensureDeferred(measure(chosen.leases, chosen.times, chosen.unprepared))
        done.addErrback(lambda failure: failure.printTraceback())
        done.addBoth(lambda _: LOOP.stop())

    LOOP.callWhenRunning(begin)
    LOOP.run()


if __name__ == "__main__":
    main()
