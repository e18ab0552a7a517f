"""A server that cannot confirm leases serves in no state, and leaves the work to its partner."""

from __future__ import annotations

from kea_twisted.ha import commands
from kea_twisted.ha.outbox import Ticket
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import Node, World

REASON = "the lease file cannot be written"


def pair() -> tuple[World, Node, Node]:
    """Two servers that work together and watch each other."""
    world = World()
    one, two = (world.boot(name, watch=Watch(enabled=True)) for name in ("server1", "server2"))
    world.settle()
    return world, one, two


def is_able(node: Node, able: bool) -> None:
    """The lease file can be written again, or cannot."""
    node.perform(node.relationship.dhcp_side(able, "" if able else REASON, node.world.now))


def test_it_does_not_send_its_partner_into_maintenance() -> None:
    world, one, two = pair()
    is_able(one, False)
    answer = one.command("ha-maintenance-start")
    assert answer["result"] == 1 and REASON in answer["text"]
    assert two.state is not State.IN_MAINTENANCE


def test_it_does_not_take_over_from_a_partner_that_does_not_answer_about_maintenance() -> None:
    world, one, two = pair()
    two.hung = True
    world.at(world.now + 0.5, lambda: is_able(one, False))
    ticket = commands.run(one.relationship, "ha-maintenance-start", None, world.now)
    one.perform(one.relationship.outbox.take())
    world.advance(20)
    assert isinstance(ticket, Ticket) and one.results[ticket]["result"] == 1
    assert one.state is State.WAITING


def test_it_waits_when_maintenance_is_canceled() -> None:
    world, one, two = pair()
    two.command("ha-maintenance-start")
    assert one.state is State.IN_MAINTENANCE
    is_able(one, False)
    two.command("ha-maintenance-cancel")
    assert one.state is State.WAITING and not one.relationship.serves
    world.advance(20)
    assert one.state is State.WAITING and two.state is State.PARTNER_DOWN
    is_able(one, True)
    world.advance(20)
    assert one.state is two.state is State.HOT_STANDBY


def test_it_fetches_no_leases_when_maintenance_ends_with_the_partner() -> None:
    world, one, two = pair()
    two.command("ha-maintenance-start")
    is_able(one, False)
    two.received.clear()
    two.relationship.reset(world.now)
    two.perform(two.relationship.outbox.take())
    world.advance(15)
    assert one.state is State.WAITING and "lease4-get-page" not in two.received


def test_a_partner_that_serves_and_cannot_be_told_is_not_in_maintenance() -> None:
    world, one, two = pair()
    world.probes = True
    world.advance(5.0)
    world.cut = True
    world.advance(4.0)
    ticket = commands.run(two.relationship, "ha-maintenance-start", None, world.now)
    two.perform(two.relationship.outbox.take())
    world.advance(20.0)
    assert isinstance(ticket, Ticket) and two.results[ticket]["result"] == 1
    assert "its DHCP service answers" in two.results[ticket]["text"] and "stop it first" in two.results[ticket]["text"]
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    one.stop()
    world.cut = False
    world.advance(4.0)
    assert two.command("ha-maintenance-start")["result"] == 0 and two.state is State.PARTNER_DOWN
