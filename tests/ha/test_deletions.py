"""What a command deleted stays deleted, at the partner and when the partner comes back with its old leases."""

from __future__ import annotations

from kea_twisted.ha.deletions import Deletions
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import START, Node, World, lease_of


def delete(node: Node, number: int) -> None:
    """What lease4-del does at a node."""
    lease = node.leases.pop(lease_of(number, START).address)
    node.perform(node.relationship.deleted([lease]))


def pair() -> tuple[World, Node, Node]:
    """Both work together and have two leases."""
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.settle()
    for number in (1, 2):
        one.client(lease_of(number, world.now))
    world.advance(5)
    assert one.leases == two.leases != {}
    return world, one, two


def test_the_partner_deletes_it_too() -> None:
    world, one, two = pair()
    delete(one, 1)
    world.settle()
    assert one.leases == two.leases and len(two.leases) == 1
    assert one.relationship.updates.owed == set()


def test_the_partner_that_is_away_is_told_later() -> None:
    world, one, two = pair()
    kept = dict(two.leases)
    two.stop()
    world.advance(60)
    assert one.state is State.PARTNER_DOWN
    delete(one, 1)
    two = world.boot("server2", leases=kept)
    world.advance(30)
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    assert one.leases == two.leases and len(one.leases) == 1
    assert one.relationship.updates.deletions.unconfirmed == set()


def test_a_lease_given_since_counts() -> None:
    deletions = Deletions()
    lease = lease_of(1, 100)
    deletions.add([lease.address], 150.5)
    assert deletions.covers(lease)
    assert deletions.revived([lease.address, 7], {lease.address: lease}.get) == [lease]
    newer = lease_of(1, 150)
    assert not deletions.covers(newer)
    assert deletions.revived([lease.address], {lease.address: newer}.get) == []


def test_the_oldest_deletions_are_forgotten() -> None:
    deletions = Deletions(limit=2)
    deletions.add([1, 2, 3], 10.0)
    assert deletions.unconfirmed == {2, 3}
