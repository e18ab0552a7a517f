"""Rows as events: the last one of an address counts, and a bad one costs only itself."""

from __future__ import annotations

import pytest

from kea_twisted.lease.csvrow import COLUMNS, HEADER
from kea_twisted.lease.packed import unpack
from kea_twisted.lease.replay import NO_HEADER, TooManyRowErrors, columns_of, replay_text, rows
from tests.lease.plainly import replay

NINE = ",".join(COLUMNS[:9])


def row(address: int, lifetime: int = 4000, expire: int = 2_000_000_000) -> str:
    """A row of the present schema."""
    return f"10.0.0.{address},08:00:27:c4:0f:d1,,{lifetime},{expire},1,0,0,,0,,0\n"


def read(*files: str, max_row_errors: int = 0) -> tuple[dict[int, int], list[int]]:
    """The ends of the leases by last octet, and the numbers of the bad rows."""
    leases: dict[int, bytes] = {}
    errors: list[int] = []
    for file in files:
        lines = iter(file.splitlines(keepends=True))
        columns = columns_of(lines)
        replay(leases, rows(lines, columns, lambda number, reason: errors.append(number), max_row_errors))
    return {address & 255: unpack(address, packed).expire for address, packed in leases.items()}, errors


def test_the_last_row_of_an_address_counts() -> None:
    assert read(f"{HEADER}\n{row(1)}{row(2)}{row(1, expire=2_000_000_001)}")[0] == {
        1: 2_000_000_001,
        2: 2_000_000_000,
    }


def test_a_row_without_lifetime_deletes_also_what_an_earlier_file_has() -> None:
    assert read(f"{HEADER}\n{row(1)}{row(2)}", f"{HEADER}\n{row(1, 0)}{row(3, 0)}")[0] == {2: 2_000_000_000}


def test_bad_rows_are_numbered_as_kea_numbers_them() -> None:
    assert read(f"{HEADER}\n{row(1)}\nx\n{row(2)}\r\nbad,row\n{row(3)}") == (
        dict.fromkeys((1, 2, 3), 2_000_000_000),
        [2, 4],
    )


def test_a_bad_row_does_not_disturb_an_earlier_good_one() -> None:
    assert read(f"{HEADER}\n{row(1)}{row(1)[:-5]}\n")[0] == {1: 2_000_000_000}


@pytest.mark.parametrize("length", range(1, len(row(2))))
def test_a_row_cut_at_any_length_costs_nothing_else(length: int) -> None:
    leases, errors = read(f"{HEADER}\n{row(1)}{row(2)[:length]}")
    assert leases[1] == 2_000_000_000
    assert leases.keys() <= {1, 2}
    assert bool(errors) is (2 not in leases)


def test_as_many_bad_rows_as_are_allowed_are_borne() -> None:
    text = f"{HEADER}\nx\nx\n{row(1)}"
    assert read(text, max_row_errors=2)[0] == {1: 2_000_000_000}
    assert read(text, max_row_errors=0)[0] == {1: 2_000_000_000}
    with pytest.raises(TooManyRowErrors, match="exceeded maximum number of failures 1"):
        read(text, max_row_errors=1)


@pytest.mark.parametrize("text", ["", "addr", HEADER, HEADER[:-1]])
def test_a_header_cut_at_the_end_of_the_file_is_none(text: str) -> None:
    assert columns_of(iter([text] if text else [])) == NO_HEADER


def test_a_cleaner_keeps_rows_as_they_are_and_converts_older_ones() -> None:
    texts: dict[int, str] = {}
    for header, body in ((NINE, row(1)[:-6] + "\n" + row(2)[:-6] + "\n"), (HEADER, row(2, 0) + row(3))):
        lines = iter([f"{header}\n", *body.splitlines(keepends=True)])
        columns = columns_of(lines)
        replay_text(texts, rows(lines, columns, lambda number, reason: pytest.fail(reason)), columns)
    assert list(texts.values()) == [row(1), row(3)]
