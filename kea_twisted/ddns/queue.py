"""Requests that wait and transactions under way: one at a time for a DHCID (Kea: d2_queue_mgr.cc, d2_update_mgr.cc)."""

from __future__ import annotations

from collections import deque
from typing import Final

from kea_twisted.ddns.request import NameChange
from kea_twisted.ddns.transaction import Transaction

MAX_QUEUE: Final = 1024
RESUME_AT: Final = MAX_QUEUE * 80 // 100
MAX_TRANSACTIONS: Final = 32


class Queue:
    """The requests that wait, in their order, and the transactions by DHCID."""

    def __init__(self) -> None:
        self.waiting: deque[NameChange] = deque()
        self.active: dict[bytes, Transaction] = {}

    def put(self, request: NameChange) -> None:
        """Add a request."""
        self.waiting.append(request)

    @property
    def is_full(self) -> bool:
        """True if no more requests should be read."""
        return len(self.waiting) >= MAX_QUEUE

    @property
    def can_resume(self) -> bool:
        """True if requests may be read again after the queue was full."""
        return len(self.waiting) <= RESUME_AT

    @property
    def has_room(self) -> bool:
        """True if another transaction may start."""
        return len(self.active) < MAX_TRANSACTIONS

    def take(self) -> NameChange | None:
        """Remove and return the first request whose DHCID has no transaction under way; None if there is none."""
        for place, request in enumerate(self.waiting):
            if request.dhcid not in self.active:
                del self.waiting[place]
                return request
        return None
