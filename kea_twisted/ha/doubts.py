"""Doubts about the partner's state: after the begin or end of maintenance what it says may be from before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kea_twisted.ha.states import State

PERIOD: Final = 2.0
"""Seconds in which the partner may be late."""


class Doubts:
    """The states that are not believed, and until when."""

    def __init__(self) -> None:
        self._states: Collection[State] = ()
        self._end = 0.0

    def begin(self, states: Collection[State], now: float) -> None:
        """Do not believe these states for a while."""
        self._states, self._end = states, now + PERIOD

    def cover(self, state: State | None, now: float) -> bool:
        """Return True if a state is not believed at present."""
        return now < self._end and state in self._states
