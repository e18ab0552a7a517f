"""A server that cannot serve stands aside in front of a Kea, and comes back when the Kea has moved."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.failure import Link
from kea_twisted.ha.keatakeover import KeaTakeover
from kea_twisted.ha.settings import Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import START, World, tutorial


def test_the_way_aside_and_back() -> None:
    link = Link(tutorial("server1"), START)
    kea_takeover = KeaTakeover(link)
    assert not kea_takeover.active
    kea_takeover.begin()
    link.heard(State.HOT_STANDBY, START)
    kea_takeover.heartbeat_ended(3)
    assert kea_takeover.active and kea_takeover.shown_state is State.IN_MAINTENANCE
    link.heard(State.PARTNER_IN_MAINTENANCE, START)
    kea_takeover.able(4)
    kea_takeover.heartbeat_ended(4)  # sent before
    assert kea_takeover.active and kea_takeover.shown_state is None
    kea_takeover.heartbeat_ended(5)
    assert kea_takeover.active
    link.heard(State.PARTNER_DOWN, START)
    kea_takeover.heartbeat_ended(6)
    assert not kea_takeover.active


def test_a_kea_that_was_asked_to_take_over_may_do_so_until_it_has_answered() -> None:
    link = Link(tutorial("server1"), START)
    kea_takeover = KeaTakeover(link)
    kea_takeover.begin()
    kea_takeover.asked()
    link.heard(State.HOT_STANDBY, START)
    kea_takeover.able(1)
    kea_takeover.heartbeat_ended(2)
    assert kea_takeover.active
    kea_takeover.answered(3)
    kea_takeover.heartbeat_ended(3)
    assert kea_takeover.active
    kea_takeover.heartbeat_ended(4)
    assert not kea_takeover.active


def test_a_kea_that_has_ended_is_not_waited_for() -> None:
    link = Link(tutorial("server1"), START)
    kea_takeover = KeaTakeover(link)
    kea_takeover.begin()
    kea_takeover.able(1)
    link.unavailable(START)
    kea_takeover.heartbeat_ended(2)
    assert not kea_takeover.active


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_kea_is_asked_to_take_over_at_once(is_refused: bool) -> None:
    """A Kea 3.0 refuses it by default, and takes over after its next heartbeat."""
    world = World()
    one, kea = world.boot("server1", watch=Watch(enabled=True)), world.boot("server2")
    world.advance(15.0)
    assert (one.state, kea.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    answers: list[dict[str, Any]] = []

    def answer(command: dict[str, Any]) -> dict[str, Any] | None:
        if command["command"] != "ha-maintenance-start":
            return None
        if is_refused:
            return {"result": 403, "text": "Forbidden"}
        notice = {"server-name": "server2", "cancel": False, "state": "hot-standby"}
        answers.append(one.serve({"command": "ha-maintenance-notify", "arguments": notice}))
        kea.relationship.step(State.PARTNER_IN_MAINTENANCE, world.now)
        return {"result": 0, "text": "done"}

    kea.answer_with = answer
    one.perform(one.relationship.dhcp_side(False, "disk full", world.now))
    world.advance(0.1)
    assert one.state is State.WAITING
    assert [each["result"] for each in answers] == ([] if is_refused else [0])
    assert kea.asked(1) is not is_refused
    world.advance(11.0)
    assert kea.asked(1) and kea.state is State.PARTNER_IN_MAINTENANCE
    one.perform(one.relationship.dhcp_side(True, "", world.now))
    world.advance(40.0)
    assert (one.state, kea.state) == (State.HOT_STANDBY, State.HOT_STANDBY)


def test_a_server_that_can_serve_again_does_not_agree_to_its_maintenance() -> None:
    world = World()
    one, kea = world.boot("server1", watch=Watch(enabled=True)), world.boot("server2")
    world.advance(15.0)
    kea.answer_with = lambda command: {"result": 0} if command["command"] == "ha-maintenance-start" else None
    one.perform(one.relationship.dhcp_side(False, "disk full", world.now))
    one.perform(one.relationship.dhcp_side(True, "", world.now))
    notice = {"server-name": "server2", "cancel": False, "state": "hot-standby"}
    assert one.serve({"command": "ha-maintenance-notify", "arguments": notice})["result"] == 1001
