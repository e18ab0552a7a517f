"""When reading rests: under load alone, and only where a database stores the leases."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.server.pace import BUSY, FULL, REST, Pace
from kea_twisted.wire.constants import DISCOVER
from tests.builders import mac, message, query
from tests.fakestorage import Database
from tests.scenarios.test_shared_storage import Node


class Steady:
    """A clock that is set by hand."""

    now = 5.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def rests(a_second: float, in_a_turn: int = 1, seconds: float = 0.2) -> list[float]:
    """What is said to each turn at a constant rate."""
    steady = Steady()
    pace, found = Pace(steady), []
    for _ in range(int(a_second * seconds / in_a_turn)):
        steady.now += in_a_turn / a_second
        found.append(pace.rest(in_a_turn))
    return found


def test_without_load_nothing_rests_and_with_it_all_but_full_turns_do() -> None:
    assert not any(rests(BUSY * 0.9))
    assert rests(BUSY * 1.1)[-20:] == [REST] * 20
    assert not any(rests(BUSY * 4, FULL))


def test_after_a_pause_it_is_not_busy_any_more() -> None:
    steady = Steady()
    pace = Pace(steady)
    for _ in range(100):
        steady.now += 0.0002
        pace.rest(1)
    assert pace.rest(1) == REST
    steady.now += 1
    assert pace.rest(1) == 0


@pytest.mark.parametrize(("is_read", "expected"), [(True, REST), (False, 0.0)])
def test_only_queries_that_wait_for_a_database_let_reading_rest(is_read: bool, expected: float) -> None:
    node: Any = Node(Database())
    if is_read:
        node.storage.look_up = node.storage.find
    node.loop._pace._is_busy = True
    node.loop.handle(query(message(DISCOVER, chaddr=mac(1), xid=1), source=0))
    assert node.loop.batch_done() == expected
