"""The command line client and this server's commands, joined."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kea_twisted.commands.envelope import render
from kea_twisted.ctl.main import main
from tests.adapters.plugins.libraryhouse import House
from tests.ctl.fakeserver import Script, unix_server


class Server(Script):
    """Answers as a server does."""

    def __init__(self, house: House) -> None:
        super().__init__({})
        self._house = house

    def __call__(self, request: dict[str, Any]) -> Any:
        """One answer; what stands for JSON in it is rendered."""
        return render(self._house.command(request["command"], request.get("arguments"))).encode()


@pytest.fixture
def ctl(tmp_path: Path) -> Iterator[Any]:
    """Call the program; status and what it showed."""
    house = House(tmp_path).start("libdhcp_lease_cmds.so", "libdhcp_host_cmds.so")
    for client in (1, 2, 3):
        house.obtain(client, {12: b"host%d" % client})

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--socket", path, *words])
        return result.exit_code, result.stdout or result.stderr

    with unix_server(tmp_path / "s", Server(house)) as path:
        yield call


def test_leases_are_found_and_deleted(ctl: Any) -> None:
    status, text = ctl("leases", "list")
    assert (status, [line.split()[3] for line in text.splitlines()[1:]]) == (0, ["host1", "host2", "host3"])
    assert "10.0.0.11" in ctl("leases", "find", "08:00:27:00:00:02")[1]
    assert "10.0.0.12" in ctl("leases", "find", "host3")[1]
    assert ctl("leases", "delete", "--yes", "10.0.0.11") == (0, "10.0.0.11 deleted\n")
    assert ctl("leases", "find", "10.0.0.11")[0] == 3


def test_reservations_come_and_go(ctl: Any) -> None:
    who = ("--subnet", "1", "--mac", "08:00:27:00:00:09")
    assert ctl("reservations", "list", "--subnet", "1")[0] == 3
    assert ctl("reservations", "add", *who, "--address", "10.0.0.5", "--hostname", "desk")[0] == 0
    status, text = ctl("reservations", "list", "--subnet", "1")
    wanted = ["1", "10.0.0.5", "hw-address", "08:00:27:00:00:09", "desk"]
    assert (status, text.splitlines()[1].split()) == (0, wanted)
    assert ctl("reservations", "delete", *who)[0] == 0
    assert ctl("reservations", "delete", *who)[0] == 3


def test_an_address_is_enough_to_say_which_subnet(ctl: Any) -> None:
    assert ctl("reservations", "add", "--mac", "0800.2700.0009", "--address", "10.0.0.5")[0] == 0
    status, text = ctl("reservations", "list")
    assert (status, text.splitlines()[1].split()) == (0, ["1", "10.0.0.5", "hw-address", "08:00:27:00:00:09"])
    assert ctl("reservations", "delete", "--address", "10.0.0.5")[0] == 0
    assert ctl("reservations", "list")[0] == 3


def test_the_rest_is_understood_too(ctl: Any) -> None:
    assert ctl("stats", "pkt4-ack-sent") == (0, "STATISTIC      VALUE\npkt4-ack-sent      3\n")
    assert json.loads(ctl("config", "get", "subnet4.0.id")[1]) == 1
    status, text = ctl("status")
    assert (status, text.splitlines()[-1].split()) == (1, ["1", "10.0.0.0/24", "241", "3", "0", "1.2"])
    assert "\nserver: " in text, "why it cannot serve"
    assert ctl("maintenance", "start")[0] == 1
