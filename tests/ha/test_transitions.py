"""The state table against the grid in Kea's documentation of it: every state, every partner, every guard."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pytest

from kea_twisted.ha.states import ROWS, STATES, State
from kea_twisted.ha.transitions import TABLE, Guard, next_step

S, G = State, Guard

# Columns: what was last heard of the partner. A cell is where a server goes: "." stays; names in lower case are
# guarded (see ``expected``). NORM is the normal state of the mode, ALIEN that of the other one.
COLUMNS = (
    "None",
    "NORM",
    "PD",
    "WAIT",
    "SYNC",
    "READY",
    "INMA",
    "PIM",
    "TERM",
    "GONE",
    "BKUP",
    "PASS",
    "ALIEN",
    "COMM",
)
TEXT = """
                        None  NORM  PD    WAIT  SYNC  READY INMA  PIM   TERM  GONE  BKUP  PASS  ALIEN COMM
waiting                 .     sync  sync  first .     sync  sync  sync  long  down  .     .     .     .
syncing                 got   got   got   got   got   got   got   got   TERM  down  got   got   WAIT  WAIT
ready                   .     NORM  .     .     .     turn  PIM   INMA  TERM  down  .     .     WAIT  WAIT
normal                  .     .     WAIT  .     .     .     PIM   INMA  TERM  down  .     .     WAIT  WAIT
partner-down            .     .     WAIT  .     .     back  .     WAIT  TERM  .     .     .     WAIT  WAIT
partner-in-maintenance  .     .     .     .     .     .     .     .     .     PD    .     .     .     .
in-maintenance          .     .     .     .     .     .     .     .     .     .     .     .     .     .
terminated              .     .     .     heal  heal  heal  .     .     heal  down  .     .     .     .
backup                  .     .     .     .     .     .     .     .     .     .     .     .     .     .
passive-backup          .     .     .     .     .     .     .     .     .     .     .     .     .     .
"""
# Load-balancing knows communication-recovery, in both roles: its own rows and the partner's column.
TEXT_RECOVERY = """
communication-recovery  .     drain WAIT  over  over  over  PIM   INMA  TERM  down  .     .     WAIT  drain
"""
COMM = {
    "waiting": "sync",
    "syncing": "got",
    "ready": "NORM",
    "normal": ".",
    "partner-down": "WAIT",
}


def _grid(text: str) -> dict[str, list[str]]:
    return {row.split()[0]: row.split()[1:] for row in text.strip().splitlines()}


GRID = _grid("\n".join(TEXT.strip().splitlines()[1:]))
BALANCED = {name: [*cells[:-1], COMM.get(name, cells[-1])] for name, cells in GRID.items()} | _grid(TEXT_RECOVERY)
RUNNING = ("waiting", "syncing", "ready", "normal", "partner-down", "partner-in-maintenance", "communication-recovery")


class Mode(NamedTuple):
    """A mode with a partner: its normal state, the other one's, its grid, and the guards that it makes hold."""

    normal: State
    alien: State
    grid: dict[str, list[str]]
    guards: frozenset[Guard]
    free: tuple[Guard, ...]

    def state(self, name: str) -> State:
        """A row's state."""
        return self.normal if name == "normal" else S(name)

    def partner(self, column: str) -> State | None:
        """A column's state; None: nothing was heard yet."""
        named = {
            "None": None,
            "NORM": self.normal,
            "PD": S.PARTNER_DOWN,
            "WAIT": S.WAITING,
            "SYNC": S.SYNCING,
            "READY": S.READY,
            "INMA": S.IN_MAINTENANCE,
            "PIM": S.PARTNER_IN_MAINTENANCE,
            "TERM": S.TERMINATED,
            "GONE": S.UNAVAILABLE,
            "BKUP": S.BACKUP,
            "PASS": S.PASSIVE_BACKUP,
            "ALIEN": self.alien,
            "COMM": S.COMMUNICATION_RECOVERY,
        }
        return named[column]


