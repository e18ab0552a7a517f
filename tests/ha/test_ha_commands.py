"""Commands are answered as a running Kea answered them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.ha import commands
from kea_twisted.ha.messages import write_heartbeat_status
from kea_twisted.ha.states import State
from kea_twisted.libraries import commands as registry
from tests.scenarios.pairworld import Node, World, lease_of

RECORDED = json.loads((Path(__file__).parent.parent / "data" / "kea-answers" / "ha.json").read_text())
OURS = [row for row in RECORDED if row["request"]["command"].startswith("ha-")]
NOT_COMPARED = (
    "get(string) called on a non-map",  # Kea's own slip of the tongue
    "No route to host",  # ha-sync to a network that was not there
)


def mapless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what the clock says."""
    arguments = answer.get("arguments")
    if isinstance(arguments, dict) and "date-time" in arguments:
        return answer | {"arguments": arguments | {"date-time": "now"}}
    return answer


def test_every_recorded_answer_is_ours_too() -> None:
    world = World()
    node = world.boot("server1", heartbeat_delay=0)
    world.settle()
    for row in OURS:
        request, answer = row["request"], row["answer"]
        if any(text in answer.get("text", "") for text in NOT_COMPARED):
            continue
        got = node.command(request["command"], request.get("arguments"))
        assert mapless(got) == mapless(answer), request


def test_the_recording_has_every_command() -> None:
    assert {row["request"]["command"] for row in OURS} == set(commands.COMMANDS) - registry.OURS


def running() -> tuple[Node, Node, World]:
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.settle()
    return one, two, world


def test_status_is_as_kea_shows_it() -> None:
    one, _, world = running()
    status = commands.status(one.relationship, world.now)
    servers = status["ha-servers"]
    assert status["ha-mode"] == "hot-standby"
    assert servers["local"] == {
        "role": "primary",
        "scopes": ["server1"],
        "server-name": "server1",
        "state": "hot-standby",
        "system-time": servers["local"]["system-time"],
    }
    remote = servers["remote"]
    recorded = next(row for row in RECORDED if row["request"]["command"] == "status-get")
    kea = recorded["answer"]["arguments"]["high-availability"][0]["ha-servers"]
    assert remote.keys() == kea["remote"].keys()
    assert (remote["last-state"], remote["last-scopes"], remote["clock-skew"]) == ("hot-standby", [], 0)
    assert (remote["role"], remote["server-name"], remote["in-touch"]) == ("standby", "server2", True)


def test_maintenance_hands_over_and_back() -> None:
    one, two, world = running()
    assert two.command("ha-maintenance-start")["result"] == 0
    assert (one.state, two.state) == (State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE)
    assert [one.asked(1), two.asked(1)] == [False, True]
    assert two.command("ha-maintenance-cancel") == {
        "result": 0,
        "text": "Server maintenance successfully canceled.",
    }
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    assert [one.asked(1), two.asked(1)] == [True, False]


@pytest.mark.parametrize("late", [0, 1])
def test_a_partner_that_is_late_to_leave_maintenance_does_not_pull_the_other_one_back(late: int) -> None:
    one, two, world = running()
    two.command("ha-maintenance-start")
    node = (one, two)[late]
    old = {"result": 0, "arguments": write_heartbeat_status(node.relationship.heartbeat_status(None, world.now))}
    node.answer_with = lambda command: old if command["command"] == "ha-heartbeat" else None
    two.command("ha-maintenance-cancel")
    world.advance(1.0)
    node.answer_with = lambda command: None
    world.advance(30)
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)


def test_the_end_that_maintenance_announced_is_believed_at_once() -> None:
    one, two, world = running()
    two.command("ha-maintenance-start")
    one.stop()
    world.advance(10.5)
    assert two.state is State.PARTNER_DOWN


@pytest.mark.parametrize("command", ["ha-maintenance-start", "ha-maintenance-cancel"])
def test_maintenance_is_refused_where_it_makes_no_sense(command: str) -> None:
    one, two, _ = running()
    two.command("ha-maintenance-start")
    assert one.command(command)["result"] == 1
    assert one.state is State.IN_MAINTENANCE


def test_a_refusing_partner_is_quoted() -> None:
    one, two, world = running()
    two.relationship.step(State.TERMINATED, world.now)
    answer = one.command("ha-maintenance-start")
    assert answer["result"] == 1
    assert "from the terminated to in-maintenance state. (error code 1001)." in answer["text"]


def test_a_synchronization_on_demand_fetches_the_leases() -> None:
    one, two, world = running()
    two.leases[0x0A000063] = lease_of(90, world.now)._replace(address=0x0A000063)
    assert one.command("ha-sync", {"server-name": "server2", "max-period": 20}) == {
        "result": 0,
        "text": "Lease database synchronization complete.",
    }
    assert one.leases == two.leases
    assert two.service.enabled
    two.stop()
    assert one.command("ha-sync", {"server-name": "server2"}) == {"result": 1, "text": "Connection refused"}


def test_a_pause_ends_by_command() -> None:
    world = World()
    world.boot("server1", pauses={State.SYNCING: "once"})
    world.boot("server2")
    world.settle()
    one = world.nodes["server1"]
    assert (one.state, one.relationship.paused) == (State.SYNCING, True)
    assert "server1: state machine paused in state SYNCING" in one.log.texts("HA_STATE_MACHINE_PAUSED")
    assert one.command("ha-continue")["text"] == "HA state machine continues."
    world.settle()
    assert one.state is State.HOT_STANDBY
