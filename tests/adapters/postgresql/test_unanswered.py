"""The PostgreSQL backend without a database: attempts that its end overtakes, and look-ups without an answer."""

from __future__ import annotations

import pytest

from kea_twisted.adapters.sql.answers import DatabaseLost
from tests.adapters.postgresql.test_outages import PATIENT, FakeLink, Keeper, lease, result


@pytest.fixture(autouse=True)
def _links() -> None:
    """No link is made yet, and none refuses."""
    FakeLink.made, FakeLink.refuses, FakeLink.hangs = [], None, False


def test_an_attempt_under_way_when_the_backend_is_closed_reports_nothing() -> None:
    keeper = Keeper(**{**PATIENT, "max-reconnect-tries": 1}).start()
    FakeLink.hangs = True
    keeper.lose()
    keeper.clock.advance(5)
    keeper.clock.advance(0.1)
    assert keeper.link.opening is not None and len(keeper.outages) == 1
    lines = len(keeper.log.identifiers())
    keeper.backend.close()
    assert len(keeper.outages) == 1 and len(keeper.log.identifiers()) == lines
    assert keeper.link.is_closed and not keeper.clock.getDelayedCalls()


def test_rows_that_arrive_after_the_backend_is_closed_end_no_outage() -> None:
    keeper = Keeper(**PATIENT).start()
    keeper.lose()
    keeper.backend.close()
    keeper.link.reads.answer()
    assert len(keeper.outages) == 1 and keeper.link.is_closed and not keeper.clock.getDelayedCalls()


def test_a_look_up_without_an_answer_ends_the_connection() -> None:
    keeper = Keeper(**PATIENT, **{"read-timeout": 4}).start()
    asked = keeper.backend.look_up([b"x"], [], [])
    keeper.clock.advance(60)  # the process was held up: the answer may be there, but not yet read
    assert not keeper.outages
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    keeper.clock.advance(2)
    assert result(asked).check(DatabaseLost) and keeper.outages[0].reason.endswith("within 4 seconds")


def test_a_commit_without_an_answer_ends_the_connection_and_stays_owed() -> None:
    keeper = Keeper(**PATIENT, **{"read-timeout": 4}).start()
    given = keeper.give(lease(1))
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    keeper.clock.advance(60)  # the process was held up: the answer may be there, but not yet read
    assert not keeper.outages and not given.called
    keeper.clock.advance(2)
    assert keeper.outages[0].reason.endswith("within 4 seconds")
    assert result(given).check(OSError) and keeper.unwritten.rows == {0x0A000001: None}


def test_an_answer_in_time_leaves_no_timer() -> None:
    keeper = Keeper(**PATIENT).start()
    for seconds in (0, 3):
        asked = keeper.backend.look_up([b"x"], [], [])
        keeper.clock.advance(seconds)
        keeper.link.reads.answer()
        assert result(asked) is None and not keeper.clock.getDelayedCalls()
