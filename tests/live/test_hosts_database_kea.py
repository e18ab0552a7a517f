"""Reservations in PostgreSQL: a real Kea and ours read the same tables and get the same frames, and do the same."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from .needs import need
from .postgres import Postgres
from .reserved import HABITS, HAND_MADE, config, habits, subnet
from .storedhosts import COMMANDS, ROWS, libraries, moved, statements
from .test_reservations_kea import ask, compare
from .twins import Twin

pytestmark = pytest.mark.live

ALL = bool(os.environ.get("LIVE_ALL_RESERVATIONS"))
NAMES = tuple(HAND_MADE) if ALL else ("in the pool", "options and fields", "early", "shared network")


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_is_that_of_a_real_kea(tmp_path: Path, database: Postgres, name: str) -> None:
    need("kea30")
    config, reservations = moved(HAND_MADE[name], database.access())
    database.query(database.spelled(statements(reservations)))
    assert compare(tmp_path, config, HABITS.get(name) or habits(), len(name), None, 120 if ALL else 50) == []


def test_commands_get_the_answers_of_a_real_kea_and_leave_its_rows(tmp_path: Path, database: Postgres) -> None:
    need("kea30")
    found: dict[str, Any] = {}
    for kind in ("kea30", "ours"):
        database.query("DELETE FROM hosts")
        base = config(subnet(1), subnet(2), hooks_libraries=libraries(database.access()))
        for is_read_only in (False, True):
            twin = Twin(
                kind, tmp_path / f"{kind}{is_read_only}", base | {"hosts-databases": [access(database, is_read_only)]}
            )
            twin.start()
            try:
                answers = [ask(twin, request) for request in COMMANDS[: 3 if is_read_only else None]]
            finally:
                twin.close()
            found.setdefault(kind, []).append((answers, database.query(database.spelled(ROWS))))
    for kea, ours in zip(found["kea30"], found["ours"], strict=True):
        assert sorted(ours[1]) == sorted(kea[1])
        pairs = zip(COMMANDS, ours[0], kea[0], strict=False)
        assert [each for each in pairs if _comparable(each[1]) != _comparable(each[2])] == []


def access(database: Postgres, is_read_only: bool) -> dict[str, Any]:
    """An entry of ``hosts-databases``."""
    return database.access(readonly=is_read_only)


def _comparable(answer: Any) -> Any:
    """An answer without the numbers of rows, and without their order: a Kea that updates a host gives it a new one."""
    plain = json.loads(re.sub(r'"from": \d+', '"from": 0', json.dumps(answer)))
    hosts = plain.get("arguments", {}).get("hosts", [])
    hosts.sort(key=lambda each: json.dumps(each, sort_keys=True))
    return plain
