"""A configuration that names interfaces which the machine does not have."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.adapters.net.nicchecks import InterfaceCheck, interfaces_of
from kea_twisted.adapters.net.nics import Nic
from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError
from kea_twisted.server.checkfile import check_file
from kea_twisted.wire.address import address_number

NICS = {
    "lo": Nic("lo", 1, bytes(6), (address_number("127.0.0.1"),), loopback=True),
    "em1": Nic("em1", 2, bytes(6), (address_number("10.0.0.1"),)),
    "em2": Nic("em2", 3, bytes(6), (), up=False),
}
HAVE = "; the interfaces are lo, em1, em2"
SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}


def settings(tree: dict[str, Any], check: InterfaceCheck) -> Settings:
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (check.check,))


def findings(tree: dict[str, Any], *in_force: str) -> list[str]:
    try:
        settings(tree, InterfaceCheck(in_force=lambda: in_force, nics=lambda: NICS))
    except ConfigError as error:
        assert all(problem.place is not None for problem in error.problems)
        return [problem.text for problem in error.problems]
    return []


def listening(*entries: str) -> dict[str, Any]:
    return {"interfaces-config": {"interfaces": [*entries], "service-sockets-require-all": True}}


def test_what_exists_is_fine_even_if_it_is_down() -> None:
    assert findings(listening("em1/10.0.0.1", "em2", "lo")) == []
    assert findings(listening("*")) == []
    assert findings({"subnet4": [SUBNET, {"id": 2, "subnet": "10.0.1.0/24", "interface": "em2"}]}) == []


def test_an_entry_that_does_not_exist_is_named_in_kea_s_words() -> None:
    assert findings(listening("em1", "em9")) == [
        f"Failed to select interface: interface 'em9' doesn't exist in the system{HAVE}"
    ]
    assert findings(listening("em1/10.0.0.9")) == [
        f"Failed to select interface: interface 'em1' doesn't have address '10.0.0.9' assigned (it has 10.0.0.1){HAVE}"
    ]
    assert "(it has no address)" in findings(listening("em2/10.0.0.9"))[0]


def test_the_interface_of_a_subnet_and_of_a_network() -> None:
    absent = "is not present in the system"
    assert findings({"subnet4": [{**SUBNET, "interface": "em9"}]}) == [
        f"Specified network interface name em9 for subnet 10.0.0.0/24 {absent}{HAVE}"
    ]
    network = {"name": "n", "interface": "em8", "subnet4": [{**SUBNET, "interface": "em8"}]}
    assert findings({"shared-networks": [network]}) == [
        f"Specified network interface name em8 for shared network n {absent}{HAVE}",
        f"Specified network interface name em8 for subnet 10.0.0.0/24 {absent}{HAVE}",
    ]


def test_what_is_configured_already_is_waited_for() -> None:
    tree = {**listening("em9/10.0.0.9"), "subnet4": [{**SUBNET, "interface": "em9"}]}
    assert findings(tree, "em9/10.0.0.9") == []
    assert len(findings(tree, "em8")) == 2
    loose = InterfaceCheck(strict=False, nics=lambda: NICS)
    assert interfaces_of(settings(tree, loose)) == ("em9/10.0.0.9", "em9")


def test_interfaces_that_cannot_be_listed_are_an_error() -> None:
    def nics() -> dict[str, Nic]:
        raise OSError(24, "Too many open files")

    with pytest.raises(ConfigError, match="the interfaces cannot be listed: Too many open files"):
        settings(listening("em1"), InterfaceCheck(nics=nics))


def test_a_start_warns_of_subnets_only() -> None:
    tree = {**listening("em9"), "subnet4": [{**SUBNET, "interface": "em9"}]}
    (warning,) = settings(tree, InterfaceCheck(strict=False, nics=lambda: NICS)).warnings
    assert warning.text.startswith("Specified network interface name em9 for subnet 10.0.0.0/24")


def test_a_check_of_a_file_knows_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "kea.conf"
    file.write_text(json.dumps({"Dhcp4": listening("no-such-nic0")}))
    said = io.StringIO()
    assert check_file(os.fspath(file), said) == 1
    assert "interface 'no-such-nic0' doesn't exist in the system" in said.getvalue()
    assert "lo" in said.getvalue()
