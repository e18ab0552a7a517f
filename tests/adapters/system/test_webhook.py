"""The webhook under a clock that stands: retries with longer pauses, a bounded queue, nothing that waits for it."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from kea_twisted.adapters.system import webhook
from kea_twisted.adapters.system.webhook import ATTEMPTS, LONGEST_PAUSE, WAITING, Webhook


class Receiver:
    """Answers with a status, or an error, or never; ``got`` are the bodies."""

    def __init__(self, *answers: int | Exception | None) -> None:
        self.answers = list(answers)
        self.got: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.said: list[tuple[str, bool]] = []
        self.clock = Clock()
        self.hook = Webhook(self.clock, "http://alarms/x", self.post, self.report)  # type: ignore[arg-type]

    async def post(self, url: str, body: bytes) -> int:
        """One request."""
        self.got.append(json.loads(body))
        self.times.append(self.clock.seconds())
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return await Deferred() if answer is None else answer

    def report(self, reason: str, given_up: bool) -> None:
        """Remember it."""
        self.said.append((reason, given_up))

    def send(self, *numbers: int) -> None:
        """Send messages."""
        for number in numbers:
            self.hook.send({"number": number})

    def pass_time(self, seconds: float) -> None:
        """In small steps."""
        for _ in range(int(seconds * 4)):
            self.clock.advance(0.25)

    @property
    def numbers(self) -> list[int]:
        """The messages that came."""
        return [each["number"] for each in self.got]


def test_one_after_the_other_in_order() -> None:
    receiver = Receiver(None)
    receiver.send(1, 2, 3)
    assert receiver.numbers == [1], "the first is under way"
    receiver = Receiver()
    receiver.send(1, 2, 3)
    receiver.pass_time(1)
    assert (receiver.numbers, receiver.said) == ([1, 2, 3], [])


def test_pauses_grow_and_the_first_failure_is_said_once() -> None:
    receiver = Receiver(OSError("refused"), 503, 429, OSError("refused"))
    receiver.send(1, 2)
    receiver.pass_time(20)
    assert receiver.numbers == [1, 1, 1, 1, 1, 2]
    assert receiver.times[:5] == [0, 1, 3, 7, 15]
    assert receiver.said == [("refused", False)]


def test_no_answer_is_a_failure_and_the_request_ends() -> None:
    receiver = Receiver(None)
    receiver.send(1)
    receiver.pass_time(12)
    assert (receiver.numbers, receiver.said) == ([1, 1], [("no answer in time", False)])


def test_a_refused_message_is_given_up_at_once() -> None:
    receiver = Receiver(404)
    receiver.send(1, 2)
    receiver.pass_time(1)
    assert (receiver.numbers, receiver.said) == ([1, 2], [("status 404", True)])
    assert [each["dropped-before"] for each in receiver.got] == [0, 1]


def test_a_message_is_given_up_after_many_attempts_and_the_next_one_comes() -> None:
    receiver = Receiver(*[500] * ATTEMPTS)
    receiver.send(1, 2)
    receiver.pass_time(ATTEMPTS * LONGEST_PAUSE)
    assert receiver.numbers == [1] * ATTEMPTS + [2]
    assert receiver.said == [("status 500", False), ("status 500", True)]


def test_the_queue_is_bounded_and_the_oldest_are_dropped() -> None:
    receiver = Receiver(None)
    receiver.send(*range(WAITING + 50))
    receiver.answers = []
    receiver.pass_time(30)
    assert receiver.numbers == [0, 0, *range(51, WAITING + 50)]
    assert [each["dropped-before"] for each in receiver.got[:3]] == [0, 50, 0]


def test_at_the_end_nothing_is_left_behind() -> None:
    for answer in (None, 500):
        receiver = Receiver(answer)
        receiver.send(1, 2)
        receiver.hook.stop()
        receiver.send(3)
        assert not receiver.clock.getDelayedCalls()
        receiver.pass_time(webhook.TIMEOUT * 2)
        assert receiver.numbers == [1]
