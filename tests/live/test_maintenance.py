"""Handing over for maintenance, and back, with a real Kea as either partner."""

from __future__ import annotations

from pathlib import Path

import pytest

from .dialect import JsonMap
from .hosts import Lan
from .needs import need
from .pairs import ADDRESSES, Pair


@pytest.mark.live
@pytest.mark.parametrize(("first", "second"), [("ours", "ours"), ("ours", "kea30"), ("kea30", "ours")])
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_a_server_goes_for_maintenance(lan: Lan, tmp_path: Path, first: str, second: str, mode: str) -> None:
    """Asked to stay, the first one serves all; canceled, both are back; asked again, the second one goes."""
    need(first, second)
    pair = Pair(lan, tmp_path, (first, second), mode, restrict_commands=False)
    pair.start()
    pair.obtain(*range(1, 7))

    _told(pair, "ha-maintenance-start")
    pair.wait_states("partner-in-maintenance", "in-maintenance")
    pair.renew(*range(1, 7))
    pair.obtain(7, 8)
    assert {reply.server for reply in pair.held.values()} == {ADDRESSES[0]}
    pair.assert_equal()

    _told(pair, "ha-maintenance-cancel")
    pair.wait_states(mode)
    pair.renew(*range(1, 9))

    _told(pair, "ha-maintenance-start")
    pair.wait_states("partner-in-maintenance", "in-maintenance")
    pair.servers[1].stop()
    pair.wait_state(0, "partner-down", 10)
    pair.renew(*range(1, 9))
    pair.servers[1].start()
    pair.wait_states(mode)
    pair.assert_equal()
    pair.end()


def _told(pair: Pair, command: str) -> None:
    answer: JsonMap = pair.servers[0].ask(command)
    assert answer["result"] == 0, answer
