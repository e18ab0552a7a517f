"""The times at which a database cannot be reached, and what they mean for the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

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


class _Lasting(NamedTuple):
    name: str
    origin: int
    outage: Outage


class LibraryOutages:
    """The times at which a database of a hook library cannot be reached, as ``Outages``."""

    def __init__(self, service_state: ServiceState, end: Callable[[int], None]) -> None:
        self._service_state = service_state
        self._end = end
        self._lasting: dict[object, _Lasting] = {}

    @property
    def fault(self) -> str:
        """The reasons for which clients get no answers, as a sentence; "" if there is none."""
        stops = [each for each in self._lasting.values() if each.outage.stops_service]
        return ", ".join([f"{name} cannot be reached: {outage.reason}" for name, _, outage in stops])

    def report(self, source: object, name: str, number: int, outage: Outage) -> None:
        """Note that a database cannot be reached, or can be again. ``number`` is that of its manager in Kea."""
        origin = DATABASE + number
        self._lasting.pop(source, None)
        if outage.reason:
            self._lasting[source] = _Lasting(name, origin, outage)
        if any(each.origin == origin and each.outage.stops_service for each in self._lasting.values()):
            self._service_state.database_lost(origin)
        else:
            self._service_state.database_found(origin)
        if outage.ends:
            self._end(1)
