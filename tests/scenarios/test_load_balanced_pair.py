"""Two servers that share the work, in memory: a break of the link, its end, and too much meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kea_twisted.ha.loadbalancing import bucket
from kea_twisted.ha.reclamation import named_by_partner, reclaims
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import ACK, DELAY, Node, World, balanced, lease_of, query

LB, CR, PD = State.LOAD_BALANCING, State.COMMUNICATION_RECOVERY, State.PARTNER_DOWN
SHARED: dict[str, Any] = {"peers": balanced("server1").peers, "mode": "load-balancing", "delayed_updates_limit": 100}
CLIENTS = [[client for client in range(1, 60) if bucket(lease_of(client, 0).client_id) % 2 == n] for n in (0, 1)]


def pair(**changes: Any) -> tuple[World, Node, Node]:
    """Both servers in normal operation."""
    values = SHARED | {"max_response_delay": 60.0} | changes
    world = World()
    one, two = world.boot("server1", **values), world.boot("server2", **values)
    world.settle()
    assert (one.state, two.state) == (LB, LB)
    return world, one, two


def broken(**changes: Any) -> tuple[World, Node, Node]:
    """Both servers alone with their own clients."""
    world, one, two = pair(**changes)
    world.cut = True
    world.advance(21)
    assert (one.state, two.state) == (CR, CR)
    return world, one, two


def test_each_serves_its_own_clients_and_tells_the_other() -> None:
    world, one, two = pair()
    for clients, node, other in ((CLIENTS[0], one, two), (CLIENTS[1], two, one)):
        assert all(node.asked(client) for client in clients)
        assert not any(other.asked(client) for client in clients)
    ticket = one.client(lease_of(CLIENTS[0][0], world.now))
    assert ticket is not None
    world.settle()
    assert one.results[ticket] is ACK
    assert one.leases == two.leases


def test_the_one_that_is_left_serves_all() -> None:
    world, one, two = pair(max_response_delay=10.0)
    one.stop()
    world.advance(25)
    assert two.state is PD
    assert all(two.asked(client) for client in CLIENTS[0] + CLIENTS[1])


def test_the_other_one_is_waited_for_only_while_clients_do_not_mind() -> None:
    world, one, two = pair(max_response_delay=10.0, max_unacked_clients=2)
    one.stop()
    world.advance(30)
    assert two.state is CR
    for client in CLIENTS[0][:3]:
        assert not two.asked(client, secs=6)
    world.advance(0.2)
    assert two.state is PD


def test_in_a_break_clients_do_not_wait_and_the_partner_learns_later() -> None:
    world, one, two = broken()
    for node, clients in ((one, CLIENTS[0][:5]), (two, CLIENTS[1][:5])):
        assert all(node.client(lease_of(client, world.now)) is None for client in clients)
        assert not any(node.asked(client) for client in CLIENTS[1 if node is one else 0])
    world.cut = False
    world.advance(12)
    assert (one.state, two.state) == (LB, LB)
    assert one.leases == two.leases and len(one.leases) == 10
    assert one.log.texts("HA_LEASES_BACKLOG_START") == [
        "server1: starting to send 5 outstanding lease updates to server2"
    ]
    assert one.log.texts("HA_LEASES_BACKLOG_SUCCESS")


def test_an_update_that_breaks_the_link_is_the_first_of_the_backlog() -> None:
    world, one, two = pair()
    world.cut = True
    ticket = one.client(lease_of(CLIENTS[0][0], world.now))
    assert ticket is not None
    world.advance(11)
    assert one.state is CR and one.results[ticket] is ACK
    world.cut = False
    world.advance(25)
    assert one.state is LB
    assert one.leases == two.leases and one.leases


def test_nothing_to_send_is_soon_sent() -> None:
    world, one, two = broken()
    world.cut = False
    world.advance(12)
    assert (one.state, two.state) == (LB, LB)
    assert one.log.texts("HA_LEASES_BACKLOG_NOTHING_TO_SEND")


def test_too_many_updates_make_the_partner_fetch_all() -> None:
    world, one, two = broken(delayed_updates_limit=2)
    for client in CLIENTS[0][:3]:
        assert one.client(lease_of(client, world.now)) is None
    two.client(lease_of(CLIENTS[1][0], world.now))
    world.cut = False
    world.advance(40)
    assert "ha-reset" in two.received
    assert (one.state, two.state) == (LB, LB)
    assert one.leases == two.leases and len(one.leases) == 4


def test_as_many_updates_as_there_is_room_for_are_not_too_many() -> None:
    world, one, two = broken(delayed_updates_limit=2)
    for client in (*CLIENTS[0][:2], CLIENTS[0][0]):
        one.client(lease_of(client, world.now))
    world.cut = False
    world.advance(12)
    assert "ha-reset" not in two.received
    assert one.leases == two.leases


def test_an_update_of_while_the_backlog_is_sent_belongs_to_it() -> None:
    world, one, two = broken()
    one.client(lease_of(CLIENTS[0][0], world.now))
    world.cut = False
    while not one.log.texts("HA_LEASES_BACKLOG_START"):
        world.advance(DELAY / 4)
    one.client(lease_of(CLIENTS[0][1], world.now))
    while one.state is CR:
        world.advance(DELAY / 4)
    assert one.state is LB and len(two.leases) == 2


def test_refused_updates_make_the_partner_fetch_all() -> None:
    world, one, two = broken()
    one.client(lease_of(CLIENTS[0][0], world.now))
    two.answer_with = lambda command: {"result": 1, "text": "no"} if "lease4-u" in command["command"] else None
    world.cut = False
    world.advance(40)
    assert "ha-reset" in two.received
    assert one.log.texts("HA_LEASES_BACKLOG_FAILED")
    assert one.leases == two.leases and one.leases


def test_a_partner_that_will_not_be_reset_is_asked_again() -> None:
    world, one, two = broken(delayed_updates_limit=1)
    for client in CLIENTS[0][:2]:
        one.client(lease_of(client, world.now))
    two.answer_with = lambda command: {"result": 1, "text": "no"} if command["command"] == "ha-reset" else None
    world.cut = False
    world.advance(25)
    assert one.state is CR and two.received.count("ha-reset") > 1
    assert one.log.texts("HA_RESET_FAILED")
    two.answer_with = lambda command: None
    world.advance(40)
    assert (one.state, two.state) == (LB, LB)
    assert one.leases == two.leases


def test_a_client_without_any_identifier_is_nobodys_and_no_sign_of_trouble() -> None:
    world, one, two = pair(max_response_delay=10.0, max_unacked_clients=1)
    one.stop()
    world.advance(30)
    message = query(1, 1, secs=60).message._replace(chaddr=b"", options={53: b"\1"})
    assert not two.relationship.receives(message, world.now)
    assert two.relationship.link.connecting == 0
    assert two.log.identifiers()[-1] == "HA_LOAD_BALANCING_IDENTIFIER_MISSING"


def test_the_lease_of_nobody_is_nobodys_once_both_are_on_their_own() -> None:
    world, one, two = pair()
    declined = lease_of(1, world.now)._replace(hwaddr=b"", client_id=b"")
    assert reclaims(one.relationship, declined)
    one.relationship.step(State.TERMINATED, world.now)
    assert not reclaims(one.relationship, declined)
    assert one.log.identifiers()[-1] == "HA_LOAD_BALANCING_LEASE_IDENTIFIER_MISSING"


def test_without_room_for_updates_there_is_no_recovery() -> None:
    world, one, two = pair(delayed_updates_limit=0)
    world.cut = True
    world.advance(30)
    assert one.state is LB
    world.advance(40)
    assert one.state is PD


def test_a_second_break_while_sending_loses_nothing() -> None:
    world, one, two = broken()
    for client in CLIENTS[0][:5]:
        one.client(lease_of(client, world.now))
    two.answer_with = lambda command: setattr(world, "cut", True) if "lease4-u" in command["command"] else None
    world.cut = False
    world.advance(15)
    assert one.state is CR
    two.answer_with = lambda command: None
    world.cut = False
    world.advance(40)
    assert (one.state, two.state) == (LB, LB)
    assert one.leases == two.leases and len(one.leases) == 5


def test_the_names_of_an_expired_lease_are_removed_by_the_one_that_serves_the_client() -> None:
    world, one, two = pair(max_response_delay=10.0)
    ours, theirs = (lease_of(clients[0], world.now) for clients in CLIENTS)
    assert not named_by_partner(one.relationship, ours)
    assert named_by_partner(one.relationship, theirs)
    assert not named_by_partner(two.relationship, theirs)
    one.stop()
    world.advance(25)
    assert not named_by_partner(two.relationship, ours)


def watched() -> tuple[World, Node, Node]:
    """Both in normal operation, and probes are answered."""
    world, one, two = pair(watch=Watch(enabled=True))
    world.probes = True
    world.advance(3.0)
    return world, one, two


def ask_for(node: Node, client: int) -> None:
    """A query of the partner's client arrives."""
    assert not node.asked(client)
    node.relationship.watch.client_asks(node.world.now)
    node.perform([])


