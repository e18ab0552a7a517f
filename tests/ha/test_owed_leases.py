"""Leases that are owed to the partner beyond the end of a process."""

from __future__ import annotations

from kea_twisted.ha.states import State
from tests.scenarios.pairworld import World, lease_of


def test_a_lease_from_before_the_start_that_is_confirmed_alone_is_owed() -> None:
    world = World()
    lease = lease_of(1, world.now - 100)
    one = world.boot("server1", leases={lease.address: lease})
    world.advance(60)
    assert one.state is State.PARTNER_DOWN
    one.client(lease, reused=True)
    assert one.relationship.updates.owed == {lease.address}


def test_a_lease_that_this_process_gave_is_not_owed_once_more() -> None:
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.settle()
    lease = lease_of(1, world.now + 1)
    one.client(lease)
    world.settle()
    two.stop()
    world.advance(60)
    one.client(lease, reused=True)
    assert one.relationship.updates.owed == set()


def test_a_lease_from_before_the_start_is_told_before_it_is_confirmed_where_no_leases_are_fetched() -> None:
    world = World()
    lease = lease_of(1, world.now - 100)
    one = world.boot("server1", leases={lease.address: lease}, sync_leases=False)
    two = world.boot("server2", sync_leases=False)
    world.settle()
    assert one.state is two.state is State.HOT_STANDBY
    ticket = one.client(lease, reused=True)
    world.settle()
    assert ticket is not None and two.leases == one.leases
