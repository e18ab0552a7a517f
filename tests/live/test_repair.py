"""Lease tables that differ are found and repaired on demand, beside a Kea nothing is asked that it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from .hosts import Lan
from .needs import need
from .pairs import Pair


@pytest.mark.live
def test_ha_repair_makes_both_tables_equal(lan: Lan, tmp_path: Path) -> None:
    pair = Pair(lan, tmp_path, ("ours", "ours"), "load-balancing", restrict_commands=False)
    pair.start()
    pair.obtain(*range(1, 9))
    for server, number in ((0, 1), (1, 2), (1, 3)):
        # as if the partner had deleted it: no other server is notified
        arguments = {"ip-address": pair.held[number].address, "origin": "ha-partner"}
        assert pair.servers[server].ask("lease4-del", arguments)["result"] == 0
    answer = pair.servers[0].ask("ha-repair")
    assert answer["result"] == 0, answer
    assert answer["arguments"]["subnets"] == [
        {"subnet-id": 1, "leases": 7, "differing": 3, "taken": 1, "sent": 2, "deleted": 0}
    ]
    pair.assert_equal()
    assert pair.servers[0].ask("ha-repair")["text"] == "8 lease(s) compared with the partner, 0 differed."
    assert "HA_LEASES_REPAIRED server1: subnet 1: server2" in pair.servers[0].running.output()
    pair.end()


@pytest.mark.live
def test_beside_a_kea_there_is_ha_sync(lan: Lan, tmp_path: Path) -> None:
    need("kea30")
    pair = Pair(lan, tmp_path, ("ours", "kea30"), "hot-standby", restrict_commands=False)
    pair.start()
    answer = pair.servers[0].ask("ha-repair")
    assert answer["result"] == 1 and "does not support ha-digest-get: use ha-sync" in answer["text"]
    pair.end()
