"""A pair of servers with everything that can happen to it: networks, clients, a small disk, a clock that steps.

Networks: ``one``: servers and clients on a switch. ``two``: the servers have a second interface, ha0, for each other.
``split``: each server and clients of its own are on a switch; the two switches are connected.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenes import lease_rows

from tests.certificates import Certificates
from tests.live.arrivals import Arrivals, run
from tests.live.hosts import Host, Lan
from tests.live.kinds import place
from tests.live.pairs import NAMES, configuration
from tests.live.process import Process
from tests.live.rawclients import RawClients
from tests.live.servers import STARTED, Server

TIMERS = {
    "default": {
        "heartbeat_delay": 10000, "max_response_delay": 60000, "max_ack_delay": 10000, "max_unacked_clients": 10,
    },
    "tutorial": {
        "heartbeat_delay": 10000, "max_response_delay": 10000, "max_ack_delay": 5000, "max_unacked_clients": 0,
    },
}  # fmt: skip
ADDRESSES = ("10.0.0.1", "10.0.0.2")
PRIVATE = ("10.9.0.1", "10.9.0.2")
"""The addresses of ha0."""

SUBNET = "10.0.0.0/8"
POOL = "10.1.0.0 - 10.1.9.255"
HALVES = ("10.1.0.0 - 10.1.4.255", "10.1.5.0 - 10.1.9.255")
OTHER_SUBNET = {"id": 2, "subnet": "172.16.0.0/24", "pools": [{"pool": "172.16.0.10 - 172.16.0.99"}]}
OTHER_POOL = "10.2.0.0 - 10.2.0.255"
NOWHERE = "02:00:00:00:00:99"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
DISK = "500k"
LOOKING = 0.1
"""Seconds between two looks into the logs."""

STATE = re.compile(r"HA_STATE_TRANSITION\S* (\S+) .* to ([A-Z-]+) state")
SETTLED = {
    "hot-standby": ("HOT-STANDBY", "HOT-STANDBY"),
    "load-balancing": ("LOAD-BALANCING", "LOAD-BALANCING"),
    "passive-backup": ("PASSIVE-BACKUP", "BACKUP"),
    "hub": ("HOT-STANDBY", "HOT-STANDBY", "HOT-STANDBY"),
}
"""By mode: the states of the servers when all is well."""


@dataclass(frozen=True)
class Options:
    """One way to measure a case."""

    kinds: tuple[str, str] = ("ours", "ours")
    mode: str = "hot-standby"
    timers: str = "default"
    grows: bool = False
    population: int | None = None
    secure: bool = False


@dataclass(frozen=True)
class Needs:
    """The parts of a case. Numbers are 0 for the primary, 1 for the other server."""

    network: str = "one"
    small_disk: int | None = None
    steps: int | None = None  # the server whose clock is stepped
    lacks: str = ""  # "subnet" or "pool": what only the primary has
    leases: int = 0  # leases from before, in the file of ``full``
    full: int = 0
    renews: bool = False
    running: tuple[int, ...] = (0, 1)  # the servers that run before the case


@dataclass
class Read:
    """The part of a log that has been read: where it ends, and the last states in it."""

    to: int = 0
    states: dict[str, str] = field(default_factory=dict)


@dataclass
class Stage:
    """Two servers that are not started yet, and their clients."""

    lan: Lan
    folder: Path
    options: Options
    needs: Needs
    hosts: list[Host] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)
    arrivals: list[Arrivals] = field(default_factory=list)
    sockets: list[RawClients] = field(default_factory=list)
    late: float = 0.0  # seconds by which clients were looked after too late while states were waited for
    _read: dict[Process, Read] = field(default_factory=dict)

    def build(self) -> None:
        """Make the network, the files and the clients."""
        needs = self.needs
        if self.options.secure:
            Certificates(self.folder)
        for number, name in enumerate(NAMES):
            self._place(number, name, f"{ADDRESSES[number]}/8")
        clients = ["clients"]
        if needs.network == "two":
            self._connect_privately()
        elif needs.network == "split":
            clients.append("others")
        self._invite(*clients)
        if needs.network == "split":
            self.second_switch("p-server2", "p-others")
            self._join_switches()

    def _place(self, number: int, name: str, address: str) -> None:
        host = self.lan.server(name, address)
        self.hosts.append(host)
        kind = self.options.kinds[number % 2]
        server = place(kind, host, self.folder / name, self.text(number))
        self.servers.append(server)
        if self.options.secure:
            for file in ("ca.pem", "server.pem", "server.key"):
                shutil.copy(self.folder / file, server.folder)
        if self.needs.leases and number == self.needs.full:
            self._fill(server, kind)

    def _invite(self, *names: str) -> None:
        options = self.options
        self.sockets = [RawClients(self.lan.client(name)) for name in names]
        first = 1 + (random.getrandbits(8) << 24)  # other clients each time: in load-balancing they have a half each
        self.arrivals = [
            Arrivals(socket, options.grows, options.population, self.needs.renews, first=first + 0x40000 * number)
            for number, socket in enumerate(self.sockets)
        ]

    def text(self, number: int, interface: str = "em1") -> str:
        """The configuration file of a server."""
        options, needs = self.options, self.needs
        text = json.loads(configuration(NAMES[number], options.mode, **TIMERS[options.timers]))
        dhcp4: dict[str, Any] = text["Dhcp4"]
        pools: list[dict[str, Any]] = [{"pool": POOL}]
        if options.mode == "load-balancing":
            pools = [{"pool": half, "client-class": f"HA_{one}"} for half, one in zip(HALVES, NAMES, strict=True)]
        if needs.lacks == "pool" and number:
            pools = [{"pool": OTHER_POOL}]
        if needs.leases:
            pools.append({"pool": "10.64.0.0/12"})
        dhcp4["subnet4"] = [{"id": 1, "subnet": SUBNET, "pools": pools}]
        if needs.lacks == "subnet" and number:
            dhcp4["subnet4"] = [OTHER_SUBNET]
        dhcp4["interfaces-config"]["interfaces"] = [interface]
        relationship = dhcp4["hooks-libraries"][1]["parameters"]["high-availability"][0]
        if needs.network == "two":
            for peer, private, address in zip(relationship["peers"], PRIVATE, ADDRESSES, strict=True):
                peer["url"] = f"http://{private}:8000/"
                peer["user-context"] = {"dhcp-address": address}
        if options.secure:
            secure(relationship, self.folder / NAMES[number])
        return json.dumps(text)

    def start(self) -> None:
        """Start the servers that run before the case, and wait until they do what they are to do."""
        for number in self.needs.running:
            self.servers[number].launch()
        for number in self.needs.running:
            self.servers[number].wait_for(STARTED, 60)
        states = ("PARTNER-DOWN",) * 2 if len(self.needs.running) == 1 else self.settled
        found = self.wait_states(states, self.needs.running, 150)
        assert found, f"the servers are in {self.states()} after 150 s"

    @property
    def settled(self) -> tuple[str, ...]:
        """The states of the servers when all is well."""
        return SETTLED[self.options.mode]

    def wait_states(self, states: Sequence[str], numbers: Sequence[int] | None = None, seconds: float = 60.0) -> bool:
        """Let clients arrive until these servers, or all, are in their states."""
        chosen = range(len(states)) if numbers is None else numbers
        look = 0.0

        def arrived() -> bool:
            nonlocal look
            now = time.monotonic()
            if now < look:
                return False
            look = now + LOOKING
            return all(self.state(number) == states[number] for number in chosen)

        self.late = max(self.late, run(self.arrivals, seconds, arrived))
        look = 0.0
        return arrived()

    def states(self) -> list[str]:
        """The states of all servers."""
        return [self.state(number) for number in range(len(self.servers))]

    def state(self, number: int) -> str:
        """The state that a server logged last, "" before the first one; of a hub: its states, if they differ."""
        process = self.servers[number].process
        if process is None:
            return ""
        read = self._read.setdefault(process, Read())
        text = process.output(read.to)
        whole = text.rfind("\n") + 1
        read.to += len(text[:whole].encode())
        read.states.update(STATE.findall(text[:whole]))
        return "+".join(sorted(set(read.states.values())))

    def is_started(self, number: int) -> bool:
        """Return whether a server has opened its sockets."""
        return bool(self.servers[number].running.matching(STARTED))

    # what happens

    def ip(self, number: int, *words: str) -> None:
        """Run ``ip`` on the host of a server."""
        self.hosts[number].namespace.ip(*words)

    def vanish(self, interface: str, addresses: tuple[str, ...]) -> None:
        """Let every packet between the two on an interface vanish."""
        for number, other in enumerate(reversed(addresses)):
            self.ip(number, "neigh", "replace", other, "lladdr", NOWHERE, "dev", interface, "nud", "permanent")

    def appear(self, interface: str, addresses: tuple[str, ...]) -> None:
        """Undo ``vanish``."""
        for number, other in enumerate(reversed(addresses)):
            self.ip(number, "neigh", "del", other, "dev", interface)

    def refuse_tcp(self, verb: str) -> None:
        """``add``: no TCP between the two finds a route; ``del``: it does again."""
        for number, other in enumerate(reversed(ADDRESSES)):
            self.ip(number, "rule", verb, "pref", "10", "to", other, "ipproto", "tcp", "unreachable")

    def drop_connections(self) -> None:
        """Let the packets of the connections that exist vanish; new connections work."""
        for number, other in enumerate(reversed(ADDRESSES)):
            listed = self.hosts[number].run("ss", "-Htn", "dst", other).splitlines()
            for line in listed:
                local, remote = (word.rpartition(":")[2] for word in line.split()[3:5])
                self.ip(number, "rule", "add", "pref", "10", "to", other, "ipproto", "tcp", "sport", local,
                        "dport", remote, "blackhole")  # fmt: skip

    def remove_interface(self, number: int) -> None:
        """Delete em1 on a server."""
        self.ip(number, "link", "del", "em1")

    def add_interface(self, number: int) -> None:
        """Make em1 anew."""
        host, switch = self.hosts[number], self.lan.switch
        port = f"p-{host.name}"
        self.ip(number, "link", "add", "em1", "type", "veth", "peer", "name", port, "netns", switch.name)
        switch.ip("link", "set", port, "master", "br0", "up")
        self.ip(number, "link", "set", "em1", "up")
        host.add_address(f"{ADDRESSES[number]}/8")

    def step_clock(self, number: int, seconds: int) -> None:
        """Set the clock of a server."""
        path = self.folder / f"clock{number}"
        path.with_suffix(".new").write_text(f"{seconds:+d}\n")
        path.with_suffix(".new").replace(path)

    def fill_disk(self) -> None:
        """Leave no byte on the small disk."""
        assert self.needs.small_disk is not None
        path = self.servers[self.needs.small_disk].data / "filling"
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
        with suppress(OSError):
            while True:
                os.write(descriptor, bytes(512))
        os.close(descriptor)

    def free_disk(self) -> None:
        """Undo ``fill_disk``."""
        assert self.needs.small_disk is not None
        (self.servers[self.needs.small_disk].data / "filling").unlink()

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Mount the small disk and begin to tell a time of our own, where the case needs that."""
        small, steps = self.needs.small_disk, self.needs.steps
        if small is not None:
            if self.options.kinds[small] == "kea30":
                raise ValueError("a small disk is for servers outside the chroot")
            server = self.servers[small]
            server.data = server.folder / "disk"
            server.data.mkdir(mode=0o750)
            server.more["KEA_DHCP_DATA_DIR"] = str(server.data)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=750", "tmpfs", server.data], check=True)
        if steps is not None:
            self._fake_time(steps)
        try:
            yield
        finally:
            if small is not None:
                subprocess.run(["umount", "-l", self.servers[small].data], check=True)

    def _fake_time(self, number: int) -> None:
        if self.options.kinds[number] == "kea30" or not Path(FAKETIME).exists():
            raise ValueError(f"clocks are stepped with {FAKETIME} (Debian's faketime), outside the chroot")
        self.step_clock(number, 0)
        self.servers[number].more.update(
            LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=str(self.folder / f"clock{number}"), FAKETIME_NO_CACHE="1",
            DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
        )  # fmt: skip

    # the network and the files

    def _connect_privately(self) -> None:
        for number, host in enumerate(self.hosts):
            port = f"ha-{host.name}"
            host.namespace.ip("link", "add", "ha0", "type", "veth", "peer", "name", port, "netns", self.lan.switch.name)
            host.namespace.ip("link", "set", "ha0", "up")
            host.namespace.ip("addr", "add", f"{PRIVATE[number]}/24", "dev", "ha0")
        self.second_switch(*(f"ha-{host.name}" for host in self.hosts))

    def second_switch(self, *ports: str) -> None:
        """Move these ports to a switch of their own."""
        switch = self.lan.switch
        switch.ip("link", "add", "br1", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        switch.ip("link", "set", "br1", "up")
        for port in ports:
            switch.ip("link", "set", port, "master", "br1", "up")

    def _join_switches(self) -> None:
        switch = self.lan.switch
        switch.ip("link", "add", "joint", "type", "veth", "peer", "name", "tnioj")
        for port, bridge in (("joint", "br0"), ("tnioj", "br1")):
            switch.ip("link", "set", port, "master", bridge, "up")

    def _fill(self, server: Server, kind: str) -> None:
        with (server.data / "kea-leases4.csv").open("w") as file:
            file.writelines(lease_rows(self.needs.leases, None, kind != "kea22"))

    # the outcome

    def lost(self) -> int:
        """Count the ACKs of clients that are in no lease file of a running server."""
        tables = [server.leases() for server in self.servers if _runs(server)]
        return sum(not any(_holds(table, mac, address) for table in tables) for mac, address in self._held())

    def missing(self) -> int:
        """Count the ACKs of clients that are not in the lease files of two servers."""
        tables = [server.leases() for server in self.servers]
        return sum(sum(_holds(table, mac, address) for table in tables) < 2 for mac, address in self._held())

    def _held(self) -> Iterator[tuple[bytes, str]]:
        for one in self.arrivals:
            yield from one.held.items()

    def close(self) -> None:
        """End the servers."""
        for server in self.servers:
            if server.process is not None:
                server.running.signal(18)  # SIGCONT
                server.kill()
        for socket in self.sockets:
            socket.close()


def _runs(server: Server) -> bool:
    return server.process is not None and server.running.exit_code is None


def _holds(table: dict[str, dict[str, str]], mac: bytes, address: str) -> bool:
    return table.get(address, {}).get("hwaddr") == mac.hex(":")


def secure(relationship: dict[str, Any], folder: Path) -> None:
    """Have the servers of a relationship talk in TLS, with the certificate in this folder."""
    for peer in relationship["peers"]:
        peer["url"] = peer["url"].replace("http:", "https:")
    files = {"trust-anchor": "ca.pem", "cert-file": "server.pem", "key-file": "server.key"}
    relationship.update({key: str(folder / file) for key, file in files.items()})


def wait_until_fetching(stage: Stage, number: int) -> None:
    """Let clients arrive until a server has fetched a part of the leases."""
    deadline = time.monotonic() + 30
    file = stage.servers[number].data / "kea-leases4.csv"
    run(stage.arrivals, deadline - time.monotonic(), lambda: file.exists() and file.stat().st_size > 1_000_000)
