"""Servers that cannot serve, and maintenance: they begin none of their partner, and stay in their own."""

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


def test_a_server_that_had_a_fault_once_stays_in_maintenance() -> None:
    with World(watch=True, probes=True) as world:
        world.run(8.0)
        world.deafen("server1")
        world.run(6.0)
        world.deafen("server1", False)
        world.run(20.0)
        assert world.in_order
        world.command("server2", "ha-maintenance-start")
        world.run(15.0)
        assert [life.state for life in world.lives.values()] == [State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE]
