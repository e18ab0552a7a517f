"""High availability: fetching, comparing and repairing leases."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

HA_SYNC_START = Event(
    "HA_SYNC_START",
    INFO,
    "ha-hooks",
    "{}: starting lease database synchronization with {}",
    "the partner's leases are fetched page by page",
)
HA_SYNC_SUCCESSFUL = Event(
    "HA_SYNC_SUCCESSFUL",
    INFO,
    "ha-hooks",
    "{}: lease database synchronization with {} completed successfully in {}",
    "this server knows what the partner knows",
)
HA_SYNC_FAILED = Event(
    "HA_SYNC_FAILED",
    ERROR,
    "ha-hooks",
    "{}: lease database synchronization with {} failed: {}",
    "it is tried again after the next good heartbeat",
)
HA_LEASES_SYNC_LEASE_PAGE_RECEIVED = Event(
    "HA_LEASES_SYNC_LEASE_PAGE_RECEIVED", INFO, "ha-hooks", "{}: received {} leases from {}", "one page"
)
HA_LEASES_SYNC_APPLIED_LEASES = Event(
    "HA_LEASES_SYNC_APPLIED_LEASES",
    INFO,
    "ha-hooks",
    "{}: applied {} leases received from the partner in the local lease database",
    "those of the page that were newer than ours",
)
HA_LEASES_SYNC_COMMUNICATIONS_FAILED = Event(
    "HA_LEASES_SYNC_COMMUNICATIONS_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to communicate with {} while syncing leases: {}",
    "no answer to lease4-get-page",
)
HA_LEASES_SYNC_FAILED = Event(
    "HA_LEASES_SYNC_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to synchronize leases with {}: {}",
    "the partner refused lease4-get-page: does it load libdhcp_lease_cmds?",
)
HA_LEASE_SYNC_STALE_LEASE4_SKIP = Event(
    "HA_LEASE_SYNC_STALE_LEASE4_SKIP",
    DEBUG,
    "ha-hooks",
    "{}: skipping stale lease {} in subnet {}",
    "ours is as new or newer",
    debuglevel=40,
)
HA_LEASE_GIVEN_TWICE = Event(
    "HA_LEASE_GIVEN_TWICE",
    WARN,
    "ha-hooks",
    "{}: the address {} was given to two clients, {} and {}, while the servers could not reach each other; "
    "the newer lease stays",
    "both served alone; the client with the older lease gets another address when it asks again",
)
HA_LEASES_COMPARED = Event(
    "HA_LEASES_COMPARED",
    DEBUG,
    "ha-hooks",
    "{}: compared leases with {}: {} lease(s) in {} subnet(s)",
    "by digests, in idle time or by ha-repair",
    debuglevel=40,
)
HA_LEASES_REPAIRED = Event(
    "HA_LEASES_REPAIRED",
    WARN,
    "ha-hooks",
    "{}: subnet {}: {} had {} other lease(s): {} taken from it, {} sent to it, {} deleted there",
    "the lease tables of the two differed and are equal again",
)
HA_LEASES_COMPARISON_FAILED = Event(
    "HA_LEASES_COMPARISON_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to compare leases with {}: {}",
    "it is tried again later",
)
HA_LEASE_SYNC_FAILED = Event(
    "HA_LEASE_SYNC_FAILED",
    WARN,
    "ha-hooks",
    "{}: synchronization failed for lease: {}, reason: {}",
    "this one lease was left out",
)
HA_SYNC_COMPLETE_NOTIFY_COMMUNICATIONS_FAILED = Event(
    "HA_SYNC_COMPLETE_NOTIFY_COMMUNICATIONS_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to send ha-sync-complete-notify to {}: {}",
    "the partner serves again when its max-period ends",
)
HA_SYNC_COMPLETE_NOTIFY_FAILED = Event(
    "HA_SYNC_COMPLETE_NOTIFY_FAILED",
    ERROR,
    "ha-hooks",
    "{}: error processing ha-sync-complete-notify command on {}: {}",
    "the partner serves again when its max-period ends",
)
HA_DHCP_DISABLE_COMMUNICATIONS_FAILED = Event(
    "HA_DHCP_DISABLE_COMMUNICATIONS_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to send request to disable DHCP service of {}: {}",
    "no synchronization without it",
)
HA_DHCP_DISABLE_FAILED = Event(
    "HA_DHCP_DISABLE_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to disable DHCP service of {}: {}",
    "no synchronization without it",
)
HA_DHCP_ENABLE_COMMUNICATIONS_FAILED = Event(
    "HA_DHCP_ENABLE_COMMUNICATIONS_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to send request to enable DHCP service of {}: {}",
    "the partner serves again when its max-period ends",
)
HA_DHCP_ENABLE_FAILED = Event(
    "HA_DHCP_ENABLE_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to enable DHCP service of {}: {}",
    "the partner serves again when its max-period ends",
)
