"""Binding variables: a real Kea and ours get the same configuration and frames, and keep the same in their leases."""

from __future__ import annotations

from pathlib import Path

import pytest

from .needs import need
from .reserved import config, habits, subnet
from .test_reservations_kea import compare

EXPRESSIONS = {
    "name": ("query", "option[12].hex"),
    "client": ("query", "hexstring(option[61].hex, ':')"),
    "address": ("response", "addrtotext(pkt4.yiaddr)"),
    "server": ("response", "hexstring(option[54].hex, '')"),
}
VARIABLES = [{"name": name, "source": source, "expression": text} for name, (source, text) in EXPRESSIONS.items()]


@pytest.mark.live
def test_a_lease_keeps_what_a_real_kea_keeps(tmp_path: Path) -> None:
    need("kea30")
    library = {"library": "libdhcp_lease_cmds.so", "parameters": {"binding-variables": VARIABLES}}
    clients = habits(extras=(((12, b"alpha"),), ((12, b"b\x01\xfe"),), ()), addresses=("10.0.0.10", "10.0.0.12"))
    assert compare(tmp_path, config(subnet(1), hooks_libraries=[library]), clients, 3) == []
