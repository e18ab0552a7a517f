"""The time of a search through many leases, and the longest time for which the reactor stands still meanwhile.

Each search is measured twice: before and after the texts for searches are made, as the page has them made when its
leases are opened.

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
from kea_twisted.lease.lease import Lease  # noqa: E402
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
    {"text": "host-9", "subnet-id": 1},
    {"text": "host", "subnet-id": 7},
    {"state": "declined"},
    {"source": "reserved"},
)


class Context(FakeContext):
    """A server that takes its turns from the reactor."""

    def __init__(self, leases: int) -> None:
        super().__init__({"subnet4": [{"id": 1, "subnet": "10.0.0.0/8", "pools": []}]})
        self._turns = Turns(LOOP)
        for start in range(0, leases, BLOCK):
            numbers = range(start, min(leases, start + BLOCK))
            addresses = [FIRST + number for number in numbers]
            self.table.take(addresses, [pack(_lease(number)) for number in numbers])

    def turn(self) -> Deferred[None]:
        """Wait for one."""
        return self._turns.wait()


def _lease(number: int) -> Lease:
    hwaddr = b"\x08\x00\x27" + number.to_bytes(3, "big")
    return Lease(FIRST + number, hwaddr, b"\1" + hwaddr, 3600, int(NOW), 1, hostname=f"host-{number}")


class Stalls:
    """The longest time between two turns of the reactor."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = 0.0
        self._on = False

    def begin(self) -> None:
        """Look from now on."""
        self.longest, self._last, self._on = 0.0, time.perf_counter(), True
        LOOP.callLater(0, self._look)

    def end(self) -> None:
        """Look no more."""
        self._on = False

    def _look(self) -> None:
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, now - self._last), now
        if self._on:
            LOOP.callLater(0, self._look)


async def measure(leases: int, times: int) -> None:
    """Print a line for each search."""
    context: Any = Context(leases)
    gc.collect()
    gc.freeze()
    stalls = Stalls()
    print(f"{'search':44} {'found':>6} {'median ms':>10} {'longest stall ms':>17}")
    for search in (*SEARCHES, {"prepare": True}, *SEARCHES):
        took, longest, found = [], [], 0
        for _ in range(times):
            stalls.begin()
            begun = time.perf_counter()
            answer = await leases_search(context, {"limit": 50, **search})
            took.append(time.perf_counter() - begun)
            stalls.end()
            longest.append(stalls.longest)
            found = int(answer["text"].split()[0])
        median, worst = sorted(took)[times // 2] * 1000, sorted(longest)[times // 2] * 1000
        print(f"{str(search):44} {found:6} {median:10.1f} {worst:17.1f}")


def main() -> None:
    """Run the reactor for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leases", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()

    def begin() -> None:
        done = ensureDeferred(measure(chosen.leases, chosen.times))
        done.addErrback(lambda failure: failure.printTraceback())
        done.addBoth(lambda _: LOOP.stop())

    LOOP.callWhenRunning(begin)
    LOOP.run()


if __name__ == "__main__":
    main()
