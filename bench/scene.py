"""The machines of the benchmark: one server or a hot-standby pair, and a host that makes the load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from live.hosts import Host, Lan
from live.kinds import place
from live.servers import Server

HOOKS = "/usr/local/lib/kea/hooks"
# A million addresses: no run may meet an exhausted pool.
SUBNET, POOL = "10.0.0.0/8", "10.16.0.0/12"


def configuration(this: str | None) -> str:
    """Leases on disk, INFO lines to a file; with a name, one half of a hot-standby pair."""
    dhcp4: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["em1"]},
        "valid-lifetime": 7200,
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
    if this is not None:
        dhcp4["hooks-libraries"] = [
            {"library": f"{HOOKS}/libdhcp_lease_cmds.so"},
            {"library": f"{HOOKS}/libdhcp_ha.so", "parameters": {"high-availability": [_relationship(this)]}},
        ]
    return json.dumps({"Dhcp4": dhcp4}, indent=2)


def _relationship(this: str) -> dict[str, Any]:
    peers = [("server1", "10.0.0.1", "primary"), ("server2", "10.0.0.2", "standby")]
    return {
        "this-server-name": this,
        "mode": "hot-standby",
        # Frequent heartbeats only shorten the start; nothing may time out under full load.
        "heartbeat-delay": 1000,
        "max-response-delay": 60000,
        "peers": [
            {"name": name, "url": f"http://{address}:8000/", "role": role} for name, address, role in peers
        ],
    }


class Scene:
    """Servers that run and a generator; `cpu` is the time all servers have used."""

    def __init__(self, lan: Lan, folder: Path, kind: str, pair: bool) -> None:
        names = ["server1", "server2"] if pair else ["server1"]
        self.servers: list[Server] = [
            place(kind, _server(lan, number, name), folder / name, configuration(name if pair else None))
            for number, name in enumerate(names, 1)
        ]
        self.generator: Host = lan.host("load", "eth0", "10.0.0.3/8")
        self._pair = pair

    def start(self) -> None:
        """Start all and wait for the normal state."""
        for server in self.servers:
            server.start()
        for server in self.servers if self._pair else []:
            server.wait_for("to HOT-STANDBY state", 60)

    def cpu(self) -> float:
        """CPU seconds of all servers together."""
        return sum(server.running.cpu_seconds() for server in self.servers)

    def stop(self) -> None:
        """Stop all; a pair that left its normal state has measured something else."""
        for server in self.servers:
            left = server.running.matching("from HOT-STANDBY to")
            if left:
                raise RuntimeError(f"the pair fell apart under load: {left[0]}")
            server.stop()


def _server(lan: Lan, number: int, name: str) -> Host:
    return lan.server(name, f"10.0.0.{number}/8")
