"""The results of expressions that our tests hold ours to, asked of a real Kea again.

Every expression becomes a ``template-test``: the class that Kea spawns carries the value in its name. What
Kea refuses or cannot evaluate has no class.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from expr.expressions import (
    BARE_OPTIONS,
    BARE_VENDOR,
    DEFINITIONS,
    ERRORS,
    FUNCTIONS,
    MAC,
    OPTION_TEXTS,
    OPTION_VALUES,
    OPTIONS,
    TRUTHS,
)

from .bootp import frame, message
from .hosts import Lan
from .kinds import place
from .needs import need
from .rawclients import RawClients

# These depend on the packet around the options, which is another one here.
ELSEWHERE = ("pkt4.transid", "pkt.src")
SEEN = re.compile(r"SPAWN_v(\d+)_<([0-9a-f]*)>")


def expected() -> dict[str, bytes | None]:
    """Expressions and what they give; None where there is an evaluation error."""
    pairs: dict[str, bytes | None] = dict(OPTION_VALUES + FUNCTIONS)
    pairs |= {text: value.encode() for text, value in OPTION_TEXTS}
    pairs |= {f"ifelse({text},'y','n')": b"y" if value else b"n" for text, value in TRUTHS}
    pairs |= {text: None for text, _ in ERRORS}
    return {text: value for text, value in pairs.items() if text not in ELSEWHERE}


def configuration(texts: list[str]) -> str:
    """Text of a configuration with a class for each expression."""
    definitions = [
        {
            "name": row.name,
            "code": row.code,
            "space": row.space,
            "type": row.type,
            "array": row.array,
            "record-types": ", ".join(row.record_types),
            "encapsulate": row.encapsulate,
        }
        for row in DEFINITIONS.user
    ]
    classes = [{"name": "a", "test": "'' == ''"}, {"name": "b"}]
    for number, text in enumerate(texts):
        template = f"'<' + hexstring({text}, '') + '>'"
        classes.append({"name": f"v{number}", "template-test": template})
    return json.dumps(
        {
            "Dhcp4": {
                "interfaces-config": {"interfaces": ["em1"]},
                "lease-database": {"type": "memfile", "persist": False},
                "option-def": definitions,
                "client-classes": classes,
                "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.99"}]}],
                "loggers": [
                    {
                        "name": "kea-dhcp4",
                        "severity": "DEBUG",
                        "debuglevel": 99,
                        "output-options": [{"output": "stdout"}],
                    }
                ],
            }
        }
    )


@pytest.mark.live
@pytest.mark.parametrize("packet", ["full", "bare"])
def test_a_real_kea_gives_the_same_values(lan: Lan, tmp_path: Path, packet: str) -> None:
    """All expressions on one packet, and those about an option 125 without data."""
    need("kea30")
    pairs, options = (expected(), OPTIONS) if packet == "full" else (dict[str, bytes | None](BARE_VENDOR), BARE_OPTIONS)
    texts = list(pairs)
    server = place("kea30", lan.server("server1", "10.0.0.1/24"), tmp_path / "server1", configuration(texts))
    server.start()
    data = bytearray(message(1, MAC, 0x01020304, options=options))
    data[24:28] = bytes((10, 0, 0, 254))
    clients = RawClients(lan.client("client1"))
    clients.send(frame(bytes(data), MAC))
    server.wait_for("DHCP4_LEASE_OFFER|DHCP4_PACKET_DROP|DHCP4_PACKET_NAK")
    found = {int(number): bytes.fromhex(value) for number, value in SEEN.findall(server.running.output())}
    clients.close()
    server.stop()
    differences = {
        text: (value, found.get(number))
        for number, (text, value) in enumerate(pairs.items())
        if found.get(number) != value
    }
    assert not differences
