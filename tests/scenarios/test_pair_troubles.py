"""Troubles between two servers, which no client may notice."""

from __future__ import annotations

from typing import Any

from kea_twisted.ha.messages import write_heartbeat_status
from kea_twisted.ha.settings import Peer
from kea_twisted.ha.states import State
from kea_twisted.ha.url import parse_url
from kea_twisted.lease.lease import Change
from tests.scenarios.pairworld import ACK, NO_ACK, Node, World, decision, lease_of, tutorial

HS, PD = State.HOT_STANDBY, State.PARTNER_DOWN


def pair(**changes: Any) -> tuple[World, Node, Node]:
    """Both servers in normal operation."""
    world = World()
    one, two = world.boot("server1", **changes), world.boot("server2", **changes)
    world.settle()
    assert (one.state, two.state) == (HS, HS)
    return world, one, two


# a node alone


def test_a_lone_node_serves_after_max_response_delay() -> None:
    world = World()
    one = world.boot("server1", max_response_delay=60.0)
    world.advance(59.9)
    assert one.state is State.WAITING and not one.asked(1)
    world.advance(0.2)
    assert one.state is PD and one.asked(1)


def test_a_lone_standby_serves_too() -> None:
    world = World()
    two = world.boot("server2")
    world.advance(10.1)
    assert two.state is PD and two.asked(1)


def test_without_auto_failover_the_standby_does_not_serve_the_primarys_clients() -> None:
    peers = (
        Peer("server1", parse_url("http://10.0.0.1:8000/"), "primary"),
        Peer("server2", parse_url("http://10.0.0.2:8000/"), "standby", auto_failover=False),
    )
    world, one, two = pair(peers=peers)
    one.stop()
    world.advance(11)
    assert two.state is PD and not two.asked(1)


def test_the_second_node_finds_the_first_alone_and_joins_it() -> None:
    world = World()
    one = world.boot("server1")
    world.advance(11)
    one.client(lease_of(1, world.now))
    two = world.boot("server2")
    world.settle()
    assert (one.state, two.state) == (HS, HS)
    assert two.leases == one.leases


# unacked clients


def test_the_standby_waits_for_as_many_clients_as_configured() -> None:
    world, one, two = pair(max_unacked_clients=1)
    one.stop()
    world.advance(11)
    assert two.state is HS
    assert not two.asked(1, secs=6)
    assert not two.asked(2, secs=3)
    world.advance(21)
    assert two.state is HS
    two.asked(2, secs=0x0600)
    world.advance(0.1)  # not at the next heartbeat only
    assert two.state is PD
    assert len(two.log.texts("HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED")) == 2
    assert len(two.log.texts("HA_COMMUNICATION_INTERRUPTED_CLIENT4")) == 1


def test_the_primary_needs_no_clients_to_see_that_the_standby_is_gone() -> None:
    world, one, two = pair(max_unacked_clients=10)
    two.stop()
    world.advance(11)
    assert one.state is PD


def test_a_failed_heartbeat_is_said_every_time_and_the_interruption_too() -> None:
    world, one, two = pair(max_unacked_clients=3)
    one.stop()
    world.advance(35)
    assert len(two.log.texts("HA_HEARTBEAT_COMMUNICATIONS_FAILED")) == 3
    assert len(two.log.texts("HA_COMMUNICATION_INTERRUPTED")) == 3


def test_a_short_break_is_no_failure() -> None:
    world, one, two = pair(max_response_delay=30.0)
    world.cut = True
    world.advance(22)
    world.cut = False
    world.advance(60)
    assert (one.state, two.state) == (HS, HS)
    assert two.log.texts("HA_HEARTBEAT_COMMUNICATIONS_FAILED") == [
        "server2: failed to send heartbeat to server1 (http://10.0.0.1:8000/): Connection timed out"
    ]


# updates


def test_a_refused_update_means_no_ack() -> None:
    world, one, two = pair()
    two.answer_with = lambda command: {"result": 1, "text": "no"} if "lease4" in command["command"] else None
    ticket = one.client(lease_of(1, world.now))
    world.settle()
    assert ticket is not None and one.results[ticket] is NO_ACK
    text = one.log.texts("HA_LEASE_UPDATE_FAILED")[0]
    client = "[hwtype=1 02:00:00:00:00:01], cid=[01:02:00:00:00:00:01], tid=0x"
    assert text.startswith(f"server1: lease update {client}")
    assert text.endswith(" sent to server2 (http://10.0.0.2:8000/) failed: no (error code 1)")


def test_an_unreachable_partner_means_no_ack_while_it_may_be_alive() -> None:
    world, one, two = pair()
    two.stop()
    ticket = one.client(lease_of(1, world.now))
    world.settle()
    assert ticket is not None and one.results[ticket] is NO_ACK
    assert one.state is HS


