"""keadhcp-ctl doctor on a running pair: silent while all is well, and what it finds of planted faults."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .hosts import Host, Lan
from .pairs import Pair
from .servers import Server

CTL = str(Path(sys.executable).with_name("keadhcp-ctl"))
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
LOGIN = {"type": "basic", "realm": "kea", "clients": [{"user": "admin", "password": "hay"}]}
SOCKETS = [
    {"socket-type": "unix", "socket-name": "kea4.sock"},
    {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8001, "authentication": LOGIN},
]
SMALL = {"id": 2, "subnet": "10.2.0.0/28", "pools": [{"pool": "10.2.0.1 - 10.2.0.14"}]}
Tree = dict[str, Any]


class Doctor:
    """The program on a host, with a server's file."""

    def __init__(self, server: Server, host: Host) -> None:
        self._server = server
        self._host = host

    def __call__(self) -> tuple[int, list[dict[str, Any]]]:
        """Exit status and findings."""
        words = self._host.namespace.command(CTL, "--config", str(self._server.config), "--json", "doctor")
        environment = os.environ | {"KEA_CONTROL_SOCKET_DIR": str(self._server.folder)}
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, env=environment)
        assert done.returncode in (0, 1, 2) and done.stdout, done
        return done.returncode, json.loads(done.stdout)["findings"]

    def wait(self, status: int, seconds: float = 30.0) -> list[dict[str, Any]]:
        """Wait for an exit status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self()
            if found[0] == status:
                return found[1]
            time.sleep(0.2)
        raise AssertionError(found)

    def finds(self, *faults: str, seconds: float = 15.0) -> None:
        """Wait until each of these is found; a fault is ``check server: the beginning of the sentence``."""
        deadline = time.monotonic() + seconds
        missed = list(faults)
        found: list[str] = []
        while missed and time.monotonic() < deadline:
            found = [f"{each['check']} {each['server']}: {each['fault']}" for each in self()[1]]
            missed = [fault for fault in faults if not any(each.startswith(fault) for each in found)]
        assert not missed, "\n".join(("missed:", *missed, "found:", *found))


class Patient(Pair):
    """A pair with control sockets that finds its names by its addresses, and a doctor on a third machine."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        super().__init__(lan, folder, ("ours", "ours"), "hot-standby", restrict_commands=False)
        self.trees: list[Tree] = [json.loads(server.config.read_text()) for server in self.servers]
        for number, tree in enumerate(self.trees):
            dhcp4 = tree["Dhcp4"]
            del _relationship(dhcp4)["this-server-name"]
            dhcp4["control-sockets"] = SOCKETS
            dhcp4["interfaces-config"]["interfaces"].append("em2")
            dhcp4["subnet4"][0]["option-data"] = [{"name": "routers", "data": "10.0.0.1"}]
            dhcp4["subnet4"].append(SMALL)
            self.hosts[number].namespace.ip("link", "add", "em2", "type", "veth", "peer", "name", "far")
            self.hosts[number].namespace.ip("addr", "add", f"10.9.{number}.1/24", "dev", "em2")
            for name in ("em2", "far"):
                self.hosts[number].namespace.ip("link", "set", name, "up")
            self.write(number)
        self.doctor = Doctor(self.servers[0], lan.host("monitor", "eth1", "10.0.0.9/24"))

    def write(self, number: int, change: Callable[[Tree], object] = lambda dhcp4: None) -> None:
        """Write a server's file with a change in it."""
        tree = copy.deepcopy(self.trees[number])
        change(tree["Dhcp4"])
        self.servers[number].config.write_text(json.dumps(tree, indent=1))
        self.servers[number].config.chmod(0o600)

    def use(self, number: int, change: Callable[[Tree], object] = lambda dhcp4: None) -> None:
        """The same, and put it into force."""
        self.write(number, change)
        assert self.ask(number, "config-reload")["result"] == 0

    def ask(self, number: int, command: str, **arguments: Any) -> Tree:
        """Send a command."""
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        answer: Tree = self.servers[number].ask(command, named or None)
        return answer

    def add_leases(self, numbers: tuple[int, ...], prefix: str, places: range, **more: Any) -> None:
        """Add leases by command, which a partner is not told of."""
        for number in numbers:
            for last in places:
                added = {"ip_address": f"{prefix}.{last}", "hw_address": f"02:00:00:00:01:{last:02x}", **more}
                assert self.ask(number, "lease4-add", **added)["result"] == 0


@pytest.fixture
def patient(lan: Lan, tmp_path: Path) -> Iterator[Patient]:
    made = Patient(lan, tmp_path)
    made.start()
    yield made
    made.end()


def _relationship(dhcp4: Tree) -> Tree:
    found: Tree = dhcp4["hooks-libraries"][1]["parameters"]["high-availability"][0]
    return found


def unlike(dhcp4: Tree) -> None:
    """Seven differences from the partner's file."""
    subnet = dhcp4["subnet4"][0]
    subnet["pools"] = [{"pool": "10.0.0.10 - 10.0.0.20"}]
    subnet["option-data"][0]["data"] = "10.0.0.2"
    subnet["reservations"] = [{"hw-address": "08:00:27:00:00:01", "ip-address": "10.0.0.5"}]
    dhcp4["subnet4"].append({"id": 3, "subnet": "10.3.0.0/24"})
    dhcp4["subnet4"][1] = {**SMALL, "id": 7}
    dhcp4["valid-lifetime"] = 3600
    dhcp4["client-classes"] = [{"name": "phones", "test": "member('KNOWN')"}]


