"""keadhcp-ctl in an incident: sockets that have moved, servers that permit little, and what the partner lacks."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ctl.calls import call, lease, pages
from tests.ctl.fakeserver import Script, http_server, unix_server
from tests.ctl.test_ctl_doctor import configuration, pair, script_of

FORBIDDEN = {"result": 403, "text": "Forbidden"}
PERHAPS = ": 'config-reload' was perhaps carried out: check before you repeat it"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder."""
    monkeypatch.setenv("KEA_CONTROL_SOCKET_DIR", str(tmp_path))
    return tmp_path


def file_in(folder: Path, **more: Any) -> Path:
    """A file whose socket nobody listens at."""
    file = folder / "kea.conf"
    file.write_text(json.dumps({"Dhcp4": {"control-socket": {"socket-type": "unix", "socket-name": "new"}, **more}}))
    return file


def server_with(**config: Any) -> Script:
    """A server that runs with this."""
    script = Script({"config-reload": {"result": 0, "text": "ok"}})
    script.answers["config-get"] = {"result": 0, "arguments": {"Dhcp4": config}}
    return script


def test_a_server_is_found_where_the_file_said_before(folder: Path) -> None:
    file = file_in(folder)
    with unix_server(folder / "old", server_with()) as path:
        result = call("--config", str(file), "config", "reload")
    assert (result.exit_code, result.stdout) == (0, "ok\n")
    assert result.stderr == f"keadhcp-ctl: {folder}/new: No such file or directory; asking {path}\n"


HERE = {"lease-database": {"type": "memfile", "name": "/a/leases.csv"}, "subnet4": [{"subnet": "10.0.0.0/24"}]}


@pytest.mark.parametrize(
    ("config", "is_asked"),
    [
        ({}, True),
        ({"subnet4": [{"subnet": "10.0.0.0/24"}, {"subnet": "10.1.0.0/24"}]}, True),
        ({"subnet4": [], "shared-networks": [{"subnet4": [{"subnet": "10.0.0.0/24"}]}]}, True),
        ({"lease-database": {"type": "memfile", "name": "leases.csv"}}, True),
        ({"lease-database": {"type": "memfile", "name": "/b/leases.csv"}}, False),
        ({"subnet4": [{"subnet": "10.1.0.0/24"}]}, False),
    ],
)
def test_a_lease_file_of_the_same_name_is_not_enough(folder: Path, config: dict[str, Any], is_asked: bool) -> None:
    with unix_server(folder / "old", other := server_with(**{**HERE, **config})):
        call("--config", str(file_in(folder, **HERE)), "config", "reload")
    assert ("config-reload" in other.commands) is is_asked


@pytest.mark.parametrize(
    "config",
    [
        {"lease-database": {"type": "memfile", "name": "/var/lib/kea/another.csv"}},
        {"lease-database": {"type": "postgresql", "name": "kea"}},
        {"hooks-libraries": json.loads(configuration(("http://127.0.0.1:1/",) * 2))["Dhcp4"]["hooks-libraries"]},
    ],
)
def test_another_server_of_the_machine_is_not_asked(folder: Path, config: dict[str, Any]) -> None:
    file = file_in(folder)
    with unix_server(folder / "old", other := server_with(**config)):
        result = call("--config", str(file), "config", "reload")
    assert (result.exit_code, result.stderr) == (4, f"keadhcp-ctl: {folder}/new: No such file or directory\n")
    assert "config-reload" not in other.commands


def test_a_command_that_may_have_arrived_is_not_sent_twice(folder: Path) -> None:
    slow = Script({"config-reload": lambda arguments: time.sleep(0.5) or {"result": 0}})
    with unix_server(folder / "new", slow), unix_server(folder / "old", other := server_with()):
        result = call("--timeout", "0.1", "--config", str(file_in(folder)), "config", "reload")
    assert (result.exit_code, result.stderr) == (4, f"keadhcp-ctl: {folder}/new: no answer in time{PERHAPS}\n")
    assert other.commands == []


def test_a_command_is_not_sent_twice_when_its_connection_breaks(folder: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "new"))
    listener.listen()

    def reset() -> None:  # data that is not read makes the end a reset
        connection, _ = listener.accept()
        connection.recv(1)
        connection.close()

    with listener, unix_server(folder / "old", other := server_with()):
        threading.Thread(target=reset, daemon=True).start()
        result = call("--config", str(file_in(folder)), "config", "reload")
    assert (result.exit_code, result.stderr) == (4, f"keadhcp-ctl: {folder}/new: Connection reset by peer{PERHAPS}\n")
    assert other.commands == []


