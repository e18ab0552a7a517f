"""After each way to end a server or to part the two, both are in normal operation again, with equal lease tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from .hosts import Lan
from .needs import need
from .pairs import NAMES, SETTLED, Pair, configuration

PAIRS = [("ours", "ours"), ("ours", "kea30"), ("kea30", "ours")]
MODES = ["hot-standby", "load-balancing"]


@pytest.fixture(params=[(*kinds, mode) for kinds in PAIRS for mode in MODES], ids="-".join)
def pair(request: pytest.FixtureRequest, lan: Lan, tmp_path: Path) -> Pair:
    """A pair that works together and has a few clients."""
    first, second, mode = request.param
    need(first, second)
    made = Pair(lan, tmp_path, (first, second), mode)
    made.start()
    made.obtain(1, 2, 3, 4)
    return made


@pytest.mark.live
@pytest.mark.parametrize("number", [0, 1])
def test_either_server_may_be_killed(pair: Pair, number: int) -> None:
    """The other one serves all clients; the killed one returns and has all the leases."""
    pair.servers[number].kill()
    pair.wait_state(1 - number, "partner-down")
    pair.renew(1, 2, 3, 4)
    pair.obtain(5, 6)
    pair.servers[number].start()
    pair.wait_states(pair.mode)
    pair.renew(1, 2, 3, 4, 5, 6)
    pair.obtain(7, 8)
    pair.assert_equal()
    pair.end()


@pytest.mark.live
def test_both_may_be_killed(pair: Pair) -> None:
    """They come back with their leases."""
    for server in pair.servers:
        server.kill()
    for server in pair.servers:
        server.start()
    pair.wait_states(pair.mode)
    pair.renew(1, 2, 3, 4)
    pair.obtain(5, 6)
    pair.assert_equal()
    pair.end()


@pytest.mark.live
def test_a_reload_with_other_timers_begins_anew(pair: Pair) -> None:
    """The server that takes another relationship into force finds its partner again."""
    for number, server in enumerate(pair.servers):
        server.write(configuration(NAMES[number], pair.mode, heartbeat_delay=900 + number))
        since = server.running.mark()
        server.reload()
        server.wait_for("HA_STATE_TRANSITION .* to WAITING|HA_SERVICE_STARTED", SETTLED, since)
        pair.wait_states(pair.mode)
        pair.renew(1, 2, 3, 4)
    pair.assert_equal()
    pair.end()


@pytest.mark.live
def test_the_link_may_break_and_return(pair: Pair) -> None:
    """Both think the other one dead for a while; no client keeps an address that another one got."""
    pair.cut()
    pair.wait_states("partner-down")
    pair.renew(1, 2, 3, 4)
    pair.mend()
    pair.wait_states(pair.mode)
    pair.renew(1, 2, 3, 4)
    pair.obtain(5, 6)
    pair.assert_equal()
    pair.end()
