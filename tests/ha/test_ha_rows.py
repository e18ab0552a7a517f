"""The partner's leases as rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted import events as E
from kea_twisted.ha import rows
from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.lease.store import LeaseStore
from tests.fakes import RecordingLog

AFTER = 0x0A000005


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"rows": 1}, "is not a string"),
        ({"rows": "10.0.0.6,"}, "has no end"),
        ({"rows": "", "last": "10.0.0.5"}, "the page behind 10.0.0.5 ends at 10.0.0.5"),
        ({"rows": "", "last": "10.0.0.4"}, "ends at 10.0.0.4"),
        ({"rows": "", "last": 7}, "ends at 7"),
        ({"rows": "", "last": "x"}, "x"),
    ],
)
def test_an_answer_that_is_no_page_is_refused(arguments: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        rows.read_page(arguments, AFTER)


def test_a_page_says_whether_there_is_another() -> None:
    assert rows.read_page({"rows": "x\ny\n"}, None) == ("x\ny\n", None)
    assert rows.read_page({"rows": "", "last": "0.0.0.0"}, None) == ("", 0)
    page = rows.read_page({"rows": "x\ny\n", "last": "10.0.0.6"}, AFTER)
    assert (page.last, page.size) == (AFTER + 1, 2)


def test_an_answer_without_rows_is_another_one() -> None:
    assert rows.is_page({"rows": None})
    assert not any(map(rows.is_page, (None, [], ["rows"], {"leases": []})))


def lease(number: int, **fields: Any) -> Lease:
    return Lease(number, b"\2\0\0\0\0\1", b"", 4000, 1_800_000_000, 1)._replace(**fields)


@given(
    st.lists(st.integers(1, 6), max_size=4),
    st.lists(st.integers(1, 6) | st.sampled_from(["x", "1.2.3", "7,,,4000,1,1,0,0,,0,,0"]), max_size=8),
)
def test_each_row_is_new_or_known_or_reported(known: list[int], given_rows: list[int | str]) -> None:
    store, log = LeaseStore(), RecordingLog()
    for number in known:
        store.put(lease(number))
    text = "".join(row_text(Change(lease(row))) if isinstance(row, int) else f"{row}\n" for row in given_rows)
    found = rows.sort_out(text, store, "server1", log)
    good = [row for row in given_rows if isinstance(row, int)]
    assert sorted(found.addresses) == sorted(set(good) - set(known))
    assert found.packed == [pack(lease(address)) for address in found.addresses]
    assert sorted([*found.addresses, *(each.address for each in found.others)]) == sorted(good)
    assert len(log.texts("HA_LEASE_SYNC_FAILED")) == len(given_rows) - len(good)


def test_what_we_have_as_it_is_costs_no_second_look() -> None:
    store, log = LeaseStore(), RecordingLog()
    for number in (1, 2):
        store.put(lease(number))
    text = "".join(row_text(Change(each)) for each in (lease(1), lease(2, cltt=1_800_000_001), lease(3)))
    assert len(rows.sort_out(text, store, "server1", log).others) == 2
    log.enabled -= {E.HA_LEASE_SYNC_STALE_LEASE4_SKIP}
    found = rows.sort_out(text, store, "server1", log)
    assert found == ([3], [pack(lease(3))], [lease(2, cltt=1_800_000_001)], [1], "")
    packed = [(1, pack(lease(1))), (2, pack(lease(2, cltt=1_800_000_001))), (3, pack(lease(3)))]
    assert rows.sort_leases(packed, store, log) == found
    assert rows.sort_leases([], store, log) == ([], [], [], [], "")


def test_rows_that_are_all_new_go_into_the_file_as_they_came() -> None:
    text = row_text(Change(lease(1))) + row_text(Change(lease(2, hostname="a")))
    assert rows.sort_out(text, LeaseStore(), "server1", RecordingLog()).text == text


@pytest.mark.parametrize(
    ("usual", "odd"), [("02:00", "02 00"), ("02:00", "02:É"), (",4000,", ",4_000,"), (",1,0,0", ",+1,0,0")]
)
def test_rows_that_only_we_could_read_are_written_anew(usual: str, odd: str) -> None:
    text = row_text(Change(lease(1))) + row_text(Change(lease(2))).replace(usual, odd)
    found = rows.sort_out(text, LeaseStore(), "server1", RecordingLog())
    assert found.addresses in ([1], [1, 2])
    assert found.text == ""


def test_rows_are_cut_between_lines() -> None:
    text = "".join(row_text(Change(lease(number))) for number in range(100))
    for size in (1, 100, 4000, 99_999):
        parts = rows.cut(text, size)
        assert "".join(parts) == text
        assert all(part.endswith("\n") and len(part) <= size + 90 for part in parts)
    assert rows.cut("") == [""]


def test_a_state_that_no_partner_tells_of_is_none() -> None:
    log = RecordingLog()
    assert rows.sort_out(row_text(Change(lease(1, state=4))), LeaseStore(), "server1", log) == (
        *([], [], [], []),
        "",
    )
    assert "'state' is 4" in log.texts("HA_LEASE_SYNC_FAILED")[0]


def test_a_lease_without_lifetime_is_a_lease_here() -> None:
    found = rows.sort_out(row_text(Change(lease(1, valid_lifetime=0))), LeaseStore(), "server1", RecordingLog())
    assert found.packed == [pack(lease(1, valid_lifetime=0))]
