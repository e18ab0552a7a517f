"""The meaning of each HA state: one row per state.

Kea has this in the entry code of the nine handlers of ``ha_service.cc``; names as in
``ha_service_states.cc``.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class State(Enum):
    """A state of a server in a relationship. UNAVAILABLE is only ever the partner's: it does not answer."""

    BACKUP = "backup"
    COMMUNICATION_RECOVERY = "communication-recovery"
    HOT_STANDBY = "hot-standby"
    LOAD_BALANCING = "load-balancing"
    IN_MAINTENANCE = "in-maintenance"
    PARTNER_DOWN = "partner-down"
    PARTNER_IN_MAINTENANCE = "partner-in-maintenance"
    PASSIVE_BACKUP = "passive-backup"
    READY = "ready"
    SYNCING = "syncing"
    TERMINATED = "terminated"
    WAITING = "waiting"
    UNAVAILABLE = "unavailable"

    @classmethod
    def named(cls, name: str) -> State | None:
        """The state of this name, None for no such state."""
        return BY_NAME.get(name)

    @property
    def label(self) -> str:
        """The name as the log shows it. Kea has no name for a partner that does not answer."""
        return "UNDEFINED" if self is State.UNAVAILABLE else self.value.upper()


BY_NAME: Final = {state.value: state for state in State}


class Serves(Enum):
    """The scopes, and so the clients, that a server serves in a state."""

    NONE = "none"
    OWN = "its own by role: a standby has none"
    ALL = "its own and the partner's"


class Updates(Enum):
    """The handling of lease updates for the partner in a state. Backups get theirs in every state."""

    NONE = "not sent, counted"
    SEND = "sent, the client waits for the partner's answer"
    QUEUE = "queued up to the limit, the client does not wait"


class StateRow(NamedTuple):
    """The conduct of a server in a state."""

    state: State
    heartbeat: bool
    service: bool
    serves: Serves
    updates: Updates
    forgets_rejects: bool  # the clients whose updates were refused are forgotten on entry


S = State
ROWS: Final = (
    StateRow(S.WAITING, True, False, Serves.NONE, Updates.NONE, True),
    StateRow(S.SYNCING, True, False, Serves.NONE, Updates.NONE, True),
    StateRow(S.READY, True, False, Serves.NONE, Updates.NONE, True),
    StateRow(S.HOT_STANDBY, True, True, Serves.OWN, Updates.SEND, False),
    StateRow(S.LOAD_BALANCING, True, True, Serves.OWN, Updates.SEND, False),
    StateRow(S.COMMUNICATION_RECOVERY, True, True, Serves.OWN, Updates.QUEUE, False),
    StateRow(S.PARTNER_DOWN, True, True, Serves.ALL, Updates.NONE, True),
    StateRow(S.PARTNER_IN_MAINTENANCE, True, True, Serves.ALL, Updates.SEND, False),
    StateRow(S.IN_MAINTENANCE, True, False, Serves.NONE, Updates.NONE, False),
    StateRow(S.PASSIVE_BACKUP, False, True, Serves.OWN, Updates.NONE, False),
    StateRow(S.TERMINATED, False, True, Serves.OWN, Updates.NONE, True),
    StateRow(S.BACKUP, False, False, Serves.NONE, Updates.NONE, False),
)
STATES: Final = {row.state: row for row in ROWS}
