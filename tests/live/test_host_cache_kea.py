"""The host cache: a real Kea and ours answer its commands alike, and clients by its entries."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands.record_answers import ask_unix

from .bootp import DISCOVER, REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .outcomes import is_meant, last_rows
from .reserved import config, host, mac, subnet
from .twins import Twin, Twins, differences

OPTION = {
    "always-send": True, "code": 6, "csv-format": True, "data": "10.0.0.7", "name": "domain-name-servers",
    "never-send": False, "space": "dhcp4",
}  # fmt: skip


def entry(number: int, address: str = "", **more: Any) -> dict[str, Any]:
    """An entry for a client in subnet 1."""
    made = {"hw-address": mac(number), "subnet-id4": 1, "subnet-id6": 0, **({"ip-address": address} if address else {})}
    return {**made, **{name.replace("_", "-"): value for name, value in more.items()}}


COMMANDS: tuple[tuple[str, Any], ...] = (
    ("cache-size", None),
    ("cache-get", None),
    ("cache-insert", entry(1, "10.0.0.50", hostname="one", option_data4=[OPTION], next_server="10.0.0.3",
                           client_classes4=["a"], boot_file_name="b", user_context={"x": 1}, host_id=7)),
    ("cache-insert", [entry(2, "10.0.0.10"), entry(3), entry(4, "10.0.0.60", subnet_id4=2), entry(5, negative=True)]),
    ("cache-insert", entry(2, "10.0.0.50")),
    ("cache-insert", entry(1, "10.0.0.51", hostname="one")),
    ("cache-get", None),
    ("cache-get-by-id", {"hw-address": mac(1)}),
    ("cache-get-by-id", {"duid": "01:02:03:04"}),
    ("cache-get-by-id", {"hw-address": mac(1), "duid": "01:02"}),
    ("cache-get-by-id", {"hw-address": "zz"}),
    ("cache-get-by-id", {"x": "zz"}),
    ("cache-get-by-id", {}),
    ("cache-get-by-id", None),
    ("cache-remove", {"hw-address": mac(3), "subnet-id4": 1}),
    ("cache-remove", {"hw-address": mac(3), "subnet-id4": 1}),
    ("cache-remove", {"hw-address": mac(3), "subnet-id": 1}),
    ("cache-remove", {"ip-address": "10.0.0.60", "subnet-id": 2}),
    ("cache-remove", {"ip-address": "10.0.0.60"}),
    ("cache-remove", {"ip-address": "10.0.0.60", "subnet-id6": 2}),
    ("cache-remove", {"subnet-id": 2}),
    ("cache-flush", 0),
    ("cache-flush", -1),
    ("cache-flush", None),
    ("cache-insert", {"subnet-id4": 1}),
    ("cache-insert", entry(1, x=7)),
    ("cache-insert", None),
    ("cache-write", {}),
    ("cache-write", "/etc/cache.json"),
    ("cache-write", "cache.json"),
    ("cache-load", ""),
    ("cache-size", None),
)  # fmt: skip


def packets() -> list[Packet]:
    """Clients with entries, one with a negative one, and one that wants another's address."""
    here = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))

    def of(number: int, kind: int, *options: tuple[int, bytes]) -> Packet:
        wanted = ((55, b"\x03\x06\x0c"),)
        return Packet(kind, bytes.fromhex(mac(number).replace(":", "")), (*options, *wanted), xid=number << 8 | kind)

    asked = (50, b"\x0a\0\0\x32")
    return [
        *(of(number, DISCOVER) for number in (1, 2, 5, 9)),
        of(2, REQUEST, here, asked), of(1, REQUEST, here, (50, b"\x0a\0\0\x33")), of(6, REQUEST, here, asked),
    ]  # fmt: skip


def ask(twin: Twin, command: str, arguments: Any) -> Any:
    """The answer to a command; where its files are differs."""
    request = {"command": command} if arguments is None else {"command": command, "arguments": arguments}
    found = ask_unix(str(twin.server.folder / "control.sock"), json.dumps(request).encode())
    shown = found.decode().replace(str(twin.server.folder), "/mnt")
    return json.loads(re.sub(r" \(/\w+[^)]*\)", "", shown))


@pytest.mark.live
def test_the_cache_is_that_of_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    found = []
    one = subnet(1, host(9, "10.0.0.50"))
    with Twins(tmp_path, config(one, hooks_libraries=[{"library": "libdhcp_host_cache.so"}]), 4) as twins:
        for command, arguments in COMMANDS:
            kea, ours = (ask(twin, command, arguments) for twin in (twins.kea, twins.ours))
            if kea != ours:
                found.append(f"{command} {arguments}: {kea} != {ours}")
        for packet in packets():
            kea, ours = (last_rows(each) for each in twins.make(packet.frame()))
            found += [f"{packet}: {line}" for line in differences(kea, ours) if not is_meant(line, False)]
    assert not found, "\n".join(found)
