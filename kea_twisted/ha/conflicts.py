"""The addresses that both servers gave to a client while they could not reach each other: for the log and alarms."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from kea_twisted import events as E
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text

MOST: Final = 200
"""Conflicts that are kept."""


UNKNOWN: Final = "one that only the partner knows"
"""In place of the hardware address of a client."""


class Conflict(NamedTuple):
    """An address, and the hardware addresses of the client of this server and of the partner's."""

    address: int
    own: str
    partner: str


class Conflicts:
    """The conflicts of a relationship; ``count`` is the number of all so far. The log has them at WARN."""

    def __init__(self, server: str, log: Log) -> None:
        self.recent: deque[Conflict] = deque(maxlen=MOST)
        self.count = 0
        self._server = server
        self._log = log

    def add(self, ours: Lease, theirs: Lease | None) -> None:
        """Add the conflict of two leases of an address; None: of the partner's, only its existence is known."""
        partner = UNKNOWN if theirs is None else theirs.hwaddr.hex(":")
        found = Conflict(ours.address, ours.hwaddr.hex(":"), partner)
        self.recent.append(found)
        self.count += 1
        self._log.emit(E.HA_LEASE_GIVEN_TWICE, self._server, address_text(found.address), found.own, found.partner)
