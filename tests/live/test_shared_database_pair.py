"""A pair with a shared database: high availability decides who answers, the database has the leases of both."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from .hosts import Lan
from .needs import need
from .pairs import ADDRESSES, Pair
from .postgres import Postgres

MODE = "hot-standby"


@pytest.mark.live
@pytest.mark.parametrize("kinds", [("ours", "ours"), ("kea30", "ours")], ids="-".join)
def test_the_other_server_continues_with_the_leases_of_the_database(
    lan: Lan, tmp_path: Path, database: Postgres, kinds: tuple[str, str]
) -> None:
    """The primary is killed and returns: no lease is sent or fetched, and every client keeps its address."""
    need(*kinds)
    pair = Pair(
        lan, tmp_path, kinds, MODE, {"lease-database": database.access()}, (database.library,),
        send_lease_updates=False, sync_leases=False,
    )  # fmt: skip
    pair.start()
    pair.obtain(1, 2, 3)
    _served_by(pair, 0)

    pair.servers[0].kill()
    pair.wait_state(1, "partner-down")
    pair.renew(1, 2, 3)
    pair.obtain(4, 5)
    _served_by(pair, 1)

    pair.servers[0].start()
    pair.wait_states(MODE)
    pair.renew(*range(1, 6))
    pair.obtain(6)
    _served_by(pair, 0)
    assert sorted(database.leases()) == sorted(int(IPv4Address(reply.address)) for reply in pair.held.values())
    assert not pair.servers[1].running.matching("HA_SYNC_START|HA_LEASES_SYNC|HA_LEASE_UPDATES_ENABLED")
    pair.end()


def _served_by(pair: Pair, number: int) -> None:
    """Every client has its last answer from this server."""
    assert {reply.server for reply in pair.held.values()} == {ADDRESSES[number]}
