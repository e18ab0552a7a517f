"""The DHCP clients of this world against our server."""

from __future__ import annotations

from pathlib import Path

import pytest

from .checks import obtain_renew_release
from .dhcpclients import CLIENTS
from .hosts import Lan


@pytest.mark.live
@pytest.mark.parametrize("client", CLIENTS)
def test_obtain_renew_release(lan: Lan, tmp_path: Path, client: str) -> None:
    """Each obtains, renews and releases."""
    obtain_renew_release(lan, tmp_path, "ours", client)
