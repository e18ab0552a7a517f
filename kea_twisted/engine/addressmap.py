"""The addresses of a pool that are not to be allocated: a byte each, in blocks that are made when needed.

An address is kept back because it is taken, because it is reserved, because it is the server's own, or for several
of these reasons. Looking for a free one is a ``memchr`` per block, and full blocks are passed over by their count,
so that the cost stays the same however full the pool is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

_SHIFT: Final = 16
_BLOCK: Final = 1 << _SHIFT
_MASK: Final = _BLOCK - 1

_TAKEN: Final = 1
_RESERVED: Final = 2
_OWN: Final = 4
_WITH_TAKEN: Final = bytes(marks | _TAKEN for marks in range(256))

LONGEST: Final = 1 << 16
"""The number of addresses of a pool of which the order is kept: about 10 MB, copied in a few milliseconds."""


class AddressMap:
    """The offsets 0 to ``size`` - 1, each free, taken, reserved, or taken and reserved."""

    __slots__ = ("size", "kept_back", "_blocks", "_free", "_full", "queue")

    def __init__(self, size: int) -> None:
        self.size = size
        self.kept_back = 0  # how many are not free
        self._full = bytearray((size + _BLOCK - 1) >> _SHIFT)  # 1 for a block without a free one
        self._blocks: dict[int, bytearray] = {}
        self._free: dict[int, int] = {}  # how many are free, per block that exists
        self.queue: FreeQueue | None = None
        """The order of the free offsets; None where no allocator wants it."""

    def copy(self) -> AddressMap:
        """Return a map of its own with the same marks."""
        made = AddressMap(self.size)
        made.kept_back, made._full = self.kept_back, self._full.copy()
        made._blocks = {number: block.copy() for number, block in self._blocks.items()}
        made._free = dict(self._free)
        made.queue = None if self.queue is None else self.queue.copy()
        return made

    def take(self, offset: int) -> None:
        """Mark as taken."""
        if self.queue is not None:
            self.queue.take(offset)
        number = offset >> _SHIFT
        block = self._blocks.get(number)
        if block is None:
            block = self._create(number)
        marks = block[offset & _MASK]
        if not marks:
            self._fill(number)
        block[offset & _MASK] = marks | _TAKEN

    def take_all(self, addresses: Sequence[int], first: int) -> None:
        """``take`` for many, given as ascending addresses, each once; ``first`` is the one with offset 0."""
        if self.queue is not None:
            self.queue.take_all(addresses, first)
        at = 0
        while at < len(addresses):
            number = (addresses[at] - first) >> _SHIFT
            base = first + (number << _SHIFT)
            end = bisect_left(addresses, base + _BLOCK, at)
            block = self._blocks.get(number)
            if block is None:
                block = self._create(number)
            fresh, start, stop = 0, addresses[at] - base, addresses[end - 1] - base + 1
            if stop - start == end - at:  # no gaps
                fresh = block.count(0, start, stop)
                block[start:stop] = block[start:stop].translate(_WITH_TAKEN)
            else:
                for address in addresses[at:end]:
                    if not block[address - base]:
                        fresh += 1
                    block[address - base] |= _TAKEN
            self._fill(number, fresh)
            at = end

    def free(self, offset: int) -> None:
        """Mark as not taken."""
        block = self._blocks.get(offset >> _SHIFT)
        if block is not None:
            if self.queue is not None and block[offset & _MASK] & _TAKEN:
                self.queue.free(offset, block[offset & _MASK] != _TAKEN)
            self._clear(offset, block, _TAKEN)

    def reserve(self, offset: int, reserved: bool = True) -> None:
        """Mark as reserved, or not reserved."""
        self._mark(offset, _RESERVED, reserved)

    def keep_back(self, offset: int, own: bool = True) -> None:
        """Mark as an address of the server itself, or not."""
        self._mark(offset, _OWN, own)

    def is_free(self, offset: int) -> bool:
        """Return True if it is neither taken nor reserved."""
        block = self._blocks.get(offset >> _SHIFT)
        return block is None or not block[offset & _MASK]

    def next_free(self, offset: int) -> int:
        """Return the first free offset from this one on, or -1."""
        while offset < self.size:
            number = self._full.find(0, offset >> _SHIFT)
            if number < 0:
                return -1
            if number > offset >> _SHIFT:
                offset = number << _SHIFT
            block = self._blocks.get(number)
            if block is None:
                return offset
            found = block.find(0, offset & _MASK)
            if found >= 0:
                return (number << _SHIFT) + found
            offset = (number + 1) << _SHIFT
        return -1

    def nth_free(self, start: int, skip: int) -> int:
        """Return the free offset behind ``skip`` others, from ``start`` on and round again, or -1."""
        for offset, high in ((start, self.size), (0, start)):
            while offset < high:
                number = offset >> _SHIFT
                base = number << _SHIFT
                end = min(base + _BLOCK, high)
                block = self._blocks.get(number)
                found = end - offset if block is None else block.count(0, offset - base, end - base)
                if skip < found:
                    return offset + skip if block is None else base + _nth_zero(block, offset - base, end - base, skip)
                skip -= found
                offset = end
        return -1

    def begin_queue(self, anew: bool = False) -> None:
        """Keep the order in which addresses are offered or become free from now on. ``anew``: forget that of before."""
        if anew:
            self.queue = None
        if self.queue is None:
            self.queue = FreeQueue(self.copy())

    def _mark(self, offset: int, mark: int, marked: bool) -> None:
        if self.queue is not None:
            self.queue.mark(offset, mark, marked)
        number = offset >> _SHIFT
        block = self._blocks.get(number)
        if not marked:
            if block is not None:
                self._clear(offset, block, mark)
            return
        if block is None:
            block = self._create(number)
        marks = block[offset & _MASK]
        if not marks:
            self._fill(number)
        block[offset & _MASK] = marks | mark

    def _fill(self, number: int, more: int = 1) -> None:
        """One more of a block is kept back, or several more."""
        left = self._free[number] - more
        self._free[number] = left
        self.kept_back += more
        if not left:
            self._full[number] = 1

    def _create(self, number: int) -> bytearray:
        block = self._blocks[number] = bytearray(min(_BLOCK, self.size - (number << _SHIFT)))
        self._free[number] = len(block)
        return block

    def _clear(self, offset: int, block: bytearray, mark: int) -> None:
        marks = block[offset & _MASK]
        if marks & mark:
            block[offset & _MASK] = marks & ~mark
            if marks == mark:
                number = offset >> _SHIFT
                self._free[number] += 1
                self._full[number] = 0
                self.kept_back -= 1


class FreeQueue:
    """The free offsets that have been offered or in use, those first that were free longest.

    ``used`` has the marks of the pool, and a queued offset counts as taken: what is free in it is free and was never
    used. So one of these is found as fast as a free address. Beyond ``LONGEST`` the oldest count as never used again.
    """

    __slots__ = ("used", "_order")

    def __init__(self, used: AddressMap) -> None:
        self.used = used
        # not a dict: to find its first key takes a walk over all that were removed before it
        self._order: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._order)

    def copy(self) -> FreeQueue:
        """Return a queue of its own with the same order."""
        made = FreeQueue(self.used.copy())
        made._order = self._order.copy()
        return made

    def put(self, offset: int) -> None:
        """Put a free offset behind all others."""
        order = self._order
        if offset in order:
            order.move_to_end(offset)
            return
        self.used.take(offset)
        order[offset] = None
        if len(order) > LONGEST:
            oldest, _ = order.popitem(last=False)
            self.used.free(oldest)

    def follow(self, before: FreeQueue, of: AddressMap) -> None:
        """Continue the order of an earlier queue with what is free in the map ``of``, to which this queue belongs."""
        for offset in before._order:
            if offset < of.size and of.is_free(offset):
                self.put(offset)

    def oldest(self) -> int:
        """Return the offset that was free longest, or -1."""
        for offset in self._order:
            return offset
        return -1

    def drop(self, offset: int) -> None:
        """Leave out an offset that cannot be given: it is no longer one of the queue, nor one never used."""
        self._order.pop(offset, None)
        self.used.take(offset)

    def take(self, offset: int) -> None:
        """Note that an offset is taken."""
        if offset in self._order:
            del self._order[offset]  # it counts as taken already
        else:
            self.used.take(offset)

    def take_all(self, addresses: Sequence[int], first: int) -> None:
        """``take`` for many, as in the map."""
        order = self._order
        if order:
            for address in addresses:
                order.pop(address - first, None)
        self.used.take_all(addresses, first)

    def free(self, offset: int, is_kept_back: bool) -> None:
        """Note that an offset is no longer taken. When one that is kept back is free later, it counts as never used."""
        if is_kept_back:
            self.used.free(offset)
        else:
            self.put(offset)

    def mark(self, offset: int, mark: int, marked: bool) -> None:
        """Note that an offset is kept back, or no longer."""
        if marked and offset in self._order:
            del self._order[offset]
            self.used.free(offset)
        self.used._mark(offset, mark, marked)


def _nth_zero(block: bytearray, low: int, high: int, skip: int) -> int:
    """Return the place of the zero behind ``skip`` others from ``low`` on; there is one before ``high``."""
    while high - low > 1:
        middle = (low + high) // 2
        found = block.count(0, low, middle)
        if skip < found:
            high = middle
        else:
            skip -= found
            low = middle
    return low
