"""Rows written many at once are the rows written one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.lease.csvrow import RowReader, row_text
from kea_twisted.lease.lease import INFINITE, Change, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.lease.rowblock import read_block
from kea_twisted.lease.rowtext import PackedChanges, changes_text, rows_text

leases = st.lists(
    st.builds(
        Lease,
        st.integers(0, 2**32 - 1) | st.integers(0x0A000000, 0x0A000300),
        st.sampled_from([b"\1\2\3\4\5\6", b"\1\2\3\4\5\7", b""]),
        st.sampled_from([b"", b"\1\1\2\3\4\5\6", b"\377"]),
        st.sampled_from([4000, 0, INFINITE]),
        st.sampled_from([1_800_000_000, 0, -1]),
        st.integers(1, 2),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "", "", "a,b", "é"]),
        st.integers(0, 3),
        st.sampled_from(["", "", "", '{"a": "x,y"}']),
        st.sampled_from([0, 7]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=400, deadline=None)
@given(leases)
def test_rows_written_together_are_those_written_one_by_one(some: list[Lease]) -> None:
    text = rows_text([each.address for each in some], [pack(each) for each in some])
    assert text == "".join(row_text(Change(each)) for each in some)


@given(leases)
def test_packed_changes_are_changes(some: list[Lease]) -> None:
    changes = PackedChanges([each.address for each in some], [pack(each) for each in some])
    expected = [Change(each) for each in some]
    assert list(changes) == expected
    assert [changes[place] for place in range(len(changes))] == expected
    assert list(changes[1:]) == expected[1:]
    assert changes_text(changes) == changes_text(expected)


def test_rows_at_hand_are_not_written_anew() -> None:
    assert changes_text(PackedChanges([1], [b""], "x\n")) == "x\n"


def test_no_changes_are_no_rows() -> None:
    assert changes_text(PackedChanges([], [])) == changes_text([]) == ""
    assert not PackedChanges([], [])


def test_what_is_written_can_be_read_at_once() -> None:
    some = [Lease(address, b"\2\0\0\0\0\1", b"\1", 4000, 1_800_000_000 - address, 1) for address in range(9)]
    addresses, packed = [each.address for each in some], [pack(each) for each in some]
    block = read_block(rows_text(addresses, packed), RowReader(12))
    assert block is not None
    assert block[:2] == (addresses, packed)
