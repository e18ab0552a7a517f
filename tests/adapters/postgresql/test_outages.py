"""The PostgreSQL backend without a database: what is sent, what is believed, and what happens when the link is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from kea_twisted.adapters.postgresql.leases import PostgresqlBackend
from kea_twisted.adapters.postgresql.link import LeaseQueries
from kea_twisted.adapters.postgresql.statements import BY_ADDRESS, INSERT_NAME, PAGE, UPDATE_NAME
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed, UnknownSchema
from kea_twisted.adapters.sql.backend import PAGE_SIZE
from kea_twisted.adapters.sql.reconnection import LASTING
from kea_twisted.adapters.sql.writes import expire_of
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.config import load_tree
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import LeasesUnusable
from kea_twisted.interfaces import ILeaseBackend, Outage
from kea_twisted.lease.lease import Change, Lease, Overtaken
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.store import LeaseStore
from kea_twisted.lease.unwritten import UnwrittenRows
from kea_twisted.server.leasestorage import BackendHost
from tests.fakes import RecordingLog

PATIENT = {"max-reconnect-tries": 2, "reconnect-wait-time": 100}


def lease(number: int, cltt: int = 1000) -> Lease:
    """The lease of 10.0.0.number, of client number."""
    return Lease(0x0A000000 + number, bytes((2, 0, 0, 0, 0, number)), b"", 4000, cltt, 1)


def row(of: Lease) -> list[bytes | None]:
    """The same as a row."""
    number = [str(each).encode() for each in (of.address, of.valid_lifetime, expire_of(of), of.subnet_id, of.state)]
    hwaddr = b"\\x" + of.hwaddr.hex().encode()
    return [number[0], hwaddr, None, number[1], number[2], number[3], b"f", b"f", b"", number[4], None, b"0"]


class FakeConnection:
    """``asked`` has the statements under way, oldest first: statement, parameters, Deferred."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, Sequence[bytes | None], Deferred[Any]]] = []

    def ask(self, statement: bytes, parameters: Sequence[bytes | None] = (), name: bytes = b"") -> Deferred[Any]:
        """Wait for ``answer`` or ``fail``."""
        deferred: Deferred[Any] = Deferred()
        self.asked.append((name or statement, parameters, deferred))
        return deferred

    def answer(self, *rows: Sequence[bytes | None]) -> None:
        """Answer the oldest statement."""
        self.asked.pop(0)[2].callback([list(each) for each in rows])

    def fail(self, error: Exception) -> None:
        """Refuse it."""
        self.asked.pop(0)[2].errback(error)

    def drop(self, error: OSError) -> None:
        """Fail all that waits."""
        while self.asked:
            self.fail(error)


class FakeLink(LeaseQueries):
    """A link that opens unless ``refuses`` has an error."""

    made: list[FakeLink] = []
    refuses: OSError | None = None
    hangs = False

    def __init__(
        self, reactor: Clock, parameters: bytes, lost: Callable[..., Any], notified: Callable[..., Any]
    ) -> None:
        self.commits: Any = FakeConnection()
        self.reads: Any = FakeConnection()
        self.lost, self.notified = lost, notified
        self.is_open = self.is_closed = False
        self.opening: Deferred[None] | None = None
        FakeLink.made.append(self)

    def open_now(self, row_error: object) -> Loading:
        """Open, without leases."""
        if self.refuses:
            raise self.refuses
        self.is_open = True
        return Loading()

    async def open(self) -> None:
        """Open."""
        if FakeLink.hangs:
            self.opening = Deferred()
            await self.opening
        self.open_now(None)

    def start(self) -> None:
        """Nothing to start."""

    def drop(self, error: OSError) -> None:
        """Close as lost."""
        self.close()
        self.commits.drop(error)
        self.reads.drop(error)
        self.lost(error)

    def close(self) -> None:
        """Close."""
        self.is_open, self.is_closed = False, True
        if self.opening is not None:
            opening, self.opening = self.opening, None
            opening.errback(DatabaseLost(0, "the connection to PostgreSQL was closed"))


