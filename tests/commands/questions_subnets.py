"""What a real Kea was asked about subnets, shared networks, lease statistics and subnet selection."""

from __future__ import annotations

from typing import Any

from tests.commands import questions
from tests.commands.questions import ask

NEW = {
    "id": 30,
    "subnet": "10.30.0.0/24",
    "pools": [{"pool": "10.30.0.10-10.30.0.20"}],
    "valid-lifetime": 900,
}
LIBRARIES = ("lease_cmds", "subnet_cmds", "stat_cmds")


def configuration() -> dict[str, Any]:
    """The Dhcp4 map: two plain subnets, and two in a shared network."""
    tree = questions.configuration(False)
    tree["hooks-libraries"] = [{"library": f"libdhcp_{name}.so"} for name in LIBRARIES]
    tree["shared-networks"] = [
        {
            "name": "floor1",
            "relay": {"ip-addresses": ["192.0.2.1"]},
            "subnet4": [
                {"id": 11, "subnet": "10.1.1.0/24", "pools": [{"pool": "10.1.1.10-10.1.1.20"}]},
                {"id": 12, "subnet": "10.1.2.0/24"},
            ],
        }
    ]
    return tree


def subnet(**more: Any) -> dict[str, Any]:
    """A subnet to add; None leaves a key out."""
    row: dict[str, Any] = dict(NEW)
    row.update({key.replace("_", "-"): value for key, value in more.items()})
    return {key: value for key, value in row.items() if value is not None}


WRONG: list[Any] = [None, {}, [], 1, "x", {"bogus": 1}]


def wrong(command: str, *more: Any) -> list[Any]:
    """A command with arguments of every wrong shape."""
    return [ask(command, arguments) for arguments in (*WRONG, *more)]


def listed(command: str, *items: Any) -> list[Any]:
    """A command that takes a list of one, with lists that are none."""
    key = "shared-networks" if command.startswith("network4") else "subnet4"
    lists: list[Any] = [[], {}, 1, [1], [{}], [dict(NEW), dict(NEW)], *([item] for item in items)]
    return [*wrong(command), *(ask(command, {key: value}) for value in lists)]


