"""What a real Kea was asked about host reservations: good, missing, wrong-typed and unknown arguments."""

from __future__ import annotations

from typing import Any

from tests.commands.questions import ask

RESERVATIONS: list[dict[str, Any]] = [
    {"hw-address": "01:02:03:04:05:06", "ip-address": "10.0.0.50", "hostname": "Some.Host"},
    {
        "client-id": "01:02:03",
        "ip-address": "10.0.0.12",
        "option-data": [{"name": "routers", "data": "10.0.0.9"}],
    },
    {"circuit-id": "'port-1'", "client-classes": ["gold"], "next-server": "10.0.0.3"},
    {
        "duid": "0A:0b:0c:0d:0e:0f",
        "server-hostname": "s.example",
        "boot-file-name": "b",
        "user-context": {"a": 1},
    },
    {"flex-id": "0x0102aB", "ip-address": "10.0.0.60"},
]


def configuration() -> dict[str, Any]:
    """The Dhcp4 map of the server that is asked."""
    return {
        "control-sockets": [{"socket-type": "unix", "socket-name": "kea4.sock"}],
        "hooks-libraries": [{"library": "libdhcp_host_cmds.so"}],
        "interfaces-config": {"interfaces": ["em1"]},
        "client-classes": [{"name": "gold"}],
        "option-def": [{"name": "own", "code": 230, "type": "string"}],
        "reservations": [{"hw-address": "aa:aa:aa:aa:aa:aa", "hostname": "everywhere"}],
        "subnet4": [
            {
                "id": 1,
                "subnet": "10.0.0.0/24",
                "pools": [{"pool": "10.0.0.10-10.0.0.110"}],
                "reservations": RESERVATIONS,
            },
            {"id": 2, "subnet": "10.0.1.0/24", "pools": [{"pool": "10.0.1.10-10.0.1.20"}]},
        ],
    }


def _add(**reservation: Any) -> dict[str, Any]:
    keys = {name.replace("_", "-"): value for name, value in reservation.items()}
    return ask("reservation-add", {"reservation": keys, "operation-target": "memory"})


def _update(**reservation: Any) -> dict[str, Any]:
    keys = {name.replace("_", "-"): value for name, value in reservation.items()}
    return ask("reservation-update", {"reservation": keys, "operation-target": "memory"})


HW = "00:00:00:00:00:01"
NEW = {"subnet_id": 1, "hw_address": HW, "ip_address": "10.0.0.70"}
_WRONG: list[Any] = [None, [], {}, "x", 1]
_BY_HW = {"identifier-type": "hw-address", "identifier": HW}

