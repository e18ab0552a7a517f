"""The legal log in a database, without one: what is written when, what waits, and what is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from kea_twisted.adapters.mysql.logs import WORDS, insertion
from kea_twisted.adapters.sql import logtable
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.adapters.sql.logtable import LogDialect, LogTable, Row, plain
from kea_twisted.interfaces import Outage
from kea_twisted.libraries.legal_log import messages as M
from tests.fakes import RecordingLog

PATIENT = {"max-reconnect-tries": 2, "reconnect-wait-time": 100}
GONE = DatabaseLost(0, "gone")


class FakeLink:
    """A link that opens unless ``refuses`` has an error; ``asked`` has the groups under way."""

    refuses: OSError | None = None

    def __init__(self, lost: Callable[[OSError], object]) -> None:
        self.lost, self.is_closed = lost, False
        self.asked: list[tuple[Sequence[Row], Deferred[object]]] = []

    def open_now(self) -> None:
        """Open."""
        if FakeLink.refuses is not None:
            raise FakeLink.refuses

    async def open(self) -> None:
        """Open."""
        self.open_now()

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Fail what is under way."""
        self.is_closed = True
        while self.asked:
            self.asked.pop()[1].errback(GONE)

    def drop(self, error: OSError) -> None:
        """Close as lost."""
        self.close()
        self.lost(error)

    def insert(self, rows: Sequence[Row]) -> Deferred[object]:
        """Wait for ``done`` or ``refuse``."""
        answer: Deferred[object] = Deferred()
        self.asked.append((rows, answer))
        return answer

    def done(self, error: OSError | None = None) -> list[str]:
        """Answer the group under way; its texts."""
        rows, answer = self.asked.pop()
        if error is None:
            answer.callback(None)
        else:
            answer.errback(error)
        return [row.text for row in rows]


class Logged:
    """A table, and the server around it."""

    def __init__(self, **parameters: Any) -> None:
        self.reactor, self.log = Clock(), RecordingLog()
        self.log.add(M.EVENTS)
        self.outages: list[tuple[int, Outage]] = []
        self.links: list[FakeLink] = []
        dialect: LogDialect[Any] = LogDialect(
            "mysql", "MySQL", M.MYSQL[0], WORDS, lambda database, folder: None, self._link
        )
        self.table = LogTable(self, {"type": "mysql", "name": "kea", **PATIENT, **parameters}, dialect)

    def _link(self, reactor: Any, access: Any, lost: Callable[[OSError], object]) -> FakeLink:
        self.links.append(FakeLink(lost))
        return self.links[-1]

    def report_outage(self, name: str, number: int, outage: Outage) -> None:
        """Keep it."""
        self.outages.append((number, outage))

    @property
    def link(self) -> FakeLink:
        """The newest link."""
        return self.links[-1]

    def add(self, *texts: str) -> None:
        """Add entries in one turn."""
        for text in texts:
            self.table.add("10.0.0.1", text)
        self.reactor.advance(0)

    def lines(self, identifier: str) -> list[str]:
        """The texts of the messages of this name."""
        return self.log.texts(f"LEGAL_LOG_{identifier}")

    @property
    def losses(self) -> list[int]:
        """The numbers of lost entries as they were logged."""
        return [int(text.partition(" ")[0]) for text in self.lines("ENTRIES_LOST")]


@pytest.fixture
def logged() -> Logged:
    """A table that is open."""
    FakeLink.refuses = None
    made = Logged()
    made.table.open()
    made.table.start()
    return made


def test_entries_of_a_turn_are_one_group_and_later_ones_the_next(logged: Logged) -> None:
    logged.add("one", "two")
    logged.add("three")
    logged.reactor.advance(2)
    assert logged.link.done() == ["one", "two"]
    rows, _ = logged.link.asked[0]
    assert rows == [Row(2.0, "10.0.0.1", "three")]
    logged.link.done()
    assert not logged.link.asked and not logged.reactor.getDelayedCalls()


def test_entries_wait_for_a_lost_database_and_are_written_with_their_time(logged: Logged) -> None:
    logged.add("one")
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    logged.link.drop(DatabaseLost(0, "gone"))
    logged.add("two")
    FakeLink.refuses = None
    logged.reactor.advance(0.1)
    logged.reactor.advance(0)
    rows, _ = logged.link.asked[0]
    assert [row.text for row in rows] == ["one", "two"] and rows[0].age == pytest.approx(0.1)
    reasons = [(number, outage.reason, outage.stops_service, outage.ends) for number, outage in logged.outages]
    assert reasons == [(31, "gone", False, False), (31, "", False, False)]


def test_a_database_that_does_not_answer_is_lost(logged: Logged) -> None:
    logged.add("one")
    logged.reactor.advance(2.5)
    logged.reactor.advance(2.5)
    assert logged.links[0].is_closed and "not answered" in logged.outages[0][1].reason
    logged.reactor.advance(0)
    assert logged.link.done() == ["one"]


