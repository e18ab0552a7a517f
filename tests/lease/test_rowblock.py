"""Rows read many at once mean what the same rows mean one by one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.lease.csvrow import HEADER, RowReader
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.packed import pack
from kea_twisted.lease.replay import (
    Rows,
    TooManyRowErrors,
    columns_of,
    replay_file,
    rows,
)
from kea_twisted.lease.rowblock import blocks, read_block, smaller
from tests.lease.plainly import replay

USUAL = "10.0.0.1,02:00:00:00:00:01,01:02,4000,1800000000,1,0,0,,0,,0"

# a column's usual texts first, then what may be, then what is wrong
COLUMNS = (
    st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.1.1", "192.0.2.255"])
    | st.sampled_from(["10.0.0", "10.0.0.01", "10.0.0.1.2", "10.0.0.256", "1,2.3.4", "10.0.0.1 ", "٣.0.0.1", ""]),
    st.sampled_from(["02:00:00:00:00:01", "02:00:00:00:00:02", "02"])
    | st.sampled_from(["", "2:0:0:0:0:1", "0200000001", "02 00 :01", "0g", "02:" * 300 + "01", "02::01"]),
    st.sampled_from(["", "01:02", "ff:00:00:00:01"])
    | st.sampled_from(["1:2", "0102", "01 02", " ", "z", ":", "01" + " " * 600 + ":02"]),
    st.sampled_from(["4000", "0", "4294967295"]) | st.sampled_from(["-1", "4294967296", "x", " 5", "05", ""]),
    st.sampled_from(["1800000000", "6094967295", "0"])
    | st.sampled_from(["99999999999999999999", "1_0", "-5", "0000000000001800000000", "", "1e3"]),
    st.sampled_from(["1", "2", "4294967295"]) | st.sampled_from(["-1", "", "x", " 1"]),
    st.sampled_from(["0", "1"]) | st.sampled_from(["", "2", "00"]),
    st.sampled_from(["0", "1"]) | st.sampled_from(["", "2", "00"]),
    st.sampled_from(["", "host.example.", "HOST", "a&#x2cb", "É", "&#xc9;", "&#x", "µß"]) | st.just("x" * 600),
    st.sampled_from(["0", "1", "2", "3"]) | st.sampled_from(["4", "255", "256", "", " 0"]),
    st.sampled_from(["", '{ "a": 1 }', '{"a":"&#x2c"}'])
    | st.sampled_from(["{", "[]", "1", '{"a": "' + "x" * 600 + '"}', '{"a":"\\ud800"}']),
    st.sampled_from(["0", "7"]) | st.sampled_from(["", "-1", "0,0"]),
)
any_row = st.tuples(*COLUMNS).map(",".join) | st.sampled_from(["", "x", USUAL + ",more", USUAL[:-2], USUAL[:-5]])


@st.composite
def changed_rows(draw: Any) -> str:
    """The usual row with a few columns of another kind."""
    fields = USUAL.split(",")
    for place in draw(st.lists(st.integers(0, 11), max_size=2)):
        fields[place] = draw(COLUMNS[place])
    return ",".join(fields)


@st.composite
def blocks_of_rows(draw: Any) -> str:
    """Rows alike or not, and each with its way to end."""
    lines = draw(st.lists(st.one_of(changed_rows(), changed_rows(), any_row), min_size=1, max_size=8))
    ends = [draw(st.sampled_from(["\n", "\n", "\n", "\n", "\n", "\r\n"])) for _ in lines]
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return text if draw(st.integers(0, 9)) else text[: draw(st.integers(0, len(text)))]


def one_by_one(text: str) -> list[Any] | None:
    """Return the result of RowReader; None if one of the rows is bad."""
    reader = RowReader(12)
    try:
        return [(row[0], row[3], pack(row)) for row in map(reader.read, text.split("\n")[:-1])]
    except ValueError:
        return None


@settings(max_examples=1000, deadline=None)
@given(blocks_of_rows())
def test_a_block_that_can_be_read_at_once_says_what_its_rows_say(text: str) -> None:
    block = read_block(text, RowReader(12))
    if block is not None:
        assert text.endswith("\n")
        lifetimes, cltts = block.columns.lifetimes, block.columns.cltts
        assert list(zip(block.addresses, lifetimes, block.packed, strict=True)) == one_by_one(text)
        assert [end - lifetime for end, lifetime in zip(block.ends, lifetimes, strict=True)] == cltts


def with_columns(**columns: str) -> str:
    """The usual row with other columns, and its line feed."""
    names = HEADER.split(",")
    return ",".join(columns.get(name, text) for name, text in zip(names, USUAL.split(","), strict=True)) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        with_columns() + with_columns(address="10.0.0") + with_columns(address="10.0.0.1.2"),
        with_columns(hwaddr="", client_id=""),
        with_columns(hwaddr="") + with_columns(),
        with_columns(hostname="x" * 600, client_id="01 02:03"),
        with_columns(hostname="x" * 600, client_id="01 02:03") + with_columns(),
        with_columns(user_context='{"a": "' + "x" * 600 + '"}', hwaddr="01 02:03") + with_columns(),
        with_columns(fqdn_fwd="", fqdn_rev="00") + with_columns(),
        with_columns(subnet_id="1,2") + with_columns(subnet_id="1")[:-3] + "\n",
        with_columns() + with_columns()[:-1],
        with_columns() + "\n" + with_columns(),
    ],
)
def test_a_block_with_an_odd_row_is_left_to_those_who_look_at_each(text: str) -> None:
    assert read_block(text, RowReader(12)) is None


@settings(max_examples=500, deadline=None)
@given(st.lists(changed_rows().filter(lambda row: row.count(",") == 11), min_size=1, max_size=8), st.data())
def test_columns_of_any_kind_are_read(lines: list[str], data: Any) -> None:
    """Neither way to read a block gives up on rows that are good and not odd."""
    text = "\n".join(lines) + "\n"
    good = one_by_one(text)
    odd = any(mark in text for mark in (":" * 2, "x" * 600, " ", "02:" * 99, ",2:0", ",,,", "000000000000", ",1:2,"))
    if good and not odd and all(line.split(",")[1] for line in lines):
        assert all(line.split(",")[9] in "0123" for line in lines) is (read_block(text, RowReader(12)) is not None)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([12, 12, 10]), st.lists(blocks_of_rows(), max_size=3))
def test_a_file_says_what_its_rows_say(columns: int, texts: list[str]) -> None:
    header = ",".join(HEADER.split(",")[:columns])
    body = "".join(text.replace(",,0\n", "\n") if columns == 10 else text for text in texts)
    lines = io.StringIO(body, newline="\n")
    expected: dict[int, bytes] = {}
    errors: list[Any] = []
    replay(expected, rows(lines, columns, lambda *error: errors.append(error)))
    found = Loading()
    found_errors: list[Any] = []
    file = io.StringIO(f"{header}\n{body}", newline="\n")
    replay_file(found, file, Rows(columns_of(file), lambda *error: found_errors.append(error)))
    assert (found.leases, found_errors) == (expected, errors)


def row(number: int) -> str:
    """One of many rows."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255},02:00:00:00:00:01,,4000,1800000000,1,0,0,,0,,0\n"


