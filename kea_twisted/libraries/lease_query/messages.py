"""The log messages of the library."""

from __future__ import annotations

from typing import Final

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

_LOGGER: Final = "lease-query-hooks"


def _event(identifier: str, severity: int, text: str, meaning: str, level: int = 0) -> Event:
    return Event(identifier, severity, _LOGGER, text, meaning, debuglevel=level)


LOADED: Final = _event(
    "LEASE_QUERY_LOAD_OK", INFO, "Lease Query hooks library loaded successfully.", "requesters are answered"
)
UNLOADED: Final = _event(
    "LEASE_QUERY_UNLOAD_OK", INFO, "Lease Query hooks library unloaded successfully.", "requesters are not answered"
)
RECEIVED: Final = _event("DHCP4_LEASE_QUERY_RECEIVED", DEBUG, "received query: {}", "it is checked and answered", 40)
SENT: Final = _event(
    "DHCP4_LEASE_QUERY_RESPONSE_SENT", DEBUG, "response: {}, sent to {}:{}", "the answer to a leasequery", 40
)
PROCESS_FAILED: Final = _event(
    "DHCP4_LEASE_QUERY_PROCESS_FAILED", DEBUG, "processing failed for lease query: {}, reason: {}",
    "the query is dropped", 40,
)  # fmt: skip
UNPACK_FAILED: Final = _event(
    "DHCP4_LEASE_QUERY_PACKET_UNPACK_FAILED", DEBUG,
    "failed to parse query from {} to {}, received over interface {}, reason: {}", "the query is dropped", 40,
)  # fmt: skip
REJECTED: Final = _event(
    "BULK_LEASE_QUERY_REJECTED_CONNECTION", ERROR, "A new bulk lease query connection from {} was rejected: {}",
    "it is closed",
)  # fmt: skip
NOT_LISTENING: Final = _event(
    "BULK_LEASE_QUERY_LISTENER_START_FAILED", ERROR,
    "Bulk lease query listener thread pool could not be started, error {}", "tried again every five seconds",
)  # fmt: skip
EMPTY: Final = _event(
    "BULK_LEASE_QUERY_EMPTY_REQUEST", ERROR, "A bulk lease query packet received from {} is empty.",
    "the connection is closed",
)  # fmt: skip
UNPACK_ERROR: Final = _event(
    "BULK_LEASE_QUERY_UNPACK_ERROR", ERROR,
    "A bulk lease query packet received from {}, could not be unpacked, error: {}", "the connection is closed",
)  # fmt: skip
WRONG_TYPE: Final = _event(
    "BULK_LEASE_QUERY4_UNSUPPORTED_MSG_TYPE", ERROR,
    "Dropping packet with an unsupported DHCPv4 message type {} received from: {}", "the connection is closed",
)  # fmt: skip
BULK_RECEIVED: Final = _event(
    "BULK_LEASE_QUERY_QUERY_RECEIVED",
    DEBUG,
    "A bulk lease query packet received from {}, details: {}",
    "a query over TCP",
    40,
)
BULK_SENT: Final = _event(
    "BULK_LEASE_QUERY_RESPONSE_SENT",
    DEBUG,
    "A bulk lease query response sent to {}, details: {}",
    "an answer over TCP",
    40,
)
DUPLICATE: Final = _event(
    "BULK_LEASE_QUERY_DUPLICATE_XID", WARN, "Dropping query from: {}, transaction id {} is a duplicate",
    "the earlier query goes on",
)  # fmt: skip
QUEUED: Final = _event(
    "BULK_LEASE_QUERY_AT_MAX_CONCURRENT_QUERIES", DEBUG,
    "Queuing query from: {}, details: {}, connection already has {} queries in progress", "it waits", 40,
)  # fmt: skip
DEQUEUED: Final = _event(
    "BULK_LEASE_QUERY_DEQUEUED",
    DEBUG,
    "A query from {}, details: {}, dequeued.",
    "it has waited, and is answered now",
    40,
)

LISTENING: Final = _event(
    "LEASE_QUERY_LISTENING", INFO, "bulk leasequeries are taken at {} port {}", "the port is open"
)  # fmt: skip
WITHHELD: Final = _event(
    "LEASE_QUERY_LINES_WITHHELD", WARN, "{} more lines about connections of {} hosts", "of the last minute"
)  # fmt: skip

OWN: Final = (LISTENING, WITHHELD)
EVENTS: Final = (
    LOADED, UNLOADED, RECEIVED, SENT, PROCESS_FAILED, UNPACK_FAILED, REJECTED, NOT_LISTENING, EMPTY, UNPACK_ERROR,
    WRONG_TYPE, BULK_RECEIVED, BULK_SENT, DUPLICATE, QUEUED, DEQUEUED, *OWN,
)  # fmt: skip
