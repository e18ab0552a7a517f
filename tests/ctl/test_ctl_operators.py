"""The command line client in the hands of operators: broken files, notations, questions, hostile names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kea_twisted.ctl import find, show
from kea_twisted.ctl.hardware import hardware_address
from kea_twisted.ctl.main import main
from tests.ctl.fakeserver import Script, http_server, unix_server

IN_FORCE = {
    "subnet4": [{"id": 7, "subnet": "10.0.0.0/24"}],
    "shared-networks": [{"name": "n", "subnet4": [{"id": 8, "subnet": "10.1.0.0/24"}]}],
}
SOCKET = '"control-socket": {"socket-type": "unix", "socket-name": "s"}'
HOSTILE = "a\x1b]0;pwned\x07\x9b31m\x7f\u202eb\nc"


def call(*words: str, **more: Any) -> Result:
    """Call the program."""
    return CliRunner().invoke(main, words, prog_name="keadhcp-ctl", **more)


@pytest.fixture
def script() -> Script:
    return Script({"config-get": {"result": 0, "arguments": {"Dhcp4": IN_FORCE}}})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder, and no configuration file in Kea's places."""
    for name in ("SOCKET", "URL", "CONFIG", "USER", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"KEADHCP_{name}", raising=False)
    monkeypatch.setenv("KEA_CONTROL_SOCKET_DIR", str(tmp_path))
    monkeypatch.setattr(find, "PLACES", (str(tmp_path / "kea-dhcp4.conf"),))
    return tmp_path


@pytest.fixture
def run(folder: Path, script: Script) -> Iterator[Callable[..., Result]]:
    """Call the program with a server on a unix socket."""
    with unix_server(folder / "s", script) as path:
        yield lambda *words, **more: call("--socket", path, *words, **more)


# --- the way to the server


@pytest.mark.parametrize(
    "text",
    [
        "{ " + f'"Dhcp4": {{ {SOCKET}, "subnet4": [ }} }}',
        '{ "Dhcp4": { "valid-lifetime": }',
        "\udcff",
        "[",
        '{ "Dhcp4": { "control-sockets": 7, "hooks-libraries": {"a": 1} ]',
    ],
)
def test_a_broken_file_does_not_hide_a_running_server(folder: Path, script: Script, text: str) -> None:
    file = folder / "kea-dhcp4.conf"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    script.answers["config-reload"] = {"result": 0, "text": "ok"}
    with unix_server(folder / "s", script):
        for words in ((), ("--config", str(file))):
            result = call(*words, "config", "reload")
            assert (result.exit_code, result.stdout) == (0, "ok\n")
            assert result.stderr.startswith(f"keadhcp-ctl: {file}:")
            assert result.stderr.endswith(f"; asking the server at {folder / 's'}\n")


def test_a_server_is_found_without_any_file(folder: Path, script: Script) -> None:
    script.answers["config-reload"] = {"result": 0, "text": "ok"}
    other = Script({"config-get": {"result": 0, "arguments": {"Dhcp6": {}}}})
    with unix_server(folder / "s", script), unix_server(folder / "six", other):
        (folder / "dead").write_text("")
        assert call("config", "reload").stdout == "ok\n"


def test_of_several_servers_none_is_guessed(folder: Path, script: Script) -> None:
    with unix_server(folder / "a", script), unix_server(folder / "b", script):
        result = call("config", "reload")
    assert result.exit_code == 2
    assert f"several servers: {folder / 'a'}, {folder / 'b'}" in result.stderr
    assert "config-reload" not in script.commands


def test_a_file_that_was_mistyped_is_no_reason_to_ask_another_server(folder: Path, script: Script) -> None:
    with unix_server(folder / "s", script):
        result = call("--config", str(folder / "kea-dhcp4.cnf"), "config", "reload")
    assert (result.exit_code, script.asked) == (2, [])
    assert "kea-dhcp4.cnf: No such file or directory" in result.stderr


def test_a_file_that_may_not_be_read_is_not_called_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(find, "text", denied)
    (folder / "kea-dhcp4.conf").write_text("{}")
    result = call("config", "reload")
    assert result.exit_code == 2
    assert f"{folder / 'kea-dhcp4.conf'}: Permission denied: say --socket" in result.stderr


# --- hardware addresses


@pytest.mark.parametrize(
    "text",
    [
        "02:00:00:00:00:71",
        "02-00-00-00-00-71",
        "0200.0000.0071",
        "020000000071",
        "2:0:0:0:0:71",
        "0200-0000-0071",
        "020000-000071",
    ],
)
def test_every_notation_of_a_hardware_address_is_understood(
    run: Callable[..., Result], script: Script, text: str
) -> None:
    script.answers["lease4-get-by-hw-address"] = {"result": 3}
    script.answers["reservation-del"] = {"result": 0}
    run("leases", "find", text)
    assert run("reservations", "delete", "--subnet", "7", "--mac", text).exit_code == 0
    assert script.asked[0]["arguments"] == {"hw-address": "02:00:00:00:00:71"}
    assert script.asked[1]["arguments"]["identifier"] == "02:00:00:00:00:71"


