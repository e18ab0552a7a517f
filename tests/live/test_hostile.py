"""Hostile packets do not stop the service, and are counted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .hosts import Lan
from .siege import siege

DATAGRAMS = int(os.environ.get("LIVE_HOSTILE_DATAGRAMS", "5000"))


@pytest.mark.live
def test_siege(lan: Lan, tmp_path: Path) -> None:
    """Thousands of broken datagrams and a few dozen broken HTTP requests, then a good client."""
    siege(lan, tmp_path, "ours", DATAGRAMS)
