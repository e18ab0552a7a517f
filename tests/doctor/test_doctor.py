"""The doctor on gathered pictures: silent on a healthy pair, and what it finds of each planted fault."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kea_twisted.config import load
from kea_twisted.config.unparse import effective
from kea_twisted.doctor.compare import common_part, differences
from kea_twisted.doctor.finding import Severity
from kea_twisted.doctor.picture import File, Node, Picture
from kea_twisted.doctor.table import CHECKS, findings, worst

TUTORIAL = Path(__file__).parents[1] / "data" / "tutorial"
NAMES = ("server1", "server2")
Answer = dict[str, Any]


def common_of(name: str) -> Answer:
    """The part of one of the tutorial's files that partners have in common."""
    text = (TUTORIAL / f"{name}.conf").read_text()
    return common_part(effective(load(text, name, lambda path: ""))["Dhcp4"])


def answer_of(name: str) -> Answer:
    """The answer of one of the two to picture-get while all is well."""
    partner = NAMES[1 - NAMES.index(name)]
    remote = {
        "server-name": partner, "in-touch": True, "age": 1, "clock-skew": 0, "communication-interrupted": False,
    }  # fmt: skip
    local = {"server-name": name, "state": "hot-standby", "scopes": ["server1"] if name == "server1" else []}
    pair = {
        "ha-mode": "hot-standby",
        "ha-servers": {"local": local, "remote": remote},
        "partner-watch": {"owed-updates": 0, "probe-works": True, "rejected-updates": []},
    }
    return {
        "version": "1.0", "time": 1000.0, "leases": 37, "path-rules": True, "control-sockets": [],
        "status": {
            "sockets": {"status": "ready"}, "high-availability": [pair],
            "dhcp-state": {"globally-disabled": False, "disabled-by-user": False},
        },
        "common": common_of(name),
        "lease-database": {"type": "memfile", "persist": True, "lfc-interval": 3600},
        "lease-file": {"size": 5000, "free": 10 << 30},
        "subnets": [{"id": 1, "subnet": "10.0.0.0/24", "total": 101, "assigned": 37, "declined": 0}],
    }  # fmt: skip


class World:
    """A pair in which something can be planted: ``one`` and ``two`` are the answers of the servers."""

    def __init__(self) -> None:
        self.one, self.two = answer_of("server1"), answer_of("server2")
        self.trouble = dict.fromkeys(NAMES, "")
        self.ours = dict.fromkeys(NAMES, True)
        self.ahead = 0.0
        self.file = File("/etc/kea/kea-dhcp4.conf", "", common_of("server1"))

    @property
    def picture(self) -> Picture:
        """As the checks get it: through JSON."""
        answers = json.loads(json.dumps([self.one, self.two]))
        nodes = [
            Node(name, f"http://{name}/", {} if self.trouble[name] else answer, self.trouble[name], self.ours[name])
            for name, answer in zip(NAMES, answers, strict=True)
        ]
        return Picture((nodes[0], nodes[1]._replace(ahead=self.ahead)), self.file)

    def relationship(self, number: int) -> Answer:
        """The HA settings of a server."""
        common = (self.one, self.two)[number]["common"]
        found: Answer = common["hooks-libraries"][1]["high-availability"][0]
        return found

    def both(self, plant: Callable[[Answer], object]) -> None:
        """Plant something in the HA settings of both."""
        plant(self.relationship(0))
        plant(self.relationship(1))
        self.file = self.file._replace(common=None)


def pair_of(answer: Answer) -> Answer:
    """The HA part of the status."""
    found: Answer = answer["status"]["high-availability"][0]
    return found


def subnet_of(answer: Answer) -> Answer:
    """The subnet in the configuration."""
    found: Answer = answer["common"]["subnet4"][0]
    return found


class Fault(NamedTuple):
    """Something that is wrong, the check that finds it, and a part of what it says."""

    plant: Callable[[World], object]
    check: str
    text: str
    severity: Severity = Severity.WARNING
    also: frozenset[str] = frozenset()  # checks that find it, too


CRITICAL = Severity.CRITICAL


def _gone(world: World) -> None:
    world.trouble["server2"] = "http://server2/: Connection refused"
    remote = pair_of(world.one)["ha-servers"]["remote"]
    remote["communication-interrupted"] = True
    pair_of(world.one)["ha-servers"]["local"]["state"] = "partner-down"


def states(world: World, first: str, second: str) -> None:
    for answer, state in ((world.one, first), (world.two, second)):
        pair_of(answer)["ha-servers"]["local"]["state"] = state


