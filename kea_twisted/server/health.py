"""The server's ability to do its part: hear clients, and store their leases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import Sockets
from kea_twisted.interfaces import Clock, Timer
from kea_twisted.server.channels import Channels
from kea_twisted.server.perform import Performer

RETRY: Final = 0.5
"""Seconds between two attempts to write what a full disk has refused."""


class Health:
    """``changed`` is called with the reason why this server cannot serve, "" when it can, on each change."""

    def __init__(self, clock: Clock, sockets: Sockets, performer: Performer, changed: Callable[[str], object]) -> None:
        self._clock = clock
        self._sockets = sockets
        self._performer = performer
        self._changed = changed
        self._said = ""
        self._timer: Timer | None = None
        self._stopped = False
        sockets.subscribe(self.look)
        performer.subscribe(self.look)

    @property
    def fault(self) -> str:
        """The reason why this server cannot serve; "" if it can."""
        return self._performer.fault or self._sockets.deaf

    def look(self) -> None:
        """Report a change, if there is one, and write what the lease file lacks before long."""
        if self._stopped:
            return
        if self._performer.fault and self._timer is None:
            self._timer = self._clock.callLater(RETRY, self._retry)
        fault = self.fault
        if fault != self._said:
            self._said = fault
            self._changed(fault)

    def stop(self) -> None:
        """Report no more changes."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _retry(self) -> None:
        self._timer = None
        self._performer.write_owed()
        self.look()


def sockets_status(
    sockets: Sockets, ports: OpenPorts, channels: Channels, faults: Iterable[str]
) -> Mapping[str, object]:
    """Return ``sockets`` of status-get: everything that cannot be opened or written, and why.

    ``faults`` are those of the lease storage, "" for none.
    """
    complaints = [*sockets.complaints.values(), *channels.complaints]
    complaints += filter(None, faults)
    if not ports.listening and not sockets.complaints:
        complaints.append("no interface is listened on")
    if complaints:
        return {"status": "retrying" if channels.is_retrying else "failed", "errors": complaints}
    return {"status": "ready"}