ADD: list[Any] = [
    *(ask("reservation-add", arguments) for arguments in _WRONG),
    ask("reservation-add", {"reservation": {}}),
    ask("reservation-add", {"reservation": []}),
    ask("reservation-add", {"reservation": {"subnet-id": 1, "hw-address": HW, "ip-address": "10.0.0.70"}}),
    *(
        ask(
            "reservation-add", {"reservation": {"subnet-id": 1, "hw-address": HW}, "operation-target": target}
        )
        for target in ("default", "database", "bogus", "", 1)
    ),
    _add(),
    _add(subnet_id=1),
    _add(subnet_id=1, ip_address="10.0.0.70"),
    _add(subnet_id=1, hw_address=HW, client_id="01:02"),
    _add(subnet_id=1, client_id="01:02", hw_address=HW),
    _add(subnet_id="1", hw_address=HW),
    _add(subnet_id=-1, hw_address=HW),
    _add(subnet_id=4294967295, hw_address=HW),
    _add(subnet_id=99, hw_address=HW),
    _add(hw_address=HW, ip_address="10.0.0.70"),
    _add(hw_address=HW, ip_address="192.0.2.1"),
    _add(subnet_id=1, hw_address=HW, ip_address="10.0.1.70"),
    _add(subnet_id=1, hw_address=HW, ip_address="0.0.0.0"),
    _add(subnet_id=1, hw_address=HW, ip_address="255.255.255.255"),
    _add(subnet_id=1, hw_address=HW, ip_address="2001:db8::1"),
    _add(subnet_id=1, hw_address=HW, ip_address="bogus"),
    _add(subnet_id=1, hw_address=HW, ip_address=1),
    _add(subnet_id=1, hw_address="xx"),
    _add(subnet_id=1, hw_address=""),
    _add(subnet_id=1, hw_address="''"),
    _add(subnet_id=1, hw_address=1),
    _add(subnet_id=1, hw_address="00:" * 20 + "01"),
    _add(subnet_id=1, client_id="00:" * 255 + "01"),
    _add(subnet_id=1, duid="00:" * 130 + "01"),
    _add(subnet_id=1, circuit_id="00:" * 128 + "01"),
    _add(subnet_id=1, hw_address=HW, bogus=1),
    _add(subnet_id=1, hw_address=HW, hostname=1),
    _add(subnet_id=1, hw_address=HW, next_server="bogus"),
    _add(subnet_id=1, hw_address=HW, next_server="255.255.255.255"),
    _add(subnet_id=1, hw_address=HW, server_hostname="x" * 64),
    _add(subnet_id=1, hw_address=HW, boot_file_name="x" * 128),
    _add(subnet_id=1, hw_address=HW, client_classes="gold"),
    _add(subnet_id=1, hw_address=HW, client_classes=[1]),
    _add(subnet_id=1, hw_address=HW, option_data=[{"name": "bogus", "data": "1"}]),
    _add(subnet_id=1, hw_address=HW, option_data={}),
    ask("reservation-get", {"subnet-id": 1, **_BY_HW}),
    _add(**NEW),
    ask("reservation-get", {"subnet-id": 1, **_BY_HW}),
    _add(**NEW),
    _add(**{**NEW, "ip_address": "10.0.0.71"}),
    _add(**{**NEW, "hw_address": "00:00:00:00:00:02"}),
    _add(**{**NEW, "hw_address": "00:00:00:00:00:02", "ip_address": "10.0.0.50"}),
    _add(subnet_id=1, client_id="01:02:03"),
    _add(subnet_id=1, duid="0a0b0c0d0e0f"),
    _add(subnet_id=1, circuit_id="70:6f:72:74:2d:31"),
    _add(subnet_id=1, flex_id="0102ab"),
    _add(subnet_id=2, hw_address=HW, ip_address="10.0.1.70"),
    _add(subnet_id=0, hw_address=HW, ip_address="192.0.2.1"),
    _add(hw_address="00:00:00:00:00:03", hostname="nowhere"),
    _add(subnet_id=1, hw_address="1:2:3:4:5:6", hostname="short"),
    _add(subnet_id=1, hw_address="01 02 03 04 05 07"),
    _add(
        subnet_id=1,
        client_id="'a text'",
        hostname="MiXed",
        client_classes=["gold", "other"],
        next_server="10.0.0.4",
        server_hostname="s",
        boot_file_name="f",
        user_context={"x": [1]},
        option_data=[
            {"name": "routers", "data": "10.0.0.8"},
            {"code": 230, "data": "text"},
            {"code": 231, "csv-format": False, "data": "0A0B"},
        ],
    ),
    ask(
        "reservation-add",
        {"reservation": {"subnet-id": 2, "hw-address": "00:00:00:00:00:09"}, "operation-target": "all"},
    ),
    ask(
        "reservation-get",
        {"subnet-id": 2, "identifier-type": "hw-address", "identifier": "00:00:00:00:00:09"},
    ),
    *(ask("reservation-get-all", {"subnet-id": number}) for number in (0, 1, 2)),
    ask("config-get"),
]