@pytest.mark.parametrize("words", [("config", "reload"), ("maintenance", "start")])
def test_the_partner_is_not_changed_in_place_of_the_server(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = {"result": 0, "text": "done"}
    with http_server(script := Script({"config-reload": done, "ha-maintenance-start": done})) as url:
        file = tmp_path / "kea.conf"
        file.write_text(configuration(("http://127.0.0.1:1/", url)))
        result = call("--config", str(file), *words)
    assert (result.exit_code, script.commands) == (4, [])


def test_the_partner_deletes_no_lease_that_the_server_may_have_deleted(tmp_path: Path) -> None:
    slow = Script({"lease4-del": lambda arguments: time.sleep(0.5) or {"result": 0}})
    with http_server(slow) as first, http_server(other := Script({"lease4-del": {"result": 0}})) as second:
        file = tmp_path / "kea.conf"
        file.write_text(configuration((first, second)))
        result = call("--timeout", "0.1", "--config", str(file), "leases", "delete", "--yes", "10.0.0.7")
    assert (result.exit_code, other.commands.count("lease4-del")) == (4, 0)


def test_the_own_listener_for_partners_is_asked_when_the_socket_is_lost(folder: Path) -> None:
    with http_server(Script({"lease4-get-page": pages([lease(7)])})) as url:
        more = json.loads(configuration((url, "http://127.0.0.1:1/")))["Dhcp4"]
        file = file_in(folder, **more)
        found = call("--config", str(file), "leases", "list")
        (folder / "kea.conf").write_text(file.read_text().replace('"server1"', '"server3"', 1))
        lost = call("--config", str(file), "leases", "list")
    assert (found.exit_code, "10.0.0.7" in found.stdout) == (0, True)
    assert lost.exit_code == 4, "the partner is not asked in place of this server"


def test_leases_are_found_where_only_a_partners_commands_are_permitted() -> None:
    names = ("lease4-get", "lease4-get-by-hw-address", "lease4-get-by-client-id", "lease4-get-by-hostname")
    script = Script(dict.fromkeys(names, FORBIDDEN))
    script.answers["lease4-get-page"] = pages([lease(7), lease(8, **{"client-id": "01:aa"})])
    with http_server(script) as url:
        for words in (("10.0.0.8",), ("0800.2700.0008",), ("host8",), ("--client-id", "01aa"), ("--hostname", "Host8")):
            result = call("--url", url, "leases", "find", *words)
            assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["10.0.0.8"], words
        assert call("--url", url, "leases", "find", "host9").exit_code == 3


def test_a_file_is_checked_here_where_the_server_may_not_be_asked(tmp_path: Path) -> None:
    file = tmp_path / "new.conf"
    with http_server(Script({"config-test": FORBIDDEN})) as url:
        file.write_text('{ "Dhcp4": { } }')
        good = call("--url", url, "config", "check", str(file))
        file.write_text('{ "Dhcp4": { "valid-lifetime": "long" } }')
        bad = call("--url", url, "config", "check", str(file))
    assert (good.exit_code, "checked by keadhcp-ctl alone" in good.stderr) == (0, True)
    assert (bad.exit_code, f"{file}:1:" in bad.stderr) == (1, True)


def test_a_file_that_the_partner_does_not_have_is_said_to_be(tmp_path: Path) -> None:
    first = script_of("server1")
    first.answers["config-test"] = {"result": 0, "text": "fine"}
    with pair(tmp_path, first, script_of("server2")) as file:
        result = call("--config", str(file), "config", "check", str(file))
    assert result.exit_code == 0
    assert "server2 runs with another configuration than this file: " in result.stderr
    assert result.stderr.rstrip().endswith("its file needs the change, too")


def test_a_server_that_does_not_answer_is_said_once(tmp_path: Path) -> None:
    with http_server(script_of("server2")) as url:
        file = tmp_path / "kea.conf"
        file.write_text(configuration(("http://127.0.0.1:1/", url)))
        result = call("--config", str(file), "watch", "-n", "0.1", "--count", "3", "stats")
    assert result.stderr.count("Connection refused; asking") == 1


def test_without_performance_data_there_is_no_separator(tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text(configuration(("http://127.0.0.1:1/", "http://127.0.0.1:2/")))
    result = call("--config", str(file), "check")
    assert result.exit_code == 2 and "|" not in result.stdout
