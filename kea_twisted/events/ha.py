"""High availability."""

from __future__ import annotations

from kea_twisted.events.event import DEBUG, ERROR, INFO, WARN, Event

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
HA_SERVICE_STARTED = Event(
    "HA_SERVICE_STARTED",
    INFO,
    "ha-hooks",
    "{}: started high availability service in {} mode as {} server",
    "the first heartbeat follows",
)
HA_STATE_TRANSITION = Event(
    "HA_STATE_TRANSITION",
    INFO,
    "ha-hooks",
    "{}: server transitions from {} to {} state, partner state is {}",
    "a step of the state table; UNDEFINED means the partner is not reachable",
)
HA_STATE_TRANSITION_PASSIVE_BACKUP = Event(
    "HA_STATE_TRANSITION_PASSIVE_BACKUP",
    INFO,
    "ha-hooks",
    "{}: server transitions from {} to {} state",
    "a step in passive-backup mode, where the partner's state plays no role",
)
HA_STATE_MACHINE_PAUSED = Event(
    "HA_STATE_MACHINE_PAUSED",
    INFO,
    "ha-hooks",
    "{}: state machine paused in state {}",
    "as configured; ha-continue goes on",
)
HA_STATE_MACHINE_CONTINUED = Event(
    "HA_STATE_MACHINE_CONTINUED", INFO, "ha-hooks", "{}: state machine is un-paused", "ha-continue"
)
HA_LEASE_UPDATES_ENABLED = Event(
    "HA_LEASE_UPDATES_ENABLED",
    INFO,
    "ha-hooks",
    "{}: lease updates will be sent to the partner while in {} state",
    "no ACK leaves before the partner knows the lease",
)
HA_LEASE_UPDATES_DISABLED = Event(
    "HA_LEASE_UPDATES_DISABLED",
    INFO,
    "ha-hooks",
    "{}: lease updates will not be sent to the partner while in {} state",
    "the partner will have to synchronize",
)
HA_LOCAL_DHCP_ENABLE = Event(
    "HA_LOCAL_DHCP_ENABLE",
    INFO,
    "ha-hooks",
    "local DHCP service is enabled while the {} is in the {} state",
    "clients are answered again",
)
HA_LOCAL_DHCP_DISABLE = Event(
    "HA_LOCAL_DHCP_DISABLE",
    INFO,
    "ha-hooks",
    "local DHCP service is disabled while the {} is in the {} state",
    "clients are not answered",
)
HA_HEARTBEAT_COMMUNICATIONS_FAILED = Event(
    "HA_HEARTBEAT_COMMUNICATIONS_FAILED",
    WARN,
    "ha-hooks",
    "{}: failed to send heartbeat to {}: {}",
    "the partner, its port or the way to it is gone",
)
HA_HEARTBEAT_FAILED = Event(
    "HA_HEARTBEAT_FAILED",
    WARN,
    "ha-hooks",
    "{}: heartbeat to {} failed: {}",
    "the partner answered with an error",
)
HA_COMMUNICATION_INTERRUPTED = Event(
    "HA_COMMUNICATION_INTERRUPTED",
    WARN,
    "ha-hooks",
    "{}: communication with {} is interrupted",
    "no good heartbeat for max-response-delay",
)
HA_PARTNER_GONE = Event(
    "HA_PARTNER_GONE",
    WARN,
    "ha-hooks",
    "{}: {} does not serve, by the evidence {}",
    "signs beyond Kea's timers; this server goes on without its partner",
)
HA_PARTNER_LINK_BROKEN = Event(
    "HA_PARTNER_LINK_BROKEN",
    WARN,
    "ha-hooks",
    "{}: the link to {} is broken, but its DHCP service answers: no takeover; evidence {}",
    "the network between the two servers needs attention",
)
HA_PARTNER_IN_DOUBT = Event(
    "HA_PARTNER_IN_DOUBT",
    WARN,
    "ha-hooks",
    "{}: {} does not take lease updates: clients are answered, {} update(s) are owed to it",
    "no client waits for a partner that does not answer",
)
HA_PARTNER_CAUGHT_UP = Event(
    "HA_PARTNER_CAUGHT_UP",
    INFO,
    "ha-hooks",
    "{}: {} answers again, {} owed update(s) are being sent",
    "after HA_PARTNER_IN_DOUBT",
)
HA_DHCP_SIDE_DOWN = Event(
    "HA_DHCP_SIDE_DOWN",
    ERROR,
    "ha-hooks",
    "{}: this server cannot serve clients: {}; its partner is to take over",
    "the sockets, the interface or the lease file do not work",
)
HA_DHCP_SIDE_UP = Event(
    "HA_DHCP_SIDE_UP",
    INFO,
    "ha-hooks",
    "{}: this server can serve clients again",
    "after HA_DHCP_SIDE_DOWN",
)
HA_PEER_NAMES_DIFFER = Event(
    "HA_PEER_NAMES_DIFFER",
    ERROR,
    "ha-hooks",
    "{}: {} has other names for the peers: {}; only one of the two serves clients until 'peers' and 'this-server-name' "
    "name both servers alike in both configurations",
    "a server was renamed in one of the two configurations",
)
HA_SUBNET_ID_MISMATCH = Event(
    "HA_SUBNET_ID_MISMATCH",
    ERROR,
    "ha-hooks",
    "{}: subnet {} has the id {} here, but {} has {} with the id {}: neither server takes the other's leases in; give "
    "the subnet one id in both configurations",
    "until then each server without the other gives new clients addresses of its own half only",
)
HA_SUBNETS_GET_HANDLER_FAILED = Event(
    "HA_SUBNETS_GET_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-subnets-get command failed: {}",
    "wrong arguments",
)
HA_SUBNET_IDS_AGREE = Event(
    "HA_SUBNET_IDS_AGREE",
    INFO,
    "ha-hooks",
    "{}: all subnets have one id here and at {}",
    "after HA_SUBNET_ID_MISMATCH",
)
HA_SUBNETS_MISSING_AT_PARTNER = Event(
    "HA_SUBNETS_MISSING_AT_PARTNER",
    WARN,
    "ha-hooks",
    "{}: {} does not have {} subnet(s) of this server: {}; this server alone serves their clients",
    "the two configurations differ; no other server can serve there",
)
HA_PROBE_RECEIVED = Event(
    "HA_PROBE_RECEIVED",
    DEBUG,
    "ha-hooks",
    "answering a probe of the partner at {}",
    "it asks whether this server's DHCP service answers",
    debuglevel=40,
)
HA_COMMUNICATION_INTERRUPTED_CLIENT4 = Event(
    "HA_COMMUNICATION_INTERRUPTED_CLIENT4",
    INFO,
    "ha-hooks",
    "{}: new client {} attempting to get a lease from the partner",
    "a client that may go unanswered; it is watched",
)
HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED = Event(
    "HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED",
    INFO,
    "ha-hooks",
    "{}: partner server failed to respond to {}, {} clients unacked so far, {} clients left before "
    "transitioning to the partner-down state",
    "the client has been trying for more than max-ack-delay",
)
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
HA_HIGH_CLOCK_SKEW = Event(
    "HA_HIGH_CLOCK_SKEW",
    WARN,
    "ha-hooks",
    "{}: {}, please synchronize clocks!",
    "more than 30 seconds; at 60 the relationship ends",
)
HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION = Event(
    "HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION",
    ERROR,
    "ha-hooks",
    "{}: {}, causing HA service to terminate",
    "more than 60 seconds",
)
HA_TERMINATED = Event(
    "HA_TERMINATED",
    ERROR,
    "ha-hooks",
    "HA {}: service terminated due to an unrecoverable condition. Check previous error message(s), "
    "address the problem and restart!",
    "both servers go on without each other",
)
HA_TERMINATED_RESTART_PARTNER = Event(
    "HA_TERMINATED_RESTART_PARTNER",
    INFO,
    "ha-hooks",
    "{}: waiting for the partner in the TERMINATED state to be restarted",
    "restart it, or send it ha-reset",
)
HA_TERMINATED_PARTNER_DID_NOT_RESTART = Event(
    "HA_TERMINATED_PARTNER_DID_NOT_RESTART",
    WARN,
    "ha-hooks",
    "{}: service is terminating because the terminated partner was not restarted within {} minutes",
    "this one terminates, too, so that clients are served",
)
HA_MAINTENANCE_STARTED = Event(
    "HA_MAINTENANCE_STARTED",
    INFO,
    "ha-hooks",
    "{}: the server is now in the partner-in-maintenance state and the partner is in-maintenance state",
    "this server serves everybody",
)
HA_MAINTENANCE_STARTED_IN_PARTNER_DOWN = Event(
    "HA_MAINTENANCE_STARTED_IN_PARTNER_DOWN",
    INFO,
    "ha-hooks",
    "{}: the server is now in the partner-down mode as a result of requested maintenance",
    "the partner was already off",
)
HA_MAINTENANCE_SHUTDOWN_SAFE = Event(
    "HA_MAINTENANCE_SHUTDOWN_SAFE",
    INFO,
    "ha-hooks",
    "{}: the server can now be shutdown for maintenance as the partner has taken over the DHCP traffic",
    "in-maintenance",
)
HA_MAINTENANCE_NOTIFY_COMMUNICATIONS_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_COMMUNICATIONS_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to send ha-maintenance-notify to {}: {}",
    "the partner counts as off",
)
HA_MAINTENANCE_NOTIFY_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_FAILED",
    ERROR,
    "ha-hooks",
    "{}: error returned while processing ha-maintenance-notify by {}: {}",
    "the partner does not want to",
)
HA_MAINTENANCE_NOTIFY_CANCEL_COMMUNICATIONS_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_CANCEL_COMMUNICATIONS_FAILED",
    ERROR,
    "ha-hooks",
    "{}: failed to send ha-maintenance-notify to {} in attempt to cancel its maintenance: {}",
    "maintenance goes on",
)
HA_MAINTENANCE_NOTIFY_CANCEL_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_CANCEL_FAILED",
    ERROR,
    "ha-hooks",
    "{}: error returned while processing ha-maintenance-notify by {} in attempt to cancel its maintenance: {}",
    "maintenance goes on",
)
HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY = Event(
    "HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY",
    WARN,
    "ha-hooks",
    "{}: partner is in the communication-recovery state unexpectedly",
    "the modes of the two differ",
)
HA_INVALID_PARTNER_STATE_HOT_STANDBY = Event(
    "HA_INVALID_PARTNER_STATE_HOT_STANDBY",
    WARN,
    "ha-hooks",
    "{}: partner is in the hot-standby state unexpectedly",
    "the modes of the two differ",
)
HA_INVALID_PARTNER_STATE_LOAD_BALANCING = Event(
    "HA_INVALID_PARTNER_STATE_LOAD_BALANCING",
    WARN,
    "ha-hooks",
    "{}: partner is in the load-balancing state unexpectedly",
    "the modes of the two differ",
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
HA_CONTINUE_HANDLER_FAILED = Event(
    "HA_CONTINUE_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-continue command failed: {}",
    "its arguments are wrong",
)
HA_HEARTBEAT_RECEIVED = Event(
    "HA_HEARTBEAT_RECEIVED",
    DEBUG,
    "ha-hooks",
    "received a heartbeat of {}",
    "one of those a partner sends more often than heartbeat-delay says; the others are COMMAND_RECEIVED",
)
HA_HEARTBEAT_HANDLER_FAILED = Event(
    "HA_HEARTBEAT_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "heartbeat command failed: {}",
    "its arguments are wrong",
)
HA_MAINTENANCE_CANCEL_HANDLER_FAILED = Event(
    "HA_MAINTENANCE_CANCEL_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-maintenance-cancel command failed: {}",
    "its arguments are wrong",
)
HA_MAINTENANCE_NOTIFY_HANDLER_FAILED = Event(
    "HA_MAINTENANCE_NOTIFY_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-maintenance-notify command failed: {}",
    "its arguments are wrong",
)
HA_MAINTENANCE_START_HANDLER_FAILED = Event(
    "HA_MAINTENANCE_START_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-maintenance-start command failed: {}",
    "its arguments are wrong",
)
HA_REPAIR_HANDLER_FAILED = Event(
    "HA_REPAIR_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-repair command failed: {}",
    "its arguments are wrong, or the servers do not work together",
)
HA_RESET_HANDLER_FAILED = Event(
    "HA_RESET_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-reset command failed: {}",
    "its arguments are wrong",
)
HA_SCOPES_HANDLER_FAILED = Event(
    "HA_SCOPES_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-scopes command failed: {}",
    "its arguments are wrong",
)
HA_SYNC_HANDLER_FAILED = Event(
    "HA_SYNC_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-sync command failed: {}",
    "its arguments are wrong",
)
HA_SYNC_COMPLETE_NOTIFY_HANDLER_FAILED = Event(
    "HA_SYNC_COMPLETE_NOTIFY_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-sync-complete-notify command failed: {}",
    "its arguments are wrong",
)
