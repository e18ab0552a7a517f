"""Commands that change leases in a storage that takes its time: they are answered when the change is durable."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import Answer
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.lease.lease import Change
from tests.commands.fakecontext import FakeContext
from tests.commands.test_leases import LEASE, UPDATE

CHANGED = "the lease was changed by another server meanwhile"
COMMANDS = {
    "lease4-add": (UPDATE, "IPv4 lease already exists."),
    "lease4-update": (
        UPDATE,
        "failed to update the lease with address 10.0.0.50 either because the lease has been deleted or it has "
        "changed in the database, in both cases a retry might succeed",
    ),
    "lease4-del": ({"ip-address": "10.0.0.50"}, CHANGED),
    "lease4-wipe": ({}, CHANGED),
    "leases-reclaim": ({"remove": True}, CHANGED),
    "lease4-bulk-apply": ({"deleted-leases": [{"ip-address": "10.0.0.50"}]}, CHANGED),
}


def started(command: str) -> tuple[FakeContext, list[Answer]]:
    """A command that waits for its commit, and the answers so far."""
    context = FakeContext()
    context.commits = Deferred()
    if command != "lease4-add":
        context.table.apply(Change(LEASE))
    reply: Any = dispatch(context, {"command": command, "arguments": COMMANDS[command][0]})
    assert not isinstance(reply, dict)
    answers: list[Answer] = []
    Deferred.fromCoroutine(reply).addCallback(answers.append)
    return context, answers


@pytest.mark.parametrize("command", COMMANDS)
def test_the_answer_waits_for_the_commit(command: str) -> None:
    context, answers = started(command)
    assert not answers and context.commits is not None
    context.commits.callback(None)
    assert [answer["result"] for answer in answers] == [0]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_written_is_no_success(command: str) -> None:
    context, answers = started(command)
    assert context.commits is not None
    context.commits.errback(LeasesUnsaved("the lease database", OSError(104, "Connection reset by peer")))
    text = "the lease database cannot be written: Connection reset by peer"
    owed = "What was changed is in memory, and is written as soon as possible"
    assert answers == [{"result": 1, "text": f"{text}. {owed}"}]
    if command in ("lease4-add", "lease4-update", "lease4-del", "lease4-wipe"):
        assert any(identifier.endswith("_FAILED") for identifier in context.log.identifiers())


@pytest.mark.parametrize("command", COMMANDS)
def test_another_server_that_was_faster_is_a_conflict(command: str) -> None:
    context, answers = started(command)
    assert context.commits is not None
    context.commits.errback(AddressesOvertaken({LEASE.address}))
    assert answers == [{"result": 4, "text": COMMANDS[command][1]}]


def test_a_refused_update_of_a_subnet_that_is_not_here_is_answered_when_it_is_kept() -> None:
    context = FakeContext()
    context.commits = Deferred()
    update = {**UPDATE, "subnet-id": 4711, "ip-address": "203.0.113.9", "origin": "ha-partner", "force-create": True}
    reply: Any = dispatch(context, {"command": "lease4-update", "arguments": update})
    answers: list[Answer] = []
    Deferred.fromCoroutine(reply).addCallback(answers.append)
    assert not answers and len(context.journal) == 1
    context.commits.callback(None)
    assert [answer["result"] for answer in answers] == [4]
