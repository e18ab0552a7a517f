"""Leases as statements and rows of MySQL, without a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from kea_twisted.adapters.mysql.link import Link, committed
from kea_twisted.adapters.mysql.session import ReadOnlyServer, Result, Row, Session, access_of
from kea_twisted.adapters.mysql.statements import (
    LAST_TIME,
    by_client,
    is_written,
    lease_of,
    octets,
    statements_of,
    text,
)
from kea_twisted.adapters.sql.answers import DatabaseLost, StatementFailed
from kea_twisted.adapters.sql.links import Part
from kea_twisted.adapters.sql.writes import Write, expire_of
from kea_twisted.config.databases import Database
from kea_twisted.lease.lease import DECLINED, INFINITE, Lease
from kea_twisted.lease.packed import unpack

LEASE = Lease(0x0A000001, b"\x02\0\0\0\0\x01", b"\x01\xff", 3600, 1_700_000_000, 7, True, False, "a.b", 0, "", 3)
OTHER = LEASE._replace(address=0x0A000002)


def row_of(lease: Lease) -> Row:
    """The row that MySQL returns for a lease."""
    return (
        lease.address, lease.hwaddr or None, lease.client_id or None, lease.valid_lifetime, expire_of(lease),
        lease.subnet_id, int(lease.fqdn_fwd), int(lease.fqdn_rev), lease.hostname, lease.state,
        lease.user_context or None, lease.pool_id,
    )  # fmt: skip


@pytest.mark.parametrize("lease", [LEASE, LEASE._replace(valid_lifetime=INFINITE), LEASE._replace(hwaddr=b"")])
def test_a_row_is_the_lease_that_was_written(lease: Lease) -> None:
    assert lease_of(row_of(lease)) == lease


def test_other_characters_are_those_of_kea_and_come_back() -> None:
    """In a lease each byte is a character, as in the lease file; the columns have characters."""
    named = LEASE._replace(hostname="caf\xc3\xa9", user_context='{ "x": "\xc3\xa9" }')
    assert "'caf\u00e9'".encode() in (made := statements_of([Write(named, None)])[0][0])
    assert '"\u00e9\\"'.encode() in made
    assert lease_of(row_of(named._replace(hostname="caf\u00e9", user_context='{ "x": "\u00e9" }'))) == named
    broken = statements_of([Write(LEASE._replace(hostname="\xff"), None)])[0][0]
    assert "'\u00ff'".encode() in broken, "the database takes no bytes that are no characters"


def test_each_kind_of_change_is_one_statement_for_all_its_rows_in_the_order_of_addresses() -> None:
    """Two servers that write the same rows take their locks in one order."""
    third = LEASE._replace(address=0x0A000003)
    writes = [Write(OTHER, None), Write(LEASE, None), Write(third, LEASE), Write(LEASE, LEASE, True)]
    made = statements_of(writes)
    assert [statement.split()[0] for statement, _ in made] == [b"INSERT", b"UPDATE", b"DELETE"]
    assert [write.lease for write in made[0][1]] == [LEASE, OTHER]
    assert b"(167772161,x'020000000001',x'01ff',3600,FROM_UNIXTIME(1700003600),7,1,0,'a.b',0,NULL" in made[0][0]


def test_a_declined_address_has_an_empty_hardware_address_and_no_client_identifier() -> None:
    declined = LEASE._replace(hwaddr=b"", client_id=b"", state=DECLINED)
    assert b"(167772161,x'',NULL," in statements_of([Write(declined, None)])[0][0]


def test_a_time_that_mysql_does_not_have_is_refused() -> None:
    """It would store another one without an error."""
    fits = LEASE._replace(cltt=LAST_TIME - LEASE.valid_lifetime)
    assert statements_of([Write(fits, None)])
    with pytest.raises(StatementFailed, match="10.0.0.1 would expire after January 2038") as found:
        statements_of([Write(fits._replace(cltt=fits.cltt + 1), None)])
    assert found.value.of_row


def test_literals_end_where_their_value_ends() -> None:
    assert text("a'b\\\0") == "'a\\'b\\\\'"
    assert (text(None), octets(None), octets(b"")) == ("NULL", "NULL", "x''")


def test_each_index_finds_its_rows() -> None:
    asked = by_client([b"\1"], [b"\2"], [3])
    assert asked.count(b" UNION ") == 2 and b"hwaddr IN (x'01')" in asked and b"address IN (3)" in asked
    assert by_client([], [], []).endswith(b"WHERE FALSE")


def test_a_row_is_written_if_it_is_as_a_change_makes_it() -> None:
    assert is_written(Write(LEASE, None), LEASE._replace(hostname="other"))
    assert not is_written(Write(LEASE, None), LEASE._replace(cltt=1))
    assert not is_written(Write(LEASE, None), None)
    assert is_written(Write(LEASE, LEASE, True), None) and not is_written(Write(LEASE, LEASE, True), LEASE)


def test_a_group_is_one_packet_and_only_rows_in_doubt_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    packets: list[bytes] = []
    results = [
        [Result((), 0), Result((), 1), Result((), 1), Result((), 0)],
        [Result([row_of(OTHER), row_of(LEASE._replace(cltt=5))], 2)],
        [Result((), 1)],
    ]

    def run(session: object, packet: bytes) -> Sequence[Result]:
        packets.append(packet)
        return results.pop(0)

    monkeypatch.setattr("kea_twisted.adapters.mysql.link.run", run)
    session: Session = object()  # type: ignore[assignment]
    gone = LEASE._replace(address=9)
    assert committed([Write(LEASE, None), Write(OTHER, None), Write(gone, gone, True)], session) == [LEASE.address]
    assert packets[0].startswith(b"START TRANSACTION; INSERT") and packets[0].endswith(b"; COMMIT")
    assert b"address IN (167772161,167772162)" in packets[1]
    assert committed([Write(LEASE, None)], session) == []
    assert len(packets) == 3 and packets[2].startswith(b"INSERT")


class WithSession:
    """A connection of a link whose session is used at once."""

    is_open = True

    def __init__(self, reactor: object, access: object, lost: object) -> None:
        self.session: Session = object()  # type: ignore[assignment]

    def close(self) -> None:
        """End it."""
        self.is_open = False

    def open_now(self) -> Session:
        """Connect."""
        return self.session

    def do(self, work: Callable[[Session], object]) -> Deferred[object]:
        """Carry out work."""
        return maybeDeferred(work, self.session)


def test_the_table_is_counted_at_the_start_and_read_in_parts_later(monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[list[Row]] = [
        [(30, 0)],
        [],
        [],
        [(1, 0, 3), (1, 1, 1)],
        [(2, OTHER.address, 52, b"10.0.0.1,020000000001,,3600,1700003600,7,1,0,a,0,,3")],
        [(1, 0x0A000003, 44, b"10.0.0.3,none,,3600,1700")],
        [(0x0A000003, 3600, b"10.0.0.3,none,,3600,1700003600,7,1,0,a,0,,3")],
        [(0, None, None, None)],
    ]
    monkeypatch.setattr("kea_twisted.adapters.mysql.link.run", lambda session, packet: [Result(results.pop(0), 0)])
    link = Link(None, None, print, print, WithSession)  # type: ignore[arg-type]
    assert link.open_early() == {(1, 0): 3, (1, 1): 1}
    bad: list[tuple[int, str]] = []
    parts: list[Part] = []
    for after in (-1, OTHER.address, 0x0A000003):
        link.part(after, 2, lambda *error: bad.append(error)).addCallback(parts.append)
    assert [part.last for part in parts] == [OTHER.address, None, None]
    found = [unpack(*pair) for addresses, packed in parts[0].groups for pair in zip(addresses, packed, strict=True)]
    assert [(lease.address, lease.cltt, lease.hostname) for lease in found] == [(LEASE.address, 1_700_000_000, "a")]
    assert not parts[1].groups and not parts[2].groups and [number for number, _ in bad] == [1]
    assert "'none'" in bad[0][1]  # of the whole row: the text was cut


def test_ciphers_and_a_folder_of_trust_anchors(tmp_path: Path) -> None:
    """As with MySQL's own client ciphers alone switch TLS on."""
    access = access_of(Database("kea", cipher_list="ECDHE-ECDSA-AES256-GCM-SHA384", write_timeout=7), "")
    assert access.tls is not None and access.write_timeout == 7
    older = [each["name"] for each in access.tls.get_ciphers() if each["protocol"] != "TLSv1.3"]
    assert older == ["ECDHE-ECDSA-AES256-GCM-SHA384"] and not access.tls.verify_mode
    with pytest.raises(ValueError, match="OpenSSL knows no cipher of cipher-list 'none such'"):
        access_of(Database("kea", cipher_list="none such"), "")
    folder = access_of(Database("kea", trust_anchor=str(tmp_path)), "").tls
    assert folder is not None and folder.verify_mode


