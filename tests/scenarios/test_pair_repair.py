"""Two whole servers compare their leases by digests and repair what differs, on demand and in idle time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from kea_twisted.ha import upkeep
from kea_twisted.lease.lease import DECLINED, DEFAULT, RECLAIMED, RELEASED, Change, Lease
from tests.scenarios.pairmodel import NAMES, World
from tests.scenarios.pairserver import Life

FIRST = 0x0A000200  # 10.0.2.0, in the subnet and in no pool
Tables = dict[int, Lease]


def lease(number: int, **changes: Any) -> Lease:
    """A lease that lasts, of no client of the model."""
    hwaddr = b"\6\0\0\0" + number.to_bytes(2, "big")
    made = Lease(FIRST + number, hwaddr, b"\1" + hwaddr, 7200, 1795344000, 1)
    return made._replace(**changes)


@pytest.fixture
def world() -> Iterator[World]:
    """Both work together, and have two leases in common."""
    with World(watch=True) as made:
        for name in NAMES:
            made.boot(name)
        made.run(5.0)
        for life in made.lives.values():
            put(life, [lease(1), lease(2)])
        yield made


def put(life: Life, leases: Iterable[Lease]) -> None:
    """Have a server know leases that it did not tell its partner of."""
    changes = [Change(each) for each in leases]
    life.table.apply_all(changes)
    life.commit(changes)


def drop(life: Life, address: int) -> None:
    """Have a server lose a lease."""
    change = Change(lease(address - FIRST), True)
    life.table.apply(change)
    life.commit([change])


def known(life: Life) -> Tables:
    """The leases in question that a server has."""
    return {each.address: each for each in life.table.store if each.address >= FIRST}


def repair(world: World, name: str = "server1") -> dict[str, Any]:
    """The answer to ha-repair."""
    answers: list[Any] = []
    world.lives[name].command({"command": "ha-repair"}).addCallback(answers.append)
    world.run(20.0)
    assert answers, "no answer"
    return dict(answers[0])


def repaired(world: World, name: str = "server1") -> tuple[int, int, int]:
    """The leases that were taken, sent and deleted; afterwards both have the same."""
    answer = repair(world, name)
    assert answer["result"] == 0, answer
    assert known(world.lives["server1"]) == known(world.lives["server2"])
    (found,) = answer["arguments"]["subnets"]
    assert found["subnet-id"] == 1
    assert found["differing"] == found["taken"] + found["sent"] + found["deleted"]
    return found["taken"], found["sent"], found["deleted"]


def test_equal_tables_are_found_equal(world: World) -> None:
    assert repaired(world) == (0, 0, 0)
    answer = repair(world, "server2")
    assert answer["arguments"]["subnets"][0]["leases"] == 2
    assert answer["text"] == "2 lease(s) compared with the partner, 0 differed."


@pytest.mark.parametrize("name", NAMES)
def test_each_gets_what_only_the_other_one_has(world: World, name: str) -> None:
    one, two = world.lives.values()
    put(one, [lease(3), lease(4)])
    put(two, [lease(5)])
    assert repaired(world, name) == ((1, 2, 0) if name == "server1" else (2, 1, 0))
    assert len(known(one)) == 5
    assert repaired(world) == (0, 0, 0)


@pytest.mark.parametrize(
    ("ours", "theirs", "stays"),
    [
        (lease(3), lease(3, cltt=1795344001), "theirs"),
        (lease(3, cltt=1795344001), lease(3), "ours"),
        (lease(3, cltt=1795344001), lease(3, hwaddr=b"\6\6\6\6\6\6", client_id=b""), "ours"),
        (lease(3), lease(3, hostname="b"), "ours"),
        (lease(3, hostname="b"), lease(3), "theirs"),
        (lease(3), lease(3, valid_lifetime=0, state=RELEASED), "theirs"),
        (lease(3, valid_lifetime=0, state=RELEASED), lease(3), "ours"),
        (lease(3), lease(3, cltt=1795344002, state=DECLINED), "theirs"),
    ],
)
def test_the_newer_lease_counts_whoever_compares(world: World, ours: Lease, theirs: Lease, stays: str) -> None:
    one, two = world.lives.values()
    for name in NAMES:
        put(one, [ours])
        put(two, [theirs])
        taken, sent, deleted = repaired(world, name)
        assert (taken, sent) == ((1, 0) if (stays == "theirs") is (name == "server1") else (0, 1))
        found, wanted = known(one).get(ours.address), ours if stays == "ours" else theirs
        if wanted.state == RELEASED:  # it is forgotten when its time is over
            assert found is None or found.state != DEFAULT
        else:
            assert found == wanted


def test_what_a_command_deleted_does_not_come_back(world: World) -> None:
    one, two = world.lives.values()
    world.command("server1", "lease4-del", **{"ip-address": "10.0.2.1"})
    world.run(1.0)
    assert set(known(two)) == {FIRST + 2}
    put(two, [lease(1)])
    assert repaired(world) == (0, 0, 1)
    put(two, [lease(1)])
    assert repaired(world, "server2") == (0, 1, 0)  # it offers the lease, which is not taken


def test_leases_about_to_end_and_reclaimed_ones_are_left_alone(world: World) -> None:
    one, two = world.lives.values()
    now = int(world.clock.seconds())
    put(one, [lease(3, cltt=now - 7150), lease(4, state=RECLAIMED)])
    put(two, [lease(5, state=RECLAIMED, valid_lifetime=0)])
    answer = repair(world)
    assert answer["arguments"]["subnets"][0]["differing"] == 0


def test_large_tables_are_compared_range_by_range(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr("kea_twisted.lease.digest.RANGE", 20)
    monkeypatch.setattr("kea_twisted.ha.comparison.PART", 7)
    one, two = world.lives.values()
    put(one, [lease(number) for number in range(10, 150)])
    put(two, [lease(number) for number in range(100, 250)])
    put(two, [lease(number, cltt=1795344009) for number in range(100, 103)])
    assert repaired(world) == (103, 90, 0)
    assert len(known(one)) == 242
    for number in (10, 29, 30, 249):
        drop(one, FIRST + number)
        drop(two, FIRST + number + 1 if number < 249 else FIRST + 10)
    assert repaired(world, "server2")[2] == 0
    assert repaired(world) == (0, 0, 0)


def test_it_is_done_in_idle_time_too_and_logged(world: World) -> None:
    one, two = world.lives.values()
    put(two, [lease(3)])
    one.log.enabled = two.log.enabled = frozenset((upkeep.E.HA_LEASES_REPAIRED,))
    world.run(upkeep.FIRST + 5)
    assert known(one) == known(two)
    assert one.log.texts("HA_LEASES_REPAIRED") == [
        "server1: subnet 1: server2 (http://10.0.0.2:8000/) had 1 other lease(s): 1 taken from it, 0 sent to it, "
        "0 deleted there"
    ]
    assert not two.log.texts("HA_LEASES_REPAIRED")  # one of the two is enough
    put(one, [lease(4)])
    world.run(upkeep.INTERVAL + 5)
    assert known(one) == known(two)


def test_a_kea_is_asked_for_nothing_that_it_does_not_know() -> None:
    with World(watch=True, kea_like=True) as world:
        for name in NAMES:
            world.boot(name)
        world.run(5.0)
        answer = repair(world)
        assert answer["result"] == 1 and answer["text"].endswith("does not support ha-digest-get: use ha-sync")


def test_a_server_that_does_not_work_together_with_its_partner_says_so(world: World) -> None:
    world.kill("server2")
    world.run(5.0)
    answer = repair(world)
    assert answer["result"] == 1
    assert answer["text"] == "leases are compared in the states hot-standby and load-balancing only"