def test_a_lease_confirmed_from_the_cache_is_sent_first_when_the_partner_does_not_have_it() -> None:
    world, one, two = pair()
    lease = lease_of(1, world.now)
    two.up = False
    one.client(lease)
    world.advance(3)
    two.up = True
    assert not two.leases
    ticket = one.client(lease, reused=True)
    assert ticket is not None
    world.settle()
    assert one.results[ticket] is ACK
    assert two.leases == {lease.address: lease}
    assert one.client(lease, reused=True) is None  # now it has it


def test_a_retry_during_the_update_waits_for_the_same_update() -> None:
    world, one, two = pair()
    lease = lease_of(1, world.now)
    first = one.client(lease)
    again = one.client(lease, reused=True)
    world.settle()
    assert first is not None and again is not None
    assert one.results[first] is one.results[again] is ACK
    assert two.received.count("lease4-update") == 1


def test_updates_of_one_address_arrive_in_order() -> None:
    world, one, two = pair()
    lease = lease_of(1, world.now)
    newer = lease._replace(cltt=lease.cltt + 5)
    tickets = [one.client(lease), one.client(newer), one.client(newer, Change(newer, True))]
    world.settle()
    assert [one.results[ticket] for ticket in tickets if ticket] == [ACK] * 3
    assert [name for name in two.received if name.startswith("lease4")][-3:] == [
        "lease4-update",
        "lease4-update",
        "lease4-del",
    ]
    assert not two.leases


def test_every_change_of_a_decision_must_arrive() -> None:
    world, one, two = pair()
    old, new = lease_of(1, world.now), lease_of(1, world.now, 0x0A000050)
    two.answer_with = lambda command: {"result": 1} if command["command"] == "lease4-del" else None
    ticket = one.client(new, Change(old, True), Change(new))
    world.settle()
    assert ticket is not None and one.results[ticket] is NO_ACK


def test_when_the_failure_is_confirmed_meanwhile_the_client_need_not_wait() -> None:
    """Packets to the partner vanish: the update ends after ten seconds, when this server is alone already."""
    world, one, two = pair()
    world.advance(5)
    world.cut = True
    world.advance(3)
    ticket = one.client(lease_of(1, world.now))
    world.advance(11)
    assert one.state is PD
    assert ticket is not None and one.results[ticket] is ACK
    assert one.relationship.link.unsent_updates == 1


def test_conflicts_of_many_clients_end_the_relationship() -> None:
    world, one, two = pair(max_rejected_lease_updates=3)
    two.answer_with = lambda command: {"result": 4, "text": "?"} if "lease4" in command["command"] else None
    for client in (1, 1, 2):
        ticket = one.client(lease_of(client, world.now))
        world.settle()
        assert ticket is not None and one.results[ticket] is NO_ACK
    assert one.state is HS
    one.client(lease_of(3, world.now))
    world.advance(11)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    assert [one.asked(1), two.asked(1)] == [True, False]
    assert "server1: too many rejected lease updates cause the HA service to terminate" in one.log.texts(
        "HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION"
    )


def test_after_rejects_a_reset_of_both_heals() -> None:
    world, one, two = pair(max_rejected_lease_updates=1)
    two.answer_with = lambda command: {"result": 4} if command["command"] == "lease4-update" else None
    one.client(lease_of(1, world.now))
    world.advance(11)
    two.answer_with = lambda command: None
    for node in (one, two):
        assert node.command("ha-reset")["text"] == "HA state machine reset."
    world.settle()
    assert (one.state, two.state) == (HS, HS)


def test_a_busy_thread_of_the_partner_is_no_conflict() -> None:
    world, one, two = pair(max_rejected_lease_updates=1)
    answers = iter([{"result": 4, "text": "ResourceBusy: IP address:10.0.0.10 could not be updated."}] * 2)
    two.answer_with = lambda c: next(answers, None) if c["command"] == "lease4-update" else None
    ticket = one.client(lease_of(1, world.now))
    world.settle()
    assert ticket is not None and one.results[ticket] is ACK
    assert one.state is HS


def test_without_lease_updates_nobody_waits() -> None:
    world, one, two = pair(send_lease_updates=False)
    assert one.client(lease_of(1, world.now)) is None
    world.settle()
    assert not two.leases


# clocks


def skewed(seconds: int) -> tuple[World, Node]:
    world, one, two = pair()

    def lie(command: dict[str, Any]) -> dict[str, Any] | None:
        if command["command"] != "ha-heartbeat":
            return None
        status = two.relationship.heartbeat_status(None, world.now)._replace(time=int(world.now + seconds))
        return {"result": 0, "arguments": write_heartbeat_status(status)}

    two.answer_with = lie
    return world, one