@pytest.mark.parametrize("phase", [0.05, 0.35, 0.65, 0.95])
@pytest.mark.parametrize("number", [0, 1])
def test_the_clients_of_a_partner_that_hangs_are_served_within_a_second(number: int, phase: float) -> None:
    world, *nodes = watched()
    hangs, stays = nodes[number], nodes[1 - number]
    world.advance(phase)
    client = CLIENTS[number][0]
    ask_for(stays, client)
    hangs.hung = True
    ask_for(stays, client)
    world.advance(0.8)
    assert stays.asked(client) and stays.relationship.shares
    assert stays.state in (LB, CR)
    assert len(stays.log.texts("HA_PARTNER_STOOD_IN_FOR")) == 1
    world.advance(2.0)
    assert stays.state is PD


def test_a_partner_that_was_only_slow_gets_its_clients_back() -> None:
    world, one, two = watched()
    theirs, ours = CLIENTS[1][0], CLIENTS[0][0]
    two.hung = True
    ask_for(one, theirs)
    world.advance(0.3)
    ticket = one.client(lease_of(ours, world.now))
    assert ticket is not None
    world.advance(0.15)
    assert one.asked(theirs) and one.relationship.claims.alone
    assert one.results[ticket] is ACK  # nor do its own clients wait any longer
    held = one.client(lease_of(theirs, world.now))
    assert held is None  # no answer is waited for
    two.hung = False
    world.advance(3.0)
    assert (one.state, two.state) == (LB, LB)
    assert not one.asked(theirs) and one.asked(ours)
    assert not one.relationship.shares and not one.relationship.claims.alone
    assert two.leases[lease_of(theirs, 0).address].hwaddr == lease_of(theirs, 0).hwaddr


