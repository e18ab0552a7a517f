"""Two servers whose subnets differ: one prefix with two ids, or a subnet that only one has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from kea_twisted.engine.share import Share
from kea_twisted.ha.commands import status
from tests.scenarios.pairconfig import NAMES, SINGLES, number_of
from tests.scenarios.pairmodel import World
from tests.scenarios.test_pair_bounds import PROBE_LEARNT, TIMERS, ask, longest_gap, pair

ONE, TWO = NAMES
NUMBERS: Final = range(SINGLES + 1, SINGLES + 61)

ENDS: Final[dict[str, Callable[[World], object]]] = {
    "everything cut": World.part,
    "primary killed": lambda world: world.kill(ONE),
    "standby killed": lambda world: world.kill(TWO),
}


def holders(world: World) -> dict[int, list[int]]:
    """Those who hold an address, by address."""
    found: dict[int, list[int]] = {}
    for client in world.clients.values():
        if client.holds:
            found.setdefault(client.address, []).append(client.number)
    return found


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
@pytest.mark.parametrize("end", ENDS)
def test_two_ids_of_one_prefix_make_no_address_be_given_twice(end: str, mode: str) -> None:
    with World(mode=mode, group=120, spare=80, watch=True, probes=True, retry=1.0, **TIMERS["default"]) as world:
        world.configure((TWO,), subnet_id=7)
        world.run(PROBE_LEARNT)
        ask(world, 12.0, NUMBERS)
        ENDS[end](world)
        ask(world, 15.0, range(SINGLES + 61, SINGLES + 121))
        assert not world.conflicts
        assert len(holders(world)) > 60
        assert all(len(numbers) == 1 for numbers in holders(world).values())


def test_both_servers_name_both_ids_and_the_prefix_until_they_agree() -> None:
    with World(watch=True, probes=True) as world:
        world.run(PROBE_LEARNT)
        world.configure((TWO,), subnet_id=7)
        world.run(1.0)
        one, two = (life.relationship for life in world.lives.values())
        shown = [status(each, 0.0)["partner-watch"]["subnet-id-mismatches"] for each in (one, two)]
        expected = {"subnet": "10.0.0.0/22", "id": 1, "partner-subnet": "10.0.0.0/22", "partner-id": 7}
        assert shown == [[expected], [expected | {"id": 7, "partner-id": 1}]]
        world.configure((TWO,), subnet_id=1)
        world.run(1.0)
        assert all("subnet-id-mismatches" not in status(each, 0.0)["partner-watch"] for each in (one, two))


def test_a_server_alone_keeps_to_its_half_of_a_subnet_with_two_ids() -> None:
    with World(group=60, spare=-6, watch=True, probes=True, retry=1.0) as world:
        world.configure((TWO,), subnet_id=7)
        world.run(PROBE_LEARNT)
        world.kill(ONE)
        ask(world, 15.0, NUMBERS)
        given = [lease.address for lease in world.lives[TWO].table.store if number_of(lease.hwaddr) in NUMBERS]
        share = world.lives[TWO].table.share
        assert given and share is not None and all(map(Share(share.odd).holds, given))


def test_clients_of_a_subnet_that_one_server_lacks_are_served_by_the_other_one_again_when_it_has_it() -> None:
    made, numbers = pair("load-balancing", 100, "default")
    relayed = range(16, numbers[-1] + 1, 8)
    with made as world:
        world.configure((TWO,), relayed=())
        world.run(PROBE_LEARNT)
        ask(world, 8.0, relayed)
        assert all(world.client(number).holds for number in relayed)
        world.configure((TWO,), relayed=world.relayed)
        ask(world, 8.0, relayed)
        assert not world.conflicts and longest_gap(world, world.clock.seconds() - 8.0) <= 1.0
        assert not world.lives[ONE].hooks.subnet4_select
        theirs = {lease.address for lease in world.lives[TWO].table.store if lease.subnet_id == 2}
        assert {world.client(number).address for number in relayed} <= theirs
