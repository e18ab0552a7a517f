"""Reservations as statements and rows of MySQL, without a database."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from twisted.internet.task import Clock
from zope.interface.verify import verifyClass

from kea_twisted.adapters.mysql import hosts, hoststatements
from kea_twisted.adapters.mysql.session import Access, Result, Session
from kea_twisted.config.hostrows import HostRow, OptionRow
from kea_twisted.interfaces import IHostBackend

HOST = HostRow(7, b"\2\3", 0, 5, 0x0A000001, "it's", "a,b", "", 0, "s", "b")
SESSION: Session = object()  # type: ignore[assignment]


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The statements that are carried out; a host with the number 9 is found, but no rival."""
    carried_out: list[bytes] = []

    def run(session: object, packet: bytes) -> Sequence[Result]:
        carried_out.append(packet)
        is_found = b"FOR UPDATE" in packet or b"LAST_INSERT_ID" in packet or b"ipv4_address = 1 " in packet
        return [Result([(9,)] if is_found else [], 1)]

    monkeypatch.setattr(hosts, "run", run)
    return carried_out


@pytest.mark.parametrize(("configured", "used"), [(0, 0), (5, 30), (60, 60)])
def test_a_command_has_half_a_minute_at_least(monkeypatch: pytest.MonkeyPatch, configured: int, used: int) -> None:
    """The driver would give up earlier: its time is that of each read."""
    opened: list[Access] = []
    monkeypatch.setattr(hosts, "Connection", lambda reactor, access, lost: opened.append(access))
    hosts.HostLink(Clock(), Access("", 0, "kea", "", "", 5, configured, 0, None), print)  # type: ignore[arg-type]
    assert opened[0].read_timeout == used


def test_it_is_a_hosts_backend() -> None:
    verifyClass(IHostBackend, hosts.MysqlHosts)


def test_a_row_is_the_host_and_the_option_that_it_came_from() -> None:
    host = (7, b"\2\3", 0, 5, 0x0A000001, "it's", "a,b", None, 0, "s", "b")
    option = (3, None, "10.0.0.1", "dhcp4", 1, 0, None, '[ "gold" ]')
    assert hoststatements.host_row((*host, *option)) == HOST
    found = hoststatements.option_row((*host, *option))
    assert found == OptionRow(3, b"", "10.0.0.1", "dhcp4", True, False, "", '[ "gold" ]')
    assert hoststatements.option_row((*host, *[None] * 8)) is None


def test_hosts_are_found_by_each_index() -> None:
    asked = hoststatements.found([("hw-address", b"\2"), ("client-id", b"\3")], [1, 2])
    assert "IN ((x'02',0),(x'03',3)) UNION" in asked and asked.endswith("ipv4_address IN (1,2)")
    assert hoststatements.found([], []).endswith("WHERE FALSE")


def test_a_host_is_added_with_its_options_in_one_transaction(packets: list[bytes]) -> None:
    assert hosts._added(HOST, [OptionRow(3, b"", "10.0.0.1", "dhcp4")], True, True, SESSION)
    assert [packet.split()[0] for packet in packets] == [
        b"START",
        b"SELECT",
        b"INSERT",
        b"SELECT",
        b"INSERT",
        b"COMMIT",
    ]
    assert b"'it\\'s'" in packets[2] and b", 9, 3)" in packets[4]


def test_an_address_that_is_reserved_already_is_refused_where_it_must_be_unique(packets: list[bytes]) -> None:
    rival = HOST._replace(address=1)
    assert not hosts._added(rival, [], True, True, SESSION) and packets[-1] == b"ROLLBACK"
    assert not hosts._updated(rival, [], True, True, SESSION) and packets[-1] == b"ROLLBACK"
    assert hosts._added(rival, [], False, True, SESSION) and packets[-1] == b"COMMIT"


def test_a_host_is_replaced_with_all_its_options(packets: list[bytes]) -> None:
    assert hosts._updated(HOST, [], False, False, SESSION)
    assert packets[2].startswith(b"UPDATE hosts SET ipv4_address = 167772161") and b"host_id = 9" in packets[2]
    assert b"; DELETE FROM dhcp4_options WHERE host_id = 9" in packets[2]
    assert b"client_classes" not in hoststatements.option_insertion(9, [OptionRow(3)], False)
