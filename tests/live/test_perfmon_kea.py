"""Performance monitoring: a real Kea and ours have the same durations, statistics, alarms and answers."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from .bootp import DISCOVER, INFORM, REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .reserved import config, mac, network, subnet
from .twins import Twin

KEY = {
    "query-type": "DHCPDISCOVER", "response-type": "DHCPOFFER", "start-event": "composite",
    "stop-event": "total_response", "subnet-id": 1,
}  # fmt: skip
PARAMETERS = {
    "enable-monitoring": True,
    "interval-width-secs": 1,
    "alarms": [
        {"duration-key": KEY, "high-water-ms": 20, "low-water-ms": 10},
        {"duration-key": {**KEY, "subnet-id": 0}, "high-water-ms": 20, "low-water-ms": 10, "enable-alarm": False},
    ],
}
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("perfmon-control", {}),
    ("perfmon-control", {"enable-monitoring": "yes"}),
    ("perfmon-control", {"monitoring": True, "a": 1}),
    ("perfmon-get-all-durations", {"result-set-format": 1}),
    ("perfmon-control", {"enable-monitoring": False, "stats-mgr-reporting": False}),
)


def configuration() -> dict[str, Any]:
    """A subnet of three addresses and its sibling; pings make an offer take its time."""
    one = subnet(1, pools=[{"pool": "10.0.0.10 - 10.0.0.12"}])
    libraries = [
        {"library": "libdhcp_perfmon.so", "parameters": PARAMETERS},
        {"library": "libdhcp_ping_check.so", "parameters": {"reply-timeout": 40}},
    ]
    return config(
        shared_networks=network(one, subnet(2), interface="em1"), hooks_libraries=libraries, authoritative=True,
        multi_threading={"enable-multi-threading": False},
    )  # fmt: skip


HERE = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))


def of(number: int, kind: int, *options: tuple[int, bytes], **more: Any) -> Packet:
    """A message of a client."""
    return Packet(kind, bytes.fromhex(mac(number).replace(":", "")), options, xid=number << 8 | kind, **more)


def packets() -> list[Packet]:
    """A message of each type that is measured, and a refused one; the first is sent again when its interval is over."""
    return [
        of(4, DISCOVER),
        *(of(number, REQUEST, HERE) for number in (1, 2)),
        of(9, REQUEST, (50, b"\x0a\x09\0\1")),
        of(1, INFORM, ciaddr="10.0.0.10", source="10.0.0.10", unicast=True),
    ]


def filling() -> list[Packet]:
    """Clients for the last address of the first subnet, and for the second."""
    return [of(number, REQUEST, HERE) for number in (3, 5)]


def observe(kind: str, folder: Path) -> tuple[Any, ...]:
    """The durations by key, the statistics' names, the answers to the commands, the log lines."""
    twin = Twin(kind, folder, configuration())
    try:
        twin.start()
        for number, packet in enumerate((*packets(), packets()[0], *filling())):
            if number == len(packets()):
                time.sleep(1.1)
            twin.make(packet.frame())
            if packet.kind == DISCOVER:
                time.sleep(0.06)  # its ping ends; a Kea sees that when another packet comes
        shown = twin.command("perfmon-get-all-durations")
        keys = [tuple(each["duration-key"].values()) for each in shown["arguments"]["durations"]]
        total = [each for each in shown["arguments"]["durations"] if each["duration-key"] == KEY]
        names = [name for name in twin.command("statistic-get-all")["arguments"] if "perfmon" in name]
        answers = [twin.command(command, **arguments) for command, arguments in COMMANDS]
        lines = re.findall(r"(PERFMON_\w+) (.*)", twin.server.running.output())
    finally:
        twin.close()
    assert total[0]["occurrences"] == 1
    assert total[0]["mean-duration-usecs"] > 35000
    members = {name: sorted(each) for name, each in (("answer", shown["arguments"]), ("element", total[0]))}
    said = [(name, re.sub(r"[\d:.-]+ ?", "#", text)) for name, text in lines if "PKT" not in name]
    return sorted(keys), members, sorted(names), answers, said


@pytest.mark.live
def test_durations_are_those_of_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    kea, ours = (observe(kind, tmp_path / kind) for kind in ("kea30", "ours"))
    for left, right in zip(kea, ours, strict=True):
        assert left == right
    assert {key[:2] for key in ours[0]} == {
        ("DHCPDISCOVER", "DHCPOFFER"), ("DHCPREQUEST", "DHCPACK"), ("DHCPREQUEST", "DHCPNAK"),
        ("DHCPINFORM", "DHCPACK"),
    }  # fmt: skip
    assert any(name == "PERFMON_ALARM_TRIGGERED" for name, _ in ours[4])
