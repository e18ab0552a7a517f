"""The moments of a query on its way (Kea: the packet events), for the libraries that measure the time in between."""

from __future__ import annotations

from typing import Final, NamedTuple

SOCKET_RECEIVED: Final = "socket_received"
BUFFER_READ: Final = "buffer_read"
PROCESS_STARTED: Final = "process_started"
PROCESS_COMPLETED: Final = "process_completed"


class Moment(NamedTuple):
    """An event of a query, in seconds since the epoch."""

    event: str
    time: float


class Timeline:
    """The moments of one query in order, and the subnet that was chosen for it (0: none).

    ``received`` is when the kernel had the datagram, 0.0 if that is not known, ``read`` when the server read it.
    """

    __slots__ = ("moments", "subnet_id")

    def __init__(self, received: float, read: float) -> None:
        self.moments: list[Moment] = [Moment(SOCKET_RECEIVED, received)] if received else []
        self.moments.append(Moment(BUFFER_READ, read))
        self.subnet_id = 0

    def add(self, event: str, now: float) -> None:
        """Note that something happened to the query."""
        self.moments.append(Moment(event, now))
