"""The tutorial's story, told in milliseconds."""

from __future__ import annotations

from kea_twisted.ha.states import State
from tests.scenarios.pairworld import ACK, World, lease_of

HS, PD = State.HOT_STANDBY, State.PARTNER_DOWN


def pair() -> World:
    """Both servers in normal operation."""
    world = World()
    world.boot("server1")
    world.boot("server2")
    world.settle()
    return world


def test_two_that_start_together_reach_hot_standby_at_once() -> None:
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.advance(0.1)
    assert (one.state, two.state) == (HS, HS)
    assert one.service.enabled and two.service.enabled


def test_the_primary_goes_first() -> None:
    world = pair()
    for name, partner in (("server1", "READY"), ("server2", "HOT-STANDBY")):
        last = world.nodes[name].log.texts("HA_STATE_TRANSITION")[-1]
        expected = f"server transitions from READY to HOT-STANDBY state, partner state is {partner}"
        assert last == f"{name}: {expected}"


def test_only_the_primary_answers_in_hot_standby() -> None:
    world = pair()
    assert [world.nodes[name].asked(1) for name in ("server1", "server2")] == [True, False]


def test_the_ack_waits_for_the_partner() -> None:
    world = pair()
    one, two = world.nodes["server1"], world.nodes["server2"]
    ticket = one.client(lease_of(1, world.now))
    assert ticket is not None and ticket not in one.results
    world.settle()
    assert one.results[ticket] is ACK
    assert two.leases == one.leases


def test_the_standby_takes_over_and_says_how_it_came_to_that() -> None:
    world = pair()
    one, two = world.nodes["server1"], world.nodes["server2"]
    one.stop()
    two.log.clear()
    world.advance(11)
    assert two.state is PD
    assert two.asked(1)
    label = "server1 (http://10.0.0.1:8000/)"
    assert [text for _, text in two.log.lines[-4:]] == [
        f"server2: failed to send heartbeat to {label}: Connection refused",
        "server2: communication with server1 is interrupted",
        "server2: server transitions from HOT-STANDBY to PARTNER-DOWN state, partner state is UNDEFINED",
        "server2: lease updates will not be sent to the partner while in PARTNER-DOWN state",
    ]


def test_the_primary_returns_with_both_leases_and_serves() -> None:
    world = pair()
    one, two = world.nodes["server1"], world.nodes["server2"]
    one.client(lease_of(1, world.now))
    world.settle()
    one.stop()
    world.advance(11)
    assert two.client(lease_of(2, world.now)) is None  # no partner to wait for
    one = world.boot("server1", one.leases)
    world.settle()
    assert (one.state, two.state) == (HS, HS)
    assert one.leases == two.leases and len(one.leases) == 2
    assert [one.asked(3), two.asked(3)] == [True, False]
    walk = [text.split()[4:7:2] for text in one.log.texts("HA_STATE_TRANSITION")]
    assert walk == [["WAITING", "SYNCING"], ["SYNCING", "READY"], ["READY", "HOT-STANDBY"]]


def test_a_server_fetches_the_leases_of_its_own_subnets_only() -> None:
    world = World()
    leases = [lease_of(client, world.now)._replace(subnet_id=client) for client in (1, 2)]
    world.boot("server1", {lease.address: lease for lease in leases})
    two = world.boot("server2")
    two.relationship.outbox.subnets = frozenset((1, 3))
    world.settle()
    assert two.state is HS
    assert list(two.leases.values()) == leases[:1]
