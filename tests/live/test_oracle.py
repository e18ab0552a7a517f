"""The same checks with real Keas only: if one fails, the harness is wrong, not our server."""

from __future__ import annotations

from pathlib import Path

import pytest

from .checks import obtain_renew_release
from .dhcpclients import CLIENTS
from .hosts import Lan
from .killing import kill_rounds
from .needs import need
from .siege import siege
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


@pytest.mark.live
@pytest.mark.parametrize("kind", ["kea22", "kea30"])
def test_kill_a_real_kea(lan: Lan, tmp_path: Path, kind: str) -> None:
    """A real Kea keeps its promises too."""
    need(kind)
    assert kill_rounds(lan, tmp_path, kind, 1) > 0


@pytest.mark.live
def test_siege_of_a_real_kea(lan: Lan, tmp_path: Path) -> None:
    """A real Kea stands, and its counters have the sums we ask of ours."""
    need("kea30")
    siege(lan, tmp_path, "kea30", 2000)
