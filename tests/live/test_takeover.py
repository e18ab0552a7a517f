"""However a server of a pair ends, with Kea's default timers and clients whose ``secs`` stays 0: no client waits long.

LIVE_TAKEOVER_ALL=1 runs the rest of the cases, too, and those beside a Kea.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .arrivals import Arrivals, Result
from .hosts import Lan
from .needs import need
from .pairs import ADDRESSES, Pair

DEFAULTS = {
    "heartbeat_delay": 10000, "max_response_delay": 60000, "max_ack_delay": 10000, "max_unacked_clients": 10,
}  # fmt: skip
EVERY_CASE = bool(os.environ.get("LIVE_TAKEOVER_ALL"))
SLACK = 1.5
"""Seconds that a busy machine may add."""


def _kill(pair: Pair, number: int) -> None:
    pair.servers[number].kill()


def _hang(pair: Pair, number: int) -> None:
    pair.servers[number].running.signal(signal.SIGSTOP)


def _off(pair: Pair, number: int) -> None:
    pair.hosts[number].cut()
    pair.servers[number].kill()


def _http_cut(pair: Pair, number: int) -> None:
    """TCP between the two comes to an end; clients reach both, and so do probes."""
    for host, other in zip(pair.hosts, reversed(ADDRESSES), strict=True):
        host.run("ip", "rule", "add", "pref", "10", "to", other, "ipproto", "tcp", "unreachable")


CASES = [(_kill, 0, 1.5), (_hang, 1, 1.0), (_off, 0, 3.0), (_kill, 1, 1.0), (_hang, 0, 4.0), (_off, 1, 1.0)]
"""Faults by server, and the longest time in seconds until a client is served."""


def _after(pair: Pair, fault: Callable[[Pair, int], None], number: int, seconds: float) -> Result:
    pair.start()
    arrivals = Arrivals(pair.clients, False, None)
    arrivals.run(3.0)
    fault(pair, number)
    began = time.monotonic()
    arrivals.run(seconds)
    result = arrivals.result(began)
    for server in pair.servers:
        if server.process is not None:
            server.running.signal(signal.SIGCONT)
            server.kill()
    pair.clients.close()
    return result


@pytest.mark.live
@pytest.mark.parametrize(("fault", "number", "longest"), CASES if EVERY_CASE else CASES[:3])
def test_clients_are_served_again_soon(
    lan: Lan, tmp_path: Path, fault: Callable[[Pair, int], None], number: int, longest: float
) -> None:
    """Three seconds are enough whatever happens, and one where the primary lives."""
    result = _after(Pair(lan, tmp_path, ("ours", "ours"), "hot-standby", **DEFAULTS), fault, number, longest + 2.0)
    assert result.gap < longest + SLACK and not result.twice, result


if EVERY_CASE:  # half a minute each

    @pytest.mark.live
    @pytest.mark.parametrize(("kinds", "number"), [(("ours", "kea30"), 1), (("kea30", "ours"), 0)])
    def test_beside_a_kea_they_are_too(lan: Lan, tmp_path: Path, kinds: tuple[str, str], number: int) -> None:
        """Our primary notices a dead Kea, our standby replaces one."""
        need(*kinds)
        result = _after(Pair(lan, tmp_path, kinds, "hot-standby", **DEFAULTS), _kill, number, 4.0)
        assert result.gap < 1.5 + SLACK and not result.twice, result


@pytest.mark.live
def test_a_broken_link_makes_no_second_master(lan: Lan, tmp_path: Path) -> None:
    """Each still answers the other's probes, so that the standby stays silent."""
    pair = Pair(lan, tmp_path, ("ours", "ours"), "hot-standby", **DEFAULTS | {"max_unacked_clients": 0})
    result = _after(pair, _http_cut, 0, 6.0)
    assert result.gap < 1.0 + SLACK and not result.twice, result
    assert "HA_PARTNER_LINK_BROKEN" in pair.servers[1].running.output()
    assert "to PARTNER-DOWN" not in pair.servers[1].running.output()
