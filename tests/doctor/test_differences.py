"""Differences of two configurations, and what is listed of those that subnets inherit."""

from __future__ import annotations

from kea_twisted.doctor.compare import differences
from tests.doctor.test_doctor import common_of


def test_what_subnets_inherit_is_one_difference() -> None:
    first, second = common_of("server1"), common_of("server2")
    for common, lifetime in ((first, 7200), (second, 3600)):
        times = dict.fromkeys(("max-valid-lifetime", "min-valid-lifetime", "valid-lifetime"), lifetime)
        subnets = [{"id": number, "subnet": f"10.{number}.0.0/16", **times} for number in range(1, 100)]
        network = {"name": "floor", "renew-timer": lifetime // 2, **times}
        common |= {**times, "subnet4": subnets[:50]}
        common["shared-networks"] = [
            {**network, "subnet4": [{**each, "renew-timer": lifetime // 2} for each in subnets[50:]]}
        ]
    second["subnet4"][7]["valid-lifetime"] = 600
    assert [str(each) for each in differences(first, second)] == [
        "valid-lifetime", "shared network floor, renew-timer", "subnet 10.8.0.0/16, valid-lifetime",
    ]  # fmt: skip