def _no_scopes(world: World) -> None:
    pair_of(world.one)["ha-servers"]["local"]["scopes"] = []


def _load_balancing(world: World) -> None:
    world.both(lambda tree: tree.update({"mode": "load-balancing"}))
    states(world, "load-balancing", "load-balancing")


def _by_rule(tree: Answer) -> None:
    tree.update({"takeover": {"by-evidence": False}, "max-unacked-clients": 40, "max-response-delay": 60000})


def _slow(tree: Answer) -> None:
    tree.update({"takeover": {"by-evidence": False}, "heartbeat-delay": 10000, "max-response-delay": 10000})


FAULTS: dict[str, Fault] = {
    "a server is gone": Fault(
        _gone, "unreachable", "server2: cannot be asked: http://server2/: Connection refused", CRITICAL,
        frozenset({"connections", "ha-state"}),
    ),
    "HTTP between the two is blocked": Fault(
        lambda world: pair_of(world.two)["ha-servers"]["remote"].update({"communication-interrupted": True}),
        "connections", "server2: it does not reach server1 over HTTP at http://10.0.0.1:8000/", CRITICAL,
    ),
    "DHCP between the two is blocked": Fault(
        lambda world: pair_of(world.one)["partner-watch"].update({"probe-works": False}),
        "connections", "server1: server2 has answered none of its DHCP probes",
    ),
    "it listens nowhere": Fault(
        lambda world: world.two["status"].update(
            {"sockets": {"status": "failed", "errors": ["interface 'em9' doesn't exist in the system"]}}
        ),
        "sockets", "server2: interface 'em9' doesn't exist in the system", CRITICAL,
    ),
    "the service is switched off": Fault(
        lambda world: world.one["status"]["dhcp-state"].update({"disabled-by-user": True}),
        "service", "server1: its DHCP service was switched off by an operator", CRITICAL,
    ),
    "the relationship has ended": Fault(
        lambda world: states(world, "terminated", "terminated"), "ha-state",
        "server2: high availability has ended", CRITICAL,
    ),
    "maintenance was forgotten": Fault(
        lambda world: states(world, "partner-in-maintenance", "in-maintenance"), "ha-state",
        "server1: it serves alone, as its partner is in maintenance",
    ),
    "neither serves": Fault(_no_scopes, "unserved", "neither server serves any client", CRITICAL),
    "both have one role": Fault(
        lambda world: pair_of(world.one)["partner-watch"].update({"peer-roles-conflict": "server2 is primary"}),
        "ha-names", "both servers have one role: server2 is primary", CRITICAL,
    ),
    "the clocks differ by a minute": Fault(
        lambda world: setattr(world, "ahead", -50.0), "clocks", "the clocks of the servers differ by 50 s", CRITICAL,
    ),
    "the clocks differ by seconds": Fault(
        lambda world: pair_of(world.one)["ha-servers"]["remote"].update({"clock-skew": 5}), "clocks", "differ by 5 s"
    ),
    "versions": Fault(
        lambda world: world.two.update({"version": "1.1"}), "versions", "server1 has version 1.0, server2 1.1"
    ),
    "a subnet of one only": Fault(
        lambda world: world.two["common"]["subnet4"].append({"id": 2, "subnet": "10.1.0.0/24", "pools": []}),
        "configurations", "server1: subnet 10.1.0.0/24: in the configuration of server2 only", CRITICAL,
    ),
    "a pool of one only": Fault(
        lambda world: subnet_of(world.two)["pools"].clear(), "configurations",
        "server2: subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.110: in the configuration of server1 only", CRITICAL,
    ),
    "a subnet with another id": Fault(
        lambda world: subnet_of(world.two).update({"id": 7}), "configurations",
        "subnet 10.0.0.0/24, id: differs between the servers", CRITICAL,
    ),
    "a class of one only": Fault(
        lambda world: world.two["common"].setdefault("client-classes", []).append({"name": "phones"}),
        "configurations", "server1: class phones: in the configuration of server2 only",
    ),
    "an option of another value": Fault(
        lambda world: subnet_of(world.two)["option-data"][0].update({"data": "10.0.0.2"}), "configurations",
        "subnet 10.0.0.0/24, option dhcp4/3, data: differs between the servers",
    ),
    "a timer": Fault(
        lambda world: world.two["common"].update({"valid-lifetime": 3600}), "configurations",
        "valid-lifetime: differs between the servers",
    ),
    "a reservation of one only": Fault(
        lambda world: subnet_of(world.two)["reservations"].update({"hw-address 08:00:27:00:00:01": "d"}),
        "configurations", "server1: subnet 10.0.0.0/24, reservation hw-address 08:00:27:00:00:01: in the",
    ),
    "a peer's URL": Fault(
        lambda world: world.relationship(1)["peers"][0].update({"url": "http://10.0.0.9:8000/"}), "configurations",
        "relationship 1, peer server1, url: differs between the servers", CRITICAL,
    ),
    "leases that one lacks": Fault(
        lambda world: world.two["subnets"][0].update({"assigned": 20}), "leases",
        "subnet 1 10.0.0.0/24: server1 has 37 leases, server2 20",
    ),
    "owed updates": Fault(
        lambda world: pair_of(world.one)["partner-watch"].update({"owed-updates": 400}), "lease-updates",
        "server1: 400 lease updates are owed to its partner",
    ),
    "refused updates": Fault(
        lambda world: pair_of(world.one)["partner-watch"].update(
            {"rejected-updates": [{"ip-address": "10.0.0.17", "reason": "no subnet"}]}
        ),
        "lease-updates", "its partner refuses 1 leases, the first 10.0.0.17: no subnet",
    ),
    "a full pool": Fault(
        lambda world: [answer["subnets"][0].update({"assigned": 101}) for answer in (world.one, world.two)],
        "pools", "subnet 1 10.0.0.0/24 is full: 101 of 101 addresses are in use", CRITICAL,
    ),
    "a pool that is nearly full": Fault(
        lambda world: [answer["subnets"][0].update({"assigned": 95}) for answer in (world.one, world.two)],
        "pools", "is nearly full: 95 of 101",
    ),
    "a pool that fills": Fault(
        lambda world: [
            answer.update({"soon-full": [{"id": 1, "subnet": "10.0.0.0/24", "days": 3.5}]})
            for answer in (world.one, world.two)
        ],
        "time-to-full", "subnet 1 10.0.0.0/24: a pool will be full in 3.5 days",
    ),
    "declined addresses": Fault(
        lambda world: [answer["subnets"][0].update({"declined": 30}) for answer in (world.one, world.two)],
        "declined", "30 of 101 addresses are declined",
    ),
    "a full disk": Fault(
        lambda world: world.two["lease-file"].update({"free": 1 << 20}), "disk",
        "server2: 1 MB are free where its lease file is", CRITICAL,
    ),
    "a lease file that is not cleaned": Fault(
        lambda world: world.one["lease-file"].update({"size": 500 << 20}), "disk",
        "server1: its lease file has 500 MB for 37 leases",
    ),
    "leases in memory only": Fault(
        lambda world: world.two["lease-database"].update({"persist": False}), "lease-file",
        "server2: leases are forgotten when it ends",
    ),
    "heartbeats that are too rare": Fault(
        lambda world: world.both(_slow), "heartbeats",
        "it asks its partner every 10000 ms and gives it up after 10000 ms", CRITICAL,
    ),
    "more unacked clients than there are": Fault(
        lambda world: world.both(_by_rule), "unacked-clients",
        "it takes over when more than 40 clients wait for the partner (max-unacked-clients), and there are",
        CRITICAL,
    ),
    "a standby that waits for an operator": Fault(
        lambda world: world.both(lambda tree: tree["peers"][1].update({"auto-failover": False})), "auto-failover",
        "server2: it does not take over by itself",
    ),
    "no lease updates": Fault(
        lambda world: world.both(lambda tree: tree.update({"send-lease-updates": False})), "lease-exchange",
        "it does not tell its partner of leases", CRITICAL,
    ),
    "leases that are shorter than a takeover": Fault(
        lambda world: [answer["common"].update({"valid-lifetime": 8}) for answer in (world.one, world.two)],
        "lifetimes", "leases last 8 s, a silent partner is given up after 10 s", also=frozenset({"file-in-force"}),
    ),
    "one pool for both in load-balancing": Fault(
        _load_balancing, "shared-pools", "both servers give addresses from the pool 10.0.0.10-10.0.0.110"
    ),
    "a control socket for everyone": Fault(
        lambda world: world.one.update(
            {"control-sockets": [{"address": "0.0.0.0", "port": 8001, "protected": False}]}
        ),
        "open-sockets", "its control socket at 0.0.0.0 port 8001 takes every command from everyone",
    ),
    "a broken file": Fault(
        lambda world: setattr(world, "file", File("/k.conf", "/k.conf:3:1: unexpected '}'")), "config-file",
        "the file /k.conf is broken, the next start fails: /k.conf:3:1: unexpected '}'", CRITICAL,
    ),
    "a file that is not in force": Fault(
        lambda world: world.file.common["subnet4"][0].update({"renew-timer": 60}),  # type: ignore[index]
        "file-in-force", "server1: it does not run with what is in /etc/kea/kea-dhcp4.conf: subnet 10.0.0.0/24",
    ),
    "passwords for all users": Fault(
        lambda world: setattr(world, "file", world.file._replace(has_password=True, others_may_read=True)),
        "passwords", "every user of this machine can read the passwords in /etc/kea/kea-dhcp4.conf",
    ),
    "started with -X": Fault(
        lambda world: world.one.update({"path-rules": False}), "path-rules", "server1: it was started with -X",
        Severity.NOTE,
    ),
}  # fmt: skip