class Keeper:
    """A backend, its table, and what it reported."""

    def __init__(self, **database: Any) -> None:
        self.clock, self.log = Clock(), RecordingLog()
        self.table = LeaseTable(LeaseStore(), Statistics(0))
        self.unwritten = UnwrittenRows()
        self.table.subscribe(self.unwritten)
        self.outages: list[Outage] = []
        host = BackendHost(
            self.clock,
            self.log,
            Folders("", "", "", "", checked=False),
            self.table,
            self.outages.append,
            self.unwritten,
        )  # type: ignore[arg-type]
        section = {"type": "postgresql", "name": "kea", **database}
        settings = load_tree({"Dhcp4": {"lease-database": section}})
        self.backend = PostgresqlBackend(host, settings, FakeLink)  # type: ignore[arg-type]

    @property
    def link(self) -> FakeLink:
        """The link that was made last."""
        return FakeLink.made[-1]

    def start(self) -> Keeper:
        """Load, and begin."""
        self.backend.load(self.table.store)
        self.backend.maintain(load_tree({"Dhcp4": {}}))
        return self

    def give(self, *leases: Lease) -> Deferred[Any]:
        """Put leases into the table, and commit them."""
        for each in leases:
            self.table.apply(Change(each))
        pending = self.backend.commit([Change(each) for each in leases])
        assert pending is not None
        return pending

    def lose(self) -> None:
        """End the connections."""
        self.link.is_open = False
        self.link.lost(DatabaseLost(0, "server closed the connection unexpectedly"))


@pytest.fixture(autouse=True)
def links() -> None:
    """No link is made yet, and none refuses."""
    FakeLink.made, FakeLink.refuses, FakeLink.hangs = [], None, False


def result(deferred: Deferred[Any]) -> Any:
    """The result of a Deferred, [] if it has not fired."""
    found: list[Any] = []
    deferred.addBoth(found.append)
    return found[0] if found else []


def test_it_is_a_lease_backend() -> None:
    verifyObject(ILeaseBackend, Keeper().start().backend)


def test_a_change_is_conditional_on_the_row_that_was_known() -> None:
    keeper = Keeper().start()
    first = keeper.give(lease(1))
    assert keeper.link.commits.asked[0][0] == INSERT_NAME
    keeper.link.commits.answer([b"1", None])
    assert result(first) == ()
    keeper.give(lease(1, 2000))
    assert keeper.link.commits.asked[0][0] == UPDATE_NAME
    assert keeper.link.commits.asked[0][1][17] == b"{5000}"


def test_two_changes_of_one_address_are_one_write_and_a_lease_that_came_and_went_is_none() -> None:
    keeper = Keeper().start()
    keeper.table.apply(Change(lease(1)))
    keeper.table.apply(Change(lease(1, 2000)))
    keeper.backend.commit([Change(lease(1)), Change(lease(1, 2000))])
    assert keeper.link.commits.asked[0][0] == INSERT_NAME
    assert keeper.link.commits.asked[0][1][4] == b"{6000}"
    keeper.table.apply(Change(lease(2)))
    keeper.table.apply(Change(lease(2), True))
    assert keeper.backend.commit([Change(lease(2)), Change(lease(2), True)]) is None


def test_what_another_server_was_faster_with_is_read_and_reported() -> None:
    keeper = Keeper().start()
    pending = keeper.give(lease(1), lease(2))
    keeper.link.commits.answer([b"0", None])
    assert keeper.link.commits.asked[0][:2] == (BY_ADDRESS, [b"{167772161,167772162}"])
    keeper.link.commits.answer(row(lease(1, 999)))
    assert result(pending) == [Overtaken(0x0A000001, lease(1, 999)), Overtaken(0x0A000002, None)]


