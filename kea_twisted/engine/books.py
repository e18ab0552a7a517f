"""Books of subnets and pools: the addresses taken in each pool, and the names of their statistics."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from kea_twisted.config.model import Pool
from kea_twisted.engine.addressmap import AddressMap


class PoolBook:
    """One pool: what is taken in it, and the prefix of its statistics."""

    __slots__ = ("pool", "first", "last", "taken", "prefix", "latest")

    def __init__(self, pool: Pool, subnet_id: int) -> None:
        self.pool = pool
        self.first = pool.first
        self.last = pool.last
        self.taken = AddressMap(pool.last - pool.first + 1)
        self.prefix = f"subnet[{subnet_id}].pool[{pool.pool_id}]."
        self.latest = 0  # the offset of the address that was given last, by this server or its partner

    def copy(self, subnet_id: int) -> PoolBook:
        """Return a book of its own with the same marks."""
        made = PoolBook(self.pool, subnet_id)
        made.taken, made.latest = self.taken.copy(), self.latest
        return made


class SubnetBook:
    """The pools of one subnet and the names its addresses are counted under."""

    __slots__ = ("pools", "prefix", "_sorted", "_firsts", "_single", "_names")

    def __init__(self, subnet_id: int, pools: Sequence[Pool] = ()) -> None:
        self.pools = tuple(PoolBook(pool, subnet_id) for pool in pools)
        self.prefix = f"subnet[{subnet_id}]."
        self._sorted = sorted(self.pools, key=lambda book: book.first)
        self._firsts = [book.first for book in self._sorted]
        self._single = self.pools[0] if len(self.pools) == 1 else None
        self._names: dict[tuple[str, str], tuple[str, ...]] = {}

    def copy(self, subnet_id: int) -> SubnetBook:
        """Return a book of its own with the same marks."""
        made = SubnetBook(subnet_id)
        made.pools = tuple([pool.copy(subnet_id) for pool in self.pools])
        made._sorted = sorted(made.pools, key=lambda book: book.first)
        made._firsts = self._firsts
        made._single = made.pools[0] if len(made.pools) == 1 else None
        return made

    def pool_of(self, address: int) -> PoolBook | None:
        """Return the pool this address is in."""
        single = self._single
        if single is not None:
            return single if single.first <= address <= single.last else None
        pools = self._sorted
        place = bisect_right(self._firsts, address) - 1
        return pools[place] if place >= 0 and address <= pools[place].last else None

    def by_pool(self, addresses: Sequence[int]) -> Iterator[tuple[PoolBook | None, Sequence[int]]]:
        """The addresses, given in ascending order, by the pool they are in."""
        at = 0
        for pool in self._sorted:
            start = bisect_left(addresses, pool.first, at)
            end = bisect_right(addresses, pool.last, start)
            if at < start:
                yield None, addresses[at:start]
            if start < end:
                yield pool, addresses[start:end]
            at = end
        if at < len(addresses):
            yield None, addresses[at:]

    def names(self, what: str, pool: PoolBook | None) -> tuple[str, ...]:
        """The global name, the subnet's and the pool's of a statistic about addresses."""
        key = (what, pool.prefix if pool else "")
        names = self._names.get(key)
        if names is None:
            names = (what, self.prefix + what) + ((pool.prefix + what,) if pool else ())
            self._names[key] = names
        return names