def test_it_is_silent_on_a_healthy_pair() -> None:
    found = findings(World().picture)
    assert (found, worst(found)) == ([], Severity.NOTE)


@pytest.mark.parametrize("name", FAULTS)
def test_it_finds_a_planted_fault_and_nothing_else(name: str) -> None:
    world, fault = World(), FAULTS[name]
    fault.plant(world)
    found = findings(world.picture)
    assert {each.check for each in found} - fault.also == {fault.check}
    sentences = [f"{each.server}: {each.fault}" for each in found if each.check == fault.check]
    assert any(fault.text in each for each in sentences), sentences
    assert found[0].severity == worst(found) == fault.severity
    assert all(each.remedy for each in found)


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {fault.check for fault in FAULTS.values()} == {check.name for check in CHECKS}


def test_the_most_urgent_comes_first_whatever_was_planted_first() -> None:
    world = World()
    for name in ("versions", "started with -X", "a full disk", "a timer", "the service is switched off"):
        FAULTS[name].plant(world)
    found = [each.severity for each in findings(world.picture)]
    assert found == sorted(found, reverse=True) and len(found) == 5


def test_many_differences_are_counted() -> None:
    world = World()
    world.two["common"]["client-classes"] = [{"name": f"class{number}"} for number in range(30)]
    found = findings(world.picture)
    assert (len(found), found[-1].fault) == (11, "20 more differences between the configurations")