def test_a_deadlock_is_tried_again_and_another_error_is_not() -> None:
    keeper = Keeper().start()
    pending = keeper.give(lease(1))
    keeper.link.commits.fail(StatementFailed("deadlock detected", True))
    keeper.link.commits.answer([b"1", None])
    assert result(pending) == ()
    failed = keeper.give(lease(2))
    keeper.link.commits.fail(StatementFailed("disk full", False))
    assert result(failed).check(OSError) and keeper.unwritten.rows == {0x0A000002: None}


def test_a_row_that_does_not_fit_is_given_up_and_the_others_of_its_group_are_written() -> None:
    """A class name or a host name that is too long for its column must not keep the others waiting for ever."""
    keeper = Keeper().start()
    pending = keeper.give(lease(1), lease(2), lease(3))
    misfit = StatementFailed("value too long for type character varying(128)", False, True)
    keeper.link.commits.fail(misfit)
    keeper.link.commits.answer([b"1", None])
    keeper.link.commits.fail(misfit)
    keeper.link.commits.fail(misfit)
    keeper.link.commits.answer([b"1", None])
    assert result(pending) == [Overtaken(0x0A000002, None)]
    assert "DHCPSRV_LEASE_ROW_UNUSABLE" in keeper.log.identifiers() and not keeper.unwritten.rows


def test_a_notification_that_is_no_list_of_addresses_is_ignored() -> None:
    keeper = Keeper().start()
    keeper.link.notified("x 167772161 99999999999 -1")
    keeper.clock.advance(0)
    assert keeper.link.reads.asked[0][1] == [b"{167772161}"]


def test_a_group_that_failed_is_written_later_with_the_same_condition() -> None:
    keeper = Keeper().start()
    failed = keeper.give(lease(1))
    keeper.table.apply(Change(lease(1, 2000)))
    keeper.link.commits.fail(DatabaseLost(0, "gone"))
    assert result(failed).check(OSError)
    keeper.backend.commit([Change(lease(1, 2000))])
    assert keeper.link.commits.asked[0][0] == INSERT_NAME


def test_rows_of_other_servers_are_read_but_not_over_what_is_written_here_meanwhile() -> None:
    keeper = Keeper().start()
    keeper.link.notified("167772161 167772162")
    keeper.link.notified("167772163")
    keeper.clock.advance(0)
    assert keeper.link.reads.asked[0][1] == [b"{167772161,167772162,167772163}"]
    keeper.give(lease(2, 3000))
    keeper.link.commits.answer([b"1", None])
    keeper.link.reads.answer(row(lease(1)), row(lease(2, 500)))
    assert list(keeper.table.store) == [lease(1), lease(2, 3000)] and not keeper.unwritten.rows
    keeper.link.notified("167772161")
    keeper.clock.advance(0)
    keeper.link.reads.answer()
    assert list(keeper.table.store) == [lease(2, 3000)]


@pytest.mark.parametrize(
    ("database", "stops", "ends"),
    [
        ({}, True, True),
        ({"on-fail": "serve-retry-exit"}, False, True),
        ({"on-fail": "serve-retry-continue"}, False, False),
    ],
)
def test_without_attempts_a_loss_ends_the_server_unless_it_is_to_go_on(
    database: dict[str, Any], stops: bool, ends: bool
) -> None:
    keeper = Keeper(**database).start()
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    keeper.lose()
    assert keeper.outages == [Outage("server closed the connection unexpectedly", stops, ends)]
    assert "DHCP4_DB_RECONNECT_DISABLED" in keeper.log.identifiers()
    FakeLink.refuses = None
    keeper.clock.advance(LASTING)
    if not ends:
        keeper.link.reads.answer()
    assert (len(keeper.outages) == 1) == ends