FREE = (
    G.AM_PRIMARY,
    G.SYNC_LEASES,
    G.SYNCED,
    G.FAILURE_CONFIRMED,
    G.TERMINATED_LONG_AGO,
    G.UNSENT_UPDATES,
    G.SKEW_TOO_HIGH,
    G.TOO_MANY_REJECTS,
)
RECOVERY = (G.CAN_RECOVER, G.IN_TOUCH, G.BACKLOG_OVERFLOWN, G.BACKLOG_SENT, G.PARTNER_RESET)
MODES = {
    "hot-standby": Mode(S.HOT_STANDBY, S.LOAD_BALANCING, GRID, frozenset((G.HOT_STANDBY, G.NOT_LOAD_BALANCING)), FREE),
    "load-balancing": Mode(
        S.LOAD_BALANCING,
        S.HOT_STANDBY,
        BALANCED,
        frozenset((G.LOAD_BALANCING, G.NOT_HOT_STANDBY)),
        FREE + RECOVERY,
    ),
}


def expected(mode: Mode, own: str, column: str, holds: set[Guard]) -> State | None:
    """The grid in words of code, guards and all."""
    if own in RUNNING and own in mode.grid and holds & {G.SKEW_TOO_HIGH, G.TOO_MANY_REJECTS}:
        return S.TERMINATED
    cell = mode.grid[own][COLUMNS.index(column)]
    if cell == "drain":
        drained = mode.normal if G.BACKLOG_SENT in holds else S.WAITING if G.PARTNER_RESET in holds else None
        return drained if G.IN_TOUCH in holds else None
    pull = S.SYNCING if G.SYNC_LEASES in holds else S.READY
    recovers = own == "normal" and G.CAN_RECOVER in holds
    guarded = {
        "sync": pull,
        "first": pull if G.AM_PRIMARY in holds else None,
        "got": S.READY if G.SYNCED in holds else None,
        "turn": mode.normal if G.AM_PRIMARY in holds else None,
        "back": S.WAITING if G.UNSENT_UPDATES in holds else mode.normal,
        "down": S.PARTNER_DOWN if G.FAILURE_CONFIRMED in holds else S.COMMUNICATION_RECOVERY if recovers else None,
        "heal": S.WAITING if G.HEALED in holds else None,
        "long": S.TERMINATED if G.TERMINATED_LONG_AGO in holds else None,
        "over": S.WAITING if {G.IN_TOUCH, G.BACKLOG_OVERFLOWN} <= holds else None,
    }
    if cell in guarded:
        return guarded[cell]
    return None if cell == "." else mode.partner(cell)


@pytest.mark.parametrize(("name", "own"), [(name, own) for name, mode in MODES.items() for own in mode.grid])
def test_every_step_is_the_grids(name: str, own: str) -> None:
    mode = MODES[name]
    rests = set(mode.grid[own]) == {"."}
    free = (G.HEALED, *mode.free) if own == "terminated" else mode.free
    for flags in product((False, True), repeat=len(free)):
        if rests and len(set(flags)) == 2:
            continue  # all guards or none: nothing moves it
        holds = {guard for guard, flag in zip(free, flags, strict=True) if flag}
        known = holds | mode.guards
        for column in COLUMNS:
            row = next_step(mode.state(own), mode.partner(column), known.__contains__)
            step = row.next if row else None
            assert step is expected(mode, own, column, holds), (own, column, holds)


@pytest.mark.parametrize("name", MODES)
def test_the_grid_has_every_state_of_the_mode(name: str) -> None:
    mode = MODES[name]
    absent = {S.UNAVAILABLE, mode.alien} | ({S.COMMUNICATION_RECOVERY} if name == "hot-standby" else set())
    assert {mode.state(own) for own in mode.grid} == set(State) - absent


def test_a_waiting_backup_and_a_waiting_passive_backup_ask_nobody() -> None:
    for guard, state in ((G.AM_BACKUP, S.BACKUP), (G.PASSIVE_BACKUP, S.PASSIVE_BACKUP)):
        for partner in (None, *State):
            row = next_step(S.WAITING, partner, {guard}.__contains__)
            assert row is not None and row.next is state


def test_every_row_can_be_taken() -> None:
    """No row is hidden behind an earlier one that always fits where it does."""
    for index, row in enumerate(TABLE):
        assert any(
            next_step(own, partner, set(row.guards).__contains__) is row for own in row.own for partner in row.partner
        ), (index, row)


def test_every_state_has_its_row() -> None:
    assert set(STATES) == set(State) - {State.UNAVAILABLE}
    assert len(ROWS) == len(STATES)
