"""The time for which clients wait for a watched partner, and the end of it."""

from __future__ import annotations

from collections import deque

from kea_twisted.ha.failure import Link
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.unconfirmed import UpdateTicket
from kea_twisted.hooks.points import Step


class ClientWaits:
    """The replies that wait for the partner, each group of them with its end.

    A partner that is not watched has all the time it needs.
    """

    def __init__(self, watch: Watch, link: Link, outbox: Outbox) -> None:
        self._watch = watch
        self._link = link
        self._outbox = outbox
        self._new: list[UpdateTicket] = []  # tickets of this turn, whose time is not known yet
        self._waiting: deque[tuple[float, list[UpdateTicket]]] = deque()  # and those of earlier ones, with their end

    def add(self, ticket: UpdateTicket) -> None:
        """Let a ticket wait from ``note_time`` on."""
        if self._watch.enabled:
            self._new.append(ticket)

    def note_time(self, now: float) -> None:
        """Start the wait of the tickets of this turn."""
        if self._new:
            self._waiting.append((now + self._watch.client_wait, self._new))
            self._new = []

    @property
    def deadline(self) -> float | None:
        """The time at which ``overdue`` will have something to do."""
        waiting = self._waiting
        while waiting and not any(ticket.left for ticket in waiting[0][1]):
            waiting.popleft()
        return waiting[0][0] if waiting else None

    def overdue(self, now: float) -> bool:
        """Return True if a client has waited long enough: all that wait are answered, the addresses stay owed."""
        if not self._waiting or now < self._waiting[0][0] or self.deadline is None:
            return False
        if now < self._waiting[0][0]:
            return False
        self.end_all()
        return True

    def end_all(self) -> None:
        """Answer all that wait; the addresses stay owed."""
        self._end_all(Step.CONTINUE)

    def drop_all(self) -> None:
        """Answer none of those that wait; their clients ask again, and the addresses stay owed."""
        self._end_all(Step.DROP)

    def _end_all(self, step: Step) -> None:
        self.note_time(0.0)
        waiting, self._waiting = self._waiting, deque()
        for _, tickets in waiting:
            for ticket in tickets:
                if ticket.left > 0:
                    ticket.left = 0
                    self._link.unsent_updates += 1
                    self._outbox.finish(ticket, step)