def test_it_connects_again_and_reads_everything_before_it_says_so() -> None:
    keeper = Keeper(**PATIENT).start()
    keeper.give(lease(1), lease(2))
    keeper.link.commits.answer([b"2", None])
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    keeper.lose()
    with pytest.raises(OSError):
        keeper.backend.commit([Change(lease(3))])
    FakeLink.refuses = None
    keeper.clock.advance(0.1)
    assert keeper.link.reads.asked[0][:2] == (PAGE, [b"-1", str(PAGE_SIZE).encode()])
    assert len(keeper.outages) == 1
    keeper.link.reads.answer(row(lease(2, 7000)), row(lease(3)))
    assert keeper.outages[1] == Outage("", True, False)
    assert list(keeper.table.store) == [lease(2, 7000), lease(3)]
    assert keeper.log.identifiers()[-2:] == ["PGSQL_LB_DB_RECONNECT_ATTEMPT_SCHEDULE", "DHCP4_DB_RECONNECT_SUCCEEDED"]


def test_it_gives_up_after_the_configured_attempts() -> None:
    keeper = Keeper(**PATIENT).start()
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    keeper.lose()
    keeper.clock.pump([0.1] * 3)
    assert keeper.outages[-1].ends and len(FakeLink.made) == 4
    assert "DHCP4_DB_RECONNECT_FAILED" in keeper.log.identifiers()


def test_a_loss_while_everything_is_read_is_one_more_failed_attempt() -> None:
    keeper = Keeper(**PATIENT).start()
    keeper.lose()
    keeper.link.reads.fail(DatabaseLost(0, "gone again"))
    keeper.clock.advance(0.1)
    keeper.link.reads.answer()
    assert [outage.reason for outage in keeper.outages] == ["server closed the connection unexpectedly", ""]


def test_a_link_that_is_lost_while_it_is_made_again_begins_no_second_loop() -> None:
    keeper = Keeper(**PATIENT).start()
    keeper.lose()
    keeper.lose()
    keeper.link.reads.fail(DatabaseLost(0, "gone again"))
    made = len(FakeLink.made)
    keeper.clock.advance(0.1)
    assert len(FakeLink.made) == made + 1 and len(keeper.outages) == 1


def test_a_password_file_that_is_away_for_a_moment_is_one_more_failed_attempt(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("x")
    keeper = Keeper(**PATIENT, **{"password-file": str(secret)}).start()
    secret.unlink()
    keeper.lose()
    secret.write_text("x")
    keeper.clock.advance(0.1)
    keeper.link.reads.answer()
    assert keeper.outages[-1].reason == ""


def test_a_connection_that_is_never_made_is_given_up() -> None:
    keeper = Keeper(**PATIENT, **{"connect-timeout": 2}).start()
    FakeLink.hangs = True
    keeper.lose()
    hanging = keeper.link
    FakeLink.hangs = False
    keeper.clock.advance(2)
    assert hanging.is_closed
    keeper.clock.advance(0.1)
    keeper.link.reads.answer()
    assert keeper.outages[-1].reason == ""


def test_a_start_without_a_database_is_refused_unless_it_may_be_retried() -> None:
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    with pytest.raises(LeasesUnusable, match="Unable to open database: Connection refused"):
        Keeper().start()
    keeper = Keeper(**PATIENT, **{"retry-on-startup": True}).start()
    assert keeper.outages[0].stops_service
    FakeLink.refuses = None
    keeper.clock.advance(0.1)
    keeper.link.reads.answer(row(lease(1)))
    assert list(keeper.table.store) == [lease(1)] and not keeper.outages[-1].reason
    FakeLink.refuses = UnknownSchema("found version: 30.0")
    with pytest.raises(LeasesUnusable, match="30.0"):
        Keeper(**{"retry-on-startup": True}).start()


def test_a_closed_backend_does_not_connect_again() -> None:
    keeper = Keeper(**PATIENT).start()
    FakeLink.refuses = DatabaseLost(0, "Connection refused")
    keeper.lose()
    made = len(FakeLink.made)
    keeper.backend.close()
    keeper.clock.advance(1)
    assert len(FakeLink.made) == made
