"""Commands that list or write much do so in slices, and packets are answered between two of them."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred

from kea_twisted.commands import hostsystem, statistics
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.envelope import Answer, Parts, render
from kea_twisted.lease.csvrow import HEADER, row_text
from kea_twisted.lease.lease import Change, Lease
from tests.commands.fakecontext import FakeContext


def outcome(context: FakeContext, command: str, arguments: Any = None) -> Answer:
    """The answer that comes after some turns."""
    reply = dispatch(context, {"command": command, "arguments": arguments})
    assert not isinstance(reply, dict)
    found: list[Answer] = []
    Deferred.fromCoroutine(reply).addCallback(found.append)  # type: ignore[arg-type]
    return found[0]


def test_many_counters_are_listed_in_slices() -> None:
    context = FakeContext()
    for number in range(2 * statistics.SLICE):
        context.statistics.put(f"counter-{number}", number)
    expected = {"arguments": context.statistics.get_all(), "result": 0}
    answer = outcome(context, "statistic-get-all")
    assert isinstance(answer["arguments"], Parts) and context.turns >= 2
    assert json.loads(render(answer)) == json.loads(json.dumps(expected))


def test_a_counter_that_is_removed_meanwhile_is_left_out() -> None:
    context = FakeContext()
    for number in range(2 * statistics.SLICE):
        context.statistics.put(f"counter-{number}", number)
    reply = dispatch(context, {"command": "statistic-get-all"})
    context.statistics.remove_all()
    found: list[Answer] = []
    Deferred.fromCoroutine(reply).addCallback(found.append)  # type: ignore[arg-type]
    assert json.loads(render(found[0])) == {"arguments": {}, "result": 0}


def test_many_leases_are_written_in_slices() -> None:
    context = FakeContext()
    leases = [
        Lease(0x0A000000 + 3 * number, number.to_bytes(6, "big"), b"", 4000, 2000000000, 1, hostname="x" * (number % 3))
        for number in range(2 * hostsystem.ROWS + 7)
    ]
    context.put(*leases)
    answer = outcome(context, "lease4-write", {"filename": "all.csv"})
    assert answer["result"] == 0 and context.turns == 2
    assert context.files["/mnt/all.csv"] == "".join([HEADER, "\n", *[row_text(Change(lease)) for lease in leases]])


def test_a_disk_that_is_full_at_the_end_is_an_error() -> None:
    context = FakeContext()
    context.put(*[Lease(0x0A000000 + number, b"", b"", 4000, 2000000000, 1) for number in range(3 * hostsystem.ROWS)])
    context.disk_error = OSError(28, "No space left on device")
    answer = outcome(context, "lease4-write", {"filename": "all.csv"})
    assert answer == {"result": 1, "text": "/mnt/all.csv cannot be written: No space left on device"}
