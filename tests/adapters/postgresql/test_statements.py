"""Leases as parameters and rows of PostgreSQL, without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.adapters.postgresql.access import connection_string
from kea_twisted.adapters.postgresql.statements import (
    COMMIT_NAME,
    INSERT_NAME,
    MOST_TOLD,
    UPDATE_NAME,
    WRITES,
    commit_statement,
    lease_of,
    octets,
    texts,
)
from kea_twisted.adapters.sql.access import shown
from kea_twisted.adapters.sql.links import packed_rows
from kea_twisted.adapters.sql.writes import CHECK, DELETE, INSERT, UPDATE, Write, expire_of
from kea_twisted.config.databases import Database
from kea_twisted.lease.lease import DECLINED, INFINITE, RECLAIMED, Lease
from kea_twisted.lease.packed import unpack

LEASE = Lease(0x0A000001, b"\x02\0\0\0\0\x01", b"\x01\xff", 3600, 1_700_000_000, 7, True, False, "a.b", 0, "", 3)
ROW = [
    b"167772161", b"\\x020000000001", b"\\x01ff", b"3600", b"1700003600", b"7", b"t", b"f", b"a.b", b"0", None, b"3"
]  # fmt: skip


def test_a_row_is_the_lease_that_was_written() -> None:
    assert lease_of(ROW) == LEASE


def test_other_characters_are_those_of_kea_and_come_back_alike_by_each_way() -> None:
    """In a lease each byte is a character, as in the lease file; the columns have characters."""
    name, context = "caf\u00e9".encode(), '{ "x": "\u00e9" }'.encode()
    named = LEASE._replace(hostname=name.decode("latin-1"), user_context=context.decode("latin-1"))
    parameters = commit_statement([Write(named, None)])[1]
    assert b'{"' + name + b'"}' in parameters and texts([context.decode()]) in parameters
    assert lease_of([*ROW[:8], name, ROW[9], context, ROW[11]]) == named
    line = b"10.0.0.1,020000000001,01ff,3600,1700003600,7,1,0," + name + b",0," + context + b",3\n"
    ((addresses, packed),) = packed_rows(line.decode("latin-1"), lambda number, reason: None)
    assert unpack(addresses[0], packed[0]) == named


def test_a_row_of_an_infinite_lease_has_the_time_at_which_it_was_given() -> None:
    """As Kea stores it, so that no time overflows."""
    infinite = LEASE._replace(valid_lifetime=INFINITE)
    assert expire_of(infinite) == infinite.cltt
    row = [*ROW]
    row[3], row[4] = str(INFINITE).encode(), str(infinite.cltt).encode()
    assert lease_of(row) == infinite


def test_nulls_are_empty_values() -> None:
    row: list[bytes | None] = [*ROW]
    row[1] = row[2] = row[8] = row[10] = None
    assert lease_of(row) == LEASE._replace(hwaddr=b"", client_id=b"", hostname="")


@pytest.mark.parametrize(
    ("write", "operation"),
    [
        (Write(LEASE, None), INSERT),
        (Write(LEASE, LEASE._replace(cltt=1)), UPDATE),
        (Write(LEASE, LEASE), CHECK),
        (Write(LEASE, LEASE, True), DELETE),
    ],
)
def test_what_was_known_before_decides_how_it_is_written(write: Write, operation: bytes) -> None:
    assert write.operation == operation


def test_parameters_are_one_array_each_in_the_order_of_subnet_and_address() -> None:
    """Two servers that write the same rows take their locks in one order, so that none waits for the other."""
    other = LEASE._replace(address=0x0A000000, subnet_id=7, state=RECLAIMED)
    name, parameters = commit_statement([Write(LEASE, None), Write(other, LEASE)])
    assert parameters[:2] == [b"{u,i}", b"{167772160,167772161}"]
    assert parameters[10] == b"{2,0}" and parameters[19] == b"{0,0}"
    assert len(parameters) == WRITES[name].count(b"[]")


@pytest.mark.parametrize("write", [Write(LEASE, None), Write(LEASE._replace(hostname="b"), LEASE)])
def test_a_group_of_one_kind_has_a_statement_without_what_others_need(write: Write) -> None:
    name, parameters = commit_statement([write])
    assert name == (INSERT_NAME if write.before is None else UPDATE_NAME)
    assert parameters[:2] == [b"{167772161}", b'{"\\\\x020000000001"}']
    assert len(parameters) == WRITES[name].count(b"[]")
    many = [write] * (MOST_TOLD + 1)  # more than one notification holds
    assert commit_statement(many)[0] == COMMIT_NAME


def test_relay_and_remote_id_stand_beside_the_user_context() -> None:
    context = '{ "ISC": { "relay-agent-info": { "relay-id": "0x0102", "remote-id": "03", "sub-options": "0x00" } } }'
    assert _new(LEASE._replace(user_context=context))[11:13] == [b'{"\\\\x0102"}', b'{"\\\\x03"}']
    for broken in ("relay-agent-info", '{ "ISC": { "relay-agent-info": { "relay-id": 5, "remote-id": "0xg" } } }'):
        assert _new(LEASE._replace(user_context=broken))[11:13] == [b"{NULL}", b"{NULL}"]


def test_arrays_quote_what_would_end_an_element() -> None:
    assert texts(['a"b', "c\\d", "e,{}", "\0"]) == b'{"a\\"b","c\\\\d","e,{}",""}'
    assert octets([None, b"", b"\x00\xff"]) == b'{NULL,"\\\\x","\\\\x00ff"}'


def test_identifiers_of_a_declined_address_are_empty_and_others_null() -> None:
    unowned = LEASE._replace(hwaddr=b"", client_id=b"")
    assert _new(unowned)[1:3] == [b"{NULL}", b"{NULL}"]
    assert _new(unowned._replace(state=DECLINED))[1:3] == [b'{"\\\\x"}'] * 2


def _new(lease: Lease) -> list[bytes | None]:
    return commit_statement([Write(lease, None)])[1]


def test_the_connection_string_quotes_values_and_hides_the_password_in_logs(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("certificate")
    anchor = str(tmp_path / "ca.pem")
    database = Database("k'ea", host="/run/pg", port=5433, user="u", password="a\\b'c", trust_anchor=anchor)
    text = connection_string(database, "").decode()
    assert r"dbname='k\'ea'" in text and r"password='a\\b\'c'" in text and "sslmode='verify-ca'" in text
    assert shown(database, "postgresql") == "host=/run/pg port=5433 name=k'ea user=u password=***** type=postgresql"


def test_a_password_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match="/nowhere/pw cannot be read"):
        connection_string(Database("kea", password_file="pw"), "/nowhere")
    with pytest.raises(ValueError, match="/nowhere.pem cannot be read"):
        connection_string(Database("kea", trust_anchor="/nowhere.pem"), "")
