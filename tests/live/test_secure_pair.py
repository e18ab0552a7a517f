"""Servers that talk in TLS and log in at each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.certificates import Certificates

from .hosts import Lan
from .needs import need
from .pairs import ADDRESSES, FOLDER, NAMES, SETTLED, Pair


@pytest.mark.live
@pytest.mark.parametrize(("first", "second"), [("ours", "ours"), ("ours", "kea30"), ("kea30", "ours")])
def test_tls_and_passwords(lan: Lan, tmp_path: Path, first: str, second: str) -> None:
    """They reach the normal state, and a lease is on both."""
    need(first, second)
    made = Certificates(tmp_path)
    peers = [
        {
            "name": name, "url": f"https://{address}:8000/", "role": role,
            "basic-auth-user": name, "basic-auth-password": f"secret of {name}",
        }
        for name, address, role in zip(NAMES, ADDRESSES, ("primary", "standby"), strict=True)
    ]  # fmt: skip
    pair = Pair(
        lan, tmp_path, (first, second), "hot-standby", peers=peers,
        trust_anchor=f"{FOLDER}/ca.pem", cert_file=f"{FOLDER}/server.pem", key_file=f"{FOLDER}/server.key",
    )  # fmt: skip
    for server in pair.servers:
        for file in (made.anchor, made.server, made.server_key):
            shutil.copy(file, server.folder)
    for server in pair.servers:  # together: one that begins alone would serve alone after a second
        server.launch()
    for server in pair.servers:
        server.wait_for(r"HA_STATE_TRANSITION .*from READY to HOT-STANDBY", SETTLED)
    pair.obtain(1, 2)
    for server in pair.servers:
        assert set(server.leases()) == {reply.address for reply in pair.held.values()}
    pair.end()