def test_a_skew_of_31_seconds_is_warned_of_once_a_minute() -> None:
    world, one = skewed(-31)
    world.advance(65)
    assert len(one.log.texts("HA_HIGH_CLOCK_SKEW")) == 1
    assert one.log.texts("HA_HIGH_CLOCK_SKEW")[0].endswith("31s behind, please synchronize clocks!")
    assert one.state is HS


def test_a_skew_of_61_seconds_ends_the_relationship_and_a_reset_heals_it_once_the_clock_is_right() -> None:
    world, one = skewed(61)
    two = world.nodes["server2"]
    world.advance(22)
    assert (one.state, two.state) == (State.TERMINATED, State.TERMINATED)
    two.answer_with = lambda command: None
    one.command("ha-reset")
    two.command("ha-reset")
    world.settle()
    assert (one.state, two.state) == (HS, HS)


def test_a_clock_set_back_does_not_stop_the_heartbeats() -> None:
    world, one, two = pair()
    relationship = one.relationship
    relationship.tick(world.now - 86400)
    assert relationship.deadline is not None and relationship.deadline <= world.now - 86400 + 10


# answers out of turn


def test_late_double_and_unknown_answers_are_ignored() -> None:
    world, one, two = pair()
    ticket, _ = one.relationship.committed(decision(lease_of(1, world.now)))
    effects = one.relationship.turn_ended(world.now)
    token = effects[0].token  # type: ignore[union-attr]
    first = one.relationship.answered(token, {"result": 0}, world.now)
    assert [effect.value for effect in first] == [ACK]  # type: ignore[union-attr]
    assert one.relationship.answered(token, {"result": 1}, world.now) == []
    assert one.relationship.answered(99999, {"result": 1}, world.now) == []
    assert ticket is not None


def test_an_answer_that_is_none_counts_as_a_failed_heartbeat() -> None:
    world, one, two = pair()
    two.answer_with = lambda command: {"result": 0, "arguments": {"state": "asleep", "date-time": "never"}}
    world.advance(10)
    assert one.log.texts("HA_HEARTBEAT_FAILED") == [
        "server1: heartbeat to server2 (http://10.0.0.2:8000/) failed: unsupported HA partner state returned asleep"
    ]


def test_a_partner_of_another_mode_sends_us_waiting() -> None:
    world, one, two = pair()
    two.relationship.state = State.LOAD_BALANCING
    world.advance(10.5)
    assert one.state is State.WAITING
    assert one.log.texts("HA_INVALID_PARTNER_STATE_LOAD_BALANCING")


def test_a_terminated_partner_has_ten_minutes_to_be_restarted() -> None:
    world = World()
    two = world.boot("server2")
    two.relationship.step(State.TERMINATED, world.now)
    one = world.boot("server1")
    world.advance(599)
    assert one.state is State.WAITING
    world.advance(12)
    assert one.state is State.TERMINATED
    assert one.log.texts("HA_TERMINATED_PARTNER_DID_NOT_RESTART")[0].endswith("within 10 minutes")


def test_a_stopped_server_lets_go_of_the_service() -> None:
    world = World()
    one = world.boot("server1")
    assert one.service.origins == {1000}
    one.perform(one.relationship.stop())
    assert not one.service.origins and one.relationship.deadline is None


def test_two_servers_do_not_echo_each_others_heartbeats_for_ever() -> None:
    world, one, two = pair()
    two.command("ha-maintenance-start")
    world.advance(5)
    before = len(one.received) + len(two.received)
    world.advance(1000)
    assert len(one.received) + len(two.received) - before < 450


# requests to a partner before anything is decided about it


def test_a_partner_that_came_up_meanwhile_is_asked_before_this_server_counts_as_alone() -> None:
    world = World()
    one = world.boot("server1")
    world.advance(5)
    two = Node(world, tutorial("server2"))  # there, and does not heartbeat yet, as Kea
    world.nodes["server2"] = two
    world.advance(5.5)
    assert "PARTNER-DOWN" not in " ".join(one.log.texts("HA_STATE_TRANSITION"))
    assert one.state is State.READY


def test_a_heartbeat_without_a_name_is_the_partners_too() -> None:
    """Kea 2.2 sends no arguments."""
    world = World()
    two = world.boot("server2")
    world.advance(5)
    world.nodes["server1"] = one = Node(world, tutorial("server1"))
    assert two.relationship.link.partner_state is State.UNAVAILABLE
    two.serve({"command": "ha-heartbeat"})
    world.advance(0.1)
    assert two.relationship.link.partner_state is State.WAITING
    assert one.received == ["ha-heartbeat"]
