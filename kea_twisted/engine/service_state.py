"""The state of the DHCP service: each origin disables and enables it under a name of its own.

The service is enabled while no origin has disabled it. The numbers are Kea's, because partners send them (``origin-id``
of dhcp-disable and dhcp-enable): 1 the operator, 1000 and up this server's own HA relationships, 2000 and up
their partners.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

USER: Final = 1
HA_LOCAL: Final = 1000
HA_PARTNER: Final = 2000
DATABASE: Final = 3000  # the connection to the lease database
HOSTS_DATABASE: Final = 3012  # those to the databases of reservations

_BY_NAME: Final = {"user": USER, "ha-local": HA_LOCAL, "ha-partner": HA_PARTNER}


def origin_number(origin: str | int) -> int:
    """``"user"``, ``"ha-partner"`` or a number -> the number. Raises ValueError for anything else."""
    if isinstance(origin, str):
        if origin not in _BY_NAME:
            raise ValueError(f"invalid value '{origin}' used for 'origin' parameter")
        return _BY_NAME[origin]
    if origin < USER or origin >= DATABASE:
        raise ValueError(f"invalid value '{origin}' used for 'origin-id' parameter")
    return origin


class ServiceState:
    """The origins that have disabled the service, and until when."""

    __slots__ = ("enabled", "fetches", "_until")

    def __init__(self) -> None:
        self.enabled = True
        # By the name of each HA partner: called when it begins to fetch leases. True: instead of switching the service
        # off, as the partner gets the difference later.
        self.fetches: dict[str, Callable[[], bool]] = {}
        self._until: dict[int, float | None] = {}

    @property
    def origins(self) -> frozenset[int]:
        """The origins that have the service disabled at present."""
        return frozenset(self._until)

    @property
    def deadline(self) -> float | None:
        """The time of the timers at which ``expire`` will enable something; None: never."""
        return min((until for until in self._until.values() if until is not None), default=None)

    def disable(self, origin: str | int, until: float | None = None, sender: object = None) -> None:
        """Disable the service for this origin; a later call replaces the ``until`` of an earlier one.

        A partner's request only signals that it begins to fetch leases, where what ``fetches`` has for it says so.
        ``sender`` is its name. One that gives none, as a Kea does, may be any of the partners: all relationships keep
        account of what changes from now on.
        """
        number = origin_number(origin)
        if HA_PARTNER <= number < DATABASE and self._is_signal(sender):
            return
        self._until[number] = until
        self.enabled = False

    def _is_signal(self, sender: object) -> bool:
        """Signal that a partner fetches leases; return True if the service goes on for every one that it may be."""
        if isinstance(sender, str) and sender in self.fetches:
            possible = [self.fetches[sender]]
        else:
            possible = list(self.fetches.values())
        goes_on = [begins() for begins in possible]
        return bool(goes_on) and all(goes_on)

    def enable(self, origin: str | int) -> None:
        """Enable the service for this origin."""
        self._until.pop(origin_number(origin), None)
        self.enabled = not self._until

    def database_lost(self, origin: int = DATABASE) -> None:
        """Disable the service until ``database_found``: what is in memory may be out of date."""
        self._until[origin] = None
        self.enabled = False

    def database_found(self, origin: int = DATABASE) -> None:
        """End what ``database_lost`` began."""
        self._until.pop(origin, None)
        self.enabled = not self._until

    def expire(self, now: float) -> None:
        """Enable the service for origins whose time (``max-period`` of dhcp-disable) is over."""
        for origin, until in list(self._until.items()):
            if until is not None and until <= now:
                del self._until[origin]
        self.enabled = not self._until

    def describe(self) -> dict[str, object]:
        """Return ``dhcp-state`` of status-get."""
        origins = sorted(self._until)
        return {
            "disabled-by-db-connection": [number for number in origins if number >= DATABASE],
            "disabled-by-local-command": [number for number in origins if HA_LOCAL <= number < HA_PARTNER],
            "disabled-by-remote-command": [number for number in origins if HA_PARTNER <= number < DATABASE],
            "disabled-by-user": USER in self._until,
            "globally-disabled": not self.enabled,
        }