def test_a_server_that_stands_in_does_so_in_the_next_state_too() -> None:
    world, one, two = watched()
    two.hung = True
    ask_for(one, CLIENTS[1][0])
    world.advance(0.6)
    assert one.relationship.stands_in and one.relationship.claims.alone
    one.relationship.step(LB, world.now)
    assert one.relationship.stands_in and one.relationship.claims.alone


def test_a_client_that_the_partner_answers_moves_nothing() -> None:
    world, one, two = watched()
    for _ in range(20):
        ask_for(one, CLIENTS[1][0])
        world.advance(0.3)
    assert (one.state, two.state) == (LB, LB)
    assert not one.log.texts("HA_PARTNER_STOOD_IN_FOR")


def test_where_no_probe_can_be_sent_the_partner_keeps_its_clients_until_it_is_replaced() -> None:
    world, one, two = pair(watch=Watch(enabled=True))
    world.advance(3.0)
    two.hung = True
    ask_for(one, CLIENTS[1][0])
    world.advance(3.0)
    assert not one.asked(CLIENTS[1][0])


def test_a_server_that_may_not_take_over_does_not_stand_in() -> None:
    peers = tuple(replace(peer, auto_failover=False) for peer in SHARED["peers"])
    world, one, two = pair(watch=Watch(enabled=True), peers=peers)
    world.probes = True
    world.advance(3.0)
    two.hung = True
    ask_for(one, CLIENTS[1][0])
    world.advance(0.9)
    assert one.state in (LB, CR) and not one.asked(CLIENTS[1][0])


def test_a_partner_that_answers_updates_is_not_probed_for_its_clients() -> None:
    world, one, two = watched()
    world.advance(0.5)
    watch = one.relationship.watch
    one.client(lease_of(CLIENTS[0][0], world.now))
    world.advance(0.01)
    assert watch.client_asks(world.now)
    assert watch.deadline is not None and watch.deadline > world.now + 0.2
