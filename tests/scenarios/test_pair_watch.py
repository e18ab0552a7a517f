"""A partner that is watched: no client waits for it, and evidence decides sooner than Kea's timers."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.doctor.ways import SERVES
from kea_twisted.ha import commands
from kea_twisted.ha.messages import Cause
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import ACK, DELAY, NO_ACK, Node, World, lease_of

HS, PD, WAITING = State.HOT_STANDBY, State.PARTNER_DOWN, State.WAITING
DEFAULTS: dict[str, Any] = {
    "watch": Watch(enabled=True),
    "max_response_delay": 60.0,
    "max_ack_delay": 10.0,
    "max_unacked_clients": 10,
}


def pair(probes: bool | None = None, **changes: Any) -> tuple[World, Node, Node]:
    """Both servers in normal operation with Kea's default timers; they have heard each other's DHCP service."""
    world = World()
    world.probes = probes
    one, two = (world.boot(name, **DEFAULTS | changes) for name in ("server1", "server2"))
    world.advance(3.0)
    assert (one.state, two.state) == (HS, HS)
    return world, one, two


def took_over(node: Node) -> list[str]:
    """The lines of a server about it, in order."""
    wanted = ("HA_COMMUNICATION_INTERRUPTED", "HA_PARTNER_GONE", "HA_STATE_TRANSITION")
    return [identifier for identifier in node.log.identifiers() if identifier in wanted]


def test_status_get_says_why_the_partner_does_not_answer_and_what_that_means() -> None:
    world, one, _ = pair(probes=True)
    watch = commands.status(one.relationship, world.now)["partner-watch"]
    assert not {"trouble", "verdict", "evidence"} & watch.keys()
    world.cut = True
    world.advance(5.0)
    watch = commands.status(one.relationship, world.now)["partner-watch"]
    assert (watch["trouble"], watch["verdict"]) == ("Connection timed out", SERVES)
    assert "its DHCP service answers" in watch["evidence"]
    world.cut = False
    world.advance(5.0)
    assert "trouble" not in commands.status(one.relationship, world.now)["partner-watch"]


# no client waits


def test_a_refused_update_costs_its_client_nothing_and_the_address_stays_owed() -> None:
    world, one, two = pair()
    two.stop()
    lease = lease_of(1, world.now)
    ticket = one.client(lease)
    assert ticket is not None
    world.advance(0.01)
    assert one.results[ticket] is ACK
    assert one.relationship.updates.owed == {lease.address}


def test_an_unanswered_update_costs_half_a_second_once() -> None:
    world, one, two = pair()
    two.hung = True
    first = one.client(lease_of(1, world.now))
    assert first is not None
    world.advance(0.45)
    assert first not in one.results
    world.advance(0.1)
    assert one.results[first] is ACK
    assert one.client(lease_of(2, world.now)) is None  # from now on no client waits
    assert one.client(lease_of(1, world.now), reused=True) is None
    assert one.relationship.updates.owed == {lease_of(1, 0).address, lease_of(2, 0).address}


def test_what_is_owed_is_sent_when_the_partner_answers_again() -> None:
    world, one, two = pair()
    two.hung = True
    one.client(lease_of(1, world.now))
    world.advance(0.6)
    lease = lease_of(2, world.now)
    one.client(lease)
    two.hung = False
    world.advance(20.0)  # the update that it did not answer ends after ten
    assert (one.state, two.state) == (HS, HS)
    assert two.leases[lease.address] == lease
    assert not one.relationship.updates.owed
    assert one.log.texts("HA_PARTNER_IN_DOUBT")[0].endswith("clients are answered, 1 update(s) are owed to it")
    assert one.log.texts("HA_PARTNER_CAUGHT_UP")[0].endswith("answers again, 2 owed update(s) are being sent")
    ticket = one.client(lease_of(3, world.now))
    assert ticket is not None  # and clients wait again until it has their leases


@pytest.mark.parametrize(
    "answer",
    [
        {"result": 1, "text": "the lease file cannot be written: No space left on device"},
        {"result": 4, "text": "Invalid subnet-id: No IPv4 subnet with subnet-id=1 currently configured."},
    ],
)
def test_what_the_partner_cannot_take_concerns_this_lease_only(answer: dict[str, Any]) -> None:
    world, one, two = pair()
    two.answer_with = lambda command: answer if command["command"] == "lease4-update" else None
    lease = lease_of(1, world.now)
    ticket = one.client(lease)
    assert ticket is not None
    world.advance(0.1)
    assert one.results[ticket] is ACK
    assert one.state is HS and one.relationship.link.partner_state is HS
    assert answer["text"] in one.relationship.updates.reasons[lease.address]
    two.answer_with = lambda command: None
    world.advance(12.0)
    assert two.leases[lease.address] == lease
    assert not one.relationship.updates.reasons


def test_a_client_gets_no_ack_for_an_address_that_the_partner_knows_with_another() -> None:
    world, one, two = pair()
    answer = {"result": 4, "text": "AddressInUse: 10.0.0.10 was given to another client"}
    two.answer_with = lambda command: answer if command["command"] == "lease4-update" else None
    ticket = one.client(lease_of(1, world.now))
    assert ticket is not None
    world.advance(0.1)
    assert one.results[ticket] is NO_ACK


@pytest.mark.parametrize("ours", [True, False])
def test_refused_updates_end_the_relationship_with_a_kea_only(ours: bool) -> None:
    world = World()
    one = world.boot("server1", **DEFAULTS)
    two = world.boot("server2", **DEFAULTS | {"watch": Watch(enabled=ours)})
    world.advance(5.0)
    answer = {"result": 4, "text": "Invalid subnet-id: No IPv4 subnet with subnet-id=1 currently configured."}
    two.answer_with = lambda command: answer if command["command"] == "lease4-update" else None
    for client in range(1, 20):
        one.client(lease_of(client, world.now))
        world.advance(0.1)
    assert one.state is (HS if ours else State.TERMINATED)
    shown = commands.status(one.relationship, world.now)["partner-watch"]["rejected-updates"]
    assert len(shown) == (19 if ours else 10)
    reason = f"{answer['text']} (error code 4)"
    assert shown[0] == {"ip-address": "10.0.0.10", "hw-address": "02:00:00:00:00:01", "reason": reason}


# evidence


def test_a_standby_takes_over_when_the_connection_to_the_primarys_process_is_refused_twice() -> None:
    world, one, two = pair()
    two.log.lines.clear()
    one.stop()
    two.perform(two.relationship.connection_ended(world.now))
    world.advance(0.2)
    assert two.state is HS
    world.advance(0.2)
    assert two.state is PD and two.asked(1)
    assert took_over(two) == ["HA_COMMUNICATION_INTERRUPTED", "HA_PARTNER_GONE", "HA_STATE_TRANSITION"]
    assert not two.relationship.shares  # no other server is there to give the same address


def test_without_the_end_of_a_connection_it_is_noticed_within_a_second_and_a_half() -> None:
    world, one, two = pair()
    one.stop()
    world.advance(1.5)
    assert two.state is PD


@pytest.mark.parametrize("how", ["cut", "hung"])
def test_a_silent_partner_is_replaced_within_three_seconds_when_probes_are_unanswered(how: str) -> None:
    world, one, two = pair(probes=True)
    if how == "cut":
        world.cut, world.probes = True, False
    else:
        one.hung = True
    world.advance(3.0)
    assert two.state is PD
    assert two.relationship.shares  # it may be alive out of sight


def test_a_silent_partner_that_cannot_be_probed_is_replaced_by_keas_rule_only() -> None:
    world, one, two = pair(max_unacked_clients=0)
    world.cut = True
    world.advance(58.0)
    assert (one.state, two.state) == (HS, HS)
    world.advance(5.0)
    assert (one.state, two.state) == (PD, PD)


def test_a_partner_that_answers_probes_is_not_replaced_however_long_the_link_is_broken() -> None:
    world, one, two = pair(probes=True, max_unacked_clients=0)
    world.cut = True
    one.client(lease_of(1, world.now))
    world.advance(1.0)
    assert one.client(lease_of(2, world.now)) is None  # no client waits meanwhile
    world.advance(200.0)
    assert (one.state, two.state) == (HS, HS)
    assert len(one.log.texts("HA_PARTNER_LINK_BROKEN")) == len(two.log.texts("HA_PARTNER_LINK_BROKEN")) == 1
    world.cut = False
    world.advance(15.0)
    assert two.leases.keys() == {lease_of(1, 0).address, lease_of(2, 0).address}
    world.cut = True
    world.advance(8.0)
    assert len(one.log.texts("HA_PARTNER_LINK_BROKEN")) == len(two.log.texts("HA_PARTNER_LINK_BROKEN")) == 2


def test_switched_off_it_is_as_keas() -> None:
    world, one, two = pair(probes=True, watch=Watch(enabled=False))
    one.stop()
    world.advance(60.0)
    assert two.state is HS


# a server that cannot serve


def test_a_server_that_cannot_hear_its_clients_hands_over_and_takes_its_role_back() -> None:
    world, one, two = pair()
    one.perform(one.relationship.dhcp_side(False, "em1 is down", world.now))
    assert one.state is WAITING
    world.advance(1.5)
    assert two.state is PD and two.asked(1)
    assert "em1 is down" in two.log.texts("HA_PARTNER_GONE")[-1]
    world.advance(30.0)
    assert one.state is WAITING and two.state is PD
    one.perform(one.relationship.dhcp_side(True, "", world.now))
    world.advance(12.0)
    assert (one.state, two.state) == (HS, HS)


def test_a_server_that_is_deaf_does_not_take_over() -> None:
    world, one, two = pair()
    two.perform(two.relationship.dhcp_side(False, "em1 has no carrier", world.now))
    one.stop()
    world.advance(100.0)
    assert two.state is WAITING and not two.asked(1)


# clocks


@pytest.mark.parametrize("step", [-3600.0, 86400.0, 400 * 86400.0])
def test_the_relationship_heals_when_the_clocks_agree_again(step: float) -> None:
    world, one, two = pair()
    two.skew = step
    world.advance(2.0)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    assert one.asked(1)
    two.skew = 0.0
    world.advance(25.0)
    assert (one.state, two.state) == (HS, HS)


def test_the_survivor_of_a_terminated_pair_serves() -> None:
    world, one, two = pair()
    two.skew = 100.0
    world.advance(2.0)
    assert two.state is State.TERMINATED and not two.asked(1)
    one.stop()
    world.advance(15.0)
    assert two.state is PD and two.asked(1)


def test_a_server_that_ends_the_relationship_first_tells_its_partner_of_leases_from_then_on() -> None:
    world, one, two = pair()
    two.skew = 86400.0
    while State.TERMINATED not in (one.state, two.state):
        world.advance(DELAY / 4)
    first, second = (one, two) if one.state is State.TERMINATED else (two, one)
    assert second.state is HS
    lease = lease_of(1, world.now)
    assert first.client(lease) is not None
    world.advance(3 * DELAY)
    assert second.leases == {lease.address: lease}


@pytest.mark.parametrize("step", [-3600.0, 86400.0, 400 * 86400.0])
def test_leases_given_after_the_clocks_ended_the_relationship_are_known_to_the_survivor(step: float) -> None:
    world, one, two = pair()
    two.skew = step
    world.advance(0.5)
    early = lease_of(1, world.now)
    one.client(early)  # before both know
    world.advance(3.0)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    late = lease_of(2, world.now)
    ticket = one.client(late)
    assert ticket is not None
    world.advance(0.1)
    assert one.results[ticket] is ACK
    assert two.leases == {early.address: early, late.address: late}
    two.hung = True
    ticket = one.client(lease_of(3, world.now))
    assert ticket is not None
    world.advance(0.6)
    assert one.results[ticket] is ACK
    two.hung = False
    world.advance(5.0)
    assert two.leases == one.leases


@pytest.mark.parametrize("kea", [True, False])
def test_the_survivor_of_a_pair_that_the_clocks_ended_keeps_away_from_what_clients_still_hold(kea: bool) -> None:
    world = World()
    one = world.boot("server1", **{} if kea else DEFAULTS)
    two = world.boot("server2", **DEFAULTS)
    world.advance(3.0)
    two.skew = 86400.0
    world.advance(15.0)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    one.stop()
    world.advance(15.0)
    assert two.state is PD and two.relationship.shares  # a Kea told of no lease; by its own clock others have ended


def test_after_an_end_by_refused_updates_none_are_sent() -> None:
    world, one, two = pair()
    one.relationship.step(State.TERMINATED, world.now)
    one.relationship.cause = Cause.REJECTS
    world.advance(3.0)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    assert one.client(lease_of(1, world.now)) is None
    world.advance(3.0)
    assert not two.leases


@pytest.mark.parametrize("step", [-3600.0, 86400.0])
def test_a_step_of_the_wall_clock_does_not_delay_a_takeover(step: float) -> None:
    world, one, two = pair()
    two.skew = step
    one.stop()
    world.advance(2.0)
    assert two.state is PD


@pytest.mark.parametrize("leaves", ["maintenance", "deaf"])
def test_a_server_that_leaves_the_work_to_its_partner_tells_it_first_what_it_owes(leaves: str) -> None:
    world, one, two = pair()
    no = {"result": 1, "text": "not now"}
    two.answer_with = lambda command: no if command["command"] == "lease4-update" else None
    lease = lease_of(1, world.now)
    one.client(lease)
    world.advance(0.1)
    two.answer_with = lambda command: None
    assert lease.address not in two.leases
    if leaves == "maintenance":
        assert two.command("ha-maintenance-start")["result"] == 0
    else:
        one.perform(one.relationship.dhcp_side(False, "em1 is down", world.now))
        world.advance(0.1)
    assert two.leases[lease.address] == lease


def test_a_terminated_server_that_cannot_serve_makes_no_offers() -> None:
    world, one, two = pair()
    two.skew = 86400.0
    world.advance(2.0)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    one.perform(one.relationship.dhcp_side(False, "the lease file cannot be written", world.now))
    assert not one.asked(1)
    world.advance(3.0)
    assert two.state is PD and two.asked(1)
    two.skew = 0.0
    one.perform(one.relationship.dhcp_side(True, "", world.now))
    world.advance(25.0)
    assert (one.state, two.state) == (HS, HS)


def test_probes_are_tried_a_moment_after_both_work_together() -> None:
    world = World()
    world.probes = True
    one, two = (world.boot(name, **DEFAULTS) for name in ("server1", "server2"))
    world.advance(1.0)
    assert (one.state, two.state) == (HS, HS)
    assert one.relationship.watch.evidence.calibrated and two.relationship.watch.evidence.calibrated


def test_a_server_that_serves_its_partners_clients_takes_no_update_that_may_be_out_of_date() -> None:
    world, one, two = pair()
    assert not two.relationship.claims.alone
    assert two.command("ha-maintenance-start")["result"] == 0
    assert two.state is State.PARTNER_IN_MAINTENANCE and two.relationship.claims.alone
    one.stop()
    world.advance(3.0)
    assert two.state is PD and two.relationship.claims.alone
    one = world.boot("server1", dict(one.leases), **DEFAULTS)
    world.advance(10.0)
    assert (one.state, two.state) == (HS, HS) and not two.relationship.claims.alone
