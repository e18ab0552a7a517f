"""A server that serves without its partner refuses the partner's updates of addresses that it has given to others."""

from __future__ import annotations

from kea_twisted.ha.states import State
from tests.scenarios.pairworld import World


def test_it_is_noted_in_the_states_in_which_it_may_happen() -> None:
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.settle()
    assert not one.relationship.claims.alone and not two.relationship.claims.alone
    one.command("ha-maintenance-start")
    assert one.state is State.PARTNER_IN_MAINTENANCE
    assert one.relationship.claims.alone and not two.relationship.claims.alone
    two.stop()
    world.advance(60)
    assert one.state is State.PARTNER_DOWN and one.relationship.claims.alone
    two = world.boot("server2")
    world.advance(30)
    assert one.state is State.HOT_STANDBY and not one.relationship.claims.alone
