"""Frames with queries that were counted and not decoded, as another server's: the latest are kept for a while.

They are decoded only if this server begins to serve their clients.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Final

MOST: Final = 256
"""The number of frames that are kept for certain."""


class CountedFrames:
    """The latest frames, by reading turn."""

    __slots__ = ("_turns", "_number")

    def __init__(self) -> None:
        self._turns: deque[tuple[float, list[bytes]]] = deque()
        self._number = 0

    def note(self, frames: list[bytes]) -> None:
        """Keep the frames of a reading turn in place of the oldest ones."""
        turns = self._turns
        turns.append((monotonic(), frames))
        self._number += len(frames)
        while self._number - len(turns[0][1]) >= MOST:
            self._number -= len(turns.popleft()[1])

    def take(self) -> list[tuple[float, bytes]]:
        """Return the frames with their ages in seconds, the oldest first, and keep none."""
        turns, self._turns, self._number = self._turns, deque(), 0
        now = monotonic()
        return [(now - at, frame) for at, frames in turns for frame in frames]
