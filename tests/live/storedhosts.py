"""Configurations whose reservations are in a database: what is written there, by statements of the test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from socket import inet_aton
from typing import Any

from .dialect import JsonMap

KINDS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
LIBRARIES = [{"library": "libdhcp_pgsql.so"}, {"library": "libdhcp_host_cmds.so"}]
OPTIONS = {"routers": 3, "domain-name-servers": 6, "log-servers": 7, "ntp-servers": 42}


def moved(config: JsonMap, access: JsonMap) -> tuple[JsonMap, list[tuple[int, JsonMap]]]:
    """The configuration without its reservations but with a database, and what was reserved, by subnet."""
    copy: JsonMap = json.loads(json.dumps(config))
    found = [(0, each) for each in copy.pop("reservations", [])]
    for holder in (copy, *copy.get("shared-networks", [])):
        for subnet in holder.get("subnet4", []):
            found += [(subnet["id"], each) for each in subnet.pop("reservations", [])]
    return {**copy, "hosts-databases": [access], "hooks-libraries": LIBRARIES}, found


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
            "client_classes": "'[  ]'", "host_id": "currval('hosts_host_id_seq')", "scope_id": 3,
        }  # fmt: skip
        yield f"INSERT INTO dhcp4_options ({', '.join(of_it)}) VALUES ({', '.join(map(str, of_it.values()))})"


def _hex(text: str) -> str:
    return text[1:-1].encode().hex() if text.startswith("'") else text.replace(":", "")


def _address(text: str | None) -> str:
    return str(int.from_bytes(inet_aton(text), "big")) if text else "NULL"


def _text(text: Any) -> str:
    return f"'{text}'" if text else "NULL"
