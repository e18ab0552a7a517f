"""The texts of all leases in blocks of 256 addresses, so that a search goes through a million leases in some 30 ms.

They are made before the first search and kept from then on: about 25 bytes per lease, and its user context. The text of
a block may contain outdated parts of changed leases, so each hit is looked up in the store. A renewal, which changes no
text, costs one comparison, and a removal nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from kea_twisted.lease.packed import STATE_AT, SUBNET_AT, TEXT_AT
from kea_twisted.lease.search import SearchTerm

SHIFT: Final = 8
"""Addresses of one block differ in so many bits, as those of ``AddressOrder`` do."""

MOST_ADDED: Final = 64
"""Leases that are added to a block; then it is made anew, without what is outdated in it."""

_text = itemgetter(slice(TEXT_AT, None))
_subnet_to_state = itemgetter(slice(SUBNET_AT, STATE_AT + 1))

Kinds = frozenset[tuple[bytes, bytes]]


class SearchTexts:
    """Hardware addresses, client identifiers, names and contexts by block, and the subnets and states in it."""

    def __init__(self) -> None:
        self.is_complete = False
        """True once all blocks have been made."""
        self._texts: dict[int, bytes] = {}
        self._kinds: dict[int, Kinds] = {}
        self._shared: dict[Kinds, Kinds] = {}  # nearly all blocks have one of a few
        self._added: dict[int, int] = {}

    def __contains__(self, block: int) -> bool:
        return block in self._texts

    def make(self, block: int, packed: Sequence[bytes]) -> None:
        """Take all packed leases of a block."""
        self._texts[block] = b"\n".join(map(_text, packed))
        self._set_kinds(block, frozenset([_kind(each) for each in set(map(_subnet_to_state, packed))]))
        self._added.pop(block, None)

    def add(self, address: int, packed: bytes) -> None:
        """Note that a lease is new, or has another text, subnet or state than before."""
        block = address >> SHIFT
        if block not in self._texts:
            return
        added = self._added[block] = self._added.get(block, 0) + 1
        if added > MOST_ADDED:
            del self._texts[block], self._kinds[block], self._added[block]
            return
        self._texts[block] += b"\n" + _text(packed)
        self._set_kinds(block, self._kinds[block] | {_kind(_subnet_to_state(packed))})

    def may_have(self, block: int, term: SearchTerm) -> bool:
        """Return True if a lease of the block may be meant."""
        if term.parts:
            text = self._texts[block]
            if not any(part in text for part in term.parts):
                return False
        subnet, state = term.subnet, term.state
        if not subnet and not state:
            return True
        return any((not subnet or subnet == of) and (not state or state == at) for of, at in self._kinds[block])

    def _set_kinds(self, block: int, kinds: Kinds) -> None:
        self._kinds[block] = self._shared.setdefault(kinds, kinds)


def _kind(part: bytes) -> tuple[bytes, bytes]:
    """Return the subnet and the state."""
    return part[:4], part[-1:]
