"""High availability: control commands that failed."""

from __future__ import annotations

from kea_twisted.events.event import ERROR, Event

HA_SUBNETS_GET_HANDLER_FAILED = Event(
    "HA_SUBNETS_GET_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-subnets-get command failed: {}",
    "wrong arguments",
)
HA_CONTINUE_HANDLER_FAILED = Event(
    "HA_CONTINUE_HANDLER_FAILED",
    ERROR,
    "ha-hooks",
    "ha-continue command failed: {}",
    "its arguments are wrong",
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
