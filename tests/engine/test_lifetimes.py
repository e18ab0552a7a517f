"""For how long: bounds, T1 and T2, and leases that are confirmed without being renewed."""

from __future__ import annotations

import pytest

from kea_twisted.config.model import Triplet
from kea_twisted.lease.lease import CLOCK_ERROR, DEFAULT, INFINITE, RELEASED, Change
from tests.builders import World, kind_of, mac, settings, subnet


def world_with(**fields):
    return World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", **fields)))


def seconds(answer, code=51):
    return int.from_bytes(answer.options[code], "big") if code in answer.options else None


@pytest.mark.parametrize(("wish", "given"), [(None, 1001), (0, 1001), (50, 100), (1500, 1500), (5000, 2000)])
def test_a_wish_is_granted_within_the_bounds(wish, given):
    world = world_with(valid_lifetime=Triplet(100, 1001, 2000))
    options = {} if wish is None else {51: wish.to_bytes(4, "big")}
    client = world.client(1)
    assert seconds(client.send(1, options)) == given
    client.select("10.0.0.10")
    answer = client.send(3, {**options, 50: b"\x0a\0\0\x0a", 54: b"\x0a\0\0\x01"})
    assert seconds(answer) == given


@pytest.mark.parametrize(
    ("fields", "t1", "t2"),
    [
        ({}, None, None),
        ({"renew_timer": 1000, "rebind_timer": 2000}, 1000, 2000),
        ({"renew_timer": 1000}, 1000, None),
        ({"rebind_timer": 2000}, None, 2000),
        ({"renew_timer": 2000, "rebind_timer": 1000}, None, 1000),
        ({"renew_timer": 9000, "rebind_timer": 9999}, None, None),
        ({"renew_timer": 1000, "rebind_timer": 9999}, 1000, None),
        ({"calculate_tee_times": True}, 3601, 6301),  # 3600.5 and 6300.875, halves up
        ({"calculate_tee_times": True, "t1_percent": 0.25, "rebind_timer": 5000}, 1800, 5000),
    ],
)
def test_t1_and_t2_are_sent_when_they_make_sense(fields, t1, t2):
    answer = world_with(valid_lifetime=Triplet(7201, 7201, 7201), **fields).client(1).discover()
    assert (seconds(answer, 58), seconds(answer, 59)) == (t1, t2)


def test_a_renewal_within_the_first_quarter_confirms_the_lease_as_it_is():
    world = World()
    client = world.client(1)
    client.obtain()
    before = world.lease("10.0.0.10")
    world.now += 1800
    assert seconds(client.renew()) == 5400
    assert (world.last.reused, world.last.changes, world.last.lease) == (True, (), before)
    assert world.log.texts("DHCP4_LEASE_ALLOC")[-1].endswith("lease 10.0.0.10 has been allocated for 7200 seconds")
    assert world.log.texts("DHCP4_LEASE_REUSE")[-1].endswith("lease 10.0.0.10 has been reused for 5400 seconds")
    assert world.count("v4-lease-reuses") == world.count("subnet[1].v4-lease-reuses") == 1


def test_an_offer_of_a_young_lease_promises_the_time_that_is_left():
    world = World()
    client = world.client(1)
    client.obtain()
    world.now += 60
    assert seconds(client.discover()) == 7140
    assert world.count("v4-lease-reuses") == 1


@pytest.mark.parametrize(
    ("fields", "age", "reused"),
    [
        ({}, 1800, True),
        ({}, 1801, False),
        ({"cache_threshold": 0.0}, 0, False),
        ({"cache_threshold": 0.0, "cache_max_age": 100}, 10, False),
        ({"cache_threshold": 0.5, "cache_max_age": 100}, 100, True),
        ({"cache_threshold": 0.5, "cache_max_age": 100}, 101, False),
        ({"cache_threshold": 0.01, "cache_max_age": 100}, 73, False),
        ({"valid_lifetime": Triplet(INFINITE, INFINITE, INFINITE)}, 99999, True),
    ],
)
def test_how_long_a_lease_counts_as_young(fields, age, reused):
    world = world_with(**fields)
    client = world.client(1)
    client.obtain()
    world.now += age
    assert kind_of(client.renew()) == 5
    assert world.last.reused is reused
    assert bool(world.last.changes) is not reused


def test_a_young_lease_of_before_a_takeover_is_renewed_once():
    world = World()
    client = world.client(1)
    client.obtain()
    world.table.renews_until = int(world.now)
    for reused in (False, True):
        world.now += 10
        client.renew()
        assert world.last.reused is reused


@pytest.mark.parametrize(
    ("state", "taken_over", "ahead", "given"),
    [
        (DEFAULT, True, 11, 12),
        (RELEASED, True, 11, 12),
        (RELEASED, True, 0, 1),
        (DEFAULT, True, 0, 0),
        (DEFAULT, True, -5, 0),
        (DEFAULT, True, CLOCK_ERROR, CLOCK_ERROR),
        (RELEASED, True, CLOCK_ERROR, CLOCK_ERROR),
        (DEFAULT, True, CLOCK_ERROR + 1, 0),  # a wrong clock
        (RELEASED, False, 11, 0),
    ],
)
def test_a_lease_after_a_takeover_is_younger_than_the_one_that_a_clock_ahead_gave_or_ended(
    state, taken_over, ahead, given
):
    world = World()
    client = world.client(1)
    client.obtain()
    world.now += 3600
    now = int(world.now)
    old = world.lease("10.0.0.10")
    world.table.apply(Change(old._replace(cltt=now + ahead, state=state, valid_lifetime=0 if state else 7200)))
    world.table.renews_until = now + ahead if taken_over else 0
    client.renew() if state == DEFAULT else client.obtain()
    assert world.lease("10.0.0.10").cltt == now + given


def test_a_young_lease_is_renewed_all_the_same_when_something_changed():
    world = World()
    world.client(1, client_id=b"").obtain()
    world.client(1).reboot("10.0.0.10")
    assert not world.last.reused
    assert world.lease("10.0.0.10").client_id == b"\x01" + mac(1)


def test_an_infinite_lease_is_called_so_in_the_log():
    world = world_with(valid_lifetime=Triplet(INFINITE, INFINITE, INFINITE))
    world.client(1).obtain()
    assert world.log.texts("DHCP4_LEASE_ALLOC")[0].endswith("allocated for infinity seconds")
