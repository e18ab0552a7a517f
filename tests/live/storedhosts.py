"""Configurations whose reservations are in a database: what is written there, by statements of the test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from socket import inet_aton
from typing import Any

from .dialect import JsonMap
from .reserved import host, mac

KINDS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
OPTIONS = {"routers": 3, "domain-name-servers": 6, "log-servers": 7, "ntp-servers": 42}

ROWS = (
    "SELECT encode(dhcp_identifier, 'hex'), dhcp_identifier_type, h.dhcp4_subnet_id, dhcp6_subnet_id, ipv4_address, "
    "hostname, hostname IS NULL, dhcp4_client_classes, dhcp6_client_classes, h.user_context, dhcp4_next_server, "
    "dhcp4_server_hostname, dhcp4_boot_file_name, auth_key, code, encode(value, 'hex'), value IS NULL, "
    "formatted_value, formatted_value IS NULL, space, persistent, cancelled, o.user_context, o.client_classes, "
    "o.scope_id FROM hosts h LEFT JOIN dhcp4_options o USING (host_id) ORDER BY h.host_id, o.option_id"
)
FULL: JsonMap = {
    "hostname": "One", "client-classes": ["gold", "b"], "next-server": "10.0.0.9", "server-hostname": "s",
    "boot-file-name": "f", "user-context": {"b": 1, "a": "x"},
    "option-data": [
        {"name": "routers", "data": "10.0.0.1, 10.0.0.2", "always-send": True},
        {"code": 224, "data": "0102", "csv-format": False},
        {"code": 6, "csv-format": False, "data": "0A000001"},
        {"name": "ntp-servers", "never-send": True},
    ],
}  # fmt: skip


def _command(name: str, **arguments: Any) -> JsonMap:
    return {
        "command": f"reservation-{name}",
        "arguments": {key.replace("_", "-"): value for key, value in arguments.items()},
    }


def _reserve(name: str, reservation: JsonMap, subnet_id: int = 1, **more: Any) -> JsonMap:
    return _command(name, reservation={**reservation, "subnet-id": subnet_id}, **more)


def _questions(target: str) -> list[JsonMap]:
    more = {"operation_target": target}
    by_card = {"identifier_type": "hw-address", "identifier": mac(1)}
    return [
        _command("get", subnet_id=1, ip_address="10.0.0.50", **more),
        _command("get", subnet_id=1, **by_card, **more),
        _command("get-all", subnet_id=1, **more),
        _command("get-by-address", ip_address="10.0.0.50", **more),
        _command("get-by-address", ip_address="10.0.0.61", subnet_id=1, **more),
        _command("get-by-hostname", hostname="tWo", **more),
        _command("get-by-hostname", hostname="two", subnet_id=2, **more),
        _command("get-by-id", **by_card, **more),
    ]


COMMANDS: list[JsonMap] = [
    _reserve("add", host(1, "10.0.0.50", **FULL)),
    _command("get-page", limit=5),
    _command("del", subnet_id=1, ip_address="10.0.0.99"),
    _reserve("add", host(1, "10.0.0.51")),
    _reserve("add", host(2, "10.0.0.50")),
    _reserve("add", host(2, "10.0.0.51", hostname="TWO")),
    _reserve("add", host("client-id=0102", "10.0.0.52")),
    _reserve("add", host("flex-id='abc'")),
    _reserve("add", host(1, "10.0.0.60"), operation_target="memory"),
    _reserve("add", host(7, "10.0.0.61"), operation_target="all"),
    _reserve("add", host(7, "10.0.0.62"), operation_target="all"),
    _reserve("add", host(3, hostname="everywhere"), 0),
    _reserve("add", host(3), 5),
    _command("add", reservation=host(9)),
    _reserve("add", host(9, "10.0.1.50"), 2),
    *(question for target in ("default", "memory", "database", "all") for question in _questions(target)),
    _command("get-page", limit=2),
    _command("get-page", limit=1, subnet_id=1),
    _command("get-page", limit=3, source_index=1),
    _command("get-page", limit=3, source_index=2),
    _command("get-page", limit=2, source_index=1, subnet_id=2),
    _reserve("update", host(2, "10.0.0.55", hostname="two2", **{"option-data": FULL["option-data"][:1]})),
    _reserve("update", host(11, "10.0.0.57")),
    _reserve("update", host(7, "10.0.0.65"), operation_target="all"),
    _reserve("update", host(1, "10.0.0.66"), operation_target="memory"),
    _command("get-all", subnet_id=1),
    _command("del", subnet_id=1, ip_address="10.0.0.55"),
    _command("del", subnet_id=1, ip_address="10.0.0.55"),
    _command("del", subnet_id=1, identifier_type="client-id", identifier="0102"),
    _command("del", subnet_id=1, identifier_type="hw-address", identifier=mac(7), operation_target="all"),
    _command("del", subnet_id=1, identifier_type="hw-address", identifier=mac(1), operation_target="memory"),
    _command("get-all", subnet_id=1),
    _command("get-all", subnet_id=0),
]
"""Requests about reservations; the first three are also sent where nothing may be written."""


def libraries(access: JsonMap) -> list[JsonMap]:
    """The libraries that a Kea needs for it."""
    kind = {"postgresql": "pgsql", "mysql": "mysql"}[access["type"]]
    return [{"library": f"libdhcp_{kind}.so"}, {"library": "libdhcp_host_cmds.so"}]


def moved(config: JsonMap, access: JsonMap) -> tuple[JsonMap, list[tuple[int, JsonMap]]]:
    """The configuration without its reservations but with a database, and what was reserved, by subnet."""
    copy: JsonMap = json.loads(json.dumps(config))
    found = [(0, each) for each in copy.pop("reservations", [])]
    for holder in (copy, *copy.get("shared-networks", [])):
        for subnet in holder.get("subnet4", []):
            found += [(subnet["id"], each) for each in subnet.pop("reservations", [])]
    return {**copy, "hosts-databases": [access], "hooks-libraries": libraries(access)}, found


def statements(reservations: list[tuple[int, JsonMap]]) -> str:
    """The statements that write them."""
    return ";".join([line for subnet_id, each in reservations for line in _written(subnet_id, each)])


def _written(subnet_id: int, section: JsonMap) -> Iterator[str]:
    kind = next(kind for kind in KINDS if kind in section)
    values: JsonMap = {
        "dhcp_identifier": f"decode('{_hex(section[kind])}', 'hex')",
        "dhcp_identifier_type": KINDS.index(kind),
        "dhcp4_subnet_id": subnet_id,
        "ipv4_address": _address(section.get("ip-address")),
        "hostname": _text(section.get("hostname")),
        "dhcp4_client_classes": _text(",".join(section.get("client-classes", []))),
        "dhcp4_next_server": _address(section.get("next-server")),
        "dhcp4_server_hostname": _text(section.get("server-hostname")),
        "dhcp4_boot_file_name": _text(section.get("boot-file-name")),
    }
    yield f"INSERT INTO hosts ({', '.join(values)}) VALUES ({', '.join(map(str, values.values()))})"
    for option in section.get("option-data", []):
        of_it = {
            "code": OPTIONS[option["name"]], "formatted_value": _text(option.get("data")), "space": "'dhcp4'",
            "persistent": option.get("always-send", False), "cancelled": option.get("never-send", False),
            "client_classes": "'[  ]'", "host_id": "(SELECT max(host_id) FROM hosts)", "scope_id": 3,
        }  # fmt: skip
        yield f"INSERT INTO dhcp4_options ({', '.join(of_it)}) VALUES ({', '.join(map(str, of_it.values()))})"


def _hex(text: str) -> str:
    return text[1:-1].encode().hex() if text.startswith("'") else text.replace(":", "")


def _address(text: str | None) -> str:
    return str(int.from_bytes(inet_aton(text), "big")) if text else "NULL"


def _text(text: Any) -> str:
    return f"'{text}'" if text else "NULL"
