"""The machines of the benchmark: one server or a pair, their configurations, and a host that makes the load."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from live.hosts import Host, Lan
from live.kinds import place
from live.servers import STARTED, Server

HOOKS = "/usr/local/lib/kea/hooks"
# A million addresses: no run may meet an exhausted pool.
SUBNET, POOL = "10.0.0.0/8", "10.16.0.0/12"
HALVES = ("10.16.0.0/13", "10.24.0.0/13")
FULL = "10.64.0.0/12"  # where leases from before lie, out of the way of new clients
FILLED = 0x0A400000
LOAD = "10.0.0.3"
NAMES = ("server1", "server2")
ROLES = {"hot-standby": ("primary", "standby"), "load-balancing": ("primary", "secondary")}
HEADER = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context"
DAY = 86400
_SUBNETS = 11 << 24  # besides the one that is asked: 11.0.0.0/24, 11.0.1.0/24 ...

Map = dict[str, Any]


def plain() -> Map:
    """One subnet, leases on disk, INFO lines to a file."""
    return {
        "interfaces-config": {"interfaces": ["em1"]},
        "valid-lifetime": 7200,
        "cache-threshold": 0.0001,  # every renewal writes; an old Kea takes no 0
        "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 0},
        "subnet4": [
            {
                "id": 1,
                "subnet": SUBNET,
                "pools": [{"pool": POOL}],
                "option-data": [{"name": "routers", "data": "10.0.0.1"}],
            }
        ],
    }


def relayed() -> Map:
    """Twenty options in each reply, ten classes to evaluate; what perfdhcp sends comes through a relay anyway."""
    dhcp4 = plain()
    dhcp4["option-def"] = [{"name": f"own-{number}", "code": 224 + number, "type": "string"} for number in range(17)]
    dhcp4["option-data"] = [
        {"name": f"own-{number}", "data": f"value number {number}", "always-send": True} for number in range(17)
    ] + [
        {"name": "domain-name-servers", "data": "10.0.0.53, 10.0.1.53"},
        {"name": "domain-name", "data": "example.org"},
    ]
    test = "substring(pkt4.mac, 5, 1) == 0x{0:02x} or relay4[1].hex == 0x{0:04x}"
    dhcp4["client-classes"] = [{"name": f"class{number}", "test": test.format(number)} for number in range(10)]
    return dhcp4


def reserved() -> Map:
    """A thousand hosts are known; perfdhcp's clients are others, which is the usual case and the dear one."""
    dhcp4 = plain()
    dhcp4["subnet4"][0]["reservations"] = [
        {"hw-address": f"02:00:00:00:{high:02x}:{low:02x}", "ip-address": f"10.15.{high}.{low}"}
        for high, low in (divmod(number, 256) for number in range(1000))
    ]
    return dhcp4


def filled() -> Map:
    """The same with a pool for a million leases that are there already."""
    dhcp4 = plain()
    dhcp4["subnet4"][0]["pools"].append({"pool": FULL})
    return dhcp4


def many_subnets(count: int) -> Map:
    """So many subnets, each but the one that is asked with a pool, a router and ten reservations."""
    dhcp4 = plain()
    dhcp4["subnet4"] += [_subnet(number) for number in range(2, count + 1)]
    return dhcp4


def _subnet(number: int) -> Map:
    base = _SUBNETS + (number << 8)
    cards = [(2 << 40 | number << 16 | host).to_bytes(6, "big").hex(":") for host in range(10)]
    return {
        "id": number,
        "subnet": f"{_text(base)}/24",
        "pools": [{"pool": f"{_text(base + 100)} - {_text(base + 199)}"}],
        "option-data": [{"name": "routers", "data": _text(base + 1)}],
        "reservations": [
            {"hw-address": card, "ip-address": _text(base + 20 + host), "hostname": f"h{host}-{number}"}
            for host, card in enumerate(cards)
        ],
    }


def _text(address: int) -> str:
    return ".".join(str(byte) for byte in address.to_bytes(4, "big"))


