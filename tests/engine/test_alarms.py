"""Changes that raise an alarm, and those that do not."""

from __future__ import annotations

from typing import Any

import pytest

from kea_twisted.config import load_tree
from kea_twisted.config.alarms import KINDS, alarm_settings
from kea_twisted.engine.alarms import Alarm, AlarmWatch, Step, Use


def words(found: list[Alarm]) -> list[tuple[str, str]]:
    return [(each.severity, each.text) for each in found]


@pytest.mark.parametrize(
    ("after", "severity"), [("partner-down", "critical"), ("hot-standby", "ok"), ("in-maintenance", "warning")]
)
def test_every_step_is_an_alarm_with_its_reason(after: str, severity: str) -> None:
    found = AlarmWatch(90).steps([Step("server2", "ready", after, "the evidence")])
    assert words(found) == [(severity, f"server2 goes from ready to {after}: the evidence")]
    assert found[0].details == {"server": "server2", "before": "ready", "after": after, "reason": "the evidence"}


def test_a_fault_is_told_when_it_comes_changes_and_goes() -> None:
    watch = AlarmWatch(90)
    found = [words(watch.fault(fault)) for fault in ("", "em1 is down", "em1 is down", "the disk is full", "", "")]
    assert [[severity for severity, _ in each] for each in found] == [[], ["critical"], [], ["critical"], ["ok"], []]
    assert found[1][0][1] == "this server cannot serve clients: em1 is down"


def test_conflicts_are_told_once_and_those_from_before_are_not() -> None:
    watch = AlarmWatch(90)
    assert watch.conflicts(7, {}) == []
    (found,) = watch.conflicts(9, {})
    assert found.text == "2 addresses were found in use by other machines; 9 are declined now"
    assert watch.conflicts(8, {}) == []
    (found,) = watch.conflicts(8, {"10.0.0.5": "AddressInUse"})
    assert found.text == "the partner refuses 1 leases, the first 10.0.0.5: AddressInUse"
    assert watch.conflicts(8, {"10.0.0.5": "AddressInUse"}) == []
    assert watch.conflicts(8, {}) == []
    assert len(watch.conflicts(8, {"10.0.0.5": "AddressInUse"})) == 1


def test_addresses_given_twice_are_one_alarm() -> None:
    watch = AlarmWatch(90)
    assert watch.given_twice([]) == []
    (found,) = watch.given_twice(["10.0.0.5 was given to two clients", "10.0.0.6 was given to two clients"])
    assert words([found]) == [("critical", "10.0.0.5 was given to two clients (and 1 more)")]
    assert found.kind == "conflict" and found.details["count"] == 2


def test_a_pool_is_told_of_when_it_fills_and_when_it_has_clearly_more_room() -> None:
    watch = AlarmWatch(90)

    def at(*assigned: int) -> list[tuple[str, str]]:
        return words(
            watch.pools([Use(number, f"10.{number}.0.0/24", each, 100) for number, each in enumerate(assigned)])
        )

    assert at(80, 10) == []
    assert at(90, 10) == [("warning", "subnet 0 10.0.0.0/24: nearly full, 90 of 100 addresses are in use")]
    assert at(89, 10) == at(91, 10) == at(86, 10) == [], "it hovers"
    assert at(84, 10) == [("ok", "subnet 0 10.0.0.0/24: less full again, 84 of 100 addresses are in use")]
    assert at(100, 95) == [
        ("critical", "subnet 0 10.0.0.0/24 and 1 more: nearly full, 100 of 100 addresses are in use")
    ]


def test_an_empty_subnet_is_never_full() -> None:
    assert AlarmWatch(90).pools([Use(1, "10.0.0.0/24", 0, 0)]) == []


def settings_of(alarms: Any) -> Any:
    return load_tree({"Dhcp4": {"user-context": {"alarms": alarms}}})


def test_alarms_in_the_user_context() -> None:
    found = alarm_settings(settings_of({"url": "https://u:p@hooks.example/secret", "comment": "x"}).tree)
    assert found is not None and (found.kinds, found.pool_threshold, found.host) == (KINDS, 90, "hooks.example")
    found = alarm_settings(settings_of({"url": "http://[::1]:8/", "kinds": ["pool"], "pool-threshold": 75.5}).tree)
    assert found is not None and (found.kinds, found.pool_threshold) == (("pool",), 75.5)


@pytest.mark.parametrize(
    ("alarms", "text"),
    [
        ({}, "'url' of 'alarms' must be an http or https URL with a host"),
        ({"url": "ftp://x/"}, "'url' of 'alarms'"),
        ({"url": "http:///x"}, "'url' of 'alarms'"),
        ({"url": "http://x:99999/"}, "'url' of 'alarms'"),
        ({"url": "http://x/", "kinds": ["pools"]}, "'kinds' of 'alarms' must be a list of ha-state, pool, sockets"),
        ({"url": "http://x/", "pool-threshold": 0}, "'pool-threshold' of 'alarms'"),
        ({"url": "http://x/", "pool-threshhold": 5}, "'pool-threshhold' is not known in 'alarms'"),
    ],
)
def test_a_fault_in_them_is_a_warning_and_switches_them_off(alarms: Any, text: str) -> None:
    settings = settings_of(alarms)
    (found,) = settings.warnings
    assert found.text.startswith("no alarms are sent: ") and text in found.text
    assert alarm_settings(settings.tree) is None


def test_a_user_context_of_others_is_left_alone() -> None:
    assert not settings_of("on").warnings and alarm_settings(settings_of(["x"]).tree) is None
