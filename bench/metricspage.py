"""The time of a page of metrics with many subnets of which every one has changed, and the longest stall of the reactor.

python bench/metricspage.py --subnets 10000
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

from bench.leasesearch import Stalls  # noqa: E402
from kea_twisted.adapters.system.turns import Turns  # noqa: E402
from kea_twisted.web.metrics import MetricsPage  # noqa: E402
from tests.web.fakenode import FakeNode, subnet  # noqa: E402

LOOP: Any = reactor


class Node(FakeNode):
    """A server that takes its turns from the reactor."""

    def __init__(self, *subnets: dict[str, Any]) -> None:
        super().__init__(*subnets)
        self._turns = Turns(LOOP)

    def turn(self) -> Deferred[None]:
        """Wait for one."""
        return self._turns.wait()


def counted(node: Node) -> list[tuple[str, ...]]:
    """Return the names of an exchange and a new lease in every subnet, as the packet path keeps them."""
    found = []
    for each in node.settings.subnets:
        prefix = f"subnet[{each.id}]."
        names = [prefix + what for what in ("assigned-addresses", "cumulative-assigned-addresses")]
        found.append((*names, *[f"{prefix}pool[0].{name.partition('.')[2]}" for name in names]))
    return found


def prepare(page: MetricsPage, node: Node) -> None:
    """Do the work in advance, as the server does it after its start, and print its cost."""
    longest, begun, last = 0.0, time.thread_time(), time.thread_time()
    for _ in page.prepare(node.settings):
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    print(f"{'in advance, with pauses':44} {'':9} {'':10} {(last - begun) * 1000:8.1f} {'':17} {longest * 1000:10.1f}")


async def measure(count: int, times: int) -> None:
    """Print the first page, pages after a change of all subnets, and pages without one."""
    node = Node(*(subnet(number) for number in range(1, count + 1)))
    node.statistics.watch(True)
    page, groups = MetricsPage(node), counted(node)
    gc.collect()
    gc.freeze()
    stalls = Stalls()
    print(f"{'page':44} {'bytes':>9} {'median ms':>10} {'CPU ms':>8} {'longest stall ms':>17} {'of CPU ms':>10}")
    prepare(page, node)
    for name, repeats, changes in (
        ("the first", 1, False),
        ("every subnet has changed for the first time", 1, True),
        ("every subnet has changed", times, True),
        ("nothing has changed", times, False),
    ):
        rows = []
        for _ in range(repeats):
            for names in groups if changes else ():
                node.statistics.count_all(names)
            stalls.begin()
            begun, cpu = time.perf_counter(), time.process_time()
            made = await page.make()
            took, used = time.perf_counter() - begun, time.process_time() - cpu
            stalls.end()
            rows.append((took, used, stalls.longest, stalls.longest_cpu))
            size = sum(map(len, made.parts))
        took, used, longest, cpu = (sorted(column)[len(rows) // 2] * 1000 for column in zip(*rows, strict=True))
        print(f"{name:44} {size:9} {took:10.1f} {used:8.1f} {longest:17.1f} {cpu:10.1f}")


def main() -> None:
    """Run the reactor for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subnets", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()

    def begin() -> None:
        done = ensureDeferred(measure(chosen.subnets, chosen.times))
        done.addErrback(lambda failure: print(failure.getTraceback()))
        done.addBoth(lambda _: LOOP.stop())

    LOOP.callWhenRunning(begin)
    LOOP.run()


if __name__ == "__main__":
    main()
