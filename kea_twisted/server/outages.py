"""The times at which a database cannot be reached, and what they mean for the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kea_twisted.engine.service_state import DATABASE, ServiceState
from kea_twisted.interfaces import Outage


class Storage(Protocol):
    """The leases or reservations that may be out of reach."""

    def describe(self) -> str:
        """Return the storage as error texts name it."""

    def subscribe(self, observer: Callable[[Outage], object]) -> None:
        """Call the observer when the storage cannot be reached, and when it can be again."""


class Outages:
    """Disables the service while leases may be out of date, as far as the configuration says so.

    ``end`` ends the process with an exit value, ``origin`` is the number under which the service is disabled.
    """

    def __init__(
        self, storage: Storage, service_state: ServiceState, end: Callable[[int], None], origin: int = DATABASE
    ) -> None:
        self._storage = storage
        self._origin = origin
        self._service_state = service_state
        self._end = end
        self._reason = ""
        storage.subscribe(self._changed)

    @property
    def fault(self) -> str:
        """The reason why the storage cannot be reached, as a sentence; "" if it can."""
        return f"{self._storage.describe()} cannot be reached: {self._reason}" if self._reason else ""

    def _changed(self, outage: Outage) -> None:
        self._reason = outage.reason
        if outage.reason and outage.stops_service:
            self._service_state.database_lost(self._origin)
        else:
            self._service_state.database_found(self._origin)
        if outage.ends:
            self._end(1)
