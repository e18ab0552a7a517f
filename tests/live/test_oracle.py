"""The same checks with real Keas only: if one fails, the harness is wrong, not our server."""

from __future__ import annotations

from pathlib import Path

import pytest

from .checks import obtain_renew_release
from .dhcpclients import CLIENTS
from .hosts import Lan
from .needs import need
from .story import Story


@pytest.mark.live
@pytest.mark.parametrize("kind", ["kea22", "kea30"])
def test_tutorial_with_real_keas(lan: Lan, tmp_path: Path, kind: str) -> None:
    """Two real Keas of one version live through the tutorial."""
    need(kind)
    story = Story(lan, tmp_path, kind, kind)
    story.run()
    story.end()


@pytest.mark.live
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", ["kea22", "kea30"])
def test_clients_with_real_keas(lan: Lan, tmp_path: Path, kind: str, client: str) -> None:
    """Each client obtains, renews and releases."""
    need(kind)
    obtain_renew_release(lan, tmp_path, kind, client)
