"""The time for which clients stay with the partner after the fault for which they were left to it.

Each hand-over costs clients a moment, so an interface that fails and works again in turn must not cause two at each
failure.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = 30
"""The longest wait, in return delays: five minutes by default."""

CALM: Final = 600.0
"""Seconds without a hand-over after which a fault is the first one again."""


class TakingBack:
    """``delay`` is the wait in seconds, which doubles with each hand-over; ``first`` is that of the first one.

    ``left_at`` is the time at which the clients were left to the partner; None: they are not. ``reason`` tells why
    they still are, although this server could serve; it waits until ``deadline``.
    """

    def __init__(self, first: float) -> None:
        self._first = first
        self.delay = first
        self.left_at: float | None = None
        self.reason = ""
        self.deadline: float | None = None
        self._taken_at = float("-inf")

    def left(self, now: float) -> None:
        """A fault: the clients are left to the partner, or stay there."""
        self.reason, self.deadline = "", None
        if self.left_at is None:
            self.left_at = now
            calm = now - self._taken_at > CALM
            self.delay = self._first if calm else min(2 * self.delay, LONGEST * self._first)

    def wait(self, now: float) -> None:
        """The fault is over; the clients are taken back if none follows."""
        self.deadline = now + self.delay
        self.reason = f"it could not serve until a moment ago, and waits for {self.delay:g} s without another fault"

    def taken(self, now: float) -> None:
        """The clients are this server's again."""
        if self.left_at is not None:
            self.left_at = self.deadline = None
            self.reason = ""
            self._taken_at = now
