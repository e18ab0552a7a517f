"""The tutorial with two servers of ours, and with one of ours beside a real Kea."""

from __future__ import annotations

from pathlib import Path

import pytest

from .hosts import Lan
from .needs import need
from .story import Story

PAIRS = [("ours", "ours"), ("ours", "kea22"), ("kea22", "ours"), ("ours", "kea30"), ("kea30", "ours")]


@pytest.mark.live
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_tutorial(lan: Lan, tmp_path: Path, first: str, second: str) -> None:
    """Start, lease, failure, take-over and return happen as the tutorial tells."""
    need(first, second)
    story = Story(lan, tmp_path, first, second)
    story.run()
    story.end()
