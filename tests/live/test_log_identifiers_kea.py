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
from kea_twisted.libraries.lookup import find
from kea_twisted.libraries.table import LIBRARIES

from .bootp import DECLINE, DISCOVER, RELEASE, REQUEST, mac_of
from .keas import CHROOT, HOOKS
from .messages import Options, Packet
from .needs import need
from .scenebase import SOCKET
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
    "loggers": [{"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 99, "output-options": [{"output": "stdout"}]}],
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
        wanted = ((50, socket.inet_aton("10.0.0.15")), (54, socket.inet_aton("10.0.0.1")))
        reserved = [Packet(DISCOVER, mac_of(2), xid=4), Packet(REQUEST, mac_of(2), wanted, xid=5)]
        of_hosts = [
            [{line for line in logged(twin, [packet]) if line[2].startswith("HOSTS_")} for packet in reserved]
            for twin in (twins.kea, twins.ours)
        ]
        started = [twin.server.running.output() for twin in (twins.kea, twins.ours)]
    assert {line[:3] for line in kea} == {line[:3] for line in ours}
    texts = [{line[2:] for line in lines if line[2] not in IN_ONE_LINE} for lines in (kea, ours)]
    assert texts[0] == texts[1]
    assert of_hosts[0] == of_hosts[1] and any("found host: hwaddr=" in line[3] for line in of_hosts[0][1])
    for line in kea:
        if line[2] in IN_ONE_LINE:
            assert any(other[2] == line[2] and other[3].startswith(line[3]) for other in ours), line
    subnet = "DHCPSRV_CFGMGR_NEW_SUBNET4 a new subnet has been added to configuration: "
    described = [text.partition(subnet)[2].partition("\n")[0] for text in started]
    assert described[0] == described[1] == "10.0.0.0/24 with params: t1=900, t2=1800, valid-lifetime=7200"


SKIPPED = re.compile(
    "^HOOKS_|^ALLOC_|_BACKENDS_REGISTERED$|^DHCPSRV_QUEUE_NCR_SKIP$|^DHCP4_CONFIG_(RECEIVED|START)$"
    "|^DHCPSRV_CFGMGR_SUBNET4_ADDR$|^DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED$|^DHCPSRV_MT_DISABLED_QUEUE_CONTROL$"
)
"""Kea's messages about names and threads, and with whole configurations, which may hold secrets."""
LEASE = {"ip-address": "10.0.0.12", "hw-address": "02:00:00:00:00:09"}
WRONG = {"Dhcp4": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/44"}]}}
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("lease4-add", LEASE), ("lease4-get", {"ip-address": "10.0.0.12"}), ("lease4-update", LEASE),
    ("lease4-del", {"ip-address": "10.0.0.12"}), ("lease4-get-all", {}), ("lease4-wipe", {"subnet-id": 1}),
    ("config-test", WRONG), ("config-set", WRONG),
)  # fmt: skip


def lines_since(twin: Twin, mark: int) -> set[tuple[str, str, str]]:
    found = [match.groups() for match in LINE.finditer(twin.server.running.output(mark))]
    return {line[:3] for line in found if not SKIPPED.search(line[2])}


@pytest.mark.live
def test_departures_and_commands_are_logged_as_kea_logs_them(tmp_path: Path) -> None:
    """Every combination of severity, logger and identifier, those of the unix socket included."""
    need("kea30", "ours")
    library = {"hooks-libraries": [{"library": f"{HOOKS}/libdhcp_lease_cmds.so"}]}
    options: Options = ((61, b"\1" + MAC), (54, socket.inet_aton("10.0.0.1")))
    asked = (*options, (50, socket.inet_aton(ADDRESS)))
    release = Packet(RELEASE, MAC, options, xid=4, ciaddr=ADDRESS, source=ADDRESS, unicast=True)
    again, decline = Packet(REQUEST, MAC, asked, xid=5), Packet(DECLINE, MAC, asked, xid=6)
    with Twins(tmp_path, {**CONFIG, **library}) as twins:
        for twin in (twins.kea, twins.ours):
            logged(twin, exchange())
        for packet in (release, again, decline):
            kea, ours = (logged(twin, [packet]) for twin in (twins.kea, twins.ours))
            changed = [{line for line in of if "_ADDR4" in line[2] and "MEMFILE" in line[2]} for of in (kea, ours)]
            assert changed[0] == changed[1], packet
        for command, arguments in COMMANDS:
            found = []
            for twin in (twins.kea, twins.ours):
                mark = twin.server.running.mark()
                twin.command(command, **arguments)
                twin.server.wait_for("COMMAND_SOCKET_CONNECTION_CLOSED", 5, mark)
                found.append(lines_since(twin, mark))
            assert found[0] == found[1], command


QUEUE_COMMANDS = ("GET_ALL", "GET_BY_SUBNET", "GET_BY_RANGE", "REBUILD", "DEL")
NOT_PACKAGED = {
    "USER_CHK_HOOK_LOAD_ERROR",
    "USER_CHK_HOOK_UNLOAD_ERROR",
    *(f"SFLQ_POOL4_{name}{end}" for name in QUEUE_COMMANDS for end in ("", "_FAILED")),
}
"""Kea's, from the source of a library that Debian does not build, and of a release that is newer than its packages."""


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
    ours |= {event for name in LIBRARIES for event in find(name).events}
    own = [*events.OWN, *(event for name in LIBRARIES for event in find(name).own_events)]
    unknown = {event.identifier for event in ours if event.identifier not in kea}
    assert unknown - NOT_PACKAGED == {event.identifier for event in own}
