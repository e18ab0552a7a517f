"""The part of the free addresses that one server of a pair gives to new clients while the other may serve unseen.

Two servers that cannot hear each other then give no address twice as long as each has some of its own left. Which
address is whose both compute alone, from a hash of the address. A Kea knows of no such rule, and in the second before
a server notices that it is not heard, it follows none either. So in the pools of the other server (those for its
clients, HA_ and its name, else all that a standby or secondary uses) a server continues in the middle of the free
addresses behind what was given last, which an iterative allocator reaches when half of them are used up.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Final

from kea_twisted.engine.allocators import IterativeAllocator
from kea_twisted.lease.store import LeaseStore

TRIES: Final = 4096
"""Addresses looked at for one of this server's own; more would hold up the other clients."""


class Share:
    """One server's part. ``odd`` says which half; ``whole``: the other server is a Kea, which leaves none.

    ``moves``: pools for no one's clients in particular are the other server's; ``own`` and ``other`` are the classes
    of either one's clients. ``is_owed`` tells of an address whether the other server does not know yet what became
    of its lease here: it may still renew the lease of a client that has given the address up. ``strict`` are subnets of
    which the other part is never used: the other server does not take leases of them in. ``names_other`` tells of
    the payload of option 54 whether it names the other server.
    """

    __slots__ = (
        "odd",
        "whole",
        "_moves",
        "_own",
        "_other",
        "_is_owed",
        "_strict",
        "names_other",
        "_used_up",
        "_moved",
        "_beyond",
    )

    def __init__(
        self,
        odd: bool,
        whole: bool = False,
        moves: bool = False,
        own: str = "",
        other: str = "",
        is_owed: Callable[[int], bool] = lambda address: False,
        strict: frozenset[int] = frozenset(),
        names_other: Callable[[bytes | None], bool] = lambda identifier: False,
    ) -> None:
        self.odd = odd
        self.whole = whole
        self._moves = moves
        self._own = own
        self._other = other
        self._is_owed = is_owed
        self._strict = strict
        self.names_other: Callable[[bytes | None], bool] = names_other
        self._used_up: dict[int, int] = {}  # by subnet id, the second in which nothing was left
        self._moved: set[int] = set()
        self._beyond: set[int] = set()  # picked where nothing of this server's part was left

    def copy(self) -> Share:
        """Return one that has given the same addresses so far."""
        made = Share(
            self.odd, self.whole, self._moves, self._own, self._other, self._is_owed, self._strict, self.names_other
        )
        made._used_up, made._moved, made._beyond = dict(self._used_up), set(self._moved), set(self._beyond)
        return made

    def of(self, _subnet_id: int) -> Share | None:
        """Return the part that counts in a subnet: this one in all."""
        return self

    def holds(self, address: int) -> bool:
        """Return True if an address belongs to this server's part."""
        mine = self.whole or bool((address * 0x9E3779B1 >> 16) & 1) == self.odd
        return mine and not self._is_owed(address)

    def confirms(self, address: int, subnet_id: int = 0, identifier: bytes | None = None) -> bool:
        """Return True if a client may have an address that it selects: one of this part, or one that was picked.

        Or one that the other server, which the client names by ``identifier`` (option 54), has offered: its allocator
        comes to this address again after all others only.
        """
        if self.holds(address) or address in self._beyond:
            return True
        return subnet_id not in self._strict and not self._is_owed(address) and self.names_other(identifier)

    def moves_in(self, classes: Container[str]) -> bool:
        """Return True if the other server gives addresses from a pool for these classes."""
        return self.whole or self._other in classes or (self._moves and self._own not in classes)

    def pick(
        self,
        subnet_id: int,
        allocator: IterativeAllocator,
        store: LeaseStore,
        release_overdue: Callable[[int], bool],
        now: int,
        classes: Container[str] | None,
    ) -> int:
        """Pick a free address, of this server's part while there is one; 0 when there is none at all.

        Expired leases are released (``LeaseTable.release_overdue``) before an address of the other part is taken.
        """
        if subnet_id not in self._moved:
            self._moved.add(subnet_id)
            allocator.move_away(self.moves_in)
        if self._used_up.get(subnet_id) != now:
            address = self._pick_own(allocator, store, now, classes)
            if not address and release_overdue(now):
                address = self._pick_own(allocator, store, now, classes)
            if address:
                return address
            self._used_up[subnet_id] = now
        if subnet_id in self._strict:
            return 0
        address = allocator.pick(store, now, classes)
        if not address and release_overdue(now):
            address = allocator.pick(store, now, classes)
        if address:
            self._beyond.add(address)
        return address

    def _pick_own(
        self, allocator: IterativeAllocator, store: LeaseStore, now: int, classes: Container[str] | None
    ) -> int:
        for _ in range(min(allocator.capacity, TRIES)):
            address = allocator.pick(store, now, classes)
            if not address or self.holds(address):
                return address
        return 0


class Shares:
    """The parts of the hub of several pairs. Each has a function that tells if a subnet id is one of its pair's."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[tuple[Callable[[int], bool], Share]]) -> None:
        self._parts = tuple(parts)

    def of(self, subnet_id: int) -> Share | None:
        """Return the part that counts in a subnet; None: its pair has none, and all addresses are free to give."""
        return next((share for holds, share in self._parts if holds(subnet_id)), None)

    def copy(self) -> Shares:
        """Return parts that have given the same addresses so far."""
        return Shares([(holds, share.copy()) for holds, share in self._parts])
