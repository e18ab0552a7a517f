"""Configurations for single servers, as text."""

from __future__ import annotations

import json
from typing import Any


def single(pool: str = "10.0.0.10 - 10.0.0.250", subnet: str = "10.0.0.0/24", **more: Any) -> str:
    """One server on em1, one pool, a router; `more` goes into the Dhcp4 map, `_` in names meaning `-`."""
    dhcp4 = {
        "interfaces-config": {"interfaces": ["em1"]},
        "subnet4": [
            {
                "id": 1,
                "subnet": subnet,
                "pools": [{"pool": pool}],
                "option-data": [{"name": "routers", "data": "10.0.0.1"}],
            }
        ],
    }
    dhcp4.update({name.replace("_", "-"): value for name, value in more.items()})
    return json.dumps({"Dhcp4": dhcp4}, indent=2)


def lonely_primary(heartbeat: int = 0, **relationship: Any) -> list[dict[str, Any]]:
    """Hook libraries that open port 8000 on 10.0.0.1 for commands, in the mode that needs no partner."""
    return [
        {"library": "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so"},
        {
            "library": "/usr/local/lib/kea/hooks/libdhcp_ha.so",
            "parameters": {
                "high-availability": [
                    {
                        "this-server-name": "server1",
                        "mode": "passive-backup",
                        "heartbeat-delay": heartbeat,
                        "wait-backup-ack": False,
                        "peers": [{"name": "server1", "url": "http://10.0.0.1:8000/", "role": "primary"}],
                        **{name.replace("_", "-"): value for name, value in relationship.items()},
                    }
                ]
            },
        },
    ]