def test_entries_without_room_are_lost_counted_and_logged(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logtable, "WAITING", 310)
    logged.add(*"abcd", "e")
    assert len(logged.lines("ENTRIES_NOT_KEPT")) == 1 and logged.table.lost == 2
    assert logged.link.done() == ["a", "b", "c"] and logged.lines("ENTRIES_LOST") == [
        "2 entries of the legal log are lost"
    ]
    logged.add("f")
    assert logged.link.done() == ["f"] and logged.table.lost == 0


def test_an_entry_that_does_not_fit_is_lost_alone(logged: Logged) -> None:
    logged.add("a", "b", "c", "d")
    written = []
    while logged.link.asked:
        texts = [row.text for row in logged.link.asked[0][0]]
        is_refused = "c" in texts
        logged.link.done(StatementFailed("too long", False, True) if is_refused else None)
        written += [] if is_refused else texts
        logged.reactor.advance(0)
    assert written == ["a", "b", "d"] and logged.losses == [1]
    assert logged.lines("LEASE4_WRITE_ERROR") == ["Could not write to the legal store: too long"]


def test_an_entry_that_the_driver_does_not_take_is_lost_alone(logged: Logged) -> None:
    insert = logged.link.insert

    def refuse(rows: Sequence[Row]) -> Deferred[object]:
        if any(row.text == "c" for row in rows):
            raise ValueError("not to be written")
        return insert(rows)

    logged.link.insert = refuse  # type: ignore[method-assign]
    logged.add("a", "b", "c", "d")
    written = []
    for _ in range(9):
        written += logged.link.done() if logged.link.asked else []
        logged.reactor.advance(0)
    assert written == ["a", "b", "d"] and logged.losses == [1]


def test_a_database_that_refuses_is_asked_again(logged: Logged) -> None:
    logged.add("a")
    for _ in range(3):
        assert logged.link.done(StatementFailed("No space left on device", False)) == ["a"]
        assert not logged.link.asked
        logged.reactor.advance(logtable.RETRY)
    assert logged.link.done() == ["a"] and len(logged.lines("LEASE4_WRITE_ERROR")) == 1


def test_a_group_is_bounded_in_characters_and_in_number(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logtable, "GROUP_SIZE", 210)
    logged.add("a", "b", "c", "d" * 300, "e")
    groups = []
    while logged.link.asked:
        groups.append("".join(logged.link.done())[:4])
    assert groups == ["ab", "c", "dddd", "e"]


def ended(logged: Logged) -> list[Any]:
    """The result of closing, [] while that goes on."""
    results: list[Any] = []
    Deferred.fromCoroutine(logged.table.close()).addBoth(results.append)
    return results


def test_what_waits_is_written_before_the_end(logged: Logged) -> None:
    logged.add("a")
    logged.table.add("10.0.0.1", "b")
    end = ended(logged)
    assert logged.link.done() == ["a"] and end == [] and logged.link.done() == ["b"]
    assert end == [None] and logged.link.is_closed and not logged.reactor.getDelayedCalls()
    assert logged.losses == []


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_cannot_be_written_at_the_end_is_counted(logged: Logged, is_lost: bool) -> None:
    logged.add("a", "b")
    if is_lost:
        FakeLink.refuses = GONE
        logged.link.drop(GONE)
    end = ended(logged)
    for _ in range(2):
        logged.reactor.advance(2.5)
    assert end == [None] and logged.losses == [2] and not logged.reactor.getDelayedCalls()
    assert not logged.outages or not logged.outages[-1][1].reason, "the service must not stay disabled"


def test_a_server_starts_without_the_database_if_that_is_configured() -> None:
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    with pytest.raises(ValueError, match="Unable to open database: Connection refused"):
        Logged().table.open()
    patient = Logged(**{"retry-on-startup": True})
    patient.table.open()
    patient.table.start()
    patient.add("a")
    FakeLink.refuses = None
    patient.reactor.advance(0.1)
    patient.reactor.advance(0)
    assert patient.link.done() == ["a"]


def test_texts_are_quoted_and_bytes_that_are_no_text_are_shown() -> None:
    odd = b"it's \xff".decode("utf-8", "surrogateescape") + "\0"
    assert plain(odd) == "it's \\xff\\x00"
    assert plain("\ud800") == "\\xed\\xa0\\x80", "what a command in JSON may have"
    assert insertion([Row(1.5, "10.0.0.1", odd)]).decode() == (
        "INSERT INTO logs (timestamp, address, log) VALUES (FROM_UNIXTIME(FLOOR(UNIX_TIMESTAMP(NOW(6)) - 1.500000)), "
        "'10.0.0.1', 'it\\'s \\\\xff\\\\x00')"
    )
