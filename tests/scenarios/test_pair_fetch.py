"""The fetch of the partner's leases: after a break, a restart and a failure."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import START, World, lease_of
from tests.scenarios.test_pair_troubles import HS, PD, pair


def test_a_cut_link_ends_with_both_tables_merged_by_age() -> None:
    world, one, two = pair()
    world.cut = True
    world.advance(35)
    assert (one.state, two.state) == (PD, PD)
    one.client(lease_of(1, world.now))
    two.client(lease_of(2, world.now))
    two.client(lease_of(1, world.now + 3))
    world.cut = False
    world.advance(30)
    assert (one.state, two.state) == (HS, HS)
    assert one.leases == two.leases
    assert one.leases[0x0A00000A].cltt == int(world.now - 27)


def test_a_restarted_partner_that_served_alone_is_not_forgotten() -> None:
    """It comes back as ready with leases of its own: this server fetches them before going on."""
    world, one, two = pair()
    one.relationship.step(PD, world.now)
    two.relationship.step(State.READY, world.now)
    two.relationship.link.unsent_updates = 4
    two.leases[0x0A000063] = lease_of(90, world.now)
    for node in (one, two):
        node.perform([])
    world.settle()
    assert "WAITING" in " ".join(one.log.texts("HA_STATE_TRANSITION")[-4:])
    assert (one.state, two.state) == (HS, HS)
    assert one.leases == two.leases


def test_the_live_server_holds_back_from_the_end_of_the_fetch_until_it_knows_more() -> None:
    world, one, two = pair()
    one.stop()
    world.advance(11)
    assert two.state is PD and two.service.enabled
    two.command("ha-sync-complete-notify", {"server-name": "server1", "origin-id": 2000})
    assert not two.service.enabled
    world.settle()  # the one that notified is not there: serve again
    assert two.state is PD and two.service.enabled


def test_a_lease_given_out_between_fetch_and_normal_operation_is_sent_afterwards() -> None:
    world, one, two = pair()
    one.stop()
    world.advance(11)
    one = world.boot("server1", one.leases)
    lease = lease_of(7, world.now)
    two.client(lease)
    world.settle()
    assert (one.state, two.state) == (HS, HS)
    assert one.leases[lease.address] == lease


@pytest.mark.parametrize("watched", [True, False])
def test_a_fetch_that_ends_twice_leaves_what_was_given_since_to_be_sent(watched: bool) -> None:
    """Nor is anything forgotten by a process that was started after the fetch began."""
    world, one, two = pair(watch=Watch(enabled=watched))
    one.stop()
    world.advance(11)
    assert two.state is PD
    complete = ("ha-sync-complete-notify", {"server-name": "server1", "origin-id": 2000})
    before, since = lease_of(1, world.now), lease_of(2, world.now)
    two.client(before)
    two.command(*complete)
    assert two.relationship.updates.owed == {before.address}
    two.service.disable(2000, world.now + 60, "server1")
    two.client(since)
    for _ in range(2):
        two.command(*complete)
        assert two.relationship.updates.owed == {since.address}


# synchronization


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_partner_of_our_own_kind_is_told_who_fetches(is_ours: bool) -> None:
    world = World()
    asked: list[Any] = []
    one = world.boot("server1", watch=Watch(enabled=is_ours))
    two = world.boot("server2", watch=Watch(enabled=is_ours))
    for node in (one, two):
        node.answer_with = lambda command: asked.append(command) if command["command"] == "dhcp-disable" else None
    world.advance(5.0)
    assert {each["arguments"].get("server-name") for each in asked} == ({"server1", "server2"} if is_ours else {None})


def test_pages_are_fetched_until_one_is_not_full() -> None:
    world = World()
    leases = {lease_of(c, START).address: lease_of(c, START) for c in range(1, 26)}
    world.boot("server1", sync_page_limit=10)
    two = world.boot("server2", leases, sync_page_limit=10)
    world.settle()
    one = world.nodes["server1"]
    assert one.leases == leases
    assert two.received.count("lease4-get-page") == two.received.count("dhcp-disable") == 3
    assert one.log.texts("HA_LEASES_SYNC_APPLIED_LEASES") == [
        f"server1: applied {count} leases received from the partner in the local lease database"
        for count in (10, 10, 5)
    ]


def test_newer_local_leases_stay_and_older_ones_are_replaced() -> None:
    world = World()
    mine = [lease_of(client, START + age) for client, age in ((1, 5), (2, -5), (3, 0))]
    here = {lease.address: lease for lease in mine}
    there = {lease_of(c, START).address: lease_of(c, START) for c in (1, 2, 3)}
    world.boot("server1", here)
    world.boot("server2", there)
    world.settle()
    assert [world.nodes["server1"].leases[a].cltt - int(START) for a in sorted(here)] == [5, 0, 0]


def test_an_item_that_is_no_lease_is_left_out() -> None:
    world = World()
    two = world.boot("server2", {lease_of(1, START).address: lease_of(1, START)})
    genuine = two.lease4_get_page

    def spoil(command: dict[str, Any]) -> dict[str, Any] | None:
        if command["command"] != "lease4-get-page":
            return None
        answer = genuine(command["arguments"])
        answer["arguments"]["leases"].append({"ip-address": "10.0.0.99"})
        return answer

    two.answer_with = spoil
    one = world.boot("server1")
    world.settle()
    assert one.leases == two.leases and one.state is HS
    assert len(one.log.texts("HA_LEASE_SYNC_FAILED")) == 1


@pytest.mark.parametrize(
    ("command", "events"),
    [
        ("dhcp-disable", ["HA_DHCP_DISABLE_FAILED", "HA_SYNC_FAILED"]),
        ("lease4-get-page", ["HA_LEASES_SYNC_FAILED", "HA_SYNC_FAILED"]),
        ("ha-sync-complete-notify", ["HA_SYNC_COMPLETE_NOTIFY_FAILED", "HA_SYNC_FAILED"]),
    ],
)
def test_a_failed_fetch_is_said_and_tried_again(command: str, events: list[str]) -> None:
    world = World()
    two = world.boot("server2", max_response_delay=60.0)
    two.answer_with = lambda c: {"result": 1, "text": "no"} if c["command"] == command else None
    one = world.boot("server1", max_response_delay=60.0)
    world.settle()
    said = [name for name in one.log.identifiers() if name in events]
    assert said == events and one.state is State.SYNCING
    assert two.service.origins == {1000} | ({2000} if command == "ha-sync-complete-notify" else set())
    two.answer_with = lambda c: None
    world.advance(11)
    assert (one.state, two.state) == (HS, HS)


def test_a_partner_that_does_not_know_the_notification_is_enabled_instead() -> None:
    world = World()
    two = world.boot("server2")
    two.answer_with = lambda c: {"result": 2} if c["command"] == "ha-sync-complete-notify" else None
    one = world.boot("server1")
    world.settle()
    assert "dhcp-enable" in two.received
    assert (one.state, two.service.enabled) == (HS, True)


def test_a_reset_during_the_fetch_switches_the_partner_on_again() -> None:
    world = World()
    world.boot("server2")
    one = world.boot("server1")
    for _ in range(100):
        world.advance(0.001)
        if one.state is State.SYNCING and "dhcp-disable" in world.nodes["server2"].received:
            break
    world.advance(0.002)
    one.command("ha-reset")
    world.settle()
    assert (one.state, world.nodes["server2"].state) == (HS, HS)
    assert world.nodes["server2"].service.enabled


def test_without_sync_leases_nothing_is_fetched() -> None:
    world, one, two = pair(sync_leases=False)
    assert "lease4-get-page" not in one.received + two.received
    assert one.log.texts("HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER")
