"""From request to answer: rows of the table, faults of ours, answers that take a while."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.commands import registry
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import answer, render
from kea_twisted.errors import CommandError, ConfigError, Problem
from kea_twisted.libraries.commands import COMMANDS
from tests.commands.fakecontext import NOW, FakeContext


class Awaited:
    """An awaitable of one value, as a Deferred would be."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_a_command_is_logged_before_it_is_carried_out() -> None:
    context = FakeContext()
    dispatch(context, {"command": "version-get"})
    assert context.log.lines == [("COMMAND_RECEIVED", "Received command 'version-get'")]


def test_a_heartbeat_before_its_time_is_a_debug_line() -> None:
    context = FakeContext(ha=True)
    heartbeat = {"command": "ha-heartbeat", "arguments": {"server-name": "server2"}}
    dispatch(context, heartbeat)
    assert context.ha is not None
    context.ha.heartbeat_due = False
    dispatch(context, heartbeat)
    assert context.log.lines == [
        ("COMMAND_RECEIVED", "Received command 'ha-heartbeat'"),
        ("HA_HEARTBEAT_RECEIVED", "received a heartbeat of server2"),
    ]


def test_a_name_cannot_forge_a_log_line() -> None:
    context = FakeContext()
    dispatch(context, {"command": "x\nFATAL forged"})
    assert context.log.lines == [("COMMAND_RECEIVED", "Received command 'x\\nFATAL forged'")]


def test_a_malformed_request_is_logged_and_told() -> None:
    context = FakeContext()
    found = dispatch(context, [])
    wrong = "invalid command: expected toplevel entry to be a map, got list instead"
    assert found == answer(1, f"Error during command processing: {wrong}")
    assert context.log.identifiers() == ["COMMAND_PROCESS_ERROR2"]


def test_commands_of_a_library_that_is_not_loaded_are_not_there() -> None:
    context = FakeContext()
    context.libraries = frozenset()
    assert dispatch(context, {"command": "lease4-get-all"}) == answer(2, "'lease4-get-all' command not supported.")
    names = dispatch(context, {"command": "list-commands"})
    assert isinstance(names, dict)
    assert not [name for name in names["arguments"] if name.startswith(("lease4", "ha-"))]


def test_ha_commands_go_to_the_library_as_they_came() -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    dispatch(context, {"command": "ha-heartbeat"})
    dispatch(context, {"command": "ha-reset", "arguments": {"server-name": "server2"}, "service": ["dhcp4"]})
    assert context.ha.asked == [("ha-heartbeat", None), ("ha-reset", {"server-name": "server2"})]


def test_statistics_learn_what_time_it_is() -> None:
    context = FakeContext()
    context.statistics.now = 0.0
    dispatch(context, {"command": "statistic-reset-all"})
    assert context.statistics.now == NOW


def test_a_fault_of_ours_is_answered_and_logged_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(context: Any, arguments: Any) -> Any:
        raise ZeroDivisionError("by our own fault")

    row = registry.BY_NAME["version-get"]._replace(function=broken)
    monkeypatch.setitem(registry.BY_NAME, "version-get", row)
    context = FakeContext()
    found = dispatch(context, {"command": "version-get"})
    assert isinstance(found, dict) and found["result"] == 1
    (text,) = context.log.texts("COMMAND_FAILED_UNEXPECTEDLY")
    assert "Traceback" in text and "by our own fault" in text


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (answer(0, "done"), answer(0, "done")),
        (CommandError("no", CommandError.EMPTY), answer(3, "no")),
        (KeyError("x"), answer(1, "Error during command processing: KeyError: 'x'")),
    ],
)
def test_an_answer_may_take_a_while(outcome: Any, expected: Any) -> None:
    context = FakeContext(ha=True)
    assert context.ha is not None
    context.ha.reply = Awaited(outcome)

    async def ask() -> Any:
        return await dispatch(context, {"command": "ha-sync"})  # type: ignore[misc]

    assert asyncio.run(ask()) == expected


def test_a_reload_that_fails_later_says_everything_that_is_wrong() -> None:
    context = FakeContext()
    context.pending = Awaited(ConfigError([Problem(None, "this"), Problem(None, "that")]))

    async def ask() -> Any:
        return await dispatch(context, {"command": "config-reload"})  # type: ignore[misc]

    assert asyncio.run(ask()) == answer(1, "Config reload failed: this\nthat")


def answered(reply: Any) -> Any:
    """An answer, also one of a command that takes its time, but not here."""
    if isinstance(reply, dict):
        return reply
    results: list[Any] = []
    Deferred.fromCoroutine(reply).addBoth(results.append)
    return results[0]


def test_every_command_of_the_table_answers_to_any_arguments() -> None:
    for arguments in (None, 1, "x", [], {}, {"x": 1}, {"ip-address": None}, {"name": {}}, {"subnets": [{}]}):
        context = FakeContext(ha=True)
        for row in COMMANDS:
            found = answered(dispatch(context, {"command": row.name, "arguments": arguments}))
            assert isinstance(found, dict) and type(found["result"]) is int
            assert render(found).startswith("{")
        assert "COMMAND_FAILED_UNEXPECTEDLY" not in context.log.identifiers()