def unfit(dhcp4: Tree) -> None:
    """Five settings that cannot work as they are meant."""
    relationship = _relationship(dhcp4)
    relationship |= {"heartbeat-delay": 5000, "max-unacked-clients": 90, "send-lease-updates": False}
    relationship["user-context"] = {"takeover": {"by-evidence": False}}
    relationship["peers"][1]["auto-failover"] = False
    dhcp4["valid-lifetime"] = 4


def plant_differences(patient: Patient) -> None:
    patient.use(1, unlike)
    patient.doctor.finds(
        "configurations server2: subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.189: in the configuration of server1 only",
        "configurations server1: subnet 10.3.0.0/24: in the configuration of server2 only",
        "configurations : subnet 10.2.0.0/28, id: differs",
        "configurations : subnet 10.0.0.0/24, option dhcp4/3, data: differs",
        "configurations server1: subnet 10.0.0.0/24, reservation hw-address 08:00:27:00:00:01: in the configuration of",
        "configurations : valid-lifetime: differs",
        "configurations server1: class phones: in the configuration of server2 only",
    )
    patient.use(1)


def plant_faults_of_the_file(patient: Patient) -> None:
    file = patient.servers[0].config
    file.chmod(0o644)
    patient.doctor.finds("passwords : every user of this machine can read")
    patient.write(0, lambda dhcp4: dhcp4.update({"renew-timer": 900}))
    patient.doctor.finds("file-in-force server1: it does not run with what is in")
    file.write_text("{" + file.read_text())
    patient.doctor.finds("config-file : the file")
    patient.write(0)


def plant_faults_of_a_server(patient: Patient) -> None:
    patient.ask(1, "dhcp-disable")
    patient.hosts[1].namespace.ip("link", "del", "em2")
    patient.doctor.finds(
        "service server2: its DHCP service was switched off by an operator",
        "sockets server2: interface 'em2' doesn't exist",
    )
    patient.ask(1, "dhcp-enable")


def plant_leases(patient: Patient) -> None:
    patient.add_leases((0, 1), "10.2.0", range(1, 10), subnet_id=2)
    patient.add_leases((0, 1), "10.2.0", range(10, 15), subnet_id=2, state=1)
    patient.add_leases((0,), "10.0.0", range(20, 60), subnet_id=1)
    patient.doctor.finds(
        "pools : subnet 2 10.2.0.0/28 is full: 14 of 14",
        "declined : subnet 2 10.2.0.0/28: 5 of 14",
        "leases : subnet 1 10.0.0.0/24: server1 has 40 leases, server2 0",
    )


def plant_maintenance(patient: Patient) -> None:
    patient.ask(0, "ha-maintenance-start")
    patient.doctor.finds(
        "ha-state server1: it serves alone, as its partner is in maintenance",
        "ha-state server2: it is in maintenance",
    )
    patient.ask(0, "ha-maintenance-cancel")


def plant_settings(patient: Patient) -> None:
    for number in (0, 1):
        patient.use(number, unfit)
    patient.doctor.finds(
        "heartbeats server1: it asks its partner every 5000 ms and gives it up after 5000 ms",
        "unacked-clients server1: it takes over when more than 90 clients",
        "auto-failover server2: it does not take over by itself",
        "lease-exchange server2: it does not tell its partner of leases",
        "lifetimes server1: leases last 4 s, a silent partner is given up after 5 s",
    )
    for number in (0, 1):
        patient.use(number)


def plant_failures(patient: Patient) -> None:
    patient.cut()
    patient.doctor.finds(
        "connections server1: it does not reach server2", "connections server2: it does not reach server1"
    )
    patient.mend()
    patient.servers[1].kill()
    patient.doctor.finds("unreachable server2: cannot be asked", "ha-state server1: it serves alone")


def plant_faults_of_a_start(patient: Patient) -> None:
    """The last one: another file for server2, another clock, and an option that switches rules off."""
    everyone = {"socket-type": "http", "socket-address": "0.0.0.0", "socket-port": 8001}
    second = patient.servers[1]
    if Path(FAKETIME).exists():
        second.more |= {"LD_PRELOAD": FAKETIME, "FAKETIME": "+45s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    second.words = lambda: [*type(second).words(second), "-X"]  # type: ignore[method-assign]
    in_memory = {"lease-database": {"type": "memfile", "persist": False}, "control-sockets": [everyone]}
    patient.write(1, lambda dhcp4: dhcp4.update(in_memory | {"interfaces-config": {"interfaces": ["em1"]}}))
    second.start()
    patient.doctor.finds(
        "open-sockets server2: its control socket at 0.0.0.0 port 8001",
        "path-rules server2: it was started with -X",
        "lease-file server2: leases are forgotten when it ends",
        *(["clocks : the clocks of the servers differ by 4"] if Path(FAKETIME).exists() else []),
    )


@pytest.mark.live
def test_planted_faults_are_found(patient: Patient) -> None:
    """Twenty-nine of them, one after the other; what has no natural end is left in."""
    assert patient.doctor.wait(0) == []
    plant_differences(patient)
    plant_faults_of_the_file(patient)
    plant_faults_of_a_server(patient)
    plant_leases(patient)
    plant_maintenance(patient)
    plant_settings(patient)
    plant_failures(patient)
    plant_faults_of_a_start(patient)
