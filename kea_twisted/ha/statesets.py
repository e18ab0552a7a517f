"""Sets of HA states, and why a relationship ends."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.ha.messages import Cause
from kea_twisted.ha.states import State
from kea_twisted.ha.transitions import NORMAL, STARTING

CAUSES: Final = {
    E.HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION: Cause.SKEW,
    E.HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION: Cause.REJECTS,
}
"""The reasons why a relationship ends, by what is logged about it."""

MAINTENANCE: Final = (State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE)
WITHOUT_MAINTENANCE: Final = frozenset(State) - {*MAINTENANCE, State.UNAVAILABLE}
OUT_OF_USE: Final = (State.IN_MAINTENANCE, State.BACKUP, State.PASSIVE_BACKUP)
"""The states that a server keeps when it cannot serve: it has no clients in them, or no partner that could serve."""
WATCHING: Final = STARTING | NORMAL | {
    State.COMMUNICATION_RECOVERY, State.PARTNER_IN_MAINTENANCE, State.IN_MAINTENANCE, State.TERMINATED,
}  # fmt: skip
"""The states in which the end of the partner has consequences."""

SHARING: Final = NORMAL | {State.PARTNER_DOWN, State.COMMUNICATION_RECOVERY}
"""The states in which a server may give addresses while its partner does so out of sight."""
