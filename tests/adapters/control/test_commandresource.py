"""Commands are answered at the root of an HTTP port, at once or later, and a fault in one is told to its sender."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.logger import LogEvent, globalLogPublisher
from twisted.python.failure import Failure

from tests.adapters.control.test_httpchannel import Wire, command, status_of


@pytest.fixture
def failures() -> Iterator[list[object]]:
    """What goes to Twisted's log as a failure."""
    found: list[object] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            found.append(event["log_failure"].value)

    globalLogPublisher.addObserver(observe)
    yield found
    globalLogPublisher.removeObserver(observe)


def test_the_sender_of_a_command_that_fails_gets_an_answer(failures: list[object]) -> None:
    fault = RuntimeError("a fault of ours")

    def fail(value: object) -> object:
        raise fault

    wire = Wire(fail)
    assert status_of(wire.send(command("ha-heartbeat"))) == 500
    assert failures == [fault] and not wire.closed


def test_the_sender_of_a_command_that_fails_later_gets_an_answer(failures: list[object]) -> None:
    pending: Deferred[object] = Deferred()
    wire = Wire(lambda value: pending)
    assert wire.send(command("ha-heartbeat")) == b""
    fault = RuntimeError("a fault of ours")
    pending.errback(fault)
    assert status_of(wire.transport.value()) == 500
    assert failures == [fault]


@pytest.mark.parametrize("fault", [None, RuntimeError("a fault of ours")])
def test_nothing_is_written_to_a_sender_that_is_gone(failures: list[object], fault: Exception | None) -> None:
    pending: Deferred[object] = Deferred()
    wire = Wire(lambda value: pending)
    wire.send(command("ha-heartbeat"))
    wire.channel.connectionLost(Failure(ConnectionDone()))
    if fault is None:
        pending.callback({"result": 0})
    else:
        pending.errback(fault)
    assert wire.transport.value() == b"" and failures == []
