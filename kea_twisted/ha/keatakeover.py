"""Standing aside in front of a Kea: it takes over from a partner that says it is in maintenance.

A failed heartbeat alone would move a Kea after ``max-response-delay`` and many waiting clients. It leaves the state
partner-in-maintenance only for a partner that does not answer, so the way back begins with heartbeats that fail.

It is also asked to take over at once (``ha-maintenance-start``). A Kea from 3.0 on refuses that by default
(``restrict-commands``) and takes over after its next heartbeat.
"""

from __future__ import annotations

from kea_twisted.ha.failure import Link
from kea_twisted.ha.states import State


class KeaTakeover:
    """``active`` from the moment when this server cannot serve until the Kea has left the state it took over in."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.active = False
        self._is_asked = False  # the Kea was asked to take over, and has not answered
        self._able_since: int | None = None  # heartbeats sent when this server could serve again; None: it cannot

    def begin(self) -> None:
        """This server cannot serve, and its partner is a Kea."""
        self.active = True
        self._able_since = None

    def asked(self) -> None:
        """The Kea is asked to take over: until it has answered, its state is not known."""
        self._is_asked = True

    def answered(self, count: int) -> None:
        """It has answered, after so many heartbeats were sent to it."""
        self._is_asked = False
        if self._able_since is not None:
            self._able_since = count

    def able(self, count: int) -> None:
        """This server can serve again, having sent so many heartbeats."""
        self._able_since = count

    @property
    def shown_state(self) -> State | None:
        """The state to show to the Kea; None: none, its heartbeats are to fail."""
        return State.IN_MAINTENANCE if self._able_since is None else None

    def heartbeat_ended(self, count: int) -> None:
        """A heartbeat was answered or failed, of so many that were sent: the Kea may have moved."""
        if self.active and self._able_since is not None and count > self._able_since and not self._is_asked:
            self.active = self._link.partner_state is State.PARTNER_IN_MAINTENANCE
