"""Rows as a real Kea writes them, both ways, and invalid rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.lease.csvrow import HEADER, RowReader, count_columns, escape, row_text, unescape
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import INFINITE, Change, Lease
from kea_twisted.lease.packed import unpack
from kea_twisted.lease.rowblock import read_block

FULL = Lease(
    0x0A000014,
    bytes.fromhex("1a1b1c1d1e1f"),
    b"\x11\x22",
    4000,
    1_795_344_433,
    1,
    True,
    False,
    "a,b.example.",
    0,
    '{ "a": [ "x,&" ] }',
    7,
)

PLAIN = FULL._replace(user_context="")

# Written by a Kea 3.0.4 or read by it; the text and what it means.
PAIRS = [
    (
        '10.0.0.20,1a:1b:1c:1d:1e:1f,11:22,4000,1795348433,1,1,0,a&#x2cb.example.,0,{ "a": [ "x&#x2c&#x26" ] },7\n',
        FULL,
    ),
    (
        "10.0.0.20,1a:1b:1c:1d:1e:1f,,4294967295,6090311728,1,0,0,,0,,0\n",
        Lease(0x0A000014, bytes.fromhex("1a1b1c1d1e1f"), b"", INFINITE, 1_795_344_433, 1),
    ),
    (
        "10.0.0.11,,,4000,2000000000,1,0,0,,1,,0\n",
        Lease(0x0A00000B, b"", b"", 4000, 1_999_996_000, 1, state=1),
    ),
]


@pytest.mark.parametrize(("text", "lease"), PAIRS)
def test_a_lease_is_written_as_kea_writes_it(text: str, lease: Lease) -> None:
    assert row_text(Change(lease)) == text


@pytest.mark.parametrize(("text", "lease"), PAIRS)
def test_a_row_is_read_as_kea_reads_it(text: str, lease: Lease) -> None:
    reader = RowReader(12)
    first, second = reader.read(text.rstrip("\n")), reader.read(text.rstrip("\n"))
    assert Lease(*first) == Lease(*second) == lease


def test_a_deleted_lease_is_a_row_with_no_lifetime_that_ends_when_it_began() -> None:
    deleted = row_text(Change(FULL._replace(hostname="", user_context=""), deleted=True))
    assert deleted == "10.0.0.20,1a:1b:1c:1d:1e:1f,11:22,0,1795344433,1,1,0,,0,,7\n"


byte_text = st.text(st.characters(max_codepoint=255), max_size=30)


@given(
    st.builds(
        Lease,
        st.integers(0, 2**32 - 1),
        st.binary(min_size=1, max_size=20),
        st.binary(max_size=255),
        st.integers(0, INFINITE),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, INFINITE),
        st.booleans(),
        st.booleans(),
        byte_text.map(str.lower).filter(lambda text: text == text.lower() and max(map(ord, text), default=0) < 256),
        st.integers(0, 3),
        st.sampled_from(["", '{"a,b": "&#x2c\\u00e9"}']),
        st.integers(0, INFINITE),
    )
)
def test_what_is_written_is_read_again(lease: Lease) -> None:
    line = row_text(Change(lease))
    assert line.isascii()
    assert line.index("\n") == len(line) - 1
    assert Lease(*RowReader(12).read(line[:-1])) == lease


@given(st.text(max_size=20))
def test_any_text_is_escaped_to_plain_ascii(text: str) -> None:
    escaped = escape(text)
    assert escaped.isascii()
    assert not set(escaped) & set(",\n\r\0")


def test_half_a_surrogate_pair_is_written_too() -> None:
    assert escape("\ud800") == "&#xed&#xa0&#x80"


def test_a_name_beyond_latin_1_is_written_as_its_bytes() -> None:
    assert escape("日") == "&#xe6&#x97&#xa5"
    assert unescape("&#xe6&#x97&#xa5").encode("latin-1").decode() == "日"


@pytest.mark.parametrize("text", ["&", "&#x2", "&#xzz", "&amp;"])
def test_what_only_looks_escaped_is_left_alone(text: str) -> None:
    assert unescape(text) == text


NINE = "10.0.0.10,08:00:27:c4:0f:d1,,4000,2000000000,1,0,0,host"


@pytest.mark.parametrize(
    ("columns", "line"),
    [(9, NINE), (10, NINE + ",0"), (11, NINE + ",0,"), (12, NINE + ",0,,0"), (14, NINE + ",0,,0,x,y")],
)
def test_older_and_newer_schemas_are_read(columns: int, line: str) -> None:
    lease = Lease(*RowReader(columns).read(line))
    assert (lease.hostname, lease.state, lease.user_context, lease.pool_id) == ("host", 0, "", 0)


def test_what_a_row_has_beyond_its_header_is_ignored_as_kea_does() -> None:
    assert Lease(*RowReader(9).read(NINE + ",1,,7")).state == 0


def test_host_names_are_kept_in_lower_case_as_kea_does() -> None:
    assert Lease(*RowReader(9).read(NINE.replace("host", "HOST.Example."))).hostname == "host.example."


def test_single_digits_stand_for_bytes_too() -> None:
    assert RowReader(9).read(NINE.replace("08:00:27:c4:0f:d1", "8:0:1:2:3:4"))[1] == bytes([8, 0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("10.0.0.10", "10.0.0.256", "10.0.0.256"),
        ("10.0.0.10", "10.0.0.010", "10.0.0.010"),
        ("10.0.0.10", "2001::1", "2001::1"),
        ("10.0.0.10", "", "address|Address|Expected"),
        ("08:00:27:c4:0f:d1", "08:00:27:c4:0f:zz", "hwaddr"),
        ("08:00:27:c4:0f:d1", ":".join(["00"] * 256), "hwaddr has 256 bytes"),
        ("d1,,4000", "d1,zz,4000", "client_id"),
        ("4000,2000000000", "x,2000000000", "valid_lifetime 'x' is not a number"),
        ("4000,2000000000", "4294967296,2000000000", "valid_lifetime '4294967296' is out of range"),
        ("4000,2000000000", f"4000,{4000 + 2**63}", "expire '9223372036854779808' is out of range"),
        ("4000,2000000000", f"4000,{3999 - 2**63}", "expire '-9223372036854771809' is out of range"),
        ("2000000000,1,", "2000000000,-1,", "subnet_id '-1' is out of range"),
        (",0,0,host", ",true,0,host", "fqdn_fwd 'true' is neither 0 nor 1"),
        (",0,0,host", ",0,2,host", "fqdn_rev '2' is neither 0 nor 1"),
        ("host,0,,0", "host,256,,0", "state '256' is out of range"),
        ("host,0,,0", "host,0,[],0", r"user context '\[\]' is not a JSON map"),
        ("host,0,,0", 'host,0,{"a",0', "user_context is not JSON"),
        ("host,0,,0", 'host,0,{"a": NaN},0', "user_context is not JSON: NaN"),
        ("host,0,,0", 'host,0,{"a": -Infinity},0', "user_context is not JSON: -Infinity"),
        ("host,0,,0", 'host,0,{"a": 1e999},0', "user_context is not JSON: number overflow: 1e999"),
        ("host,0,,0", "host,0," + '{"a":' + "[" * 16000 + "]" * 16000 + "},0", "user_context is nested too deeply"),
        ("host,0,,0", "host,0,,", "pool_id '' is not a number"),
        ("host,0,,0", "host,0,", "11 columns of 12"),
        ("host,0,,0", f"{'x' * 40000},0,,0", "hostname has 40000 characters"),
        ("08:00:27:c4:0f:d1", "", "neither a hardware address nor a client identifier"),
    ],
)
def test_a_bad_row_says_what_is_wrong(old: str, new: str, reason: str) -> None:
    reader = RowReader(12)
    good = NINE + ",0,,0"
    reader.read(good)
    assert old in good
    with pytest.raises(ValueError, match=reason):
        reader.read(good.replace(old, new))


def test_a_row_that_deletes_needs_no_identifiers() -> None:
    assert RowReader(9).read("10.0.0.10,,,0,2000000000,1,0,0,")[3] == 0


def test_a_header_tells_its_columns() -> None:
    assert count_columns(HEADER) == 12
    assert count_columns("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname") == 9
    assert count_columns(HEADER + ",extra") == 13


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "invalid column: ''"),
        (HEADER.replace("hostname,state", "state,hostname"), "invalid column: 'state'"),
        ("address,hwaddr", "only 2 valid"),
    ],
)
def test_a_file_of_something_else_is_refused(header: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        count_columns(header)


@given(st.text(max_size=40))
def test_a_host_name_is_the_same_after_a_restart_whatever_is_in_it(text: str) -> None:
    """For both ways to read rows, and for a name that was read already."""
    name = stored_hostname(text)
    assert stored_hostname(name) == name
    line = row_text(Change(PLAIN._replace(hostname=name)))
    assert RowReader(12).read(line.rstrip("\n"))[8] == name
    other = row_text(Change(PLAIN._replace(hostname="")))
    block = read_block(line + other, RowReader(12))
    assert block is not None and unpack(PLAIN.address, block.packed[0]).hostname == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("\xdc.Example", "\xdc.example"), ("\xc3\x9c.A", "\xc3\x9c.a"), ("Ж", "\xd0\x96")],
)
def test_only_ascii_letters_have_a_lower_case(text: str, name: str) -> None:
    assert stored_hostname(text) == name