def test_a_bad_row_among_many_costs_itself_and_has_its_number() -> None:
    lines = [row(number) for number in range(5000)]
    lines[4321] = "10.0.0.1,02,,4000,1800000000,1,0,2,,0,,0\n"
    lines[100] = row(99).replace("4000", "0")
    errors: list[int] = []
    loading = Loading()
    file = io.StringIO("".join(lines), newline="\n")
    replay_file(loading, file, Rows(12, lambda number, reason: errors.append(number)))
    assert errors == [4322]
    assert len(loading.leases) == 4997
    assert (10 << 24) + 99 not in loading.leases
    with pytest.raises(TooManyRowErrors):
        replay_file(Loading(), io.StringIO("x\nx\n"), Rows(12, lambda number, reason: None, 1))


def test_a_file_comes_in_blocks_of_whole_lines() -> None:
    lines = [row(number) for number in range(5000)]
    text = "".join(lines)[:-1]
    found = list(blocks(io.StringIO(text)))
    assert len(found) > 1
    assert "".join(found) == text
    assert all(block.endswith("\n") for block in found[:-1])


@pytest.mark.parametrize("count", [1, 31, 65, 1000])
def test_a_block_is_cut_between_lines(count: int) -> None:
    text = "".join(row(number) for number in range(count)) + "10.0"
    parts = smaller(text)
    assert "".join(parts) == text
    assert len(parts) <= 32
    assert all(part.endswith("\n") for part in parts[:-1])