def paired(mode: str, this: str, patience: int = 60000) -> Map:
    """One half of a pair; ``patience`` are the milliseconds after which a silent partner is given up."""
    dhcp4 = filled()
    if mode == "load-balancing":
        dhcp4["subnet4"][0]["pools"] = [
            {"pool": half, "client-class": f"HA_{name}"} for half, name in zip(HALVES, NAMES, strict=True)
        ]
    peers = [
        {"name": name, "url": f"http://10.0.0.{number}:8000/", "role": role}
        for number, (name, role) in enumerate(zip(NAMES, ROLES[mode], strict=True), 1)
    ]
    relationship = {
        "this-server-name": this,
        "mode": mode,
        # Frequent heartbeats only shorten the start; nothing may time out under full load.
        "heartbeat-delay": 1000,
        "max-response-delay": patience,
        "peers": peers,
    }
    dhcp4["hooks-libraries"] = [
        {"library": f"{HOOKS}/libdhcp_lease_cmds.so"},
        {"library": f"{HOOKS}/libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
    ]
    return dhcp4


SINGLES = {"single": plain, "renewals": plain, "relayed": relayed, "reserved": reserved}
NAMED = (*SINGLES, *ROLES)
"""renewals: the same server, only that all clients renew."""


class Ends(NamedTuple):
    """Of so many leases in a row one ends before the others do: in the seconds from ``first`` on, evenly."""

    one_of: int
    first: float
    seconds: float


def lease_rows(count: int, ends: Ends | None, has_pool_id: bool) -> Iterator[str]:
    """A lease file with so many clients, line by line; but for ``ends`` all leases last a day."""
    yield HEADER + (",pool_id\n" if has_pool_id else "\n")
    late, tail = int(time.time()) + DAY, ",0\n" if has_pool_id else "\n"
    for number in range(count):
        address, end = FILLED + number, late
        if ends is not None and number % ends.one_of == 0:
            end = int(ends.first + ends.seconds * number / count)
        card = (6 << 40 | address).to_bytes(6, "big").hex(":")
        yield f"{_text(address)},{card},01:{card},{DAY},{end},1,0,0,,0,{tail}"


class Scene:
    """Servers that run and a generator.

    ``dhcp4`` makes the configuration of each server from its name; None: that of the scene.
    """

    def __init__(self, lan: Lan, folder: Path, kind: str, name: str, dhcp4: Callable[[str], Map] | None = None) -> None:
        self.name, self.kind = name, kind
        self._state = name.upper() if name in ROLES else ""
        self.servers: list[Server] = []
        for number, server in enumerate(NAMES if self._state else NAMES[:1], 1):
            make = dhcp4 or (partial(paired, name) if self._state else lambda _: SINGLES[name]())
            host = lan.server(server, f"10.0.0.{number}/8")
            self.servers.append(place(kind, host, folder / server, json.dumps({"Dhcp4": make(server)})))
        self.generator: Host = lan.host("load", "eth0", f"{LOAD}/8")

    def fill(self, count: int, ends: Ends | None = None) -> None:
        """Give the first server leases from before."""
        with (self.servers[0].folder / "kea-leases4.csv").open("w") as file:
            file.writelines(lease_rows(count, ends, self.kind != "kea22"))

    def start(self, seconds: float = 120.0) -> float:
        """Start all and wait for the normal state; how long it took the last one to say that it serves."""
        for server in self.servers:
            began = time.time()
            server.start(seconds)
            said = server.running.matching(STARTED)[0]
            took = datetime.fromisoformat(said[: len("2000-01-01 00:00:00.000")]).timestamp() - began
        for server in self.servers if self._state else []:
            server.wait_for(f"to {self._state} state", 90)
        return took

    def cpus(self) -> list[float]:
        """CPU seconds of each server."""
        return [server.running.cpu_seconds() for server in self.servers]

    def memory(self) -> int:
        """Bytes of memory the first server has in use."""
        status = Path(f"/proc/{self.servers[0].running.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) << 10

    def stop(self) -> None:
        """Stop all; a pair that left its normal state has measured something else."""
        for server in self.servers:
            left = server.running.matching(f"from {self._state} to") if self._state else []
            server.stop()
            if left:
                raise RuntimeError(f"the pair fell apart under load: {left[0]}")
