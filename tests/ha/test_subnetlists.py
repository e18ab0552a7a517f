"""Subnets of two servers are compared by prefix and id."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.ha.subnetlists import Mismatch, compare, digest_of, read, write

OURS = {1: "10.0.0.0/24", 2: "10.0.1.0/24"}


@pytest.mark.parametrize(
    ("theirs", "mismatches", "missing"),
    [
        (OURS, [], []),
        ({1: "10.0.0.0/24"}, [], [2]),
        ({}, [], [1, 2]),
        ({1: "10.0.0.0/24", 7: "10.0.1.0/24"}, [Mismatch(2, "10.0.1.0/24", 7, "10.0.1.0/24")], []),
        (
            {1: "10.0.1.0/24", 2: "10.0.0.0/24"},
            [Mismatch(1, "10.0.0.0/24", 2, "10.0.0.0/24"), Mismatch(2, "10.0.1.0/24", 1, "10.0.1.0/24")],
            [],
        ),
        # a longer range with the same id: the leases that both have are exchanged
        ({1: "10.0.0.0/25", 2: "10.0.1.0/24"}, [], []),
        # one range around both of ours, and one within
        ({1: "10.0.0.0/16"}, [Mismatch(2, "10.0.1.0/24", 1, "10.0.0.0/16")], []),
        ({1: "10.0.0.0/24", 9: "10.0.1.128/30"}, [Mismatch(2, "10.0.1.0/24", 9, "10.0.1.128/30")], []),
        ({3: "9.255.0.0/16", 4: "10.0.2.0/24"}, [], [1, 2]),
    ],
)
def test_what_differs(theirs: dict[int, str], mismatches: list[Mismatch], missing: list[int]) -> None:
    assert compare(OURS, theirs) == (mismatches, missing)


def test_a_wide_range_that_begins_far_ahead_is_found() -> None:
    theirs = {1: "10.0.0.0/8"} | {number: f"10.1.{number}.0/24" for number in range(2, 200)}
    mismatches, missing = compare({500: "10.2.0.0/24"}, theirs)
    assert mismatches == [Mismatch(500, "10.2.0.0/24", 1, "10.0.0.0/8")] and not missing


def test_lists_are_read_as_they_are_written_and_have_digests() -> None:
    assert read(write(OURS)) == OURS
    assert digest_of(OURS) == digest_of(dict(reversed(OURS.items())))
    assert digest_of(OURS) != digest_of({1: "10.0.1.0/24", 2: "10.0.0.0/24"})


@pytest.mark.parametrize(
    "arguments",
    [
        None, {}, {"subnets": {}}, {"subnets": [1]}, {"subnets": [{"id": True, "subnet": "10.0.0.0/24"}]},
        {"subnets": [{"id": 1}]}, {"subnets": [{"id": 1, "subnet": "10.0.0.0"}]},
        {"subnets": [{"id": 1, "subnet": "10.0.0.0/33"}]}, {"subnets": [{"id": 1, "subnet": "::/24"}]},
    ],
)  # fmt: skip
def test_nonsense_is_refused(arguments: Any) -> None:
    with pytest.raises(ValueError, match="subnet|prefix|octets"):
        read(arguments)
