"""The log message of the library; refused commands are logged as those of a partner without permission."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import INFO, Event

NO_TLS: Final = Event(
    "RBAC_REQUEST_WITHOUT_TLS", INFO, "rbac-hooks", "received HTTP request without TLS, which is required (from {})",
    "it got 401",
)  # fmt: skip

EVENTS: Final = (NO_TLS,)
OWN: Final = EVENTS
"""The identifiers of Kea's library are not public."""
