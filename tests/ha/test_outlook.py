"""The steps that a relationship remembers with their reasons, and what a server would do without its partner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kea_twisted.ha.history import MOST, History
from kea_twisted.ha.outlook import Standpoint, outlook
from kea_twisted.ha.overview import overview, timeline
from kea_twisted.ha.settings import HaSettings, Watch
from kea_twisted.ha.states import State
from tests.scenarios.pairworld import START, World, balanced, lease_of, tutorial


def pair(**changes: Any) -> World:
    world = World()
    world.boot("server1", **changes)
    world.boot("server2", **changes)
    world.settle()
    return world


def test_each_step_has_its_reason_and_the_partners_are_between_them() -> None:
    world = pair()
    one = world.nodes["server1"].relationship
    steps = timeline(one)
    assert [(step["server"], step["before"], step["after"]) for step in steps][:2] == [
        ("server2", "ready", "hot-standby"),
        ("server1", "ready", "hot-standby"),
    ]
    assert steps[1]["reason"] == "the partner's state is ready; this server's role is primary; the mode is hot-standby"
    world.nodes["server2"].stop()
    world.advance(60)
    gone, down = timeline(one)[1], timeline(one)[0]
    assert (gone["server"], gone["after"]) == ("server2", "unavailable")
    assert (down["server"], down["after"]) == ("server1", "partner-down")
    assert down["reason"].startswith("the partner does not answer; no good heartbeat for max-response-delay")


def test_the_evidence_is_the_reason_of_an_early_takeover() -> None:
    world = pair(watch=Watch(enabled=True))
    two = world.nodes["server2"].relationship
    world.nodes["server1"].stop()
    world.advance(30)
    step = timeline(two)[0]
    assert step["after"] == "partner-down" and "connection refused twice" in step["reason"]


def test_both_servers_stand_side_by_side() -> None:
    world = pair()
    shown = overview(world.nodes["server2"].relationship, world.now)
    here, there = shown["servers"]
    assert (here["name"], here["here"], here["state"], here["scopes"]) == ("server2", True, "hot-standby", [])
    assert (there["name"], there["here"], there["state"], there["scopes"]) == (
        "server1",
        False,
        "hot-standby",
        ["server1"],
    )
    assert there["heard"] is not None and there["clock-skew"] == 0 and there["owed"] == 0
    assert START <= here["since"] <= world.now and START <= there["since"] <= world.now
    assert here["takes-over"] and here["outlook"] == "It would serve all clients, after 10 s without an answer."


def test_a_lease_is_the_partners_if_this_server_did_not_serve_its_client_then() -> None:
    world = World()
    shared = {name: getattr(balanced("server1"), name) for name in ("peers", "mode", "delayed_updates_limit")}
    one = world.boot("server1", **shared)
    world.boot("server2", **shared)
    world.settle()
    history, scopes = one.relationship.history, one.relationship.scopes
    given = [lease_of(client, int(world.now)) for client in range(20)]
    assert {history.gave(lease, scopes) for lease in given} == {True, False}
    assert all(history.gave(lease, scopes) == (scopes.scope_of(lease.client_id) == "server1") for lease in given)
    assert history.gave(lease_of(1, int(START) - 100), scopes) is None, "before the start"


def test_a_history_is_bounded() -> None:
    history = History("server1", "server2", START)
    for number in range(MOST + 5):
        history.own_step("waiting", "ready", str(number), START + number)
    assert (len(history.steps), history.count, history.steps[0].reason) == (MOST, MOST + 5, "5")


STANDBY = tutorial("server2")
BACKUPS = tutorial("server1", peers=tuple(replace(peer, role="backup") for peer in STANDBY.peers))


def at(state: State | None, settings: HaSettings = STANDBY, **more: Any) -> tuple[bool, str]:
    return outlook(Standpoint(settings, settings.me, state, **more))


@pytest.mark.parametrize(
    ("found", "serves", "words"),
    [
        (at(None), False, "not been heard"),
        (at(State.HOT_STANDBY), True, "all clients, after 10 s"),
        (at(State.HOT_STANDBY, tutorial("server1")), True, "serves all clients already"),
        (at(State.HOT_STANDBY, tutorial("server2", max_unacked_clients=3)), True, "more than 3 clients"),
        (at(State.READY), True, "after 10 s without an answer."),
        (at(State.HOT_STANDBY, unable="no interface"), False, "could not take over: no interface."),
        (at(State.HOT_STANDBY, paused=True), False, "ha-continue"),
        (at(State.PARTNER_DOWN), True, "already"),
        (at(State.IN_MAINTENANCE), False, "maintenance"),
        (at(State.TERMINATED), False, "terminated"),
        (at(State.TERMINATED, tutorial("server2", watch=Watch(enabled=True))), True, "within about 2 s"),
        (at(State.UNAVAILABLE), False, "does not answer"),
        (at(State.BACKUP, BACKUPS), False, "backup"),
    ],
)  # fmt: skip
def test_what_a_server_would_do_without_its_partner(found: tuple[bool, str], serves: bool, words: str) -> None:
    assert found[0] is serves
    assert words in found[1]


def test_without_auto_failover_a_standby_serves_nobody() -> None:
    peers = tuple(replace(peer, auto_failover=False) for peer in STANDBY.peers)
    assert at(State.HOT_STANDBY, tutorial("server2", peers=peers))[0] is False
    assert at(State.PARTNER_DOWN, tutorial("server2", peers=peers)) == (
        False,
        "It is on its own and serves only its own clients: auto-failover is false for it.",
    )


def test_every_state_has_a_sentence() -> None:
    for state in State:
        assert at(state)[1].endswith(".")
