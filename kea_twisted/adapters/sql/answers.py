"""The errors of databases, a time limit for their answers, and the versions of Kea's schema."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from twisted.internet.defer import Deferred

from kea_twisted.adapters.system.reactor import Reactor

Answer = TypeVar("Answer")


class DatabaseLost(OSError):
    """The connection is gone; what was sent may or may not have been done."""


class StatementFailed(OSError):
    """The database refused a statement; nothing of it was done.

    ``may_repeat``: another transaction was in its way. ``of_row``: a value does not fit, and never will.
    ``is_duplicate``: there is a row with its key.
    """

    def __init__(self, text: str, may_repeat: bool, of_row: bool = False, is_duplicate: bool = False) -> None:
        super().__init__(0, text)
        self.may_repeat = may_repeat
        self.of_row = of_row
        self.is_duplicate = is_duplicate


class UnknownSchema(StatementFailed):
    """The tables are not Kea's, or of a version that this server does not know; the text names the remedy."""

    def __init__(self, text: str) -> None:
        remedy = "kea-admin db-init makes Kea's tables, kea-admin db-upgrade brings older ones up to date"
        super().__init__(f"{text}; {remedy}", False)


def must_be_known(product: str, versions: tuple[int, int], major: int, minor: int) -> int:
    """Return the major version of the schema if it lies between two others. Raises UnknownSchema."""
    first, last = versions
    if not first <= major <= last:
        raise UnknownSchema(
            f"{product} schema version mismatch: need version: {first} to {last}, found version: {major}.{minor}"
        )
    return major


def limited(
    answer: Deferred[Answer], reactor: Reactor, seconds: float, product: str, drop: Callable[[OSError], object]
) -> Deferred[Answer]:
    """Call ``drop`` with the reason if there is no answer within the time.

    It passes in two halves: timers run before sockets are read, so the first may end because this process was held up.
    """
    text = f"{product} has not answered within {seconds:g} seconds"
    timers = [reactor.callLater(seconds / 2, lambda: timers.append(reactor.callLater(seconds / 2, expired)))]
    expired = partial(drop, DatabaseLost(0, text))

    def answered(result: Answer) -> Answer:
        if timers[-1].active():
            timers[-1].cancel()
        return result

    return answer.addBoth(answered)
