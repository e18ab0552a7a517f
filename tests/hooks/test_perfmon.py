"""Performance monitoring: durations by message types and subnet, their intervals, statistics and alarms."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.engine.timeline import PROCESS_STARTED, Timeline
from kea_twisted.errors import CommandError, ConfigError
from kea_twisted.libraries import lookup
from kea_twisted.wire.constants import DISCOVER, INFORM, REQUEST
from tests.builders import World, mac, message, packed
from tests.hooks.kealibraries import put_to_work

KEY = {
    "query-type": "DHCPDISCOVER", "response-type": "DHCPOFFER", "start-event": "composite",
    "stop-event": "total_response",
}  # fmt: skip


def settings(**parameters: Any) -> Settings:
    """Two subnets in a shared network, the first of them full after one lease, and the library."""
    subnets = [
        {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.10"}]},
        {"id": 2, "subnet": "10.0.1.0/24", "pools": [{"pool": "10.0.1.10 - 10.0.1.99"}]},
    ]
    given = {name.replace("_", "-"): value for name, value in parameters.items()}
    tree = {
        "interfaces-config": {"interfaces": ["em1"]},
        "shared-networks": [{"name": "floor", "interface": "em1", "subnet4": subnets}],
        "hooks-libraries": [{"library": "libdhcp_perfmon.so", "parameters": given}],
    }
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Monitored(World):
    """A server with the library. Each query needs 0.2 ms until it is read and 0.3 more until processing begins."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(settings(**parameters))
        self.timed: list[bool] = []
        self.library: Any = put_to_work(
            self.settings, self.hooks, self.log, self.table,
            now=lambda: self.now, statistics=self.statistics, sockets=SimpleNamespace(time_queries=self.timed.append),
        )  # fmt: skip

    def get(self, number: int, kind: int = DISCOVER, seconds: float = 0.0, **more: Any) -> Any:
        """The reply to a client, which is ready some time after processing began."""
        timeline = Timeline(self.now, self.now + 0.0002)
        timeline.add(PROCESS_STARTED, self.now + 0.0005)
        self.now += seconds
        reply = self.ask(message(kind, more.pop("options", {}), chaddr=mac(number), **more), timeline=timeline)
        self.now -= seconds
        return reply

    def durations(self) -> dict[str, Any]:
        """The durations by their keys."""
        shown = self.library.get_all_durations(None)["arguments"]["durations"]
        return {".".join(str(part) for part in each["duration-key"].values()): each for each in shown}


def test_every_pair_of_events_counts_for_the_subnet_and_for_all() -> None:
    world = Monitored(enable_monitoring=True)
    world.get(1, seconds=0.001)
    pairs = (
        "socket_received.buffer_read", "buffer_read.process_started", "process_started.process_completed",
        "composite.total_response",
    )  # fmt: skip
    of = "DHCPDISCOVER.DHCPOFFER"
    assert set(world.durations()) == {f"{of}.{pair}.{subnet}" for pair in pairs for subnet in (0, 1)}
    assert {each["start-time"] for each in world.durations().values()} == {"<none>"}
    world.now += 61
    world.get(1, seconds=0.002)
    found = world.durations()
    values = {name: found[f"{of}.{name}.1"]["mean-duration-usecs"] for name in pairs}
    assert list(values.values()) == [200, 300, 500, 1000]


def test_an_interval_ends_with_the_first_query_behind_it() -> None:
    world = Monitored(enable_monitoring=True, interval_width_secs=5)
    for seconds in (0.001, 0.003, 0.002):
        world.get(1, seconds=seconds)
        world.now += 2
    world.get(1, seconds=0.1)
    found = world.durations()["DHCPDISCOVER.DHCPOFFER.composite.total_response.0"]
    assert [found[f"{name}-duration-usecs"] for name in ("min", "max", "total", "mean")] == [1000, 3000, 6000, 2000]
    assert found["occurrences"] == 3
    name = "DHCPDISCOVER-DHCPOFFER.composite-total_response.mean-usecs"
    assert world.statistics.value(f"perfmon.{name}") == 2000
    assert world.statistics.value(f"subnet-id[1].perfmon.{name}") == 2000


def test_the_subnet_is_that_of_the_address() -> None:
    world = Monitored(enable_monitoring=True)
    here = {54: packed("10.0.0.1")}
    assert world.get(1, REQUEST, options=here).yiaddr == world.get(1).yiaddr
    assert world.get(2, REQUEST, options=here).yiaddr >> 8 == 0x0A0001
    assert {key.split(".")[-1] for key in world.durations() if "DHCPREQUEST.DHCPACK" in key} == {"0", "1", "2"}
    assert {key.split(".")[-1] for key in world.durations() if "DHCPDISCOVER.DHCPOFFER" in key} == {"0", "1"}


def test_without_monitoring_the_events_are_only_logged() -> None:
    world = Monitored()
    world.now = 1773750000.25
    world.get(1)
    assert world.durations() == {}
    (text,) = world.log.texts("PERFMON_DHCP4_PKT_EVENTS")
    assert "events=[2026-Mar-17 12:20:00.250000 : socket_received, " in text
    assert text.endswith(" : process_completed]")


