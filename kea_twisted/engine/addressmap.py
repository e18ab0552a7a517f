"""Which addresses of a pool are taken: a byte each, in blocks that come into being when somebody takes one.

Looking for a free one is a ``memchr`` per block, and full blocks are passed over by their count, so that the
cost stays the same however full the pool is.
"""

from __future__ import annotations

from typing import Final

_SHIFT: Final = 16
_BLOCK: Final = 1 << _SHIFT
_MASK: Final = _BLOCK - 1


class AddressMap:
    """The offsets 0 to ``size`` - 1, each free or taken."""

    __slots__ = ("size", "_blocks", "_free")

    def __init__(self, size: int) -> None:
        self.size = size
        self._blocks: dict[int, bytearray] = {}
        self._free: dict[int, int] = {}  # how many are free, per block that exists

    def take(self, offset: int) -> None:
        """Mark as taken."""
        number = offset >> _SHIFT
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = bytearray(min(_BLOCK, self.size - (number << _SHIFT)))
            self._free[number] = len(block)
        if not block[offset & _MASK]:
            block[offset & _MASK] = 1
            self._free[number] -= 1

    def free(self, offset: int) -> None:
        """Mark as free."""
        number = offset >> _SHIFT
        block = self._blocks.get(number)
        if block is not None and block[offset & _MASK]:
            block[offset & _MASK] = 0
            self._free[number] += 1

    def next_free(self, offset: int) -> int:
        """The first free offset from this one on, or -1."""
        while offset < self.size:
            number = offset >> _SHIFT
            block = self._blocks.get(number)
            if block is None:
                return offset
            if self._free[number]:
                found = block.find(0, offset & _MASK)
                if found >= 0:
                    return (number << _SHIFT) + found
            offset = (number + 1) << _SHIFT
        return -1
