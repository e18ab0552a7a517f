"""offer-lifetime: an offered address is the client's for a while. adaptive-lease-time-threshold: shorter leases."""

from __future__ import annotations

from kea_twisted.config.model import Triplet
from tests.builders import World, settings, subnet


def world_with(**fields) -> World:
    return World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.13", **fields)))


def lifetime(answer) -> int:
    return int.from_bytes(answer.options[51], "big")


def test_an_offer_is_kept_but_the_client_hears_of_the_whole_lifetime():
    world = world_with(offer_lifetime=60)
    assert lifetime(world.client(1).discover()) == 7200
    assert world.lease("10.0.0.10").valid_lifetime == 60
    assert [change.lease.address for change in world.last.changes] == [world.lease("10.0.0.10").address]
    world.client(1).obtain()
    assert world.lease("10.0.0.10").valid_lifetime == 7200


def test_an_offer_does_not_shorten_a_lease():
    world = world_with(offer_lifetime=60)
    client = world.client(1)
    client.obtain()
    world.now += 3600
    client.discover()
    assert world.lease("10.0.0.10").valid_lifetime == 7200


def test_without_it_an_offer_leaves_nothing_behind():
    world = world_with()
    world.client(1).discover()
    assert world.lease("10.0.0.10") is None


def test_leases_get_shorter_when_the_pool_of_a_free_lease_queue_fills_up():
    times = Triplet(100, 7200, 7200)
    world = world_with(allocator="flq", adaptive_lease_time_threshold=0.5, valid_lifetime=times)
    found = []
    for number in range(3):
        client = world.client(number)
        client.obtain()
        found.append(world.last.lease.valid_lifetime)
    assert found == [7200, 100, 100]
