"""Digests of leases by subnet over ranges of addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kea_twisted.lease.digest import RangeDigest, of_range
from kea_twisted.lease.lease import DECLINED, INFINITE, RECLAIMED, RELEASED, Lease
from kea_twisted.lease.store import LeaseStore

CUTOFF = 1000


def lease(address: int, **changes: object) -> Lease:
    """One that lasts."""
    return Lease(address, b"\2\0\0\0\0\1", b"", 3600, 900, 1)._replace(**changes)  # type: ignore[arg-type]


def store(*leases: Lease) -> LeaseStore:
    """A store with these."""
    made = LeaseStore()
    for each in leases:
        made.put(each)
    return made


def whole(*leases: Lease) -> RangeDigest:
    """The digests of them all."""
    return of_range(store(*leases), -1, None, CUTOFF)


def test_the_same_leases_have_the_same_digest_in_whatever_order_they_came() -> None:
    one, other = lease(10), lease(900, subnet_id=2)
    assert whole(one, other) == whole(other, one)
    assert {key: each.leases for key, each in whole(one, other).subnets.items()} == {1: 1, 2: 1}


@pytest.mark.parametrize(
    "change",
    [
        {"address": 11}, {"hwaddr": b"\3"}, {"client_id": b"\1"}, {"valid_lifetime": 3601}, {"cltt": 901},
        {"subnet_id": 2}, {"fqdn_fwd": True}, {"hostname": "a"}, {"state": DECLINED}, {"user_context": "{}"},
        {"pool_id": 1},
    ],
)  # fmt: skip
def test_another_lease_has_another_digest(change: dict[str, object]) -> None:
    assert whole(lease(10)) != whole(lease(10)._replace(**change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"state": RELEASED}, False), ({"state": RECLAIMED}, False), ({"state": DECLINED}, True),
        ({"cltt": CUTOFF - 3600}, False), ({"cltt": CUTOFF - 3599}, True),
        ({"cltt": 0, "valid_lifetime": INFINITE}, True),
    ],
)  # fmt: skip
def test_only_leases_that_last_count(change: dict[str, object], counts: bool) -> None:
    assert bool(whole(lease(10, **change)).subnets) is counts


def test_only_the_wanted_subnets_count() -> None:
    found = of_range(store(lease(1), lease(2, subnet_id=2)), -1, None, CUTOFF, (2,))
    assert list(found.subnets) == [2]


def count_from(after: int, end: int | None) -> Callable[[LeaseStore], tuple[int, int | None]]:
    """The number of leases and the end of a range."""

    def found(leases: LeaseStore) -> tuple[int, int | None]:
        subnets, last = of_range(leases, after, end, CUTOFF, size=4)
        return sum(each.leases for each in subnets.values()), last

    return found


def test_ranges_follow_one_another() -> None:
    leases = store(*(lease(address) for address in range(10, 20)))
    assert count_from(-1, None)(leases) == (4, 13)
    assert count_from(13, None)(leases) == (4, 17)
    assert count_from(17, None)(leases) == (2, None)
    assert count_from(-1, 11)(leases) == (2, 11)
    assert count_from(-1, 900)(leases) == (4, 13)
    assert count_from(17, 900)(leases) == (2, 900)
    assert count_from(17, 17)(leases) == (0, 17)


def test_few_leases_far_apart_are_no_long_range() -> None:
    leases = store(*(lease(number << 8) for number in range(1000)))
    count, last = count_from(-1, None)(leases)
    assert 0 < count < 100 and last is not None
