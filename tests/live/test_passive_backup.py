"""A server with a backup that only listens, ours and real Keas."""

from __future__ import annotations

from pathlib import Path

import pytest

from .bootp import mac_of
from .hosts import Lan
from .needs import need
from .pairs import Pair


@pytest.mark.live
@pytest.mark.parametrize(("first", "second"), [("ours", "ours"), ("ours", "kea30"), ("kea30", "ours")])
def test_the_backup_has_every_lease_before_the_client(lan: Lan, tmp_path: Path, first: str, second: str) -> None:
    """With wait-backup-ack no client gets an ACK while the backup is gone."""
    need(first, second)
    pair = Pair(lan, tmp_path, (first, second), "passive-backup", wait_backup_ack=True, delayed_updates_limit=0)
    for server in pair.servers:
        server.start()
    pair.wait_states("passive-backup", "backup")
    pair.obtain(1, 2, 3)
    pair.assert_equal()
    pair.servers[1].stop()
    offer = pair.clients.discover(mac_of(4))
    assert offer is not None
    assert pair.clients.request(mac_of(4), offer.address, offer.server) is None
    pair.end()
