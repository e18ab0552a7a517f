"""The backlog under overload: DISCOVERs, as everything else goes first.

A client needs two answers to get an address. If packets were dropped at random, most of the work would go into offers
whose REQUEST is dropped: at four times its capacity a server would finish half as many exchanges as at its capacity.
So packets of an exchange under way, and renewals, are answered first, new clients as time is left; a DISCOVER that
has waited for too long is dropped: its client repeats it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

PATIENCE: Final = 0.25
"""Seconds that a DISCOVER may wait: well below the second or more after which a client gives up."""
MOST: Final = 8192  # frames; so many come within this time only in a flood

# A DISCOVER in an Ethernet frame without tags, in IPv4 without options, with its type in front: where nearly every
# client has it. Any other goes first, which is no harm.
_TYPE_AT: Final = 14 + 20 + 8 + 240
_DISCOVER: Final = b"\x35\x01\x01"


def is_discover(data: bytes, start: int) -> bool:
    """Return True if the frame that begins at ``start`` is a DISCOVER, judged without decoding it."""
    at = start + _TYPE_AT
    return data[at : at + 3] == _DISCOVER


class Backlog:
    """Frames of new clients, the oldest first. ``lost`` is how many were dropped since ``take_lost``.

    ``most`` of them are kept, the newest.
    """

    __slots__ = ("most", "_waiting", "_lost")

    def __init__(self) -> None:
        self.most = MOST
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._lost = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, data: bytes, now: float) -> None:
        """A frame came; the oldest has to go where there are too many."""
        while len(self._waiting) >= self.most:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append((now, data))

    def take(self, most: int, now: float) -> Iterator[bytes]:
        """Yield up to ``most`` of those that are not too old; these are dropped."""
        waiting, oldest = self._waiting, now - PATIENCE
        while waiting and waiting[0][0] < oldest:
            waiting.popleft()
            self._lost += 1
        for _ in range(min(most, len(waiting))):
            yield waiting.popleft()[1]

    def take_lost(self) -> int:
        """Return the number dropped since the last call."""
        lost, self._lost = self._lost, 0
        return lost

    def clear(self) -> None:
        """Drop all that waits: the port is closed."""
        self._waiting.clear()