def test_a_server_that_takes_no_changes_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a switch-over the same name leads to another one: this one answers reads as before."""
    read_only = False

    def run(session: object, packet: bytes) -> Sequence[Result]:
        if read_only and packet.startswith((b"INSERT", b"DELETE")):
            raise ReadOnlyServer("the server is read only", False)
        return [Result([(30, 0)] if b"schema_version" in packet else [], 1)]

    monkeypatch.setattr("kea_twisted.adapters.mysql.link.run", run)
    link = Link(None, None, print, print, WithSession)  # type: ignore[arg-type]
    link.open_early()
    assert link.is_open
    read_only = True
    found: list[Failure] = []
    link.commit([Write(LEASE, None)]).addErrback(found.append)
    assert found[0].check(DatabaseLost) and "takes no changes: the server is read only" in str(found[0].value)
    again = Link(None, None, print, print, WithSession)  # type: ignore[arg-type]
    with pytest.raises(DatabaseLost):
        again.open_early()
    assert not again.is_open


def test_unusable_certificates_and_passwords_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(ValueError, match="certificates for MySQL cannot be used"):
        access_of(Database("kea", trust_anchor=str(broken)), "")
    with pytest.raises(ValueError, match="/nowhere/pw cannot be read"):
        access_of(Database("kea", password_file="pw"), "/nowhere")
    assert access_of(Database("kea", host="::1", read_timeout=3), "")[:2] == ("::1", 3306)
