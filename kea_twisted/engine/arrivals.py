"""Counters and log lines of queries that arrive, and of those dropped before they are an exchange."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.engine.core import Core
from kea_twisted.engine.dropreport import IGNORED
from kea_twisted.engine.effects import Query
from kea_twisted.errors import OPTION, MalformedPacket
from kea_twisted.wire import identity
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import DECLINE, DISCOVER, INFORM, RELEASE, REQUEST

RECEIVED: Final = "pkt4-received"
DISABLED: Final = ("pkt4-service-disabled", "pkt4-receive-drop")
NOT_FOR_US: Final = ("pkt4-not-for-us", "pkt4-receive-drop")
DISABLED_ON_ARRIVAL: Final = (RECEIVED, *DISABLED)
NOT_FOR_US_ON_ARRIVAL: Final = (RECEIVED, *NOT_FOR_US)
BY_TYPE: Final = {
    DISCOVER: (RECEIVED, "pkt4-discover-received"),
    2: (RECEIVED, "pkt4-offer-received"),
    REQUEST: (RECEIVED, "pkt4-request-received"),
    DECLINE: (RECEIVED, "pkt4-decline-received"),
    5: (RECEIVED, "pkt4-ack-received"),
    6: (RECEIVED, "pkt4-nak-received"),
    RELEASE: (RECEIVED, "pkt4-release-received"),
    INFORM: (RECEIVED, "pkt4-inform-received"),
}
OTHER_TYPE: Final = (RECEIVED, "pkt4-unknown-received")


def count_left(core: Core, is_taken: bool) -> None:
    """Count a query that a hook library drops as another server's, or has taken to answer it itself."""
    if is_taken:
        core.statistics.count(RECEIVED)
    else:
        core.statistics.count_all(NOT_FOR_US_ON_ARRIVAL)


def report_disabled_arrival(core: Core, query: Query) -> None:
    """Count a query as received, log and count that it came while the service is disabled."""
    core.statistics.count(RECEIVED)
    report_disabled(core, query)


def report_disabled(core: Core, query: Query) -> None:
    """Log and count a query that comes while the service is disabled."""
    if E.DHCP4_PACKET_DROP_0008 in core.log.enabled:
        core.log.emit(E.DHCP4_PACKET_DROP_0008, identity.label(query.message))
    core.statistics.count_all(DISABLED)


def report_malformed(core: Core, query: Query, error: MalformedPacket) -> None:
    """Log and count a query with an option that cannot be unpacked."""
    message = query.message
    core.statistics.count(RECEIVED)
    core.drops.malformed(
        MalformedPacket(str(error), OPTION), E.DHCP4_PACKET_DROP_0001, core.statistics.now,
        identity.label(message), address_text(query.source), address_text(query.destination),
        query.interface.name, error, identity.hwaddr_text(message),
    )  # fmt: skip


def report_ignored(core: Core, query: Query, codes: tuple[int, ...]) -> None:
    """Log and count a query with options that are ignored, as they cannot be unpacked."""
    core.statistics.count(IGNORED)
    if E.DHCP4_OPTIONS_IGNORED in core.log.enabled:
        text = ", ".join([str(code) for code in codes])
        core.log.emit(E.DHCP4_OPTIONS_IGNORED, identity.label(query.message), text)
