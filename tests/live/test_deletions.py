"""A lease that an operator deleted while the partner was away does not return, whichever server restarts in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from .hosts import Lan
from .needs import need
from .pairs import Pair


@pytest.mark.live
@pytest.mark.parametrize(("kinds", "teller"), [(("ours", "ours"), 0), (("ours", "kea30"), 0), (("kea30", "ours"), 1)])
def test_it_stays_deleted_over_the_end_of_both(lan: Lan, tmp_path: Path, kinds: tuple[str, str], teller: int) -> None:
    need(*kinds)
    pair = Pair(lan, tmp_path, kinds, "hot-standby", restrict_commands=False)
    pair.start()
    pair.obtain(1, 2, 3)
    here, there = pair.servers[teller], pair.servers[1 - teller]
    there.kill()
    pair.wait_state(teller, "partner-down")
    gone = pair.held.pop(1).address
    answer = here.ask("lease4-del", {"ip-address": gone})
    assert answer["result"] == 0, answer
    here.kill()
    for server in (there, here):
        server.start()
    pair.wait_states("hot-standby")
    pair.assert_equal()
    assert gone not in pair.tables()[0]
    there.stop()
    there.start()
    pair.wait_states("hot-standby")
    pair.assert_equal()
    assert gone not in pair.tables()[0]
    assert not list(tmp_path.glob("**/*.ha-deleted"))  # all is confirmed
    pair.end()
