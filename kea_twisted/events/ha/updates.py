"""High availability: lease updates to the partner, and those that waited for it."""

from __future__ import annotations

from kea_twisted.events.event import ERROR, INFO, WARN, Event

HA_LEASE_UPDATE_COMMUNICATIONS_FAILED = Event(
    "HA_LEASE_UPDATE_COMMUNICATIONS_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to send lease update {} to {}: {}",
    "the client gets no ACK and will ask again",
)
HA_LEASE_UPDATE_FAILED = Event(
    "HA_LEASE_UPDATE_FAILED",
    WARN,
    "ha-hooks",
    "{}: lease update {} sent to {} failed: {}",
    "the client gets no ACK and will ask again",
)
HA_LEASE_UPDATE_CONFLICT = Event(
    "HA_LEASE_UPDATE_CONFLICT",
    WARN,
    "ha-hooks",
    "{}: lease update {} sent to {} returned conflict status code: {}",
    "the lease tables or the subnets of the two differ; the client gets no ACK",
)
HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION = Event(
    "HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION",
    ERROR,
    "ha-hooks",
    "{}: too many rejected lease updates cause the HA service to terminate",
    "max-rejected-lease-updates clients are waiting",
)
HA_LEASES_BACKLOG_START = Event(
    "HA_LEASES_BACKLOG_START",
    INFO,
    "ha-hooks",
    "{}: starting to send {} outstanding lease updates to {}",
    "the link is back; these collected meanwhile",
)
HA_LEASES_BACKLOG_SUCCESS = Event(
    "HA_LEASES_BACKLOG_SUCCESS",
    INFO,
    "ha-hooks",
    "{}: sending lease updates backlog to {} successful in {}",
    "the partner knows everything again",
)
HA_LEASES_BACKLOG_NOTHING_TO_SEND = Event(
    "HA_LEASES_BACKLOG_NOTHING_TO_SEND",
    INFO,
    "ha-hooks",
    "{}: no leases in backlog after communication recovery",
    "the link is back, and nothing happened meanwhile",
)
HA_LEASES_BACKLOG_COMMUNICATIONS_FAILED = Event(
    "HA_LEASES_BACKLOG_COMMUNICATIONS_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to communicate with {} while sending lease updates backlog: {}",
    "the link broke again",
)
HA_LEASES_BACKLOG_FAILED = Event(
    "HA_LEASES_BACKLOG_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to send lease updates backlog to {}: {}",
    "the partner will be told to fetch all leases",
)
HA_RESET_COMMUNICATIONS_FAILED = Event(
    "HA_RESET_COMMUNICATIONS_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to send ha-reset command to {}: {}",
    "it is tried again after the next heartbeat",
)
HA_RESET_FAILED = Event(
    "HA_RESET_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to reset HA state machine of {}: {}",
    "it is tried again after the next heartbeat",
)
HA_LEASE_UPDATE_CREATE_UPDATE_FAILED_ON_PEER = Event(
    "HA_LEASE_UPDATE_CREATE_UPDATE_FAILED_ON_PEER",
    INFO,
    "ha-hooks",
    "{}: failed to create or update the lease having type {} for address {}, reason: {}",
    "the lease of a group of updates that the partner did not take; see HA_LEASE_UPDATE_FAILED",
)
HA_LEASE_UPDATE_DELETE_FAILED_ON_PEER = Event(
    "HA_LEASE_UPDATE_DELETE_FAILED_ON_PEER",
    INFO,
    "ha-hooks",
    "{}: failed to delete the lease having type {} for address {}, reason: {}",
    "the deletion of a group of updates that the partner did not take",
)
