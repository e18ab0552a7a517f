"""States of the partner that may be out of date: those from before the begin or the end of maintenance."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kea_twisted.ha.states import State

PERIOD: Final = 2.0
"""Seconds in which the partner may be late."""


class StaleStates:
    """The states that are ignored, and the time until which they are."""

    def __init__(self) -> None:
        self._states: Collection[State] = ()
        self._end = 0.0

    def begin(self, states: Collection[State], now: float) -> None:
        """Ignore these states for a while."""
        self._states, self._end = states, now + PERIOD

    def covers(self, state: State | None, now: float) -> bool:
        """Return True if a state is ignored at present."""
        return now < self._end and state in self._states
