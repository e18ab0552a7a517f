"""The times at which the lease storage cannot be reached, and what they mean for the service."""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted.engine.service_state import ServiceState
from kea_twisted.interfaces import Outage
from kea_twisted.server.leasestorage import LeaseStorage


class Outages:
    """Disables the service while leases may be out of date, as far as the configuration says so.

    ``end`` ends the process with an exit value.
    """

    def __init__(self, storage: LeaseStorage, service_state: ServiceState, end: Callable[[int], None]) -> None:
        self._storage = storage
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
            self._service_state.database_lost()
        else:
            self._service_state.database_found()
        if outage.ends:
            self._end(1)
