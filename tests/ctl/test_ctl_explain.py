"""``keadhcp-ctl explain`` and this server, joined."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kea_twisted.ctl.main import main
from tests.adapters.plugins.libraryhouse import House
from tests.ctl.fakeserver import unix_server
from tests.ctl.test_ctl_server import Server

CLIENT = ("explain", "--interface", "lo", "--relay", "10.0.0.1", "--mac", "0800.2700.0002")


@pytest.fixture
def ctl(tmp_path: Path) -> Iterator[Any]:
    """Call the program; status and what it showed. The second of two clients has a lease."""
    house = House(tmp_path).start("libdhcp_lease_cmds.so", "libdhcp_host_cmds.so")
    house.obtain(1)
    house.obtain(2)

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--socket", path, *words])
        return result.exit_code, result.stdout or result.stderr

    with unix_server(tmp_path / "s", Server(house)) as path:
        yield call


def test_the_answer_and_its_reasons_are_shown(ctl: Any) -> None:
    assert "  none are looked for" in ctl(*CLIENT)[1], "there are none"
    ctl("reservations", "add", "--subnet", "1", "--mac", "08:00:27:00:00:09", "--address", "10.0.0.5")
    status, text = ctl(*CLIENT, "--vendor-class", "phone", "--circuit-id", "port 7", "--option", "93=0007")
    assert status == 0
    lines = text.splitlines()
    assert lines[0].startswith("DHCPOFFER of 10.0.0.")
    assert "  chosen by the address 10.0.0.1 of the relay" in lines
    assert "  member  VENDOR_CLASS_phone" in lines
    looked_for = next(line for line in lines if "looked for by" in line)
    assert "hw-address 08:00:27:00:00:02" in looked_for and f"circuit-id {b'port 7'.hex(':')}" in looked_for
    assert re.search(r"^ +54  dhcp-server-identifier +\S+ +the server$", text, re.MULTILINE)
    assert bytes.fromhex(lines[-1])[0] == 2
    assert "DHCP4_LEASE_OFFER" not in text and "DHCP4_LEASE_OFFER" in ctl(*CLIENT, "--log")[1]


def test_a_reservation_that_is_not_used_is_shown_with_the_reason(ctl: Any) -> None:
    address = json.loads(ctl("--json", "leases", "find", "08:00:27:00:00:01")[1])[0]["ip-address"]
    who = ("--subnet", "1", "--mac", "08:00:27:00:00:02")
    assert ctl("reservations", "add", *who, "--address", address)[0] == 0
    text = ctl(*CLIENT)[1]
    assert f"  not used: subnet 1 hw-address 08:00:27:00:00:02 {address}\n    {address} is leased to" in text


def test_scripts_get_json(ctl: Any) -> None:
    found = json.loads(ctl("--json", *CLIENT, "--type", "inform")[1])
    assert found["outcome"] == "DHCPACK" and found["interface"] == "lo"


def test_wrong_arguments(ctl: Any) -> None:
    assert ctl(*CLIENT, "--option", "x")[0] == 2
    assert ctl(*CLIENT, "--option", "93=zz") == (
        1, "keadhcp-ctl: 'data' must be hexadecimal, with colons or without: 'zz' is not\n",
    )  # fmt: skip
    assert ctl("explain", "--mac", "08:00")[0] == 2
