"""Limits of queries and leases: a real Kea and ours let the same clients through, and store the same classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .bootp import DISCOVER, RELEASE, REQUEST
from .messages import SERVER_ADDRESS, Packet
from .needs import need
from .outcomes import compared
from .reserved import config, host, mac, subnet

COUNTED_BY_OURS = "statistic pkt4-receive-drop: 0 != 1"
"""A query that a library drops; Kea counts it since 3.1."""


def limited(**limits: Any) -> dict[str, Any]:
    """A user context with limits."""
    return {"user-context": {"limits": {name.replace("_", "-"): value for name, value in limits.items()}}}


def configuration() -> dict[str, Any]:
    """A class with a number of leases, one that spawns such classes, one with a rate, a subnet with a number."""
    classes = [
        {"name": "phones", "test": "option[60].text == 'phone'", **limited(address_limit=2)},
        {"name": "names", "template-test": "substring(option[12].text, 0, 1)", **limited(address_limit=1)},
        {"name": "slow", "test": "option[77].exists", **limited(rate_limit="2 packets per hour")},
    ]
    one = subnet(1, host(9, "10.0.0.50"), **limited(address_limit=6))
    return config(one, client_classes=classes, hooks_libraries=[{"library": "libdhcp_limits.so"}])


def packets() -> list[Packet]:
    """Messages that reach each of the limits."""
    here = (54, bytes(int(each) for each in SERVER_ADDRESS.split(".")))

    def of(number: int, kind: int, *options: tuple[int, bytes], **more: Any) -> Packet:
        return Packet(kind, bytes.fromhex(mac(number).replace(":", "")), options, xid=number << 8 | kind, **more)

    phone, slow = (60, b"phone"), (77, b"x")
    return [
        *(of(number, REQUEST, here, phone) for number in (1, 2, 3)),
        of(3, DISCOVER, phone),
        of(1, REQUEST, phone, ciaddr="10.0.0.10", source="10.0.0.10", unicast=True),
        of(1, RELEASE, here, ciaddr="10.0.0.10", source="10.0.0.10", unicast=True),
        of(3, REQUEST, here, phone),
        *(of(number, REQUEST, here, (12, name)) for number, name in ((4, b"ann"), (5, b"abe"), (6, b"bob"))),
        *(of(number, DISCOVER, slow) for number in (7, 8, 7)),
        of(9, REQUEST, here),
        of(10, REQUEST, here),
        of(11, REQUEST, here),
        of(11, DISCOVER),
    ]


@pytest.mark.live
def test_limits_are_those_of_a_real_kea(tmp_path: Path) -> None:
    need("kea30")
    answers, found = compared(tmp_path, configuration(), packets(), COUNTED_BY_OURS)
    assert not found, "\n".join(found)
    assert {2, 5, 6} <= {answer.kind for answer in answers}
