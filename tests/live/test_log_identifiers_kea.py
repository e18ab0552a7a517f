"""The identifiers of log messages, which tools look for, are those that a real Kea has in its programs.

At the highest debug level both log one exchange, and what each step of it says is compared.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest

from kea_twisted import events

from .bootp import DISCOVER, REQUEST, mac_of
from .keas import CHROOT
from .messages import Options, Packet
from .needs import need
from .scenes import SOCKET
from .twins import Twin, Twins

LINE = re.compile(r"(DEBUG|INFO|WARN|ERROR) +\[([^\s/]+)/\S*\] ([A-Z][A-Z0-9_]+) ?(.*)")
ADDRESS = "10.0.0.10"
MAC = mac_of(1)
CONFIG: dict[str, Any] = {
    "interfaces-config": {"interfaces": ["em1"]},
    "control-sockets": [{"socket-type": "unix", "socket-name": SOCKET}],
    "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 1},
    "cache-threshold": 0.0,
    "renew-timer": 900,
    "rebind-timer": 1800,
    "option-data": [{"name": "routers", "data": "10.0.0.1"}],
    "subnet4": [
        {
            "id": 1,
            "subnet": "10.0.0.0/24",
            "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}],
            "reservations": [{"hw-address": mac_of(2).hex(":"), "ip-address": "10.0.0.15"}],
        }
    ],
    "loggers": [
        {"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 99, "output-options": [{"output": "stdout"}]}
    ],
}
OF_COMMANDS = "kea-dhcp4.commands"
IN_ONE_LINE = {"DHCP4_QUERY_DATA", "DHCP4_RESPONSE_DATA"}
"""Kea writes packets over several lines."""
Line = tuple[str, str, str, str]


def logged(twin: Twin, packets: list[Packet]) -> list[Line]:
    """Severity, logger, identifier and text of the lines that a server writes about these packets."""
    before = len(twin.server.running.output())
    for packet in packets:
        twin.make(packet.frame())
    found = [match.groups() for match in LINE.finditer(twin.server.running.output()[before:])]
    return [line for line in found if line[1] != OF_COMMANDS and "02:fe:ed:fe:ed:00" not in line[3]]


def exchange() -> list[Packet]:
    """DISCOVER, REQUEST and a renewal of one client."""
    options: Options = ((61, b"\1" + MAC), (55, bytes((1, 3, 6, 15, 28, 51, 58, 59))))
    wanted = ((50, socket.inet_aton(ADDRESS)), (54, socket.inet_aton("10.0.0.1")))
    return [
        Packet(DISCOVER, MAC, options, xid=1),
        Packet(REQUEST, MAC, (*options, *wanted), xid=2),
        Packet(REQUEST, MAC, options, xid=3, ciaddr=ADDRESS, source=ADDRESS, unicast=True),
    ]


@pytest.mark.live
def test_one_exchange_is_logged_as_kea_logs_it_at_the_highest_debug_level(tmp_path: Path) -> None:
    """Every combination of severity, logger and identifier, and the texts of all but whole packets."""
    need("kea30", "ours")
    with Twins(tmp_path, CONFIG) as twins:
        kea, ours = (logged(twin, exchange()) for twin in (twins.kea, twins.ours))
        started = [twin.server.running.output() for twin in (twins.kea, twins.ours)]
    assert {line[:3] for line in kea} == {line[:3] for line in ours}
    texts = [{line[2:] for line in lines if line[2] not in IN_ONE_LINE} for lines in (kea, ours)]
    assert texts[0] == texts[1]
    for line in kea:
        if line[2] in IN_ONE_LINE:
            assert any(other[2] == line[2] and other[3].startswith(line[3]) for other in ours), line
    subnet = "DHCPSRV_CFGMGR_NEW_SUBNET4 a new subnet has been added to configuration: "
    described = [text.partition(subnet)[2].partition("\n")[0] for text in started]
    assert described[0] == described[1] == "10.0.0.0/24 with params: t1=900, t2=1800, valid-lifetime=7200"


@pytest.mark.live
def test_all_identifiers_but_our_own_are_keas() -> None:
    need("kea30")
    files = [*(CHROOT / "usr/sbin").glob("kea-*"), *(CHROOT / "usr/lib").glob("*/libkea-*.so*")]
    files += (CHROOT / "usr/lib").glob("*/kea/hooks/*.so")
    kea = {
        found.decode()
        for file in files
        if not file.is_symlink()
        for found in re.findall(rb"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+", file.read_bytes())
    }
    ours = {event for event in vars(events).values() if isinstance(event, events.Event)}
    assert {event.identifier for event in ours if event.identifier not in kea} == {
        event.identifier for event in events.OWN
    }
