"""The ways of keadhcp-ctl to one server or two: configuration file, credentials, servers that do not answer."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.ctl.calls import Run, call, lines, node
from tests.ctl.fakeserver import Script, http_server, unix_server


def with_subnet(script: Script, urls: dict[str, str], own: str = "") -> Script:
    """The same with a configuration and a subnet."""
    peers = [{"name": name, "url": url, "role": "primary"} for name, url in urls.items()]
    relationship = {"this-server-name": own, "peers": peers}
    hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}}
    tree = {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}], "hooks-libraries": [hook]}
    counts = {"subnet[1].total-addresses": [[100, ""]], "subnet[1].assigned-addresses": [[25, ""]]}
    script.answers["config-get"] = {"result": 0, "arguments": {"Dhcp4": tree}}
    script.answers["statistic-get-all"] = {"result": 0, "arguments": counts}
    return script


def test_both_partners_are_shown_in_one_view(tmp_path: Path) -> None:
    partner = node("two", "hot-standby", "one")
    with http_server(partner) as url:
        script = with_subnet(node("one", "hot-standby", "two", **{"in-touch": True, "clock-skew": 2}), {"two": url})
        script.answers["status-get"]["arguments"]["high-availability"][0]["partner-watch"] = {"owed-updates": 0}
        with unix_server(tmp_path / "s", script) as path:
            result = call("--socket", path, "status")
    assert result.exit_code == 0
    first, second = lines(result)[1:3]
    assert first == ["one", "primary", "hot-standby", "one", "on", "0", "1h", "1m"]
    counter = ["4", "since", "start"]  # of a Kea
    assert second == ["two", "primary", "hot-standby", "two", "on", *counter, "3s", "ago", "2s", "1h", "1m"]
    assert lines(result)[-1] == ["1", "10.0.0.0/24", "100", "25", "0", "25.0"]


def test_a_partner_that_is_gone_is_shown_as_the_other_saw_it_last(tmp_path: Path) -> None:
    script = with_subnet(node("one", "partner-down", "two"), {"two": "http://127.0.0.1:1/"})
    with unix_server(tmp_path / "s", script) as path:
        result = call("--json", "--socket", path, "status")
        shown = call("--socket", path, "status")
    partner = json.loads(result.stdout)["servers"][1]
    assert (partner["state"], partner["unreachable"]) == (
        "partner-down", "http://127.0.0.1:1/: Connection refused",
    )  # fmt: skip
    assert "two does not answer: http://127.0.0.1:1/: Connection refused" in shown.stdout
    assert shown.exit_code == result.exit_code == 1


def test_a_server_that_cannot_serve_is_no_success(run: Run, script: Script) -> None:
    with_subnet(script, {})
    for state, status in (("failed", 1), ("retrying", 0)):
        found = {"uptime": 5, "sockets": {"status": state, "errors": ["no interface em9"]}}
        script.answers["status-get"] = {"result": 0, "arguments": found}
        result = run("status")
        assert (result.exit_code, "server: no interface em9" in result.stdout) == (status, True)


def test_servers_of_an_older_kea_are_named_by_the_configuration(tmp_path: Path) -> None:
    urls = {"one": "http://127.0.0.1:2/", "two": "http://127.0.0.1:1/"}
    script = with_subnet(node("one", "waiting", "two"), urls, own="one")
    for side in script.answers["status-get"]["arguments"]["high-availability"][0]["ha-servers"].values():
        del side["server-name"]
    with unix_server(tmp_path / "s", script) as path:
        result = call("--json", "--socket", path, "status")
    assert [server["name"] for server in json.loads(result.stdout)["servers"]] == ["one", "two"]


def test_a_single_server_has_a_status_too(run: Run, script: Script) -> None:
    script.answers["status-get"] = {"result": 0, "arguments": {"uptime": 5, "dhcp-state": {}}}
    with_subnet(script, {})
    result = run("status")
    assert (result.exit_code, lines(result)[1]) == (0, ["(server)", "on", "5s"])


def test_the_way_is_found_in_the_configuration_file(
    tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.answers["config-reload"] = {"result": 0, "text": "ok"}
    file = tmp_path / "kea.conf"
    file.write_text('{ "Dhcp4": { "control-sockets": [ {"socket-type": "unix", "socket-name": "k"} ] } } # end')
    monkeypatch.setenv("KEA_CONTROL_SOCKET_DIR", str(tmp_path))
    with unix_server(tmp_path / "k", script):
        assert call("--config", str(file), "config", "reload").stdout == "ok\n"
        assert call("config", "reload", env={"KEADHCP_CONFIG": str(file)}).exit_code == 0


def test_http_with_the_credentials_of_the_configuration_file(tmp_path: Path, script: Script) -> None:
    script.answers["config-reload"] = {"result": 0, "text": "ok"}
    with http_server(script, "admin", "secret") as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        (tmp_path / "password").write_text("secret\n")
        clients = [{"user": "admin", "password-file": "password"}]
        authentication = {"type": "basic", "directory": str(tmp_path), "clients": clients}
        entry = {"socket-type": "http", "socket-port": port, "authentication": authentication}
        file = tmp_path / "kea.conf"
        file.write_text(json.dumps({"Dhcp4": {"control-sockets": [entry]}}))
        assert call("--config", str(file), "config", "reload").exit_code == 0
    assert script.asked == [{"command": "config-reload", "service": ["dhcp4"]}]


def test_credentials_come_from_the_command_line_and_the_environment(tmp_path: Path, script: Script) -> None:
    script.answers["config-reload"] = {"result": 0, "text": "ok"}
    (tmp_path / "password").write_text("secret\nmore\n")
    with http_server(script, "admin", "secret") as url:
        words = ("--url", url, "--user", "admin")
        assert call(*words, "--password-file", str(tmp_path / "password"), "config", "reload").exit_code == 0
        assert call(*words, "config", "reload", env={"KEADHCP_PASSWORD": "secret"}).exit_code == 0
        result = call("--url", url, "config", "reload")
    assert (result.exit_code, "401 Unauthorized; --user names one" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--socket", "/no/such/socket"], "/no/such/socket: No such file or directory"),
        (["--url", "http://127.0.0.1:1/"], "http://127.0.0.1:1/: Connection refused"),
    ],
)
def test_a_server_that_cannot_be_reached_is_status_4(words: list[str], text: str) -> None:
    result = call(*words, "config", "reload")
    assert (result.exit_code, result.stderr) == (4, f"keadhcp-ctl: {text}\n")


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    script = Script({"config-reload": lambda arguments: time.sleep(0.5) or {"result": 0}})
    with unix_server(tmp_path / "s", script) as path:
        result = call("--socket", path, "--timeout", "0.05", "config", "reload")
    text = f"{path}: no answer in time: 'config-reload' was perhaps carried out: check before you repeat it"
    assert (result.exit_code, result.stderr) == (4, f"keadhcp-ctl: {text}\n")


@pytest.mark.parametrize(("answer", "status"), [(b"<html>", 1), (b"[]", 1), (b"7", 1), (b"", 4)])
def test_an_answer_of_something_else_is_no_success(tmp_path: Path, answer: bytes, status: int) -> None:
    with unix_server(tmp_path / "s", Script({"config-reload": lambda arguments: answer})) as path:
        assert call("--socket", path, "config", "reload").exit_code == status
