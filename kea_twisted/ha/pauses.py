"""The states in which an operator wants the state table to stop (``state-machine`` in the configuration)."""

from __future__ import annotations

from collections.abc import Mapping

from kea_twisted.ha.states import State


class Pauses:
    """``configured`` is "always", "once" or "never" by state."""

    def __init__(self, configured: Mapping[State, str]) -> None:
        self._configured = configured
        self._visited: set[State] = set()

    def applies(self, state: State) -> bool:
        """Return True if there is a pause in a state that is entered now."""
        configured = self._configured.get(state, "never")
        paused = configured == "always" or (configured == "once" and state not in self._visited)
        self._visited.add(state)
        return paused
