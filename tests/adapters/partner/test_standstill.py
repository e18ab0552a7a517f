"""A server that did not run for a while: its partner may have taken over."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.adapters.partner.client import PartnerUnreachable
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.standstill import LATE, PATIENCE
from kea_twisted.ha.states import State
from kea_twisted.hooks.points import Step
from tests.adapters.partner.test_hadriver import World
from tests.scenarios.pairworld import START, decision, lease_of, query


class Stopped(World):
    """A primary that works together with a partner and is stopped between two heartbeats."""

    def __init__(self, enabled: bool = True, seconds: float = 1.0 + LATE + 0.1) -> None:
        super().__init__(watch=Watch(enabled=enabled))
        self.until_normal()
        self.answer_all()
        self.replies: list[Any] = []
        self.library.leases4_committed(decision(lease_of(1, START))).addCallback(self.replies.append)
        self.clock.advance(0)
        self.clock.rightNow += seconds
        self.library.drops_all_queries()

    def answer_all(self) -> None:
        while self.partner.asked:
            self.partner.answer({"result": 0})

    def take(self, client: int = 2) -> Step | None:
        return self.library.buffer4_receive(query(client))

    def asked(self) -> list[str]:
        return [command["command"] for command, _ in self.partner.asked]


def test_no_client_is_answered_before_the_partner_is() -> None:
    world = Stopped()
    assert world.take() is Step.DROP
    assert world.asked()[-1] == "ha-heartbeat"
    assert world.replies == [Step.DROP]
    assert world.log.texts("HA_SERVER_STOOD_STILL")
    world.partner.asked[:-1] = []
    world.partner.answer(world.heartbeat_answer(State.HOT_STANDBY))
    assert world.take() is None and world.relationship.state is State.HOT_STANDBY


def test_a_partner_that_has_taken_over_serves() -> None:
    world = Stopped()
    world.partner.asked[:-1] = []
    world.partner.answer(world.heartbeat_answer(State.PARTNER_DOWN))
    assert world.relationship.state is not State.HOT_STANDBY and not world.service.enabled


def test_a_partner_that_does_not_answer_is_not_waited_for() -> None:
    world = Stopped()
    world.partner.asked[:-1] = []
    world.partner.answer(PartnerUnreachable("Connection refused"))
    assert world.take() is None


def test_the_wait_has_an_end() -> None:
    world = Stopped()
    world.clock.advance(PATIENCE - 0.1)
    assert world.take() is Step.DROP
    world.clock.advance(0.2)
    assert world.take() is None


def test_the_answer_to_a_heartbeat_from_before_says_nothing() -> None:
    world = World(watch=Watch(enabled=True))
    world.until_normal()
    while world.partner.asked:
        world.partner.answer({"result": 0})
    world.relationship.heartbeat.hasten(world.driver.now())
    world.driver.perform(world.relationship.tick(world.driver.now()))
    assert world.partner.asked
    world.clock.rightNow += 1 + LATE + 60
    world.library.drops_all_queries()
    world.partner.answer(world.heartbeat_answer(State.HOT_STANDBY))
    assert world.library.buffer4_receive(query(2)) is Step.DROP
    world.partner.answer(world.heartbeat_answer(State.HOT_STANDBY))
    assert world.library.buffer4_receive(query(2)) is None


@pytest.mark.parametrize("changes", [{"enabled": False}, {"seconds": 0.9}])
def test_nothing_is_dropped_otherwise(changes: dict[str, Any]) -> None:
    assert Stopped(**changes).take() is None
