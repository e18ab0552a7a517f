"""High availability: the states of a relationship, the DHCP service, maintenance, termination."""

from __future__ import annotations

from kea_twisted.events.event import ERROR, INFO, WARN, Event

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