@pytest.mark.parametrize(
    "text", ["02:00:00:00:71", "02:00:00:00:00:00:71", "02:00:00-00:00:71", "0200.0000", "02:00:00:00:00:7g", "1"]
)
def test_what_is_no_hardware_address_is_wrong_usage(run: Callable[..., Result], script: Script, text: str) -> None:
    result = run("reservations", "delete", "--subnet", "7", "--mac", text)
    assert (result.exit_code, script.asked) == (2, [])
    assert f"'{text}'" in result.stderr
    if ":" in text:
        assert (run("leases", "find", text).exit_code, script.asked) == (2, [])


def test_longer_hardware_addresses_exist() -> None:
    assert hardware_address("0011.2233.4455.6677") == "00:11:22:33:44:55:66:77"
    assert hardware_address("00" * 20) == ":".join(["00"] * 20)


@pytest.mark.parametrize("name", ["my-host-a-b-c-d", "deadbeef", "printer.lan", "c0ffee"])
def test_a_host_name_stays_one(run: Callable[..., Result], script: Script, name: str) -> None:
    script.answers["lease4-get-by-hostname"] = {"result": 3}
    run("leases", "find", name)
    assert script.commands == ["lease4-get-by-hostname"]


# --- reservations


def test_the_subnet_is_that_of_the_address(run: Callable[..., Result], script: Script) -> None:
    script.answers |= {"reservation-add": {"result": 0, "text": "Host added."}, "reservation-del": {"result": 0}}
    words = ("--mac", "02:00:00:00:00:71", "--address", "10.1.0.9")
    assert run("reservations", "add", *words).exit_code == 0
    assert run("reservations", "delete", "--address", "10.0.0.9").exit_code == 0
    assert run("reservations", "delete", "10.0.0.9").exit_code == 0
    asked = [each["arguments"] for each in script.asked if each["command"].startswith("reservation")]
    host = {"subnet-id": 8, "hw-address": "02:00:00:00:00:71", "ip-address": "10.1.0.9"}
    assert asked == [{"reservation": host}] + [{"subnet-id": 7, "ip-address": "10.0.0.9"}] * 2


def test_an_address_in_no_subnet_needs_one(run: Callable[..., Result], script: Script) -> None:
    result = run("reservations", "delete", "10.9.0.1")
    assert result.exit_code == 2
    assert "10.9.0.1 is in no subnet of the server: say --subnet ID" in result.stderr
    assert run("reservations", "delete", "--mac", "02:00:00:00:00:71").exit_code == 2
    assert run("reservations", "delete", "10.0.0.1", "--address", "10.0.0.2").exit_code == 2
    assert run("reservations", "list", "--address", "10.9.0.1").exit_code == 2


def test_all_reservations_are_listed(run: Callable[..., Result], script: Script) -> None:
    def page(arguments: Any) -> Any:
        host = {"subnet-id": arguments["subnet-id"], "hw-address": "02:00:00:00:00:71"}
        return {"result": 0, "arguments": {"hosts": [host], "count": 1}}

    script.answers["reservation-get-page"] = page
    shown = run("reservations", "list").stdout.splitlines()[1:]
    assert [line.split()[0] for line in shown] == ["0", "7", "8"]
    shown = run("reservations", "list", "--address", "10.1.0.1").stdout.splitlines()[1:]
    assert [line.split()[0] for line in shown] == ["8"]


def test_a_change_in_memory_says_how_long_it_lasts(run: Callable[..., Result], script: Script) -> None:
    def answer(arguments: Any) -> Any:
        if arguments.get("operation-target") == "memory":
            return {"result": 0, "text": "Host added."}
        return {"result": 1, "text": "database not available"}

    script.answers["reservation-add"] = answer
    words = ("reservations", "add", "--mac", "02:00:00:00:00:71", "--address", "10.0.0.9")
    for more in ((), ("--target", "memory")):
        result = run(*words, *more)
        assert (result.exit_code, result.stdout) == (0, "Host added.\n")
        assert "keadhcp-ctl config write" in result.stderr
    script.answers["reservation-add"] = {"result": 0, "text": "Host added."}
    assert run(*words).stderr == ""


# --- configuration files


def test_a_refused_file_is_shown_with_places(run: Callable[..., Result], script: Script, tmp_path: Path) -> None:
    file = tmp_path / "new.conf"
    file.write_text('{ "Dhcp4": {\n  "valid-lifetime": "long" } }')
    script.answers["config-test"] = {"result": 1, "text": "the server's words"}
    result = run("config", "check", str(file))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"keadhcp-ctl: the server's words\n{file}:2:21: ")


