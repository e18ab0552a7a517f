"""High availability: queries and leases that the library looks at on their way."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, Event

HA_LOAD_BALANCING_IDENTIFIER_MISSING = Event(
    "HA_LOAD_BALANCING_IDENTIFIER_MISSING",
    DEBUG,
    "ha-hooks",
    "{}: load balancing failed for the DHCPv4 message (transaction id: {}) because HW address and client "
    "identifier are missing",
    "neither server can tell whose client it is",
    debuglevel=40,
)
HA_LOAD_BALANCING_LEASE_IDENTIFIER_MISSING = Event(
    "HA_LOAD_BALANCING_LEASE_IDENTIFIER_MISSING",
    DEBUG,
    "ha-hooks",
    "{}: load balancing failed for the DHCPv4 lease {} because HW address and client identifier are missing",
    "it is reclaimed only in the state terminated",
    debuglevel=40,
)
HA_SUBNET4_SELECT_NO_SUBNET_SELECTED = Event(
    "HA_SUBNET4_SELECT_NO_SUBNET_SELECTED",
    DEBUG,
    "ha-hooks",
    "{}: unable to determine HA relationship because no subnet has been selected for the client",
    "with several relationships the subnet tells which; with one, only the partner has a subnet for the client",
    debuglevel=40,
)
HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET = Event(
    "HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET",
    ERROR,
    "ha-hooks",
    "{}: unable to determine HA relationship because selected subnet {} lacks the ha-server-name",
    "its user-context must name one of the peers",
)
HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME = Event(
    "HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME",
    ERROR,
    "ha-hooks",
    "{}: invalid ha-server-name value for subnet {}",
    "it must be a string that is not empty",
)
HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET = Event(
    "HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET",
    ERROR,
    "ha-hooks",
    "{}: HA relationship not found for {}",
    "no peer has the ha-server-name of the subnet",
)
HA_SUBNET4_SELECT_NOT_FOR_US = Event(
    "HA_SUBNET4_SELECT_NOT_FOR_US",
    DEBUG,
    "ha-hooks",
    "{}: dropping query in relationship {} to be processed by another server",
    "the partner's client",
    debuglevel=40,
)
HA_BUFFER4_RECEIVE_NOT_FOR_US = Event(
    "HA_BUFFER4_RECEIVE_NOT_FOR_US",
    DEBUG,
    "ha-hooks",
    "{}: dropping query to be processed by another server",
    "the partner's client",
    debuglevel=40,
)
HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE = Event(
    "HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE",
    DEBUG,
    "ha-hooks",
    "{}: leases4_committed callout was invoked without any leases",
    "nothing changed",
    debuglevel=40,
)
HA_LEASES4_COMMITTED_NO_RELATIONSHIP = Event(
    "HA_LEASES4_COMMITTED_NO_RELATIONSHIP",
    ERROR,
    "ha-hooks",
    "{}: HA relationship not found: {}",
    "a lease of a subnet that names no peer was given up; no update is sent",
)
HA_LEASE4_EXPIRE_INVALID_HA_SERVER_NAME = Event(
    "HA_LEASE4_EXPIRE_INVALID_HA_SERVER_NAME",
    ERROR,
    "ha-hooks",
    "{}: invalid ha-server-name value for subnet {}",
    "it must be a string that is not empty; the lease is reclaimed",
)
HA_LEASE4_EXPIRE_RECLAMATION_SKIP = Event(
    "HA_LEASE4_EXPIRE_RECLAMATION_SKIP",
    DEBUG,
    "ha-hooks",
    "{}: skipping reclamation of the lease that belongs to a partner",
    "only while terminated",
    debuglevel=40,
)
HA_BUFFER4_RECEIVE_FAILED = Event(
    "HA_BUFFER4_RECEIVE_FAILED",
    ERROR,
    "ha-hooks",
    "buffer4_receive callout failed: {}",
    "a fault of this server; HOOKS_CALLOUT_EXCEPTION follows",
)
HA_SUBNET4_SELECT_FAILED = Event(
    "HA_SUBNET4_SELECT_FAILED",
    ERROR,
    "ha-hooks",
    "subnet4_select callout failed: {}",
    "a fault of this server; HOOKS_CALLOUT_EXCEPTION follows",
)
HA_LEASES4_COMMITTED_FAILED = Event(
    "HA_LEASES4_COMMITTED_FAILED",
    ERROR,
    "ha-hooks",
    "leases4_committed callout failed: {}",
    "a fault of this server; HOOKS_CALLOUT_EXCEPTION follows",
)
HA_LEASE4_EXPIRE_FAILED = Event(
    "HA_LEASE4_EXPIRE_FAILED",
    ERROR,
    "ha-hooks",
    "lease4_expire callout failed: {}",
    "a fault of this server; HOOKS_CALLOUT_EXCEPTION follows",
)
HA_COMMAND_PROCESSED_FAILED = Event(
    "HA_COMMAND_PROCESSED_FAILED",
    ERROR,
    "ha-hooks",
    "command_processed callout failed: {}",
    "status-get cannot describe a relationship; a fault of this server",
)
