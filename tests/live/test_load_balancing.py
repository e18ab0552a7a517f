"""The tutorial's story for two servers that share the work, ours and real Keas."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.ha.loadbalancing import bucket

from .bootp import mac_of
from .hosts import Lan
from .needs import need
from .pairs import ADDRESSES, NAMES, Pair

PAIRS = [("ours", "ours"), ("ours", "kea22"), ("kea22", "ours"), ("ours", "kea30"), ("kea30", "ours")]
MODE = "load-balancing"


@pytest.mark.live
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_load_balancing(lan: Lan, tmp_path: Path, first: str, second: str) -> None:
    """Both serve, each its own clients; one goes and comes back; the way between them breaks and is mended."""
    need(first, second)
    pair = Pair(lan, tmp_path, (first, second), MODE)
    pair.start()
    pair.obtain(*range(1, 21))
    _each_by_its_own(pair)
    pair.assert_equal()

    pair.servers[0].stop()
    pair.wait_state(1, "partner-down")
    pair.renew(*range(1, 21))
    pair.obtain(21, 22, 23)
    assert {reply.server for reply in pair.held.values()} == {ADDRESSES[1]}

    pair.servers[0].start()
    pair.wait_states(MODE)
    pair.renew(*range(1, 24))
    _each_by_its_own(pair)
    pair.assert_equal()
    pair.end()


@pytest.mark.live
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_broken_link_is_recovered_from(lan: Lan, tmp_path: Path, first: str, second: str) -> None:
    """Both go on with their clients, and tell each other later."""
    need(first, second)
    pair = Pair(lan, tmp_path, (first, second), MODE, max_response_delay=60000)
    pair.start()
    pair.obtain(1, 2, 3)
    pair.cut()
    for number in (0, 1):
        pair.wait_state(number, "communication-recovery")
    pair.obtain(*range(4, 12))
    pair.renew(1, 2, 3)
    _each_by_its_own(pair)
    assert pair.tables()[0] != pair.tables()[1]
    pair.mend()
    pair.wait_states(MODE)
    pair.assert_equal()
    pair.servers[0].wait_for("HA_LEASES_BACKLOG_SUCCESS")
    pair.end()


def _each_by_its_own(pair: Pair) -> None:
    """Every client was answered by the server that its hash says, from that server's pool or an old lease."""
    for number, reply in pair.held.items():
        owner = bucket(b"\1" + mac_of(number)) % 2
        assert reply.server == ADDRESSES[owner], (number, NAMES[owner])
