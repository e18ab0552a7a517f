"""The legal log: a real Kea and ours write the same entries for the same packets and commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .needs import need
from .reserved import config, subnet
from .test_run_script_kea import packets
from .twins import Twin

COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("lease4-add", {"ip-address": "10.0.0.18", "hw-address": "02:00:00:00:00:01", "subnet-id": 1, "valid-lft": 7000}),
    ("lease4-update", {"ip-address": "10.0.0.18", "hw-address": "02:00:00:00:00:01", "client-id": "6e:61:6d:65",
                       "subnet-id": 1, "user-context": {"room": 7}, "origin": "ha-partner"}),
    ("lease4-del", {"ip-address": "10.0.0.18"}),
    ("lease4-del", {"ip-address": "10.0.0.19"}),
    ("lease4-del", {"identifier-type": "hw-address", "identifier": "02:aa:00:00:00:01", "subnet-id": 1}),
)  # fmt: skip
FORMATS = {
    "request-parser-format": "concat('asked by ', concat(hexstring(pkt4.mac, ':'), 0x0a))",
    "response-parser-format": "concat('told ', addrtotext(pkt4.yiaddr))",
    "timestamp-format": "%Y",
}


def entries(kind: str, folder: Path, parameters: dict[str, Any]) -> list[str]:
    """The lines of one server, without the time."""
    libraries = [
        {"library": "libdhcp_legal_log.so", "parameters": {"base-name": "legal", **parameters}},
        {"library": "libdhcp_lease_cmds.so"},
    ]
    twin = Twin(kind, folder, config(subnet(1, valid_lifetime=3600), hooks_libraries=libraries))
    try:
        twin.start()
        for packet in packets():
            twin.make(packet.frame())
        for command, arguments in COMMANDS:
            twin.command(command, **arguments)
    finally:
        twin.close()
    (file,) = folder.glob("legal.*.txt")
    return [re.sub(r"^[\d-]+( [\d:]+ \S+)?", "", line) for line in file.read_text().splitlines()]


@pytest.mark.live
@pytest.mark.parametrize("parameters", [{}, FORMATS], ids=["usual", "formats"])
def test_the_entries_are_those_of_a_real_kea(tmp_path: Path, parameters: dict[str, Any]) -> None:
    need("kea30")
    kea, ours = (entries(kind, tmp_path / kind, parameters) for kind in ("kea30", "ours"))
    assert kea == ours
    assert len(kea) > 10