SUBNETS: list[Any] = [
    ask("list-commands"),
    ask("subnet4-list"),
    ask("subnet4-list", {"a": 1}),
    *wrong("subnet4-get", {"id": "x"}, {"id": -1}, {"id": 99}, {"subnet": "10.0.0.0/24"}, {"subnet": 1},
           {"subnet": "bogus"}, {"subnet": "10.0.0.0/25"}, {"id": 1}, {"id": 11},
           {"id": 1, "subnet": "10.0.0.0/24"}, {"id": 1, "bogus": 1}, {"subnet": "10.0.0.7/24"}),
    *listed(
        "subnet4-add", subnet(id=None), subnet(subnet=None), subnet(id=1), subnet(subnet="10.0.0.0/24"),
        subnet(subnet="10.0.0.0/16"), subnet(bogus=1), subnet(id="x"), subnet(subnet="x"),
        subnet(pools=[{"pool": "10.31.0.1-10.31.0.9"}]), subnet(id=0),
    ),
    ask("subnet4-add", {"subnet4": [NEW]}),
    ask("subnet4-add", {"subnet4": [NEW]}),
    ask("subnet4-get", {"id": 30}),
    ask("subnet4-add", {"subnet4": [subnet(id=None, subnet="10.32.0.0/24", pools=[])]}),
    ask("subnet4-list"),
    *listed("subnet4-update", subnet(id=99), subnet(subnet="10.33.0.0/24"), subnet(id=None), subnet(bogus=1),
            subnet(subnet="10.0.0.0/24")),
    ask("subnet4-update", {"subnet4": [subnet(pools=[{"pool": "10.30.0.30-10.30.0.40"}], renew_timer=100)]}),
    ask("subnet4-get", {"id": 30}),
    *listed("subnet4-delta-add", subnet(id=99), subnet(subnet="10.33.0.0/24"), subnet(id=None)),
    ask("subnet4-delta-add", {"subnet4": [{
        "id": 30, "subnet": "10.30.0.0/24", "rebind-timer": 200,
        "pools": [{"pool": "10.30.0.50-10.30.0.60"}],
        "option-data": [{"name": "routers", "data": "10.30.0.1"}],
    }]}),
    ask("subnet4-get", {"id": 30}),
    ask("subnet4-delta-add", {"subnet4": [{
        "id": 30, "subnet": "10.30.0.0/24",
        "pools": [{"pool": "10.30.0.50-10.30.0.60",
                   "option-data": [{"name": "time-servers", "data": "10.30.0.3"}]}],
        "option-data": [{"name": "routers", "data": "10.30.0.2"}],
    }]}),
    ask("subnet4-get", {"id": 30}),
    *listed("subnet4-delta-del", subnet(id=99), subnet(subnet="10.33.0.0/24"), subnet(id=None)),
    ask("subnet4-delta-del", {"subnet4": [{
        "id": 30, "subnet": "10.30.0.0/24", "rebind-timer": 0,
        "pools": [{"pool": "10.30.0.30-10.30.0.40"}],
        "option-data": [{"name": "routers"}],
    }]}),
    ask("subnet4-get", {"id": 30}),
    ask("subnet4-delta-del", {"subnet4": [{
        "id": 30, "subnet": "10.30.0.0/24",
        "pools": [{"pool": "10.30.0.50-10.30.0.60",
                   "option-data": [{"name": "time-servers", "data": "10.30.0.3"}]}],
    }]}),
    ask("subnet4-get", {"id": 30}),
    ask("subnet4-delta-add", {"subnet4": [{"id": 30, "rebind-timer": 300}]}),
    ask("subnet4-delta-del", {"subnet4": [{"id": 30, "renew-timer": 0}]}),
    ask("subnet4-delta-del", {"subnet4": [{"id": 30, "subnet": "10.30.0.0/24", "renew-timer": True}]}),
    ask("subnet4-delta-del", {"subnet4": [{"id": 30, "subnet": "10.30.0.0/24", "authoritative": 1}]}),
    ask("subnet4-delta-del", {"subnet4": [{"id": 30, "subnet": "10.30.0.0/24", "bogus": 1}]}),
    ask("subnet4-update", {"subnet4": [{"id": 30, "renew-timer": 100}]}),
    ask("subnet4-get", {"id": 30}),
    *wrong("subnet4-del", {"id": "x"}, {"id": -1}, {"id": 99}, {"subnet": "10.30.0.0/24"}),
    ask("lease4-add", {"ip-address": "10.30.0.35", "hw-address": "08:00:27:00:00:01"}),
    ask("subnet4-del", {"id": 30}),
    ask("subnet4-del", {"id": 30}),
    ask("lease4-get", {"ip-address": "10.30.0.35"}),
    ask("statistic-get", {"name": "subnet[30].total-addresses"}),
    ask("subnet4-del", {"id": 11}),
    ask("subnet4-list"),
]  # fmt: skip

NETWORK = {
    "name": "floor2",
    "interface": "em1",
    "valid-lifetime": 800,
    "subnet4": [{"id": 21, "subnet": "10.2.1.0/24"}, {"id": 22, "subnet": "10.2.2.0/24"}],
}


def network(**more: Any) -> dict[str, Any]:
    """A shared network to add; None leaves a key out."""
    row: dict[str, Any] = {**NETWORK, **more}
    return {key: value for key, value in row.items() if value is not None}


NETWORKS: list[Any] = [
    ask("network4-list"),
    ask("network4-list", {"a": 1}),
    *wrong("network4-get", {"name": 1}, {"name": "none"}, {"name": "floor1", "bogus": 1}),
    ask("network4-get", {"name": "floor1"}),
    *listed("network4-add", network(name=None), network(name=1), network(name="floor1"), network(bogus=1),
            ),
    ask("network4-add", {"shared-networks": [NETWORK]}),
    ask("network4-add", {"shared-networks": [NETWORK]}),
    ask("network4-get", {"name": "floor2"}),
    ask("network4-list"),
    ask("subnet4-list"),
    *wrong("network4-subnet-add", {"name": "floor1"}, {"id": 1}, {"name": 1, "id": 1},
           {"name": "floor1", "id": "x"},
           {"name": "none", "id": 1}, {"name": "floor1", "id": 99}, {"name": "floor1", "id": 11},
           {"name": "floor1", "id": 21}, {"name": "floor1", "id": 1, "bogus": 1}),
    ask("network4-subnet-add", {"name": "floor1", "id": 2}),
    ask("subnet4-list"),
    *wrong("network4-subnet-del", {"name": "floor1"}, {"id": 1}, {"name": 1, "id": 1},
           {"name": "floor1", "id": "x"},
           {"name": "none", "id": 1}, {"name": "floor1", "id": 99}, {"name": "floor1", "id": 21}),
    ask("network4-subnet-del", {"name": "floor1", "id": 2}),
    ask("subnet4-get", {"id": 2}),
    ask("subnet4-list"),
    *wrong("network4-del", {"name": 1}, {"name": "none"}, {"name": "floor2", "subnets-action": 1},
           {"name": "floor2", "subnets-action": "bogus"}),
    ask("network4-del", {"name": "floor2", "subnets-action": "delete"}),
    ask("subnet4-list"),
    ask("network4-del", {"name": "floor1"}),
    ask("subnet4-list"),
    ask("network4-list"),
    # a real Kea says no, and keeps a network without subnets (3.0.4)
    *listed("network4-add", network(subnet4=[{"id": 2, "subnet": "10.2.1.0/24"}])),
]  # fmt: skip


