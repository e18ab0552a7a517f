"""The doctor on pools for a class of clients, such as those of one server in load-balancing."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.doctor.finding import Severity
from kea_twisted.doctor.table import findings
from tests.doctor.test_doctor import World

HALF: dict[str, Any] = {
    "id": 1, "subnet": "10.0.0.0/24", "classes": ["HA_server2"], "pools": ["10.0.0.61-10.0.0.110"], "total": 50,
    "used": 50,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "severity", "text"),
    [
        ({}, Severity.CRITICAL, "for clients of HA_server2 is full: 50 of 50 addresses are in use"),
        ({"classes": ["phones"], "used": 47}, Severity.WARNING, "for clients of phones is nearly full: 47 of 50"),
        ({"classes": []}, Severity.CRITICAL, "for clients without one of the classes of its pools is full"),
    ],
)
def test_a_pool_that_is_full_for_some_clients(changes: dict[str, Any], severity: Severity, text: str) -> None:
    world = World()
    world.two["scarce-pools"] = [HALF | changes]
    (found,) = findings(world.picture)
    assert (found.severity, found.check) == (severity, "pools")
    assert found.fault.startswith("subnet 1 10.0.0.0/24: the pool 10.0.0.61-10.0.0.110 for clients ")
    assert text in found.fault


def test_pools_of_classes_are_told_once_and_not_of_a_subnet_that_is_full() -> None:
    world = World()
    world.one["scarce-pools"] = world.two["scarce-pools"] = [HALF]
    (found,) = findings(world.picture)
    assert "those that server2 serves, get no address of another pool" in found.remedy
    for answer in (world.one, world.two):
        answer["subnets"][0]["assigned"] = 101
    assert [each.fault for each in findings(world.picture)] == [
        "subnet 1 10.0.0.0/24 is full: 101 of 101 addresses are in use"
    ]
