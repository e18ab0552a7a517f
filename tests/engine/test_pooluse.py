"""The use of pools over days, and when one will be full."""

from __future__ import annotations

import math

from kea_twisted.config import load_tree
from kea_twisted.config.model import Subnet
from kea_twisted.engine.pooluse import DAY, INTERVAL, LONGEST, MOST, SLICE, PoolUse, pool_prefixes
from kea_twisted.engine.statistics import Statistics


def subnets(count: int = 1) -> tuple[Subnet, ...]:
    prefixes = [(number, f"10.{number >> 8}.{number & 255}.0") for number in range(1, count + 1)]
    tree = [{"id": number, "subnet": f"{text}/24", "pools": [{"pool": f"{text}/25"}]} for number, text in prefixes]
    return load_tree({"Dhcp4": {"subnet4": tree}}).subnets


NAME = "subnet[1].pool[0]."


class Days:
    """A server whose pool is used as a function of the days says."""

    def __init__(self) -> None:
        self.statistics, self.use, self.now = Statistics(0.0), PoolUse(), 1000.0
        self.subnets = subnets()

    def go(self, days: float, used: object) -> None:
        begin = self.now
        while self.now < begin + days * DAY:
            value = used((self.now - begin) / DAY)  # type: ignore[operator]
            self.statistics.put(f"{NAME}assigned-addresses", int(value))
            for _ in self.use.sample(self.subnets, self.statistics, self.now):
                pass
            self.now += INTERVAL


def test_a_pool_that_grows_by_ten_a_day_is_full_in_time() -> None:
    days = Days()
    days.go(3.1, lambda day: 20 + 10 * day)
    found = days.use.forecast(NAME, 100)
    assert found is not None and found.days is not None
    assert abs(found.slope - 10) < 0.5 and abs(found.days - 5) < 0.5


def test_the_time_of_day_is_no_growth() -> None:
    days = Days()
    days.go(2.3, lambda day: 50 + 20 * math.sin(2 * math.pi * day))
    found = days.use.forecast(NAME, 128)
    assert found is not None and abs(found.slope) < 12
    steady = Days()
    steady.go(2.1, lambda day: 50)
    assert steady.use.forecast(NAME, 128) == (0.0, None)


def test_nothing_is_told_before_a_day_is_over() -> None:
    days = Days()
    assert days.use.forecast(NAME, 100) is None and days.use.span == 0
    days.go(0.9, lambda day: 10 * day)
    assert days.use.forecast(NAME, 100) is None
    assert days.use.forecast("subnet[9].pool[0].", 100) is None


def test_a_week_is_kept_and_no_more() -> None:
    days = Days()
    days.go(9, lambda day: 10)
    assert days.use.span == (LONGEST - 1) * INTERVAL


def test_a_pool_of_another_configuration_begins_anew() -> None:
    days = Days()
    days.go(1.2, lambda day: 10)
    days.subnets = subnets(2)
    days.go(0.5, lambda day: 10)
    assert days.use.forecast(NAME, 100) is not None
    assert days.use.forecast("subnet[2].pool[0].", 100) is None


def test_many_pools_are_sampled_in_slices_and_very_many_not_at_all() -> None:
    use, statistics, many = PoolUse(), Statistics(0.0), subnets(SLICE + 1)
    assert len(list(use.sample(many, statistics, 0.0))) == 2
    assert len(list(pool_prefixes(many))) == SLICE + 1
    again = many * (MOST // 96 // len(many) + 1)
    assert list(use.sample(again, statistics, 1.0)) == [] and use.span == 0
