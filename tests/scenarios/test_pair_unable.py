"""A server with a full disk begins no maintenance of its partner."""

from __future__ import annotations

from kea_twisted.ha.states import State
from tests.scenarios.pairmodel import World


def test_a_server_that_cannot_serve_does_not_send_its_partner_into_maintenance() -> None:
    with World(watch=True) as world:
        world.run(5.0)
        world.fill("server1", 0)
        world.run(20.0)
        assert world.lives["server1"].state is State.WAITING
        world.cuts |= {("server1", "server2"), ("server2", "server1")}
        world.command("server1", "ha-maintenance-start")
        world.run(15.0)
        assert world.lives["server1"].state is State.WAITING
        assert world.lives["server2"].state is State.PARTNER_DOWN
