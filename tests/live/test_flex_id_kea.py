"""Identifiers made by expressions: a real Kea and ours get the same configuration and the same frames.

A query whose expression fails is dropped by both where it is to replace the client identifier; only ours counts that.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .flexible import SCENES
from .needs import need
from .test_reservations_kea import compare


@pytest.mark.live
@pytest.mark.parametrize("name", SCENES)
def test_flexible_identifiers_are_those_of_a_real_kea(tmp_path: Path, name: str) -> None:
    need("kea30")
    config, clients = SCENES[name]
    assert compare(tmp_path, config, clients, len(name)) == []
