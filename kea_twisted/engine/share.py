"""The part of the free addresses that one server of a pair gives to new clients while the other one may be serving
out of sight.

Two servers that cannot hear each other then give no address twice as long as each has some of its own left. Which
address is whose both compute alone, from a hash of the address. A Kea knows of no such rule: beside it, a server
goes on in the upper half of each pool, which an iterative allocator reaches last.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from kea_twisted.engine.allocators import IterativeAllocator
from kea_twisted.lease.store import LeaseStore

TRIES: Final = 4096
"""Addresses looked at for one of this server's own; more would hold up the other clients."""


class Share:
    """One server's part. ``odd`` says which half; ``upper``: the other server is a Kea."""

    __slots__ = ("odd", "upper", "_used_up", "_moved")

    def __init__(self, odd: bool, upper: bool) -> None:
        self.odd = odd
        self.upper = upper
        self._used_up: dict[int, int] = {}  # by subnet id, the second in which nothing was left
        self._moved: set[int] = set()

    def holds(self, address: int) -> bool:
        """Whether an address belongs to this server's part."""
        return self.upper or bool((address * 0x9E3779B1 >> 16) & 1) == self.odd

    def pick(
        self,
        subnet_id: int,
        allocator: IterativeAllocator,
        store: LeaseStore,
        now: int,
        classes: Container[str] | None,
    ) -> int:
        """Pick a free address, of this server's part while there is one; 0 when there is none at all."""
        if self.upper and subnet_id not in self._moved:
            self._moved.add(subnet_id)
            allocator.move_to_upper_half()
        if self._used_up.get(subnet_id) != now:
            for _ in range(min(allocator.capacity, TRIES)):
                address = allocator.pick(store, now, classes)
                if not address or self.holds(address):
                    return address
            self._used_up[subnet_id] = now
        return allocator.pick(store, now, classes)
