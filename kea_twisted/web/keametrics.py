"""The metrics of kea-exporter, by its names and labels, and the statistics of Kea that they show.

kea-exporter has them all as gauges. Here the packet counters are counters; what goes up and down under a name in
``_total`` has no type, as a gauge of such a name would be a fault.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.config.model import Pool, Subnet

PREFIX: Final = "kea_dhcp4_"


class PacketFamily(NamedTuple):
    """Counters of packets, by operation."""

    name: str
    text: str
    statistics: dict[str, str]  # by operation


class AddressFamily(NamedTuple):
    """A statistic of every subnet, and with ``by_pool`` of every pool."""

    name: str
    text: str
    statistic: str
    by_pool: bool = True


PACKETS: Final = (
    PacketFamily(
        "packets_sent_total",
        "Packets sent",
        {"ack": "pkt4-ack-sent", "nak": "pkt4-nak-sent", "offer": "pkt4-offer-sent"},
    ),
    PacketFamily(
        "packets_received_total",
        "Packets received",
        {
            **{
                kind: f"pkt4-{kind}-received"
                for kind in (
                    "discover", "offer", "request", "ack", "nak", "release", "decline", "inform", "unknown",
                )
            },
            "parse-failed": "pkt4-parse-failed",
            "drop": "pkt4-receive-drop",
        },
    ),
)  # fmt: skip

ADDRESSES: Final = (
    AddressFamily("addresses_total", "Addresses of the pools", "total-addresses"),
    AddressFamily("addresses_assigned_total", "Addresses that are assigned at present", "assigned-addresses"),
    AddressFamily("addresses_declined_total", "Addresses that are declined at present", "declined-addresses"),
    AddressFamily("addresses_reclaimed_total", "Expired leases that were reclaimed", "reclaimed-leases"),
    AddressFamily(
        "addresses_declined_reclaimed_total", "Declined addresses that were reclaimed", "reclaimed-declined-addresses"
    ),
    AddressFamily("reservation_conflicts_total", "Reserved addresses in use", "v4-reservation-conflicts", False),
    AddressFamily("leases_reused_total", "Leases that were confirmed as they were", "v4-lease-reuses", False),
)

FAILURES: Final = tuple(
    (f"v4-allocation-fail-{each}", each) for each in ("subnet", "shared-network", "no-pools", "classes")
)
"""The statistics of ``allocations_failed_total`` of a subnet, with their context. They exist once they have counted."""


def pools_by_id(subnet: Subnet) -> dict[int, Pool]:
    """Return the first pool of each id: pools of one id share their statistics."""
    return {pool.pool_id: pool for pool in reversed(subnet.pools)}
