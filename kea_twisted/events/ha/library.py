"""Loading the HA library, and its parameters."""

from __future__ import annotations

from kea_twisted.events.event import ERROR, INFO, WARN, Event

HA_INIT_OK = Event(
    "HA_INIT_OK",
    INFO,
    "ha-hooks",
    "loading High Availability hooks library successful",
    "the library is there; the relationship starts with the service",
)
HA_DEINIT_OK = Event(
    "HA_DEINIT_OK",
    INFO,
    "ha-hooks",
    "unloading High Availability hooks library successful",
    "the partner gets no more heartbeats",
)
HA_CONFIGURATION_SUCCESSFUL = Event(
    "HA_CONFIGURATION_SUCCESSFUL",
    INFO,
    "ha-hooks",
    "HA hook library has been successfully configured",
    "the parameters are right",
)
HA_CONFIG_LEASE_UPDATES_DISABLED = Event(
    "HA_CONFIG_LEASE_UPDATES_DISABLED",
    WARN,
    "ha-hooks",
    "{}: lease updates will not be generated",
    "the partner learns of leases by synchronization only",
)
HA_CONFIG_LEASE_SYNCING_DISABLED = Event(
    "HA_CONFIG_LEASE_SYNCING_DISABLED",
    WARN,
    "ha-hooks",
    "{}: lease database synchronization between HA servers is disabled",
    "a server that was away misses what happened",
)
HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER = Event(
    "HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER",
    WARN,
    "ha-hooks",
    '{}: unusual configuration where "send-lease-updates": {} and "sync-leases": {}',
    "usually both are on or both are off",
)
HA_CONFIG_AUTO_FAILOVER_DISABLED = Event(
    "HA_CONFIG_AUTO_FAILOVER_DISABLED",
    WARN,
    "ha-hooks",
    "{}: auto-failover disabled",
    "this server does not take over by itself",
)
HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER = Event(
    "HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER",
    INFO,
    "ha-hooks",
    "{}: bypassing SYNCING state because lease database synchronization is administratively disabled",
    "sync-leases is false",
)
HA_CONFIG_LEASE_UPDATES_DISABLED_REMINDER = Event(
    "HA_CONFIG_LEASE_UPDATES_DISABLED_REMINDER",
    INFO,
    "ha-hooks",
    "{}: lease updates are administratively disabled and will not be generated while in {} state",
    "send-lease-updates is false",
)
HA_MISSING_CONFIGURATION = Event(
    "HA_MISSING_CONFIGURATION",
    ERROR,
    "ha-hooks",
    "high-availability parameter not specified for High Availability hooks library",
    "the parameters of libdhcp_ha have no 'high-availability'",
)
HA_CONFIGURATION_FAILED = Event(
    "HA_CONFIGURATION_FAILED",
    ERROR,
    "ha-hooks",
    "failed to configure High Availability hooks library: {}",
    "one line for each fault of the parameters; the configuration is refused",
)
HA_DHCP4_START_SERVICE_FAILED = Event(
    "HA_DHCP4_START_SERVICE_FAILED",
    ERROR,
    "ha-hooks",
    "failed to start DHCPv4 HA services in dhcp4_srv_configured callout: {}",
    "a fault of this server",
)