def test_what_the_server_accepts_is_accepted(run: Callable[..., Result], script: Script, tmp_path: Path) -> None:
    file = tmp_path / "new.conf"
    file.write_text('{ "Dhcp4": { "a-keyword-of-a-later-kea": 1 } }')
    script.answers["config-test"] = {"result": 0, "text": "fine"}
    assert (run("config", "check", str(file)).exit_code, script.commands) == (0, ["config-test"])


@pytest.fixture
def own(folder: Path, script: Script) -> Iterator[Path]:
    """The server's own file, with comments."""
    file = folder / "kea-dhcp4.conf"
    file.write_text("// mine\n{ " + f'"Dhcp4": {{ {SOCKET} }} }}')
    file.chmod(0o640)
    script.answers["config-write"] = {"result": 0, "text": "written"}
    with unix_server(folder / "s", script):
        yield file


def test_a_file_is_replaced_only_after_a_question(own: Path, script: Script) -> None:
    result = call("config", "write", input="n\n")
    assert (result.exit_code, script.asked) == (1, [])
    assert f"Replace {own}? Its comments will be lost" in result.stderr
    assert list(own.parent.glob("*.bak-*")) == []


def test_a_file_that_is_replaced_is_kept(own: Path, script: Script) -> None:
    assert call("config", "write", "--yes").exit_code == 0
    assert script.asked[-1]["arguments"] == {"filename": str(own)}  # the server may run with another file
    [copy] = own.parent.glob("kea-dhcp4.conf.bak-*")
    assert (copy.read_text(), copy.stat().st_mode & 0o777) == (own.read_text(), 0o640)
    copy.unlink()
    assert call("config", "write", "--yes", "--no-backup").exit_code == 0
    assert call("config", "write", "new.conf").exit_code == 0
    assert list(own.parent.glob("*.bak-*")) == []
    (own.parent / "new.conf").write_text("")
    assert call("config", "write", "new.conf", input="n\n").exit_code == 1


def test_without_a_copy_nothing_is_written(own: Path, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy2", full)
    result = call("config", "write", "--yes")
    assert (result.exit_code, script.asked) == (1, [])
    assert "No space left on device; nothing was written" in result.stderr


# --- hostile text


def is_harmless(text: str) -> bool:
    """Return True if nothing in a text can control a terminal."""
    return all(each == "\n" or each.isprintable() for each in text)


def lease(name: str) -> dict[str, Any]:
    """A lease as lease4-get-page shows it."""
    return {
        "ip-address": "10.0.0.1", "hw-address": "02:00:00:00:00:71", "client-id": name, "subnet-id": 7,
        "cltt": int(time.time()), "valid-lft": 7200, "state": 0, "hostname": name,
    }  # fmt: skip


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_name_reaches_the_terminal_raw(run: Callable[..., Result], script: Script, options: tuple[str, ...]) -> None:
    host = {"subnet-id": 7, "flex-id": HOSTILE, "hostname": HOSTILE, "client-classes": [HOSTILE]}
    script.answers |= {
        "lease4-get-page": {"result": 0, "arguments": {"leases": [lease(HOSTILE)]}},
        "reservation-get-page": {"result": 0, "arguments": {"hosts": [host]}},
        "config-reload": {"result": 1, "text": HOSTILE},
        "statistic-get-all": {"result": 0, "arguments": {f"s{HOSTILE}": [[1, ""]]}},
        "status-get": {"result": 0, "arguments": {"sockets": {"errors": [HOSTILE]}}},
        "echo": {"result": 0, "text": HOSTILE, "arguments": [HOSTILE]},
        "say": {"result": 0, "text": HOSTILE},
    }
    for words in (
        ("leases", "list"),
        ("reservations", "list", "--subnet", "7"),
        ("config", "reload"),
        ("stats",),
        ("status",),
        ("command", "echo"),
        ("command", "say"),
        ("config", "get", "subnet4"),
    ):
        result = run(*options, *words)
        assert result.stdout + result.stderr, words
        assert is_harmless(result.stdout + result.stderr), (words, result.stdout, result.stderr)


def test_a_name_stays_in_its_row() -> None:
    assert len(show.table(("name", "x"), [(HOSTILE, 1)]).splitlines()) == 2
    assert show.printable("müller\x1b[0m") == "müller\\x1b[0m"
    assert show.printable("\ud800\u2028") == "\\ud800\\u2028"


def test_credentials_of_a_broken_entry_are_no_crash(folder: Path, script: Script) -> None:
    with http_server(script) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        entry = {"socket-type": "http", "socket-port": port, "authentication": {"clients": [1], "directory": 2}}
        (folder / "kea-dhcp4.conf").write_text(json.dumps({"Dhcp4": {"control-sockets": [3, entry]}}))
        assert call("config", "get", "subnet4").exit_code == 0
