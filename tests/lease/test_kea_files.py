"""Lease files that real Keas wrote while clients, commands and a partner changed leases."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import DECLINED, DEFAULT, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.lease.packed import unpack
from kea_twisted.lease.replay import columns_of, rows
from kea_twisted.wire.address import address_text
from tests.lease.plainly import replay

FILES = Path(__file__).parents[1] / "data" / "lease-files"
IN_BOTH = {
    "10.0.0.11": DECLINED,
    "10.0.0.15": DEFAULT,
    "10.0.0.102": RECLAIMED,
    "10.0.0.103": DECLINED,
    "10.0.0.104": RECLAIMED,
    "10.0.0.200": DEFAULT,
}


@pytest.mark.parametrize(
    ("name", "states"),
    [("kea-2.2.0.csv", IN_BOTH), ("kea-3.0.4.csv", {**IN_BOTH, "10.0.0.105": RELEASED})],
)
def test_the_leases_are_those_kea_had(name: str, states: dict[str, int]) -> None:
    leases: dict[int, bytes] = {}
    with (FILES / name).open(encoding="latin-1", newline="\n") as file:
        lines = iter(file)
        replay(leases, rows(lines, columns_of(lines), lambda number, reason: pytest.fail(reason)))
    found = {address_text(address): unpack(address, packed).state for address, packed in leases.items()}
    assert found == states


def test_every_row_of_a_kea_is_a_row_of_ours() -> None:
    with (FILES / "kea-3.0.4.csv").open(encoding="latin-1", newline="\n") as file:
        lines = iter(file)
        for text, row in rows(lines, columns_of(lines), lambda number, reason: pytest.fail(reason)):
            assert row_text(Change(Lease(*row))) == f"{text}\n"