def test_a_kea_as_partner_is_judged_by_what_it_shows() -> None:
    """Its configuration may be out of reach: that alone is no warning."""
    world = World()
    world.ours["server2"] = False
    world.two = {"status": world.two["status"]}
    pair_of(world.two).pop("partner-watch")
    pair_of(world.one)["partner-watch"]["probe-works"] = False
    found = findings(world.picture)
    assert [(each.check, each.severity) for each in found] == [("configurations", Severity.NOTE)]


def test_what_must_differ_is_no_difference() -> None:
    """Names, interfaces, sockets, loggers, files, the order of entries; credentials are not even in it."""
    first = json.loads(json.dumps(effective(load((TUTORIAL / "server1.conf").read_text(), "", lambda path: ""))))[
        "Dhcp4"
    ]
    second = copy.deepcopy(first)
    library = second["hooks-libraries"][1]
    relationship = library["parameters"]["high-availability"][0]
    library["library"] = "/opt/hooks/libdhcp_ha.so"
    relationship["this-server-name"] = "server2"
    relationship["peers"].reverse()
    relationship["peers"][0] |= {"basic-auth-user": "u", "basic-auth-password": "secret9"}
    first["hooks-libraries"][1]["parameters"]["high-availability"][0]["peers"][1] |= {"basic-auth-user": "other"}
    second |= {
        "interfaces-config": {"interfaces": ["eth0"]}, "loggers": [{"name": "x"}], "server-tag": "b",
        "control-sockets": [{"socket-type": "unix", "socket-name": "s"}], "lease-database": {"name": "/x"},
        "user-context": {"place": "cellar"},
    }  # fmt: skip
    second["subnet4"][0]["interface"] = "eth0"
    assert differences(common_part(first), common_part(second)) == []
    assert "secret9" not in json.dumps(common_part(second))


def test_defaults_that_a_kea_leaves_out_are_no_difference() -> None:
    """A keyword is left out by one of two programs; a subnet is not."""
    world = World()
    world.ours["server2"] = False
    del world.two["common"]["cache-threshold"]
    subnet_of(world.two)["option-data"].clear()
    found = [each.fault for each in findings(world.picture) if each.check == "configurations"]
    assert found == ["subnet 10.0.0.0/24, option dhcp4/3: in the configuration of server1 only"]
    world.ours["server2"] = True
    assert len([each for each in findings(world.picture) if each.check == "configurations"]) == 2
