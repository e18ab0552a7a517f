"""The reclamation of expired leases."""

from __future__ import annotations

import pytest

from kea_twisted.config.model import ExpiredLeases
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import DEFAULT, RECLAIMED, Change, Lease
from tests.builders import World, ip, load_leases, settings, subnet, tutorial_settings


def world_with(clients, **rules):
    world = World(tutorial_settings(expired_leases_processing=ExpiredLeases(**rules)))
    for number in range(clients):
        world.client(number).obtain()
    return world


def test_an_expired_lease_is_kept_as_reclaimed():
    world = world_with(1)
    before = world.lease("10.0.0.10")
    world.now += 7200
    assert world.reclaimer().run(world.now) == []  # its last second
    world.now += 1
    assert world.reclaimer().run(world.now) == [(before._replace(state=RECLAIMED), False)]
    assert world.reclaimer().run(world.now) == []
    for prefix in ("", "subnet[1].", "subnet[1].pool[0]."):
        assert world.count(f"{prefix}assigned-addresses") == 0
        assert world.count(f"{prefix}reclaimed-leases") == 1


def test_a_reclaimed_lease_forgets_its_names():
    world = world_with(0)
    world.client(1).send(3, {12: b"name"})
    world.now += 7201
    ((lease, _),) = world.reclaimer().run(world.now)
    assert lease.hostname == ""


def test_without_a_flush_timer_reclaimed_leases_are_deleted_at_once():
    world = world_with(1, flush_reclaimed_timer_wait_time=0)
    world.now += 7201
    assert world.reclaimer().run(world.now)[0].deleted
    assert len(world.store) == 0


def test_a_released_lease_is_reclaimed_and_counted_once():
    world = world_with(1)
    world.now += 60
    client = world.client(0)
    client.release("10.0.0.10")
    assert world.count("assigned-addresses") == 0
    world.now += 1
    assert world.reclaimer().run(world.now)[0].lease.state == RECLAIMED
    assert (world.count("assigned-addresses"), world.count("reclaimed-leases")) == (0, 1)


def test_a_declined_address_comes_back_and_is_said():
    world = world_with(1)
    world.client(0).decline("10.0.0.10")
    world.now += 86401
    ((lease, deleted),) = world.reclaimer().run(world.now)
    assert (lease.address, deleted, world.lease("10.0.0.10")) == (ip("10.0.0.10"), True, None)
    assert world.log.texts("ALLOC_ENGINE_V4_DECLINED_RECOVERED") == [
        "IPv4 address 10.0.0.10 was recovered after 86400 seconds of probation-period"
    ]
    for prefix in ("", "subnet[1].", "subnet[1].pool[0]."):
        assert world.count(f"{prefix}declined-addresses") == world.count(f"{prefix}assigned-addresses") == 0
        assert world.count(f"{prefix}reclaimed-declined-addresses") == 1


def test_one_run_takes_no_more_than_it_may_and_the_next_goes_on():
    world = world_with(7, max_reclaim_leases=3)
    world.now += 7201
    reclaimer = world.reclaimer()
    assert [len(reclaimer.run(world.now)) for _ in range(4)] == [3, 3, 1, 0]


def test_one_run_takes_no_longer_than_it_may():
    world = world_with(7, max_reclaim_leases=0, max_reclaim_time=250)
    world.now += 7201
    ticks = iter([0.0, 0.1, 0.2, 0.3])
    assert len(world.reclaimer().run(world.now, lambda: next(ticks))) == 2


def test_runs_that_never_finish_are_complained_about():
    world = world_with(20, max_reclaim_leases=2, unwarned_reclaim_cycles=3)
    world.now += 7201
    reclaimer = world.reclaimer()
    for _ in range(4):
        assert world.log.texts("ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW") == []
        reclaimer.run(world.now)
    assert len(world.log.texts("ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW")) == 1


def test_a_hook_can_have_leases_left_alone_without_stopping_the_others():
    world = world_with(4, max_reclaim_leases=2)
    world.hooks.register("lease4_expire", lambda lease: Step.SKIP if lease.address & 255 < 12 else None)
    world.now += 7201
    assert [change.lease.address & 255 for change in world.reclaimer().run(world.now)] == [12, 13]
    assert world.count("assigned-addresses") == 2


def test_flushing_deletes_what_was_reclaimed_long_ago():
    world = world_with(2, hold_reclaimed_time=100)
    world.now += 7201
    reclaimer = world.reclaimer()
    reclaimer.run(world.now)
    world.now += 99
    assert reclaimer.flush(world.now) == []
    world.now += 1
    assert [change.deleted for change in reclaimer.flush(world.now)] == [True, True]
    assert len(world.store) == 0


def test_a_client_comes_back_to_its_reclaimed_address():
    world = world_with(3)
    world.now += 7201
    world.reclaimer().run(world.now)
    assert world.client(2).obtain() == ip("10.0.0.12")
    assert (world.count("assigned-addresses"), world.count("cumulative-assigned-addresses")) == (1, 4)
    assert world.count("reclaimed-leases") == 3


CROWD = 2500


def crowded(state=DEFAULT, **rules) -> World:
    """A world in which many leases ended at the same time, long ago."""
    world = World(
        settings(subnet("10.0.0.0/16", "10.0.0.0-10.0.255.255"), expired_leases_processing=ExpiredLeases(**rules))
    )
    first = ip("10.0.0.0")
    ended = int(world.now) - 10**6
    leases = [
        Lease(first + number, b"ab" + number.to_bytes(4, "big"), b"", 100, ended, 1, state=state)
        for number in range(CROWD)
    ]
    load_leases(world.table, leases)
    return world


@pytest.mark.parametrize("state", [DEFAULT, RECLAIMED])
def test_many_leases_are_done_with_some_hundreds_at_a_time(state):
    world = crowded(state, max_reclaim_leases=0, hold_reclaimed_time=1000)
    reclaimer = world.reclaimer()
    slices = reclaimer.flush_slices(world.now) if state else reclaimer.run_slices(world.now)
    assert [len(changes) for changes in slices] == [250] * 10 + [0]


def test_leases_may_change_between_two_slices():
    world = crowded(max_reclaim_leases=0)
    slices = world.reclaimer().run_slices(world.now)
    assert len(next(slices)) == 250
    left = list(world.store.walk_expired(world.now))
    for lease in left[:700]:
        world.table.apply(Change(lease, True))
    assert sum(len(changes) for changes in slices) == 1550


def test_leases_that_a_hook_wants_left_alone_are_looked_at_in_turns():
    world = crowded(max_reclaim_leases=10)
    seen = []
    world.hooks.register("lease4_expire", lambda lease: seen.append(lease.address) or Step.SKIP)
    reclaimer = world.reclaimer()
    for _ in range(3):
        reclaimer.run(world.now)
    assert len(set(seen)) == CROWD
    assert len(seen) <= 3 * 1010


def test_the_search_for_addresses_that_are_over_is_bounded():
    world = crowded()
    rounds = 0
    while world.table.release_overdue(int(world.now)):
        rounds += 1
    assert rounds == 3
    assert world.table.book(1).pools[0].taken.kept_back == 0
