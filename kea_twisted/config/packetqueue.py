"""The bound of the queries that wait: ``dhcp-queue-control``, or ``packet-queue-size`` of ``multi-threading``.

As in Kea, the first counts without multi-threading only, the second with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.config.text import Map
from kea_twisted.errors import Problems
from kea_twisted.jsonvalue import Json

RING: Final = "kea-ring4"
"""Kea's one type of queue; others come with libraries compiled for it."""
CAPACITY: Final = 64


def check_packet_queue(top: Map, problems: Problems) -> None:
    """Report a type of queue that is unsupported."""
    queue = top.get("dhcp-queue-control", Map())
    if has_ring(top) and queue.get("queue-type", RING) != RING:
        kind = queue["queue-type"]
        kea = f"Error setting packet queue controls after server reconfiguration: {_UNSUPPORTED.format(kind)}"
        problems.error(queue.place_of("queue-type"), f"{_UNSUPPORTED.format(kind)}; '{RING}' is", kea)


def packet_bound(top: Mapping[str, Json]) -> int:
    """Return the number of packets that may wait for the server; 0: no bound is configured."""
    if has_ring(top):
        return int(top["dhcp-queue-control"].get("capacity", CAPACITY)) or 1
    if _is_threaded(top):
        return int(top.get("multi-threading", {}).get("packet-queue-size", 0))
    return 0


def has_ring(top: Mapping[str, Json]) -> bool:
    """Return True if ``dhcp-queue-control`` is in force."""
    return _is_enabled(top) and not _is_threaded(top)


def is_overruled(top: Mapping[str, Json]) -> bool:
    """Return True if the queue is enabled, but multi-threading, too."""
    return _is_enabled(top) and _is_threaded(top)


def _is_enabled(top: Mapping[str, Json]) -> bool:
    return bool(top.get("dhcp-queue-control", {}).get("enable-queue"))


def _is_threaded(top: Mapping[str, Json]) -> bool:
    return bool(top.get("multi-threading", {}).get("enable-multi-threading", True))


_UNSUPPORTED: Final = "The type of the packet queue: '{}' is not supported"
