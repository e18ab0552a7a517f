"""Cost of an address with each allocator: an empty and a 99 % full pool, from /16 to /8.

python bench/allocators.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kea_twisted.config.allocators import ALLOCATORS
from kea_twisted.config.model import Pool
from kea_twisted.config.optiondata import OptionSet
from kea_twisted.engine.allocators import allocator_class
from kea_twisted.engine.books import SubnetBook
from kea_twisted.lease.store import LeaseStore

_FIRST = 0x0A000000
_ROUNDS = 20_000


def filled(size: int, share: float, clustered: bool) -> SubnetBook:
    """A pool in which this share of the addresses is taken: at random places, or all but the end."""
    book = SubnetBook(1, (Pool(_FIRST, _FIRST + size - 1, 0, OptionSet(), ""),))
    take = book.pools[0].taken.take
    count = int(size * share)
    if clustered:
        for offset in range(count):
            take(offset)
    elif count:
        free = set(Random(1).sample(range(size), size - count))
        for offset in range(size):
            if offset not in free:
                take(offset)
    return book


def microseconds(name: str, book: SubnetBook) -> float:
    """The mean time of a pick after which the address is taken and another one comes back."""
    allocator = allocator_class(name)(book, False, Random(1))
    store, pool, chance = LeaseStore(), book.pools[0], Random(2)
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        address = allocator.pick(store, 0)
        assert address
        pool.taken.take(address - pool.first)
        pool.taken.free(chance.randrange(pool.taken.size))
    return (time.perf_counter() - started) / _ROUNDS * 1e6


def main() -> None:
    """A row for each pool, a column for each allocator."""
    names = [name for name in ALLOCATORS if name != "shared-flq"]
    print(f"{'pool':>6} {'taken':>12}" + "".join(f"{name:>12}" for name in names) + "   (µs an address)")
    for length in (16, 12, 8):
        for share, clustered in ((0.0, False), (0.99, False), (0.99, True)):
            taken = f"{share:.0%}{' in a row' if clustered else ''}"
            cells = [microseconds(name, filled(1 << 32 - length, share, clustered)) for name in names]
            print(f"{'/' + str(length):>6} {taken:>12}" + "".join(f"{cell:>12.2f}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
