"""Reservations in PostgreSQL: a real Kea and ours read the same tables and get the same frames, and do the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .needs import need
from .postgres import Postgres
from .reserved import HABITS, HAND_MADE, habits
from .storedhosts import moved, statements
from .test_reservations_kea import compare

pytestmark = pytest.mark.live

ALL = bool(os.environ.get("LIVE_ALL_RESERVATIONS"))
NAMES = tuple(HAND_MADE) if ALL else ("in the pool", "options and fields", "early", "shared network")


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_is_that_of_a_real_kea(tmp_path: Path, database: Postgres, name: str) -> None:
    need("kea30")
    config, reservations = moved(HAND_MADE[name], database.access())
    database.query(statements(reservations))
    assert compare(tmp_path, config, HABITS.get(name) or habits(), len(name), None, 120 if ALL else 50) == []
