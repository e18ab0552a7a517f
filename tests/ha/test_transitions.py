"""The state table against the grid in Kea's documentation of it: every state, every partner, every guard."""

from __future__ import annotations

from itertools import product

import pytest

from kea_twisted.ha.states import ROWS, STATES, State
from kea_twisted.ha.transitions import TABLE, Guard, next_step

S, G = State, Guard

# Columns: what was last heard of the partner. A cell is where a hot-standby server goes: "." stays; names in
# lower case are guarded (see ``expected``).
COLUMNS = (
    None, S.HOT_STANDBY, S.PARTNER_DOWN, S.WAITING, S.SYNCING, S.READY, S.IN_MAINTENANCE,
    S.PARTNER_IN_MAINTENANCE, S.TERMINATED, S.UNAVAILABLE, S.BACKUP, S.PASSIVE_BACKUP, S.LOAD_BALANCING,
    S.COMMUNICATION_RECOVERY,
)
TEXT = """
                        None  HS    PD    WAIT  SYNC  READY INMA  PIM   TERM  GONE  BKUP  PASS  LB    COMM
waiting                 .     sync  sync  first .     sync  sync  sync  long  down  .     .     .     .
syncing                 got   got   got   got   got   got   got   got   TERM  down  got   got   WAIT  WAIT
ready                   .     HS    .     .     .     turn  PIM   INMA  TERM  down  .     .     WAIT  WAIT
hot-standby             .     .     WAIT  .     .     .     PIM   INMA  TERM  down  .     .     WAIT  WAIT
partner-down            .     .     WAIT  .     .     back  .     WAIT  TERM  .     .     .     WAIT  WAIT
partner-in-maintenance  .     .     .     .     .     .     .     .     .     PD    .     .     .     .
in-maintenance          .     .     .     .     .     .     .     .     .     .     .     .     .     .
terminated              .     .     .     .     .     .     .     .     .     .     .     .     .     .
backup                  .     .     .     .     .     .     .     .     .     .     .     .     .     .
passive-backup          .     .     .     .     .     .     .     .     .     .     .     .     .     .
"""
GRID = {State(row.split()[0]): row.split()[1:] for row in TEXT.strip().splitlines()[1:]}
ALWAYS = {
    ".": None, "HS": S.HOT_STANDBY, "WAIT": S.WAITING, "PIM": S.PARTNER_IN_MAINTENANCE, "PD": S.PARTNER_DOWN,
    "INMA": S.IN_MAINTENANCE, "TERM": S.TERMINATED,
}
RUNNING = (S.WAITING, S.SYNCING, S.READY, S.HOT_STANDBY, S.PARTNER_DOWN, S.PARTNER_IN_MAINTENANCE)
FREE = (
    G.AM_PRIMARY, G.SYNC_LEASES, G.SYNCED, G.FAILURE_CONFIRMED, G.TERMINATED_LONG_AGO, G.UNSENT_UPDATES,
    G.SKEW_TOO_HIGH, G.TOO_MANY_REJECTS,
)


def expected(own: State, partner: State | None, holds: set[Guard]) -> State | None:
    """The grid in words of code, guards and all."""
    if own in RUNNING and holds & {G.SKEW_TOO_HIGH, G.TOO_MANY_REJECTS}:
        return S.TERMINATED
    cell = GRID[own][COLUMNS.index(partner)]
    pull = S.SYNCING if G.SYNC_LEASES in holds else S.READY
    guarded = {
        "sync": pull,
        "first": pull if G.AM_PRIMARY in holds else None,
        "got": S.READY if G.SYNCED in holds else None,
        "turn": S.HOT_STANDBY if G.AM_PRIMARY in holds else None,
        "back": S.WAITING if G.UNSENT_UPDATES in holds else S.HOT_STANDBY,
        "down": S.PARTNER_DOWN if G.FAILURE_CONFIRMED in holds else None,
        "long": S.TERMINATED if G.TERMINATED_LONG_AGO in holds else None,
    }
    return guarded[cell] if cell in guarded else ALWAYS[cell]


@pytest.mark.parametrize("own", GRID)
def test_every_step_of_hot_standby_is_the_grids(own: State) -> None:
    for flags in product((False, True), repeat=len(FREE)):
        holds = {guard for guard, flag in zip(FREE, flags, strict=True) if flag}
        known = holds | {G.HOT_STANDBY, G.NOT_LOAD_BALANCING}
        for partner in COLUMNS:
            row = next_step(own, partner, known.__contains__)
            assert (row.next if row else None) is expected(own, partner, holds), (own, partner, holds)


@pytest.mark.parametrize(
    ("own", "partner", "holds", "next_state"),
    [
        (S.READY, S.READY, {G.AM_PRIMARY}, S.LOAD_BALANCING),
        (S.READY, S.LOAD_BALANCING, set(), S.LOAD_BALANCING),
        (S.PARTNER_DOWN, S.READY, set(), S.LOAD_BALANCING),
        (S.LOAD_BALANCING, S.UNAVAILABLE, {G.CAN_RECOVER}, S.COMMUNICATION_RECOVERY),
        (S.LOAD_BALANCING, S.UNAVAILABLE, {G.CAN_RECOVER, G.FAILURE_CONFIRMED}, S.PARTNER_DOWN),
        (S.LOAD_BALANCING, S.HOT_STANDBY, {G.NOT_HOT_STANDBY}, S.WAITING),
        (S.COMMUNICATION_RECOVERY, S.LOAD_BALANCING, {G.IN_TOUCH, G.BACKLOG_SENT}, S.LOAD_BALANCING),
        (S.COMMUNICATION_RECOVERY, S.LOAD_BALANCING, {G.IN_TOUCH, G.BACKLOG_OVERFLOWN}, S.WAITING),
        (S.COMMUNICATION_RECOVERY, S.READY, {G.IN_TOUCH, G.BACKLOG_OVERFLOWN}, S.WAITING),
        (S.COMMUNICATION_RECOVERY, S.READY, {G.IN_TOUCH, G.BACKLOG_SENT}, None),
        (S.COMMUNICATION_RECOVERY, S.PARTNER_DOWN, set(), S.WAITING),
    ],
)
def test_steps_that_only_load_balancing_has(
    own: State, partner: State, holds: set[Guard], next_state: State | None
) -> None:
    row = next_step(own, partner, (holds | {G.LOAD_BALANCING}).__contains__)
    assert (row.next if row else None) is next_state


def test_a_waiting_backup_and_a_waiting_passive_backup_ask_nobody() -> None:
    for guard, state in ((G.AM_BACKUP, S.BACKUP), (G.PASSIVE_BACKUP, S.PASSIVE_BACKUP)):
        for partner in COLUMNS:
            row = next_step(S.WAITING, partner, {guard}.__contains__)
            assert row is not None and row.next is state


def test_every_row_can_be_taken() -> None:
    """No row is hidden behind an earlier one that always fits where it does."""
    for index, row in enumerate(TABLE):
        assert any(
            next_step(own, partner, set(row.guards).__contains__) is row
            for own in row.own
            for partner in row.partner
        ), (index, row)


def test_every_state_has_its_row() -> None:
    assert set(STATES) == set(State) - {State.UNAVAILABLE}
    assert len(ROWS) == len(STATES)
