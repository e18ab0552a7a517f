"""Names in the DNS: a real Kea and ours answer the same clients alike, and send the same name change requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .names import NameTwins, configuration, story
from .needs import need

pytestmark = pytest.mark.live


def test_clients_are_answered_alike_and_the_same_requests_are_sent(tmp_path: Path) -> None:
    need("kea30")
    with NameTwins(tmp_path, configuration()) as twins:
        found = [(step, wrong) for step in story() if (wrong := twins.take(step))]
        assert found == []
        assert twins.number > 60