def test_a_query_that_came_before_the_library_is_left_out() -> None:
    world = Monitored(enable_monitoring=True)
    assert world.ask(message(DISCOVER, chaddr=mac(1))) is not None
    assert world.durations() == {}


def test_an_alarm_is_repeated_and_cleared() -> None:
    alarm = {"duration-key": KEY, "high-water-ms": 50, "low-water-ms": 20}
    world = Monitored(enable_monitoring=True, interval_width_secs=1, alarm_report_secs=10, alarms=[alarm])
    world.now = 1773750000.0
    # above, above again, above after the time to report it, between the marks, below, and the end of that interval
    for seconds, step in ((0.06, 2), (0.7, 2), (0.06, 12), (0.03, 2), (0.01, 2), (0.01, 2)):
        world.get(1, seconds=seconds)
        world.now += step
    label = "DHCPDISCOVER-DHCPOFFER.composite-total_response.0"
    since = "2026-03-17 12:20:02.700"
    assert world.log.texts("PERFMON_ALARM_TRIGGERED") == [
        f"Alarm for {label} has been triggered since {since}, reported mean duration 00:00:00.060000 exceeds "
        "high-water-ms: 50",
        f"Alarm for {label} has been triggered since {since}, reported mean duration 00:00:00.060000 exceeds "
        "high-water-ms: 50",
    ]
    assert world.log.texts("PERFMON_ALARM_CLEARED") == [
        f"Alarm for {label} has been cleared, reported mean duration 00:00:00.010000 is now below low-water-ms: 20"
    ]


def test_a_disabled_alarm_is_silent() -> None:
    alarm = {"duration-key": KEY, "high-water-ms": 2, "low-water-ms": 1, "enable-alarm": False}
    world = Monitored(enable_monitoring=True, interval_width_secs=1, alarms=[alarm])
    for _ in range(3):
        world.get(1, seconds=0.5)
        world.now += 2
    assert world.log.texts("PERFMON_ALARM_TRIGGERED") == []


def test_the_switches_are_set_and_shown() -> None:
    world = Monitored()
    control = world.library.control
    assert control(None)["arguments"] == {"enable-monitoring": False, "stats-mgr-reporting": True}
    assert control({"enable-monitoring": True})["arguments"]["enable-monitoring"]
    assert control({"stats-mgr-reporting": False})["arguments"] == {
        "enable-monitoring": True, "stats-mgr-reporting": False,
    }  # fmt: skip
    for _ in range(2):
        world.get(1)
        world.now += 61
    assert not [name for name in world.statistics.names() if "perfmon" in name]
    with pytest.raises(CommandError, match="'enable-monitoring' parameter is not a boolean"):
        control({"enable-monitoring": 1})
    with pytest.raises(CommandError, match="spurious 'enable' parameter"):
        control({"enable": True})
    assert len(world.log.texts("PERFMON_CMDS_CONTROL_ERROR")) == 2


def test_the_durations_as_a_table() -> None:
    world = Monitored(enable_monitoring=True)
    empty = world.library.get_all_durations({})
    assert (empty["result"], empty["text"]) == (3, "perfmon-get-all-durations: 0 found")
    world.get(1, INFORM, ciaddr=0x0A000063)
    found = world.library.get_all_durations({"result-set-format": True})
    table = found["arguments"]["durations-result-set"]
    assert found["text"] == "perfmon-get-all-durations: 4 found"
    assert table["rows"][0] == ["DHCPINFORM", "DHCPACK", "buffer_read", "process_started", 0, "<none>", 0, 0, 0, 0, 0]
    assert all(len(row) == len(table["columns"]) for row in table["rows"])


def test_moments_are_noted_while_the_library_is_loaded() -> None:
    world = Monitored()
    assert world.timed == [True]
    world.library.unload()
    assert world.timed == [True, False]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"interval_width_secs": 0}, "invalid interval-width-secs: '0', must be greater than 0"),
        ({"alarm_report_secs": -1}, "invalid alarm-report-secs: '-1', cannot be less than 0"),
        ({"alarms": [{}]}, "cannot add Alarm to store: 'duration-key' parameter is required"),
        ({"alarms": [{"duration-key": {**KEY, "query-type": "x"}, "high-water-ms": 2, "low-water-ms": 1}]},
         "'query-type' parameter is invalid, 'x' is not a valid DHCP message type"),
        ({"alarms": [{"duration-key": {**KEY, "response-type": "DHCPACK"}, "high-water-ms": 2, "low-water-ms": 1}]},
         "Response type: DHCPACK not valid for query type: DHCPDISCOVER"),
        ({"alarms": [{"duration-key": KEY, "high-water-ms": 2, "low-water-ms": 2}]},
         "'low-water-ms': 2, must be less than 'high-water-ms': 2"),
        ({"alarms": [{"duration-key": KEY, "high-water-ms": 2, "low-water-ms": 0}]}, "must be greater than 0"),
        ({"alarms": [{"duration-key": KEY, "high-water-ms": 2, "low-water-ms": 1}] * 2}, "alarm already exists for"),
        ({"alarms": [{"duration-key": KEY, "high": 2}]}, "spurious 'high' parameter"),
    ],
)  # fmt: skip
def test_faulty_parameters_are_refused(parameters: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        settings(**parameters)