def some_leases() -> list[Any]:
    """Leases in three subnets, some of them declined."""
    places = ((1, "10.0.0.10", 0), (1, "10.0.0.11", 1), (2, "10.0.1.10", 0), (11, "10.1.1.10", 1))
    return [
        ask("lease4-add", {"ip-address": address, "subnet-id": number, "state": state,
                           "hw-address": f"08:00:27:00:00:{count:02x}"})
        for count, (number, address, state) in enumerate(places)
    ]  # fmt: skip


def span(first: Any, last: Any, **more: Any) -> dict[str, Any]:
    """Arguments with a range of subnets."""
    return {"subnet-range": {"first-subnet-id": first, "last-subnet-id": last}, **more}


STATS: list[Any] = [
    ask("stat-lease4-get"),
    *some_leases(),
    *wrong("stat-lease4-get", {"subnet-id": "x"}, {"subnet-id": -1}, {"subnet-id": 0}, {"subnet-id": 99},
           {"subnet-id": 1}, {"subnet-id": 12}, {"subnet-range": 1}, {"subnet-range": {}},
           {"subnet-range": {"first-subnet-id": 1}}, {"subnet-range": {"last-subnet-id": 1}},
           span("x", 1), span(1, "x"), span(5, 1), span(0, 1), span(1, 0), span(1, 2), span(1, 11),
           span(50, 60),
           span(1, 1, **{"subnet-id": 1}), {"subnet-id": 1, "bogus": 1}),
    ask("lease4-del", {"ip-address": "10.0.0.11"}),
    ask("stat-lease4-get"),
]  # fmt: skip

OTHERS: list[Any] = [
    ask("server-tag-get"),
    ask("server-tag-get", {"a": 1}),
    ask("config-backend-pull"),
    ask("config-backend-pull", {"a": 1}),
    *some_leases(),
    ask("lease4-add", {"ip-address": "10.0.0.40", "hw-address": "08:00:27:00:00:09", "hostname": "a.b."}),
    # a real Kea ends with an assertion when the address is left out (3.0.4)
    *(ask("lease4-resend-ddns", {"ip-address": address})
      for address in (1, "bogus", "2001:db8::1", "10.0.0.99", "10.0.0.10", "10.0.0.40")),
    *wrong("lease4-write", {"filename": 1}, {"filename": ""}, {"filename": "/tmp/x/y.csv"},
           {"filename": "sub/x.csv"}, {"filename": "copy.csv"}, {"filename": "kea-leases4.csv"},
           {"filename": "copy.csv", "bogus": 1}),
    *wrong("subnet4-select-test", {"interface": 1}, {"interface": "none"}, {"interface": "em1"},
           {"address": 1}, {"address": "bogus"}, {"address": "2001:db8::1"}, {"address": "10.0.1.7"},
           {"relay": "bogus"}, {"relay": "10.0.1.7"}, {"relay": "192.0.2.1"}, {"relay": "192.0.2.2"},
           {"local": "bogus"}, {"local": "10.0.1.1"}, {"remote": "bogus"}, {"remote": "10.0.1.7"},
           {"link": "bogus"}, {"link": "10.0.1.7"}, {"link": "10.1.2.7"}, {"subnet": "bogus"},
           {"subnet": "10.0.1.7"}, {"subnet": "10.1.2.0"}, {"subnet": "10.0.1.0/24"}, {"classes": 1},
           {"classes": ["a"]}, {"classes": [1]}, {"interface": "em1", "local": "10.0.1.1"},
           {"relay": "10.0.0.7", "link": "10.0.1.1"}, {"address": "10.9.9.9", "remote": "10.0.1.1"},
           {"interface": "lo"}, {"interface": "", "relay": ""}),
]  # fmt: skip

GROUPS = {"subnets": SUBNETS, "networks": NETWORKS, "stat-leases": STATS, "others": OTHERS}
