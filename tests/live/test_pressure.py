"""A pair under attack by a host without credentials: the partner and the clients are served."""

from __future__ import annotations

from pathlib import Path

import pytest

from .hosts import Lan
from .needs import need
from .pressure import LargePair, attack


@pytest.mark.live
def test_an_attacker_parts_no_pair_and_keeps_no_client_waiting(lan: Lan, tmp_path: Path) -> None:
    """Idle and slow connections, pipelined requests whose answers are not read, large bodies; 20,000 leases."""
    need("ours")
    pair = LargePair(lan, tmp_path, 20_000)
    pair.start()
    figures = attack(pair, lan.server("attacker", "10.0.0.5/24"), 8.0)
    assert not figures.interrupted, figures
    assert (pair.state(0), pair.state(1)) == ("hot-standby", "hot-standby")
    assert figures.acks > 20 and figures.longest < 3.0, figures
    assert figures.memory < 150, figures
    assert pair.servers[0].running.matching("HTTP_TOO_MANY_CONNECTIONS")
    pair.end()
