"""RELEASE, DECLINE and INFORM: rows, log lines, silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kea_twisted.config.model import ExpiredLeases, Triplet
from kea_twisted.lease.lease import DECLINED, INFINITE, RELEASED, Change
from kea_twisted.wire.constants import BROADCAST_FLAG, INFORM
from tests.builders import (
    World,
    ip,
    kind_of,
    message,
    option_set,
    packed,
    settings,
    subnet,
    tutorial_settings,
)


def obtained(configuration=None):
    world = World(configuration)
    client = world.client(1)
    client.obtain()
    world.now += 60
    return world, client


def test_a_released_lease_is_kept_without_lifetime_so_that_it_can_come_back():
    world, client = obtained()
    before = world.lease("10.0.0.10")
    decision = client.release()
    (change,) = decision.changes
    assert change == (before._replace(valid_lifetime=0, state=RELEASED), False)
    assert (decision.reply, decision.lease) == (None, None)
    assert world.log.identifiers()[-2:] == ["DHCP4_RELEASE", "DHCP4_RELEASE_EXPIRED"]
    assert world.count("assigned-addresses") == world.count("subnet[1].assigned-addresses") == 0
    assert client.discover().yiaddr == ip("10.0.0.10")


@pytest.mark.parametrize(
    "rules", [ExpiredLeases(flush_reclaimed_timer_wait_time=0), ExpiredLeases(hold_reclaimed_time=0)]
)
def test_without_affinity_a_released_lease_is_deleted(rules):
    world, client = obtained(tutorial_settings(expired_leases_processing=rules))
    (change,) = client.release().changes
    assert (change.deleted, world.lease("10.0.0.10")) == (True, None)
    assert world.log.identifiers()[-2:] == ["DHCP4_RELEASE", "DHCP4_RELEASE_DELETED"]


def test_an_infinite_lease_is_deleted_on_release():
    forever = Triplet(INFINITE, INFINITE, INFINITE)
    world, client = obtained(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", valid_lifetime=forever)))
    assert client.release().changes[0].deleted


def test_what_is_not_the_clients_to_release_stays():
    world, client = obtained()
    assert world.client(2).release("10.0.0.10") is None
    assert world.client(2).release("10.0.0.99") is None
    client.release()
    assert client.release() is None
    assert [each for each in world.log.identifiers() if "RELEASE_FAIL" in each] == [
        "DHCP4_RELEASE_FAIL_WRONG_CLIENT",
        "DHCP4_RELEASE_FAIL_NO_LEASE",
        "DHCP4_RELEASE_FAIL_NOT_ASSIGNED",
    ]
    assert world.log.texts("DHCP4_RELEASE_FAIL_NOT_ASSIGNED")[0].endswith("which is in the released state")


def test_a_declined_address_goes_on_probation_and_forgets_its_client():
    world, client = obtained(tutorial_settings(decline_probation_period=500))
    decision = client.decline()
    lease = world.lease("10.0.0.10")
    assert decision.changes == ((lease, False),)
    assert (lease.hwaddr, lease.client_id, lease.hostname, lease.state) == (b"", b"", "", DECLINED)
    assert (lease.valid_lifetime, lease.cltt, lease.subnet_id) == (500, int(world.now), 1)
    assert world.log.lines[-1] == (
        "DHCP4_DECLINE_LEASE",
        "Received DHCPDECLINE for addr 10.0.0.10 from client [hwtype=1 08:00:27:00:00:01],"
        " cid=[01:08:00:27:00:00:01], tid=0x103. The lease will be unavailable for 500 seconds.",
    )
    for prefix in ("", "subnet[1].", "subnet[1].pool[0]."):
        assert world.count(f"{prefix}declined-addresses") == world.count(f"{prefix}assigned-addresses") == 1


def test_a_declined_lease_of_a_wrong_clock_stays_on_probation_until_no_client_can_hold_it():
    world, client = obtained(tutorial_settings(decline_probation_period=500))
    lease = world.lease("10.0.0.10")
    assert lease.valid_lifetime > 500
    for ahead in (60, 61):
        world.server.core.table.apply(Change(lease._replace(cltt=int(world.now) + ahead)))
        (change,) = client.decline().changes
        lasts = 500 if ahead == 60 else lease.valid_lifetime + 60
        assert change.lease.expire == int(world.now) + lasts + (60 if ahead == 60 else 0)
        assert world.log.texts("DHCP4_DECLINE_LEASE")[-1].endswith(f"{lasts} seconds.")


@pytest.mark.parametrize(("ahead", "at"), [(-1, 0), (0, 0), (1, 2), (59, 60), (60, 60)])
def test_a_declined_lease_is_younger_than_the_one_that_a_clock_ahead_gave(ahead, at):
    world, client = obtained(tutorial_settings(decline_probation_period=500))
    lease = world.lease("10.0.0.10")
    world.server.core.table.apply(Change(lease._replace(cltt=int(world.now) + ahead)))
    (change,) = client.decline().changes
    assert (change.lease.cltt, change.lease.valid_lifetime) == (int(world.now) + at, 500)


def test_what_is_not_the_clients_to_decline_stays():
    world, client = obtained()
    assert world.client(2).decline("10.0.0.10") is None
    assert world.client(2).decline("10.0.0.99") is None
    assert world.log.identifiers()[-1] == "DHCP4_DECLINE_LEASE_NOT_FOUND"
    (text,) = world.log.texts("DHCP4_DECLINE_LEASE_MISMATCH")
    assert text.endswith(
        "received hwaddr: 08:00:27:00:00:02, lease hwaddr: 08:00:27:00:00:01,"
        " received client-id: 01:08:00:27:00:00:02, lease client-id: 01:08:00:27:00:00:01"
    )
    world.now += 9000
    assert client.decline() is None  # over


def test_release_and_decline_need_no_subnet():
    world, client = obtained()
    world.reconfigure(settings(subnet("192.0.2.0/24", "192.0.2.10-192.0.2.20")))
    assert client.release() is not None


# --- INFORM

WITH_OPTIONS = settings(
    subnet(
        "10.0.0.0/24",
        "10.0.0.10-10.0.0.20",
        options=option_set({3: packed("10.0.0.1"), 42: packed("10.0.0.9")}),
    )
)


def test_an_inform_gets_options_and_no_address_nor_times():
    world = World(WITH_OPTIONS)
    answer = world.client(1).inform("10.0.0.77")
    assert list(answer.options) == [53, 3, 42, 54, 61]
    assert (kind_of(answer), answer.yiaddr, answer.ciaddr) == (5, 0, ip("10.0.0.77"))
    assert (world.last.changes, world.last.lease, len(world.store)) == ((), None, 0)


def test_an_inform_through_a_relay_is_answered_past_it_when_the_client_has_an_address():
    world = World(WITH_OPTIONS)
    relayed = {"giaddr": ip("10.0.0.5"), "hops": 1}
    answer = world.ask(message(INFORM, {82: b"\x01\x02ab"}, ciaddr=ip("10.0.0.99"), **relayed))
    assert (answer.giaddr, answer.hops, 82 in answer.options) == (0, 0, False)
    assert world.last.reply.destination == ip("10.0.0.99")
    answer = world.ask(message(INFORM, {82: b"\x01\x02ab"}, **relayed))
    assert (answer.giaddr, answer.hops, answer.flags) == (ip("10.0.0.5"), 1, BROADCAST_FLAG)
    assert (82 in answer.options, world.last.reply.destination) == (True, ip("10.0.0.5"))


def test_an_inform_from_an_unknown_network_gets_an_ack_without_options():
    answer = World(replace(WITH_OPTIONS, subnets=())).ask(message(INFORM, ciaddr=ip("192.0.2.5")))
    assert list(answer.options) == [53, 54]