GET: list[Any] = [
    *(ask("reservation-get", arguments) for arguments in _WRONG),
    ask("reservation-get", {"subnet-id": 1}),
    ask("reservation-get", {"subnet-id": "1", "ip-address": "10.0.0.50"}),
    ask("reservation-get", {"subnet-id": 4294967295, "ip-address": "10.0.0.50"}),
    ask("reservation-get", {"subnet-id": -1, "ip-address": "10.0.0.50"}),
    ask("reservation-get", {"ip-address": "10.0.0.50"}),
    ask("reservation-get", _BY_HW),
    ask("reservation-get", {"identifier": HW}),
    ask("reservation-get", {"subnet-id": 1, "identifier": HW}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "hw-address"}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": 1, "identifier": HW}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "hw-address", "identifier": 1}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "bogus", "identifier": HW}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "hw-address", "identifier": "xx"}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "hw-address", "identifier": ""}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "hw-address", "identifier": "''"}),
    ask("reservation-get", {"subnet-id": 1, **_BY_HW}),
    ask("reservation-get", {"subnet-id": 99, **_BY_HW}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.51"}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "bogus"}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": 1}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "2001:db8::1"}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.50"}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.12"}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.60", "bogus": 1}),
    *(
        ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.50", "operation-target": target})
        for target in ("memory", "database", "all", "default", "bogus", 1)
    ),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "circuit-id", "identifier": "'port-1'"}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "duid", "identifier": "0a:b:c:d:e:f"}),
    ask("reservation-get", {"subnet-id": 1, "identifier-type": "flex-id", "identifier": "0x0102AB"}),
    ask("reservation-get", {"subnet-id": 0, "identifier-type": "hw-address", "identifier": "aaaaaaaaaaaa"}),
    *(ask("reservation-get-all", arguments) for arguments in _WRONG),
    *(ask("reservation-get-all", {"subnet-id": number}) for number in (0, 1, 2, 99, -1, "1")),
    *(
        ask("reservation-get-all", {"subnet-id": 1, "operation-target": target})
        for target in ("memory", "database", "all", "default", "bogus")
    ),
    *(ask("reservation-get-page", arguments) for arguments in _WRONG),
    ask("reservation-get-page", {"limit": 3}),
    ask("reservation-get-page", {"limit": 3, "source-index": 0, "from": 3}),
    ask("reservation-get-page", {"limit": 3, "source-index": 0, "from": 6}),
    ask("reservation-get-page", {"limit": 3, "source-index": 1, "from": 3}),
    ask("reservation-get-page", {"limit": 3, "source-index": 11}),
    ask("reservation-get-page", {"limit": 3, "source-index": "0"}),
    ask("reservation-get-page", {"limit": 0}),
    ask("reservation-get-page", {"limit": -1}),
    ask("reservation-get-page", {"limit": "3"}),
    ask("reservation-get-page", {"limit": 4294967295}),
    ask("reservation-get-page", {"limit": 2, "subnet-id": 1}),
    ask("reservation-get-page", {"limit": 2, "subnet-id": 1, "from": 2}),
    ask("reservation-get-page", {"limit": 2, "subnet-id": 1, "from": 4}),
    ask("reservation-get-page", {"limit": 2, "subnet-id": 2}),
    ask("reservation-get-page", {"limit": 2, "subnet-id": 99}),
    ask("reservation-get-page", {"limit": 2, "from": -1}),
    ask("reservation-get-page", {"limit": 2, "from": "x"}),
    *(ask("reservation-get-by-hostname", arguments) for arguments in _WRONG),
    *(
        ask("reservation-get-by-hostname", {"hostname": name})
        for name in ("some.host", "Some.Host", "x", "", 1)
    ),
    ask("reservation-get-by-hostname", {"hostname": "some.host", "subnet-id": 1}),
    ask("reservation-get-by-hostname", {"hostname": "some.host", "subnet-id": 2}),
    ask("reservation-get-by-hostname", {"hostname": "some.host", "subnet-id": 99}),
    ask("reservation-get-by-hostname", {"hostname": "everywhere", "operation-target": "memory"}),
    ask("reservation-get-by-hostname", {"hostname": "everywhere", "operation-target": "database"}),
    *(ask("reservation-get-by-id", arguments) for arguments in _WRONG),
    ask("reservation-get-by-id", _BY_HW),
    ask("reservation-get-by-id", {"identifier-type": "hw-address"}),
    ask("reservation-get-by-id", {"identifier": HW}),
    ask("reservation-get-by-id", {"identifier-type": "bogus", "identifier": HW}),
    ask("reservation-get-by-id", {"identifier-type": "hw-address", "identifier": "xx"}),
    ask("reservation-get-by-id", {"identifier-type": "hw-address", "identifier": "''"}),
    ask("reservation-get-by-id", {"subnet-id": 1, **_BY_HW}),
    ask("reservation-get-by-id", {"identifier-type": "hw-address", "identifier": "010203040506"}),
    ask(
        "reservation-get-by-id",
        {"identifier-type": "hw-address", "identifier": "aaaaaaaaaaaa", "operation-target": "database"},
    ),
    *(ask("reservation-get-by-address", arguments) for arguments in _WRONG),
    *(
        ask("reservation-get-by-address", {"ip-address": text})
        for text in ("10.0.0.50", "10.0.0.51", "x", "", 1)
    ),
    ask("reservation-get-by-address", {"ip-address": "2001:db8::1"}),
    ask("reservation-get-by-address", {"ip-address": "10.0.0.50", "subnet-id": 1}),
    ask("reservation-get-by-address", {"ip-address": "10.0.0.50", "subnet-id": 2}),
    ask("reservation-get-by-address", {"ip-address": "10.0.0.50", "subnet-id": 99}),
    ask("reservation-get-by-address", {"ip-address": "10.0.0.50", "subnet-id": "1"}),
    ask("reservation-get-by-address", {"ip-address": "10.0.0.50", "operation-target": "database"}),
    ask("config-get"),
    ask("list-commands"),
]

