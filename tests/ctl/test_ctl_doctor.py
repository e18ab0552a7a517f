"""keadhcp-ctl doctor, check and config compare against servers in threads: whom they ask, how they end."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kea_twisted.ctl import gather
from kea_twisted.ctl.main import main
from tests.ctl.fakeserver import Script, http_server, unix_server
from tests.doctor.test_doctor import answer_of


def call(*words: str, **more: Any) -> Result:
    """Call the program."""
    return CliRunner().invoke(main, words, prog_name="keadhcp-ctl", **more)


def script_of(name: str, **changes: Any) -> Script:
    """A server of the pair."""
    return Script({"picture-get": {"result": 0, "arguments": answer_of(name) | changes}})


@pytest.fixture(autouse=True)
def _fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers' clocks stand at 1000."""
    for name in ("SOCKET", "URL", "CONFIG", "USER", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"KEADHCP_{name}", raising=False)
    monkeypatch.setattr(gather.time, "time", lambda: 1000.0)


def configuration(urls: tuple[str, str], socket: str = "") -> str:
    """A file that leads to both."""
    peers = [
        {"name": f"server{number}", "url": url, "role": role}
        for number, (url, role) in enumerate(zip(urls, ("primary", "standby"), strict=True), 1)
    ]
    relationship = {"this-server-name": "server1", "mode": "hot-standby", "peers": peers}
    tree: dict[str, Any] = {
        "hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}}]
    }
    if socket:
        tree["control-socket"] = {"socket-type": "unix", "socket-name": socket}
    return json.dumps({"Dhcp4": tree})


@contextmanager
def pair(tmp_path: Path, first: Script, second: Script) -> Iterator[Path]:
    """Two servers with HA listeners only, and the file of the first; what it says is not what they have."""
    with http_server(first) as one, http_server(second) as two:
        for script in (first, second):
            library = script.answers["picture-get"]["arguments"]["common"]["hooks-libraries"][1]
            for peer, url in zip(library["high-availability"][0]["peers"], (one, two), strict=True):
                peer["url"] = url
        file = tmp_path / "kea.conf"
        file.write_text(configuration((one, two)))
        file.chmod(0o600)
        yield file


def test_a_pair_without_control_sockets_is_asked_over_its_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "in_full", lambda settings: answer_of("server1")["common"])
    with pair(tmp_path, script_of("server1"), script_of("server2")) as file:
        monkeypatch.setattr(gather, "common_part", lambda tree: None)
        result = call("--config", str(file), "doctor")
    assert (result.exit_code, result.stdout) == (
        0, "28 checks of server1 (hot-standby) and server2 (hot-standby): nothing is wrong\n",
    )  # fmt: skip
    assert "has no 'control-sockets': asking the HA pair" in result.stderr


def test_a_fault_with_its_remedy_and_the_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "file_of", lambda file: gather.File())
    with pair(tmp_path, script_of("server1"), script_of("server2", version="9.9\x1b[31m")) as file:
        shown = call("--config", str(file), "doctor", color=True)
        plain = call("--config", str(file), "doctor", color=True, env={"NO_COLOR": "1"})
        listed = call("--json", "--config", str(file), "doctor")
        checked = call("--config", str(file), "check")
    line = "server1 has version 1.0, server2 9.9\\x1b[31m"
    assert shown.exit_code == plain.exit_code == listed.exit_code == checked.exit_code == 1
    assert f"\x1b[33m\x1b[1mWARNING\x1b[0m {line}\n    install the same version" in shown.stdout
    assert f"WARNING {line}\n    install the same version" in plain.stdout and "\x1b" not in plain.stdout
    (finding,) = json.loads(listed.stdout)["findings"]
    assert (finding["severity"], finding["check"]) == ("warning", "versions")
    assert checked.stdout == (
        f"DHCP WARNING - {line} | subnet_1=36.6%;90;98;0;100 server1_owed=0;;;0 server2_owed=0;;;0\n"
    )


def test_a_dead_server_is_reported_by_the_other_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "file_of", lambda file: gather.File())
    second = script_of("server2")
    with http_server(second) as url:
        file = tmp_path / "kea.conf"
        file.write_text(configuration(("http://127.0.0.1:1/", url)))
        result = call("--json", "--config", str(file), "doctor")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert [(each["name"], each["trouble"]) for each in found["servers"]] == [
        ("server2", ""), ("server1", "http://127.0.0.1:1/: Connection refused"),
    ]  # fmt: skip
    assert found["findings"][0]["check"] == "unreachable"


def test_nothing_answers(tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text(configuration(("http://127.0.0.1:1/", "http://127.0.0.1:2/")))
    result = call("--config", str(file), "check")
    assert result.exit_code == 2
    assert result.stdout.startswith("DHCP CRITICAL - server1: cannot be asked: http://127.0.0.1:1/: Connection refused")


def test_no_way_to_a_server_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text('{"Dhcp4": {}}')
    result = call("--config", str(file), "check")
    assert result.exit_code == 3
    assert result.stdout.startswith(f"DHCP UNKNOWN - {file} has no 'control-sockets'")


def test_a_kea_is_asked_by_the_commands_that_it_has(tmp_path: Path) -> None:
    status = copy.deepcopy(answer_of("server1")["status"])
    status["dhcp-state"]["disabled-by-user"] = True
    del status["high-availability"]
    script = Script({
        "status-get": {"result": 0, "arguments": status},
        "config-get": {"result": 0, "arguments": {"Dhcp4": {"subnet4": [{"id": 4, "subnet": "10.0.0.0/24"}]}}},
        "statistic-get-all": {"result": 0, "arguments": {
            "subnet[4].total-addresses": [[100, ""]], "subnet[4].assigned-addresses": [[99, ""]],
        }},
    })  # fmt: skip
    with unix_server(tmp_path / "s", script) as path:
        result = call("--json", "--socket", path, "doctor")
    found = [each["check"] for each in json.loads(result.stdout)["findings"]]
    assert (result.exit_code, found) == (2, ["service", "pools"])


def test_all_differences_are_listed(tmp_path: Path) -> None:
    changed = answer_of("server2")
    changed["common"]["valid-lifetime"] = 60
    with pair(tmp_path, script_of("server1"), script_of("server2")) as file:
        assert call("--config", str(file), "config", "compare").stdout == "no difference\n"
    with pair(tmp_path, script_of("server1"), script_of("server2", common=changed["common"])) as file:
        result = call("--config", str(file), "config", "compare")
    assert (result.exit_code, result.stdout.split()) == (
        1, ["PLACE", "SERVER1", "SERVER2", "valid-lifetime", "7200", "60"],
    )  # fmt: skip


def test_status_over_the_listener_for_partners(tmp_path: Path) -> None:
    """config-get is forbidden there: the file has the peers, picture-get the subnets."""
    first = script_of("server1")
    local = answer_of("server1")["status"]["high-availability"][0]["ha-servers"]["local"]
    status = {"uptime": 5, "high-availability": [{"ha-servers": {"local": local | {"role": "primary"}}}]}
    first.answers |= {"status-get": {"result": 0, "arguments": status}, "config-get": {"result": 403, "text": "no"}}
    with pair(tmp_path, first, script_of("server2")) as file:
        result = call("--config", str(file), "status")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].split() == ["1", "10.0.0.0/24", "101", "37", "0", "36.6"]
