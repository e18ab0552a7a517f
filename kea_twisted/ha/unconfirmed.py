"""Lease updates and the replies to clients that wait for them."""

from __future__ import annotations

from kea_twisted.ha.delivery import Update
from kea_twisted.ha.outbox import Ticket
from kea_twisted.lease.lease import Change
from kea_twisted.wire.message import Message


class UpdateTicket(Ticket):
    """A reply that waits for the partner to take the updates of its decision."""

    __slots__ = ("left", "message")

    def __init__(self, left: int, message: Message) -> None:
        self.left = left  # updates still to be acknowledged; 0: the reply's fate is sealed
        self.message = message


class UnconfirmedUpdate(Update):
    """One update for one peer, and the replies that wait for it."""

    __slots__ = ("tickets", "tries", "again", "overtaken", "promised_before")

    def __init__(self, address: int, change: Change | None, tickets: list[UpdateTicket]) -> None:
        super().__init__(address, change)
        self.tickets = tickets
        self.tries = 1
        self.promised_before = False  # a client was answered about the address that the partner has not confirmed
        self.overtaken = False  # the lease has changed since, and nothing was sent about that
        self.again = False  # sent once more to a backup that had not confirmed it