CHANGE: list[Any] = [
    *(ask("reservation-update", arguments) for arguments in _WRONG),
    ask("reservation-update", {"reservation": {}}),
    ask("reservation-update", {"reservation": []}),
    ask("reservation-update", {"reservation": {"subnet-id": 1, "hw-address": HW}}),
    _update(hw_address=HW),
    _update(subnet_id=99, hw_address=HW),
    _update(subnet_id=1, hw_address=HW),
    _update(subnet_id=1, hw_address="01:02:03:04:05:06", ip_address="10.0.1.1"),
    _update(subnet_id=1, hw_address="01:02:03:04:05:06", ip_address="10.0.0.12"),
    _update(subnet_id=2, hw_address="01:02:03:04:05:06", ip_address="10.0.1.12"),
    _update(subnet_id=1, hw_address="01:02:03:04:05:06", bogus=1),
    _update(subnet_id=1, hw_address="01:02:03:04:05:06", ip_address="10.0.0.51"),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.50"}),
    ask("reservation-get", {"subnet-id": 1, "ip-address": "10.0.0.51"}),
    _update(subnet_id=1, hw_address="01:02:03:04:05:06", hostname="new"),
    _update(subnet_id=0, hw_address="aa:aa:aa:aa:aa:aa", hostname="else"),
    *(ask("reservation-get-all", {"subnet-id": number}) for number in (0, 1)),
    *(ask("reservation-del", arguments) for arguments in _WRONG),
    ask("reservation-del", {"subnet-id": 1, "ip-address": "10.0.0.12"}),
    *(
        ask("reservation-del", {"subnet-id": 1, "ip-address": "10.0.0.99", "operation-target": target})
        for target in ("memory", "database", "all", "default", "bogus")
    ),
    ask("reservation-del", {"subnet-id": 1, "operation-target": "memory"}),
    ask("reservation-del", {"ip-address": "10.0.0.12", "operation-target": "memory"}),
    ask("reservation-del", {"subnet-id": 99, "ip-address": "10.0.0.12", "operation-target": "memory"}),
    ask("reservation-del", {"subnet-id": 2, "ip-address": "10.0.0.12", "operation-target": "memory"}),
    ask("reservation-del", {"subnet-id": 1, **_BY_HW, "operation-target": "memory"}),
    ask("reservation-del", {"subnet-id": 1, "ip-address": "10.0.0.12", "operation-target": "memory"}),
    ask("reservation-del", {"subnet-id": 1, "ip-address": "10.0.0.12", "operation-target": "memory"}),
    ask(
        "reservation-del",
        {"subnet-id": 1, "identifier-type": "flex-id", "identifier": "0102ab", "operation-target": "all"},
    ),
    ask(
        "reservation-del",
        {
            "subnet-id": 1,
            "identifier-type": "hw-address",
            "identifier": "010203040506",
            "operation-target": "memory",
        },
    ),
    ask(
        "reservation-del",
        {
            "subnet-id": 0,
            "identifier-type": "hw-address",
            "identifier": "aaaaaaaaaaaa",
            "operation-target": "memory",
        },
    ),
    *(ask("reservation-get-all", {"subnet-id": number}) for number in (0, 1)),
    _add(**NEW),
    ask("reservation-get-page", {"limit": 10}),
    ask("config-get"),
]

GROUPS: dict[str, list[Any]] = {"hosts-add": ADD, "hosts-get": GET, "hosts-change": CHANGE}
