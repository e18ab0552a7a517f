"""The texts of all leases in blocks of 256 addresses, so that a search goes through a million leases in some 30 ms.

They are made in advance and kept from then on: about 25 bytes per lease and at most ``LONGEST``, no matter how long its
user context is. The text of a block may contain outdated parts of changed leases, so each hit is looked up in the
store. A renewal, which changes no text, costs one comparison, a removal a look-up, and a new lease is joined later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

from kea_twisted.lease.indexes import AddressOrder
from kea_twisted.lease.packed import STATE_AT, SUBNET_AT, TEXT_AT
from kea_twisted.lease.search import LAST, SearchTerm

SHIFT: Final = 8
"""Addresses of one block differ in so many bits, as those of ``AddressOrder`` do."""

LONGEST: Final = 256
"""Bytes of a lease that are kept. Where one of a block has more, the leases of the block are examined themselves."""

MOST_WAITING: Final = 16
"""Leases of a block that wait to be joined to its text."""

MOST_ADDED: Final = 64
"""Leases that are added to a block; then it should be made anew, without what is outdated in it."""

MOST_KEPT: Final = 512
"""Leases that are added to a block; then its text is removed, until it is needed."""

_text = itemgetter(slice(TEXT_AT, None))
_cut_text = itemgetter(slice(TEXT_AT, TEXT_AT + LONGEST))
_kind = itemgetter(slice(SUBNET_AT, STATE_AT + 1))  # begins with the subnet and ends with the state


class SearchTexts:
    """Hardware addresses, client identifiers, names and contexts, by block, and in it by subnet and state.

    ``bodies`` returns the packed leases of some addresses.
    """

    def __init__(self, bodies: Callable[[range], Sequence[bytes]]) -> None:
        self._bodies = bodies
        self.is_complete = False
        """True once all blocks have been made."""
        self._unmade: set[int] = set()  # blocks that came while others were made, or had grown too much
        self._overgrown: set[int] = set()  # blocks that should be made anew
        self._texts: dict[int, dict[bytes, bytes]] = {}
        self._waiting: dict[int, list[bytes]] = {}  # packed leases
        self._added: dict[int, int] = {}
        self._long: set[int] = set()  # blocks with leases of which not all is in the text

    def __contains__(self, block: int) -> bool:
        return block in self._texts

    def prepare(self, after: int, blocks: int, order: AddressOrder) -> int | None:
        """Make the texts of up to so many blocks above an address; return the one behind which to continue."""
        if self.is_complete:
            return None
        for block in order.candidates(after):
            if block[0] >> SHIFT in self._texts:
                continue
            if not blocks:
                return block[0] - 1
            blocks -= 1
            self.make(block[0] >> SHIFT)
        if self._make_some(self._unmade, blocks):
            return LAST
        self.is_complete = True
        return None

    def tidy(self, blocks: int) -> bool:
        """Make up to so many blocks anew that have changed much; return True if there are more."""
        return self._make_some(self._unmade or self._overgrown, blocks)

    def _make_some(self, waiting: set[int], blocks: int) -> bool:
        while waiting and blocks:
            blocks -= 1
            self.make(waiting.pop())
        return bool(waiting)

    def make(self, block: int) -> None:
        """Take all leases of a block."""
        packed = self._bodies(range(block << SHIFT, (block + 1) << SHIFT))
        self.forget(block)
        if packed:
            self._texts[block] = self._joined(block, packed)

    def forget(self, block: int) -> None:
        """Forget a block: it has no leases."""
        for each in (self._unmade, self._overgrown, self._long):
            each.discard(block)
        if block in self._texts:
            del self._texts[block]
            self._waiting.pop(block, None)
            self._added.pop(block, None)

    def add(self, address: int, packed: bytes) -> None:
        """Note that a lease is new, or has another text, subnet or state than before."""
        block = address >> SHIFT
        waiting = self._waiting.get(block)
        if waiting is not None:
            waiting.append(packed)
            if len(waiting) >= MOST_WAITING:
                self._join(block)
        elif block in self._texts:
            self._waiting[block] = [packed]
        elif self.is_complete and block not in self._unmade:  # it had no leases
            self._texts[block] = {}
            self._waiting[block] = [packed]
        else:
            self._unmade.add(block)

    def may_have(self, block: int, term: SearchTerm) -> bool:
        """Return True if a lease of the block may be meant."""
        if block in self._waiting:
            self._join(block)
        subnet, state, parts = term.subnet, term.state, term.parts
        for kind, text in self._texts[block].items():
            if (subnet and kind[:4] != subnet) or (state and kind[-1:] != state):
                continue
            if not parts or block in self._long:
                return True
            for part in parts:
                if part in text:
                    return True
        return False

    def _join(self, block: int) -> None:
        """Join the leases that wait for it to the text of a block."""
        packed = self._waiting.pop(block)
        added = self._added[block] = self._added.get(block, 0) + len(packed)
        if added > MOST_KEPT:
            self.forget(block)
            self._unmade.add(block)
            return
        if added > MOST_ADDED:
            self._overgrown.add(block)
        texts = self._texts[block]
        for kind, text in self._joined(block, packed).items():
            texts[kind] = texts[kind] + b"\n" + text if kind in texts else text

    def _joined(self, block: int, packed: Sequence[bytes]) -> dict[bytes, bytes]:
        text = _text
        if max(map(len, packed)) > TEXT_AT + LONGEST:
            self._long.add(block)
            text = _cut_text
        kinds = set(map(_kind, packed))
        if len(kinds) == 1:
            return {kinds.pop(): b"\n".join(map(text, packed))}
        found: dict[bytes, list[bytes]] = {kind: [] for kind in kinds}
        for each in packed:
            found[_kind(each)].append(text(each))
        return {kind: b"\n".join(texts) for kind, texts in found.items()}
