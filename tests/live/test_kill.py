"""No client holds an ACK for a lease that is not on disk, whenever the server dies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .hosts import Lan
from .killing import kill_rounds

ROUNDS = int(os.environ.get("LIVE_KILL_ROUNDS", "2"))


@pytest.mark.live
def test_every_promised_lease_is_on_disk(lan: Lan, tmp_path: Path) -> None:
    """Killed under 2,000 new clients a second, again and again."""
    assert kill_rounds(lan, tmp_path, "ours", ROUNDS) > 0
