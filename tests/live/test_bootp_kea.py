"""BOOTP clients: a real Kea and ours get the same messages, and give the same answers and leases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .bootp import DISCOVER, REQUEST
from .messages import SERVER_ADDRESS, Options, Packet
from .needs import need
from .outcomes import compared
from .reserved import config, host, mac, subnet

DHCP = {"name": "DHCP", "test": "not member('BOOTP')"}
BOOTP = {"name": "BOOTP", "boot-file-name": "boot.img", "option-data": [{"name": "root-path", "data": "/nfs"}]}
SLOW = {"name": "slow", "test": "option[17].exists", "valid-lifetime": 77}
DATA = [{"name": "routers", "data": "10.0.0.77"}, {"name": "log-servers", "data": "2.2.2.2", "always-send": True}]


def configuration() -> dict[str, Any]:
    """Two addresses for BOOTP clients, two for others, one is reserved."""
    pools = [
        {"pool": "10.0.0.10 - 10.0.0.11", "client-classes": ["BOOTP"]},
        {"pool": "10.0.0.20 - 10.0.0.21", "client-classes": ["DHCP"]},
    ]
    one = subnet(1, host(7, "10.0.0.50", hostname="seven"), pools=pools, option_data=DATA, valid_lifetime=600)
    return config(one, client_classes=[BOOTP, DHCP, SLOW], hooks_libraries=[{"library": "libdhcp_bootp.so"}])


def packets() -> list[Packet]:
    """Messages without type, among messages of DHCP clients."""

    def of(number: int, kind: int = 0, *options: tuple[int, bytes], **more: Any) -> Packet:
        found: Options = options
        return Packet(kind, bytes.fromhex(mac(number).replace(":", "")), found, xid=number << 8 | kind, **more)

    here = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))
    return [
        of(1),
        of(1),
        of(2, DISCOVER, (55, b"\x01\x03\x07\x11")),
        of(2, REQUEST, (50, b"\x0a\0\0\x14"), here, (55, b"\x01\x03\x07\x11")),
        of(3, 0, (55, b"\x01\x03\x07\x11"), (51, b"\0\0\0\x3c"), (17, b"/x"), flags=0x8000),
        of(4),  # no address is left
        of(1, ciaddr="10.0.0.10", source="10.0.0.10", unicast=True),
        of(7, 0, (12, b"bootie"), (61, b"\1another")),
        of(1, 0, giaddr="10.0.0.200", source="10.0.0.200", hops=1),
        of(1, 0, op=2),
        of(5, 0, (50, b"\x0a\0\0\x0b")),
        of(3, REQUEST, (50, b"\x0a\0\0\x0b"), here),
        of(3, DISCOVER),
    ]


@pytest.mark.live
def test_bootp_clients_are_served_as_by_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    answers, found = compared(tmp_path, configuration(), packets())
    assert found == []
    assert [(answer.kind, answer.address) for answer in answers][:2] == [(0, "10.0.0.10")] * 2
