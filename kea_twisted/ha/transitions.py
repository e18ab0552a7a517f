"""THE HA STATE TABLE: the next state, from the own state, the partner's last known one, and a guard.

The first row that fits is taken; no row, or a row that goes nowhere, means to stay. After a step the table is
asked again with the new state, so a step that rests on nothing but the states (waiting to syncing) can be
followed by another in the same moment. Steps forced by commands (ha-reset, maintenance) are not in the table.

Kea has the same steps in nine handlers of ``ha_service.cc``; each block below names its handler.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from kea_twisted.events import (
    HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION,
    HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY,
    HA_INVALID_PARTNER_STATE_HOT_STANDBY,
    HA_INVALID_PARTNER_STATE_LOAD_BALANCING,
    HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION,
    HA_TERMINATED_PARTNER_DID_NOT_RESTART,
    HA_TERMINATED_RESTART_PARTNER,
    Event,
)
from kea_twisted.ha.states import State

TERMINATED_PATIENCE: Final = 600.0
"""Seconds that a waiting server gives a terminated partner to be restarted."""


class Guard(Enum):
    """A condition of a row beside the two states."""

    AM_PRIMARY = "this server's role is primary"
    AM_BACKUP = "this server's role is backup"
    HOT_STANDBY = "the mode is hot-standby"
    LOAD_BALANCING = "the mode is load-balancing"
    PASSIVE_BACKUP = "the mode is passive-backup"
    NOT_HOT_STANDBY = "the mode is not hot-standby"
    NOT_LOAD_BALANCING = "the mode is not load-balancing"
    SYNC_LEASES = "sync-leases is true"
    SYNCED = "all leases of the partner have been fetched since this state began"
    SKEW_TOO_HIGH = "the clocks differ by more than 60 seconds"
    TOO_MANY_REJECTS = "max-rejected-lease-updates clients had their update refused"
    FAILURE_CONFIRMED = (
        "no good heartbeat for max-response-delay and, where clients can be seen waiting for the partner, "
        "more than max-unacked-clients do"
    )
    TERMINATED_LONG_AGO = "the partner has been terminated for ten minutes"
    OWES_UPDATES = "the partner has not confirmed leases that this server gave out while it served alone"
    UNSENT_UPDATES = "the partner gave out leases that this server has not heard of"
    CAN_RECOVER = "updates may wait for the link to come back (delayed-updates-limit)"
    IN_TOUCH = "the last good heartbeat is not too old"
    BACKLOG_OVERFLOWN = "more updates waited for the link than there is room for"
    BACKLOG_SENT = "all updates that waited for the link were sent"
    HEALED = "both are of our own kind, the clocks ended the relationship, and they agree again"
    PARTNER_OURS = "the partner is of our own kind, and both go by evidence"
    WATCHED = "the partner is watched by evidence"
    PARTNER_RESET = "they were too many or were refused, and the partner was told to fetch leases (ha-reset)"


class Row(NamedTuple):
    """One step. ``partner`` may hold None: not heard yet; ``next`` None: stay. ``says`` is logged with the step."""

    own: frozenset[State]
    partner: frozenset[State | None]
    guards: tuple[Guard, ...]
    next: State | None
    says: Event | None = None


def _these(*states: State) -> frozenset[State | None]:
    return frozenset(states)


def _in(*states: State) -> frozenset[State]:
    return frozenset(states)


S, G = State, Guard
ANY: Final[frozenset[State | None]] = frozenset(State) | {None}
NORMAL: Final = _in(S.HOT_STANDBY, S.LOAD_BALANCING)
STARTING: Final = _in(S.WAITING, S.SYNCING, S.READY)
RUNNING: Final = STARTING | NORMAL | _in(S.COMMUNICATION_RECOVERY, S.PARTNER_DOWN)
ELSEWHERE: Final = RUNNING - {S.WAITING}
ACTIVE: Final = _these(
    S.HOT_STANDBY,
    S.LOAD_BALANCING,
    S.COMMUNICATION_RECOVERY,
    S.PARTNER_DOWN,
    S.READY,
    S.IN_MAINTENANCE,
    S.PARTNER_IN_MAINTENANCE,
)
PULLABLE: Final = ANY - {S.TERMINATED, S.UNAVAILABLE}

RESTARTED: Final = frozenset(STARTING | NORMAL) | {S.COMMUNICATION_RECOVERY, S.TERMINATED}
"""Not the states of a partner in maintenance, nor of one that this server serves for."""

TABLE: Final = (
    # two of our own kind: maintenance that only one of them knows of ends. Kea takes the other one into it again.
    Row(_in(S.PARTNER_IN_MAINTENANCE), RESTARTED | {S.PARTNER_IN_MAINTENANCE}, (G.PARTNER_OURS,), S.PARTNER_DOWN),
    Row(_in(S.IN_MAINTENANCE), RESTARTED | {S.IN_MAINTENANCE, S.PARTNER_DOWN}, (G.PARTNER_OURS,), S.WAITING),
    Row(NORMAL | _in(S.READY, S.COMMUNICATION_RECOVERY), _these(S.PARTNER_IN_MAINTENANCE), (G.PARTNER_OURS,), None),
    # a server in maintenance serves when the one that stayed is gone; with Kea's rules alone no server would
    Row(_in(S.IN_MAINTENANCE), _these(S.UNAVAILABLE), (G.WATCHED, G.FAILURE_CONFIRMED), S.PARTNER_DOWN),
    # waiting, before anything else: the servers that never have to do with a partner's state
    Row(_in(S.WAITING), ANY, (G.AM_BACKUP,), S.BACKUP),
    Row(_in(S.WAITING), ANY, (G.PASSIVE_BACKUP,), S.PASSIVE_BACKUP),
    # every running state: what ends the relationship, and a partner in a state that our mode does not have
    Row(
        RUNNING | {S.PARTNER_IN_MAINTENANCE},
        ANY,
        (G.SKEW_TOO_HIGH,),
        S.TERMINATED,
        HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION,
    ),
    Row(
        RUNNING | {S.PARTNER_IN_MAINTENANCE},
        ANY,
        (G.TOO_MANY_REJECTS,),
        S.TERMINATED,
        HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION,
    ),
    Row(
        _in(S.WAITING),
        _these(S.COMMUNICATION_RECOVERY),
        (G.NOT_LOAD_BALANCING,),
        None,
        HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY,
    ),
    Row(
        ELSEWHERE,
        _these(S.COMMUNICATION_RECOVERY),
        (G.NOT_LOAD_BALANCING,),
        S.WAITING,
        HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY,
    ),
    Row(_in(S.WAITING), _these(S.HOT_STANDBY), (G.NOT_HOT_STANDBY,), None, HA_INVALID_PARTNER_STATE_HOT_STANDBY),
    Row(ELSEWHERE, _these(S.HOT_STANDBY), (G.NOT_HOT_STANDBY,), S.WAITING, HA_INVALID_PARTNER_STATE_HOT_STANDBY),
    Row(
        _in(S.WAITING), _these(S.LOAD_BALANCING), (G.NOT_LOAD_BALANCING,), None, HA_INVALID_PARTNER_STATE_LOAD_BALANCING
    ),
    Row(
        ELSEWHERE, _these(S.LOAD_BALANCING), (G.NOT_LOAD_BALANCING,), S.WAITING, HA_INVALID_PARTNER_STATE_LOAD_BALANCING
    ),
    # waiting (waitingStateHandler): for the partner's first word; two that wait are sorted by role
    Row(_in(S.WAITING), ACTIVE, (G.SYNC_LEASES,), S.SYNCING),
    Row(_in(S.WAITING), ACTIVE, (), S.READY),
    Row(_in(S.WAITING), _these(S.WAITING), (G.AM_PRIMARY, G.SYNC_LEASES), S.SYNCING),
    Row(_in(S.WAITING), _these(S.WAITING), (G.AM_PRIMARY,), S.READY),
    Row(
        _in(S.WAITING),
        _these(S.TERMINATED),
        (G.TERMINATED_LONG_AGO,),
        S.TERMINATED,
        HA_TERMINATED_PARTNER_DID_NOT_RESTART,
    ),
    Row(_in(S.WAITING), _these(S.TERMINATED), (), None, HA_TERMINATED_RESTART_PARTNER),
    Row(_in(S.WAITING), _these(S.UNAVAILABLE), (G.FAILURE_CONFIRMED,), S.PARTNER_DOWN),
    # syncing (syncingStateHandler): the leases are fetched; a failed fetch makes the partner unavailable
    Row(_in(S.SYNCING), _these(S.TERMINATED), (), S.TERMINATED),
    Row(_in(S.SYNCING), _these(S.UNAVAILABLE), (G.FAILURE_CONFIRMED,), S.PARTNER_DOWN),
    Row(_in(S.SYNCING), PULLABLE, (G.SYNCED,), S.READY),
    # ready (readyStateHandler): the primary goes first
    Row(
        _in(S.READY), _these(S.HOT_STANDBY, S.LOAD_BALANCING, S.COMMUNICATION_RECOVERY), (G.HOT_STANDBY,), S.HOT_STANDBY
    ),
    Row(
        _in(S.READY),
        _these(S.HOT_STANDBY, S.LOAD_BALANCING, S.COMMUNICATION_RECOVERY),
        (G.LOAD_BALANCING,),
        S.LOAD_BALANCING,
    ),
    Row(_in(S.READY), _these(S.READY), (G.AM_PRIMARY, G.HOT_STANDBY), S.HOT_STANDBY),
    Row(_in(S.READY), _these(S.READY), (G.AM_PRIMARY, G.LOAD_BALANCING), S.LOAD_BALANCING),
    Row(_in(S.READY), _these(S.IN_MAINTENANCE), (), S.PARTNER_IN_MAINTENANCE),
    Row(_in(S.READY), _these(S.PARTNER_IN_MAINTENANCE), (), S.IN_MAINTENANCE),
    Row(_in(S.READY), _these(S.TERMINATED), (), S.TERMINATED),
    Row(_in(S.READY), _these(S.UNAVAILABLE), (G.FAILURE_CONFIRMED,), S.PARTNER_DOWN),
    # hot-standby and load-balancing (normalStateHandler): one in partner-down was alone, we missed leases
    Row(NORMAL, _these(S.IN_MAINTENANCE), (), S.PARTNER_IN_MAINTENANCE),
    Row(NORMAL, _these(S.PARTNER_DOWN), (), S.WAITING),
    Row(NORMAL, _these(S.PARTNER_IN_MAINTENANCE), (), S.IN_MAINTENANCE),
    Row(NORMAL, _these(S.TERMINATED), (), S.TERMINATED),
    Row(NORMAL, _these(S.UNAVAILABLE), (G.FAILURE_CONFIRMED,), S.PARTNER_DOWN),
    Row(NORMAL, _these(S.UNAVAILABLE), (G.CAN_RECOVER,), S.COMMUNICATION_RECOVERY),
    # communication-recovery (communicationRecoveryHandler): only load-balancing has it
    Row(_in(S.COMMUNICATION_RECOVERY), _these(S.IN_MAINTENANCE), (), S.PARTNER_IN_MAINTENANCE),
    Row(_in(S.COMMUNICATION_RECOVERY), _these(S.PARTNER_DOWN), (), S.WAITING),
    Row(_in(S.COMMUNICATION_RECOVERY), _these(S.PARTNER_IN_MAINTENANCE), (), S.IN_MAINTENANCE),
    Row(_in(S.COMMUNICATION_RECOVERY), _these(S.TERMINATED), (), S.TERMINATED),
    Row(_in(S.COMMUNICATION_RECOVERY), _these(S.UNAVAILABLE), (G.FAILURE_CONFIRMED,), S.PARTNER_DOWN),
    Row(_in(S.COMMUNICATION_RECOVERY), frozenset(STARTING), (G.IN_TOUCH, G.BACKLOG_OVERFLOWN), S.WAITING),
    Row(
        _in(S.COMMUNICATION_RECOVERY),
        _these(S.LOAD_BALANCING, S.COMMUNICATION_RECOVERY),
        (G.IN_TOUCH, G.BACKLOG_SENT),
        S.LOAD_BALANCING,
    ),
    Row(
        _in(S.COMMUNICATION_RECOVERY),
        _these(S.LOAD_BALANCING, S.COMMUNICATION_RECOVERY),
        (G.IN_TOUCH, G.PARTNER_RESET),
        S.WAITING,
    ),
    # partner-down (partnerDownStateHandler): until the partner has fetched what it missed
    Row(_in(S.PARTNER_DOWN), _these(S.COMMUNICATION_RECOVERY, S.PARTNER_DOWN, S.PARTNER_IN_MAINTENANCE), (), S.WAITING),
    Row(_in(S.PARTNER_DOWN), _these(S.READY), (G.UNSENT_UPDATES,), S.WAITING),
    Row(_in(S.PARTNER_DOWN), _these(S.READY), (G.OWES_UPDATES,), None),
    Row(_in(S.PARTNER_DOWN), _these(S.READY), (G.HOT_STANDBY,), S.HOT_STANDBY),
    Row(_in(S.PARTNER_DOWN), _these(S.READY), (G.LOAD_BALANCING,), S.LOAD_BALANCING),
    Row(_in(S.PARTNER_DOWN), _these(S.TERMINATED), (), S.TERMINATED),
    # partner-in-maintenance (partnerInMaintenanceStateHandler): the announced end came, nothing to confirm
    Row(_in(S.PARTNER_IN_MAINTENANCE), _these(S.UNAVAILABLE), (), S.PARTNER_DOWN),
    # terminated: Kea leaves it by a restart only. Two of our own kind leave it when the clocks agree again, and a
    # partner that dies in it is replaced.
    Row(_in(S.TERMINATED), _these(S.TERMINATED, S.WAITING, S.SYNCING, S.READY), (G.HEALED,), S.WAITING),
    Row(_in(S.TERMINATED), _these(S.UNAVAILABLE), (G.FAILURE_CONFIRMED,), S.PARTNER_DOWN),
    # backup and passive-backup are left by command or restart only, and so is in-maintenance beside a Kea that serves
)


def next_step(own: State, partner: State | None, holds: Callable[[Guard], bool]) -> Row | None:
    """The row that fits; None: stay. ``holds`` is asked for guards in the order of the table."""
    for row in TABLE:
        if own in row.own and partner in row.partner and all(map(holds, row.guards)):
            return row
    return None
