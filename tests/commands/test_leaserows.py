"""Pages of leases as rows of the lease file."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.commands.dispatch import dispatch
from kea_twisted.commands.leaserows import LARGEST
from kea_twisted.ha import messages, rows
from kea_twisted.lease.csvrow import RowReader, row_text
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.wire.address import address_text
from tests.builders import load_leases
from tests.commands.fakecontext import NOW, FakeContext

LEASES = [
    Lease(0x0A000000 + number, b"\2\0\0\0\0\1", b"", 4000, int(NOW), 1, hostname="a" if number % 7 else "")
    for number in (*range(30), *range(300, 320), 70_000, 150_000)
]


def ask(context: FakeContext, **arguments: Any) -> Any:
    return dispatch(context, {"command": "lease4-get-page", "arguments": {**arguments, "rows": True}})


def full() -> FakeContext:
    context = FakeContext()
    load_leases(context.table, LEASES)
    return context


@pytest.mark.parametrize("limit", [1, 7, 52, 100])
def test_page_by_page_all_leases_come_by_address(limit: int) -> None:
    context, after, text = full(), "start", ""
    for _ in range(100):
        answer = ask(context, **{"from": after, "limit": limit})
        page = answer["arguments"]
        assert page["count"] == page["rows"].count("\n") <= limit
        text += page["rows"]
        if "last" not in page:
            break
        after = page["last"]
    assert text == "".join(row_text(Change(lease)) for lease in LEASES)
    read = RowReader(12).read
    assert [Lease(*read(row)) for row in text.splitlines()] == LEASES


def test_an_empty_server_has_an_empty_page() -> None:
    answer = ask(FakeContext(), **{"from": "start", "limit": 10})
    assert answer == {"arguments": {"count": 0, "rows": ""}, "result": 3, "text": "0 IPv4 lease(s) found."}


def test_where_leases_are_few_and_far_between_a_page_ends_early_and_says_where() -> None:
    context = FakeContext()
    load_leases(context.table, [LEASES[0]._replace(address=number << 8) for number in range(1000)])
    answer = ask(context, **{"from": "start", "limit": 5000})
    assert 0 < answer["arguments"]["count"] < 1000
    last = answer["arguments"]["last"]
    following = ask(context, **{"from": last, "limit": 5000})
    first = following["arguments"]["rows"].partition(",")[0]
    assert first == address_text(answer["arguments"]["count"] << 8)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"limit": 1}, "'from' parameter not specified"),
        (
            {"from": "x", "limit": 1},
            "'from' parameter value is neither 'start' keyword nor a valid IPv4 address",
        ),
        ({"from": "start"}, "'limit' parameter not specified"),
        ({"from": "start", "limit": 0}, "page size of retrieved leases must not be 0"),
        (
            {"from": "start", "limit": 1 << 32},
            "page size of retrieved leases must not be greater than 4294967295",
        ),
    ],
)
def test_what_is_no_page_is_refused(arguments: dict[str, Any], text: str) -> None:
    assert ask(FakeContext(), **arguments) == {"result": 1, "text": text}


def test_no_page_is_larger_than_what_takes_a_few_milliseconds() -> None:
    context = FakeContext()
    load_leases(context.table, [LEASES[0]._replace(address=number) for number in range(LARGEST + 9)])
    page = ask(context, **{"from": "start", "limit": 10_000})["arguments"]
    assert (page["count"], page["last"]) == (LARGEST, address_text(LARGEST - 1))


def test_what_the_partner_asks_for_is_answered() -> None:
    page = rows.read_page(dispatch(full(), messages.lease_page(None, 10_000, True))["arguments"], None)
    assert page.size == len(LEASES)
    again = messages.lease_page(LEASES[-3].address, 1, True)
    page = rows.read_page(dispatch(full(), again)["arguments"], 0)
    assert page == (row_text(Change(LEASES[-2])), LEASES[-2].address)


def test_only_who_asks_for_rows_gets_rows() -> None:
    for arguments in ({}, {"rows": False}, {"rows": 1}):
        request = {"command": "lease4-get-page", "arguments": {"from": "start", "limit": 2, **arguments}}
        answer: Any = dispatch(full(), request)
        assert "leases" in answer["arguments"]
