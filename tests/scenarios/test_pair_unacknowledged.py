"""The fate of a client whose lease the other server has not acknowledged when the state changes meanwhile."""

from __future__ import annotations

import pytest

from kea_twisted.ha.states import STATES, State, Updates
from tests.scenarios.pairworld import ACK, NO_ACK, World, lease_of


@pytest.mark.parametrize("state", [state for state in STATES if STATES[state].updates is not Updates.SEND])
def test_a_reply_leaves_without_the_partner_only_where_the_server_serves_without_it(state: State) -> None:
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.advance(5.0)
    assert one.state is two.state is State.HOT_STANDBY
    world.cut = True
    ticket = one.client(lease_of(1, world.now))
    assert ticket is not None
    world.advance(0.01)  # the update is under way
    one.relationship.paused = True
    one.relationship.step(state, world.now)
    one.relationship.paused = True
    world.advance(11.0)
    assert one.state is state
    assert one.results[ticket] is (ACK if STATES[state].service else NO_ACK)
