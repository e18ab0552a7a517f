"""The time after a standstill: this server did not run (stopped, its machine paused) and its partner may serve since.

What clients sent meanwhile waits in the sockets and would be answered first. So nothing is answered before the partner
has said what it does, or has not answered. A partner of our own kind refuses updates of addresses that it has given
away; a Kea takes them all.
"""

from __future__ import annotations

from typing import Final

LATE: Final = 1.0
"""Seconds by which a timer of a second is late after a standstill. A partner takes over after two."""

PATIENCE: Final = 1.0
"""Seconds for which the partner's answer is awaited."""


class Standstill:
    """``holds`` while no client is answered."""

    __slots__ = ("holds", "_ended_at")

    def __init__(self) -> None:
        self.holds = False
        self._ended_at = 0.0

    def end(self, now: float) -> None:
        """The server runs again."""
        self.holds, self._ended_at = True, now

    @property
    def deadline(self) -> float | None:
        """The time at which waiting for the partner ends."""
        return self._ended_at + PATIENCE if self.holds else None

    def tick(self, now: float) -> None:
        """Go on without the partner if it is time."""
        if self.holds and now >= self._ended_at + PATIENCE:
            self.holds = False

    def answered(self, asked_at: float) -> None:
        """A heartbeat of this time was answered, or failed; one from before the standstill says nothing."""
        if asked_at >= self._ended_at:
            self.holds = False
