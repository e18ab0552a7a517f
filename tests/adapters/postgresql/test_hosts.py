"""The hosts backend without a database: rows become hosts, and what is wrong with them is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from zope.interface.verify import verifyClass

from kea_twisted.adapters.postgresql.blocking import VERSION
from kea_twisted.adapters.postgresql.reservations import PostgresqlHosts
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.config.hostrows import KINDS, HostRow, OptionRow, host_of, option_rows_of, row_of
from kea_twisted.config.hosts import Host
from kea_twisted.errors import Problems
from kea_twisted.interfaces import IHostBackend, Outage
from kea_twisted.server.hoststorage import HostsHost
from kea_twisted.wire.optiondefs import STANDARD_DEFINITIONS, Definitions
from tests.adapters.postgresql.test_outages import FakeConnection, result
from tests.fakes import RecordingLog

ROW: list[bytes | None] = [
    b"7", b"\\x020000000001", b"0", b"1", b"167772210", b"one", b"a,b", b'{ "x": 1 }', b"0", b"", b"boot",
]  # fmt: skip
ROUTERS: list[bytes | None] = [b"3", None, b"10.0.0.1", b"dhcp4", b"t", b"f", None, b'[ "gold" ]']
RAW: list[bytes | None] = [b"224", b"\\x0102", None, None, b"f", b"f", None, None]
NO_OPTION: list[bytes | None] = [None] * 8


class Reader:
    """A backend on a connection without a database."""

    def __init__(self) -> None:
        self.log, self.clock = RecordingLog(), Clock()
        self.outages: list[Outage] = []
        host = HostsHost(self.clock, self.log, self.outages.append)  # type: ignore[arg-type]
        self.connection = FakeConnection()
        section = {"type": "postgresql", "name": "kea"}
        self.hosts = PostgresqlHosts(host, section, connection=self.connection)  # type: ignore[arg-type]

    def find(self, *rows: list[bytes | None]) -> list[Host]:
        """Return the hosts made of these rows."""
        found = self.hosts.find([("hw-address", b"\2")], [1])
        self.connection.answer(*rows)
        made: list[Host] = result(found)
        return made


class FakeHostsConnection(FakeConnection):
    """A connection that opens at once unless ``refuses`` has an error."""

    made: list[FakeHostsConnection] = []
    refuses: OSError | None = None
    opening: Deferred[None] | None = None

    def __init__(self, reactor: Clock, lost: Callable[[OSError], object]) -> None:
        super().__init__()
        self.lost = lost
        self.is_closed = False
        FakeHostsConnection.made.append(self)

    def open(self, parameters: bytes) -> Deferred[None]:
        """Open, or refuse."""
        if self.opening is not None:
            return self.opening
        return fail(self.refuses) if self.refuses else succeed(None)

    def close(self) -> None:
        """Close."""
        self.is_closed = True

    def drop(self, error: OSError) -> None:
        """Close as lost."""
        self.close()
        super().drop(error)
        self.lost(error)


def test_a_lost_database_is_reported_and_connected_again() -> None:
    log, clock = RecordingLog(), Clock()
    outages: list[Outage] = []
    host = HostsHost(clock, log, outages.append)  # type: ignore[arg-type]
    section = {"type": "postgresql", "name": "kea", "max-reconnect-tries": 2, "reconnect-wait-time": 100}
    hosts = PostgresqlHosts(host, section, FakeHostsConnection)  # type: ignore[arg-type]
    FakeHostsConnection.made, FakeHostsConnection.refuses = [], DatabaseLost(0, "no")
    hosts._reconnection.lost(DatabaseLost(0, "gone"))
    assert [(each.reason, each.stops_service, each.ends) for each in outages] == [("gone", True, False)]
    assert FakeHostsConnection.made[0].is_closed
    FakeHostsConnection.refuses = None
    clock.advance(0.1)
    connection = FakeHostsConnection.made[1]
    connection.answer([b"29", b"0"])
    connection.answer()
    connection.answer()
    assert [each.reason for each in outages] == ["gone", ""] and not connection.is_closed
    found = hosts.named("ONE")
    assert connection.asked[0][1] == [b"one"]
    connection.answer([*ROW, *NO_OPTION])
    assert [each.hostname for each in result(found)] == ["one"]
    assert log.identifiers()[-1] == "DHCP4_DB_RECONNECT_SUCCEEDED"
    assert "PGSQL_HB_DB_RECONNECT_ATTEMPT_FAILED" in log.identifiers()


def test_a_closed_database_reports_nothing_of_the_attempt_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, outages = Clock(), list[Outage]()
    host = HostsHost(clock, RecordingLog(), outages.append)  # type: ignore[arg-type]
    section = {"type": "postgresql", "name": "kea", "max-reconnect-tries": 1, "reconnect-wait-time": 100}
    monkeypatch.setattr(FakeHostsConnection, "refuses", None)
    for fails in (False, True):
        opening: Deferred[None] = Deferred()
        monkeypatch.setattr(FakeHostsConnection, "opening", opening)
        monkeypatch.setattr(FakeHostsConnection, "made", [])
        hosts = PostgresqlHosts(host, section, FakeHostsConnection)  # type: ignore[arg-type]
        hosts._reconnection.lost(DatabaseLost(0, "gone"))
        outages.clear()
        (connection,) = FakeHostsConnection.made
        hosts.close()
        assert connection.is_closed
        connection.is_closed = False
        if fails:
            opening.errback(DatabaseLost(0, "closed"))
        else:
            opening.callback(None)
            for _ in range(3):
                connection.answer() if connection.asked[0][0] != VERSION else connection.answer([b"29", b"0"])
        assert connection.is_closed and not outages and not clock.getDelayedCalls()


@pytest.mark.parametrize(
    "ask", [lambda hosts: hosts.find([("hw-address", b"\2")], [1]), PostgresqlHosts.reserved], ids=["find", "reserved"]
)
@pytest.mark.parametrize("seconds", [{}, {"connect-timeout": 3}, {"read-timeout": 2}])
def test_a_look_up_without_an_answer_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, seconds: dict[str, int], ask: Any
) -> None:
    clock, outages = Clock(), list[Outage]()
    host = HostsHost(clock, RecordingLog(), outages.append)  # type: ignore[arg-type]
    monkeypatch.setattr(FakeHostsConnection, "refuses", DatabaseLost(0, "no"))
    section = {"type": "postgresql", "name": "kea", "max-reconnect-tries": 1, "reconnect-wait-time": 100, **seconds}
    connection = FakeHostsConnection(clock, lambda error: hosts._reconnection.lost(error))
    hosts = PostgresqlHosts(host, section, FakeHostsConnection, connection)  # type: ignore[arg-type]
    half = next(iter(seconds.values()), 5) / 2
    found: Deferred[Any] = ask(hosts)
    clock.advance(half)
    clock.advance(half - 0.1)
    assert not outages and not found.called
    clock.advance(0.1)
    assert result(found).check(DatabaseLost) and outages[0].reason.startswith("PostgreSQL has not answered")


def test_it_is_a_hosts_backend() -> None:
    verifyClass(IHostBackend, PostgresqlHosts)


def test_a_host_is_made_of_its_rows_and_a_row_for_each_option() -> None:
    (host,) = Reader().find([*ROW, *ROUTERS], [*ROW, *RAW])
    assert (host.number, host.subnet_id, host.kind, host.identifier) == (7, 1, "hw-address", bytes((2, 0, 0, 0, 0, 1)))
    assert (host.address, host.hostname, host.client_classes) == (0x0A000032, "one", ("a", "b"))
    assert host.boot_file_name == "boot" and host.section["user-context"] == {"x": 1}
    assert host.options is not None and host.options.by_code[224] == b"\1\2"
    assert host.section["option-data"][0]["client-classes"] == ["gold"]


def test_the_same_rows_make_the_same_host_once() -> None:
    reader = Reader()
    assert reader.find([*ROW, *ROUTERS])[0] is reader.find([*ROW, *ROUTERS])[0]
    first = reader.find([*ROW, *ROUTERS])[0]
    reader.hosts.use(Definitions(()))
    assert reader.find([*ROW, *ROUTERS])[0] is not first


def test_an_option_that_makes_no_sense_is_left_out_and_named_once() -> None:
    reader = Reader()
    for _ in range(2):
        (host,) = reader.find([*ROW, *[b"3", None, b"no address", b"dhcp4", b"t", b"f", None, None]])
        assert host.options is None and host.hostname == "one"
    assert reader.log.identifiers().count("DHCPSRV_HOST_ROW_UNUSABLE") == 1


@pytest.mark.parametrize(("place", "value"), [(2, b"9"), (1, None), (7, b"{")])
def test_a_host_that_makes_no_sense_is_left_out(place: int, value: bytes | None) -> None:
    reader = Reader()
    bad = [*ROW[:place], value, *ROW[place + 1 :]]
    good: list[bytes | None] = [b"8", *ROW[1:]]
    assert [host.number for host in reader.find([*bad, *NO_OPTION], [*good, *NO_OPTION])] == [8]
    assert "DHCPSRV_HOST_ROW_UNUSABLE" in reader.log.identifiers()


def test_a_host_becomes_the_rows_that_it_came_from() -> None:
    options = [
        OptionRow(3, b"", "10.0.0.1", "dhcp4", True, False, "", '[ "gold" ]'),
        OptionRow(224, b"\1\2", "", "dhcp4", False, True, '{ "x": 1 }'),
    ]
    for kind in range(len(KINDS)):
        row = HostRow(0, b"\2\3\4", kind, 5, 0x0A000001, "h", "a,b", '{ "c": 2 }', 0x0A000002, "s", "b")
        host = host_of(row, options, STANDARD_DEFINITIONS, Problems())
        assert row_of(host) == row
        assert option_rows_of(host, STANDARD_DEFINITIONS) == options


def test_a_key_that_exists_is_no_error_and_any_other_refusal_is() -> None:
    reader = Reader()
    host = host_of(HostRow(0, b"\2", 0, 1), [], STANDARD_DEFINITIONS, Problems())
    for text, of_row in (("duplicate key value violates unique constraint", True), ("disk full", False)):
        added: Any = reader.hosts.add(host, True)
        reader.connection.fail(StatementFailed(text, False, of_row, of_row))
        found = result(added)
        assert found is False if of_row else found.check(OSError)


def test_a_command_without_an_answer_fails_and_the_connection_is_lost() -> None:
    reader = Reader()
    dropped: list[OSError] = []
    reader.connection.drop = dropped.append  # type: ignore[method-assign]
    reader.hosts.delete_address(1, 0x0A000001)
    reader.clock.pump([14, 14])
    assert not dropped
    reader.clock.pump([2, 15])
    assert [error.strerror for error in dropped] == ["PostgreSQL has not answered within 30 seconds"]
