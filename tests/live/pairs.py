"""Two servers in any mode of high availability, with timers of a second, and what can happen to them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .bootp import ACK, Reply, mac_of
from .dialect import JsonMap
from .hosts import Lan
from .keas import INSIDE
from .kinds import place
from .rawclients import RawClients
from .servers import Server

SETTLED = 40.0
ADDRESSES = ("10.0.0.1", "10.0.0.2")
NAMES = ("server1", "server2")
ROLES = {
    "hot-standby": ("primary", "standby"),
    "load-balancing": ("primary", "secondary"),
    "passive-backup": ("primary", "backup"),
}
FOLDER = "@folder@"  # in a configuration: where the server finds what is in its folder
HALVES = ("10.0.0.10 - 10.0.0.99", "10.0.0.100 - 10.0.0.189")


def configuration(
    name: str, mode: str, dhcp4_more: JsonMap | None = None, libraries: tuple[str, ...] = (), **relationship: Any
) -> str:
    """The file of one of the servers; ``_`` in names means ``-``. In load-balancing each has half the pool."""
    peers = [
        {"name": one, "url": f"http://{address}:8000/", "role": role}
        for one, address, role in zip(NAMES, ADDRESSES, ROLES[mode], strict=True)
    ]
    settings = {
        "this-server-name": name, "mode": mode, "heartbeat-delay": 1000, "max-response-delay": 5000,
        "max-ack-delay": 1000, "max-unacked-clients": 0, "peers": peers,
        **{key.replace("_", "-"): value for key, value in relationship.items()},
    }  # fmt: skip
    pools: list[JsonMap] = [{"pool": "10.0.0.10 - 10.0.0.189"}]
    if mode == "load-balancing":
        pools = [{"pool": half, "client-class": f"HA_{one}"} for half, one in zip(HALVES, NAMES, strict=True)]
    dhcp4 = {
        "interfaces-config": {"interfaces": ["em1"]},
        "hooks-libraries": [
            *({"library": f"/usr/local/lib/kea/hooks/{each}.so"} for each in libraries),
            {"library": "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so", "parameters": {}},
            {"library": "/usr/local/lib/kea/hooks/libdhcp_ha.so", "parameters": {"high-availability": [settings]}},
        ],
        "valid-lifetime": 7200,
        "cache-threshold": 0.0001,  # every renewal writes; an old Kea takes no 0
        "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": pools}],
        **(dhcp4_more or {}),
    }
    return json.dumps({"Dhcp4": dhcp4}, indent=2)


class Pair:
    """Both servers, and clients with made-up addresses behind one interface.

    ``dhcp4_more`` goes into the configuration of both, as do ``libraries``.
    """

    def __init__(
        self,
        lan: Lan,
        folder: Path,
        kinds: tuple[str, str],
        mode: str,
        dhcp4_more: JsonMap | None = None,
        libraries: tuple[str, ...] = (),
        **relationship: Any,
    ) -> None:
        self.mode = mode
        self.folder = folder
        self.relationship = relationship
        self.more = dhcp4_more, libraries
        self.hosts = [lan.server(name, f"{address}/24") for name, address in zip(NAMES, ADDRESSES, strict=True)]
        self.servers = [self.put(number, kind) for number, kind in enumerate(kinds)]
        self.clients = RawClients(lan.client("clients"))
        self.held: dict[int, Reply] = {}

    def put(self, number: int, kind: str) -> Server:
        """Put a server of a kind at one of the two places; it has no leases from before."""
        folder = self.folder / f"{NAMES[number]}-{kind}"
        text = configuration(NAMES[number], self.mode, *self.more, **self.relationship)
        inside = INSIDE if kind == "kea30" else str(folder)
        return place(kind, self.hosts[number], folder, text.replace(FOLDER, inside))

    def state(self, number: int) -> str:
        """The state of a server in the relationship, "" while it does not answer."""
        try:
            answer = self.servers[number].ask("ha-heartbeat", {"server-name": NAMES[1 - number]})
        except (OSError, AssertionError):
            return ""
        return str(answer.get("arguments", {}).get("state", ""))

    def wait_states(self, *states: str, seconds: float = SETTLED) -> None:
        """Wait until both are in these states (or both in the one)."""
        wanted = states * 2 if len(states) == 1 else states
        wait(lambda: (self.state(0), self.state(1)) == wanted, f"states {wanted}", seconds)

    def wait_state(self, number: int, state: str, seconds: float = SETTLED) -> None:
        """Wait until one of them is in a state."""
        wait(lambda: self.state(number) == state, f"{NAMES[number]} in {state}", seconds)

    def start(self) -> None:
        """Both, until they work together."""
        for server in self.servers:
            server.start()
        self.wait_states(self.mode)

    def obtain(self, *numbers: int) -> None:
        """Have these clients go through the four messages."""
        for number in numbers:
            reply = self.clients.obtain(mac_of(number))
            assert reply is not None and reply.kind == ACK, f"client {number} got {reply}"
            self.held[number] = reply

    def renew(self, *numbers: int) -> None:
        """Have these clients renew their leases with either server."""
        for number in numbers:
            held = self.held[number]
            reply = self.clients.request(mac_of(number), held.address)
            assert reply is not None and reply.kind == ACK, f"client {number} got {reply}"
            assert reply.address == held.address
            self.held[number] = reply

    def tables(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the holders of addresses by server."""
        first, second = (_table(server) for server in self.servers)
        return first, second

    def assert_equal(self, seconds: float = 10.0) -> None:
        """Both lease tables are equal, and hold what the clients hold."""
        wait(lambda: self.tables()[0] == self.tables()[1], "equal tables", seconds)
        table = self.tables()[0]
        for number, reply in self.held.items():
            assert table[reply.address][0] == mac_of(number).hex(":"), (number, table.get(reply.address))
        addresses = [reply.address for reply in self.held.values()]
        assert len(set(addresses)) == len(addresses)

    def cut(self) -> None:
        """Part the servers; clients still reach both."""
        for host, other in zip(self.hosts, reversed(ADDRESSES), strict=True):
            host.run("ip", "route", "add", "unreachable", f"{other}/32")

    def mend(self) -> None:
        """Undo ``cut``."""
        for host, other in zip(self.hosts, reversed(ADDRESSES), strict=True):
            host.run("ip", "route", "del", "unreachable", f"{other}/32")

    def end(self) -> None:
        """Stop what runs."""
        self.clients.close()
        for server in self.servers:
            if server.process is not None:
                server.stop()


def _table(server: Server) -> dict[str, Any]:
    answer = server.ask("lease4-get-page", {"from": "start", "limit": 1000})
    leases = answer.get("arguments", {}).get("leases", [])
    return {
        lease["ip-address"]: (lease["hw-address"], lease["valid-lft"], lease["state"])
        for lease in leases
        if lease["state"] == 0
    }


def wait(condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(0.1)
