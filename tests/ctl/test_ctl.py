"""The command line client against servers in threads: what is asked, what is shown, how it ends."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.ctl import show
from kea_twisted.wire.address import address_text
from tests.ctl.calls import Run, call, lease, lines, pages
from tests.ctl.fakeserver import Script, unix_server


def test_all_leases_are_listed_page_by_page(run: Run, script: Script) -> None:
    script.answers["lease4-get-page"] = pages([lease(number) for number in range(1, 2501)])
    result = run("leases", "list")
    assert (result.exit_code, len(lines(result))) == (0, 2501)
    assert lines(result)[1][:3] == ["10.0.0.1", "08:00:27:00:00:01", "host1"]
    assert [request["arguments"]["from"] for request in script.asked] == ["start", "10.0.3.232", "10.0.7.208"]


def test_leases_are_chosen_by_subnet_and_state(run: Run, script: Script) -> None:
    found = [lease(1), lease(2, **{"subnet-id": 2}), lease(3, **{"subnet-id": 2, "state": 1})]
    script.answers["lease4-get-page"] = pages(found)
    result = run("--json", "leases", "list", "--subnet", "2", "--state", "declined")
    assert [each["ip-address"] for each in json.loads(result.stdout)] == ["10.0.0.3"]


@pytest.mark.parametrize(
    ("words", "command", "arguments"),
    [
        (["10.0.0.7"], "lease4-get", {"ip-address": "10.0.0.7"}),
        (["08-00-27-00-00-AB"], "lease4-get-by-hw-address", {"hw-address": "08:00:27:00:00:ab"}),
        (["Printer.lan"], "lease4-get-by-hostname", {"hostname": "printer.lan"}),
        (["--hostname", "10.0.0.7"], "lease4-get-by-hostname", {"hostname": "10.0.0.7"}),
        (["--client-id", "01:02"], "lease4-get-by-client-id", {"client-id": "01:02"}),
    ],
)
def test_what_is_looked_for_decides_the_question(
    run: Run, script: Script, words: list[str], command: str, arguments: dict[str, str]
) -> None:
    one = command == "lease4-get"
    script.answers[command] = {"result": 0, "arguments": lease(7) if one else {"leases": [lease(7)]}}
    result = run("leases", "find", *words)
    assert (result.exit_code, script.asked) == (0, [{"command": command, "arguments": arguments}])
    assert lines(result)[1][0] == "10.0.0.7"


def test_without_a_way_to_the_server_it_says_where_it_looked(tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text('{"Dhcp4": {}}')
    result = call("--config", str(file), "status")
    assert result.exit_code == 2
    assert f"{file} has no 'control-sockets': say --socket PATH, --url URL or --config FILE" in result.stderr


def test_nothing_found_is_status_3(run: Run, script: Script) -> None:
    script.answers["lease4-get"] = {"result": 3, "text": "Lease not found."}
    result = run("leases", "find", "10.0.0.7")
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", "keadhcp-ctl: no lease\n")


def test_deleting_asks_first(run: Run, script: Script) -> None:
    script.answers["lease4-del"] = {"result": 0, "text": "IPv4 lease deleted."}
    assert run("leases", "delete", "10.0.0.7", input="n\n").exit_code == 1
    assert script.asked == []
    result = run("leases", "delete", "--yes", "10.0.0.7", "10.0.0.8")
    assert (result.exit_code, result.stdout) == (0, "10.0.0.7 deleted\n10.0.0.8 deleted\n")


def test_what_could_not_be_deleted_is_named(run: Run, script: Script) -> None:
    script.answers["lease4-del"] = lambda arguments: {"result": 3 * (arguments["ip-address"] == "10.0.0.7")}
    result = run("leases", "delete", "--yes", "10.0.0.7", "10.0.0.8")
    assert (result.exit_code, result.stdout) == (3, "10.0.0.8 deleted\n")
    assert result.stderr == "keadhcp-ctl: no lease: 10.0.0.7\n"


def test_a_server_without_reservation_commands_says_so(run: Run) -> None:
    result = run("reservations", "list", "--subnet", "1")
    assert result.exit_code == 1
    assert result.stderr == (
        "keadhcp-ctl: 'reservation-get-page' command not supported. It comes with libdhcp_host_cmds.so, which must "
        "stand in the server's hooks-libraries.\n"
    )


def test_reservations_are_listed_over_pages(run: Run, script: Script) -> None:
    hosts = [{"subnet-id": 1, "hw-address": f"01:{n:06}", "ip-address": address_text(n)} for n in range(1, 1502)]

    def page(arguments: Any) -> Any:
        start = arguments.get("from", 0)
        found = hosts[start : start + arguments["limit"]]
        following = {"from": start + len(found), "source-index": 1}
        return {"result": 0, "arguments": {"hosts": found, "count": len(found), "next": following}}

    script.answers["reservation-get-page"] = page
    result = run("reservations", "list", "--subnet", "1")
    assert len(lines(result)) == 1502
    assert script.asked[1]["arguments"] == {"subnet-id": 1, "limit": 1000, "from": 1000, "source-index": 1}


def test_a_reservation_is_added_and_deleted(run: Run, script: Script) -> None:
    script.answers |= {
        "reservation-add": {"result": 0, "text": "Host added."},
        "reservation-del": {"result": 3},
    }
    words = ("--subnet", "1", "--mac", "08:00:27:00:00:01")
    result = run("reservations", "add", *words, "--address", "10.0.0.5", "--hostname", "desk")
    assert (result.exit_code, result.stdout) == (0, "Host added.\n")
    assert run("reservations", "delete", *words).exit_code == 3
    who = {"identifier-type": "hw-address", "identifier": "08:00:27:00:00:01"}
    host = {"subnet-id": 1, "hw-address": who["identifier"], "ip-address": "10.0.0.5", "hostname": "desk"}
    asked = [request["arguments"] for request in script.asked if request["command"] != "config-get"]
    assert asked == [{"reservation": host}, {"subnet-id": 1} | who]


@pytest.mark.parametrize(
    "words",
    [
        ["reservations", "add", "--subnet", "1", "--address", "10.0.0.5"],
        ["reservations", "add", "--subnet", "1", "--mac", "1", "--duid", "2", "--address", "10.0.0.5"],
        ["reservations", "add", "--subnet", "1", "--mac", "1"],
        ["reservations", "delete", "--subnet", "1", "10.0.0.5", "--mac", "1"],
        ["leases", "find"],
        ["leases", "find", "x", "--hostname", "y"],
        ["leases", "delete", "--yes", "printer"],
        ["command", "status-get", "{"],
        ["config", "check", "/no/such/file"],
        ["--url", "http://x/", "stats"],
        ["nonsense"],
    ],
)
def test_wrong_usage_is_status_2_and_asks_nothing(run: Run, script: Script, words: list[str]) -> None:
    assert (run(*words).exit_code, script.asked) == (2, [])


def test_a_file_is_checked_by_the_server(run: Run, script: Script, tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text('{ "Dhcp4": { // a comment\n "valid-lifetime": 600 } }')
    script.answers["config-test"] = {"result": 1, "text": "too short"}
    result = run("config", "check", str(file))
    assert (result.exit_code, result.stderr) == (1, "keadhcp-ctl: too short\n")
    assert script.asked[0]["arguments"] == {"Dhcp4": {"valid-lifetime": 600}}


def test_a_file_that_is_no_configuration_is_shown_with_the_place(run: Run, script: Script, tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text('{ "Dhcp4": { "valid-lifetime": 600, "valid-lifetime": 700 } }')
    result = run("config", "check", str(file))
    assert (result.exit_code, script.asked) == (1, [])
    assert f"{file}:1:37" in result.stderr


def test_a_file_can_be_checked_without_a_server(tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text('{ "Dhcp4": { "valid-lifetime": "long" } }')
    assert call("config", "check", "--offline", str(file)).exit_code == 1
    file.write_text('{ "Dhcp4": { "valid-lifetime": 600 } }')
    assert call("config", "check", "--offline", str(file)).exit_code == 0


def test_part_of_the_configuration_in_force_can_be_shown(run: Run, script: Script) -> None:
    tree = {"Dhcp4": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24"}]}, "hash": "AB"}
    script.answers["config-get"] = {"result": 0, "arguments": tree}
    assert json.loads(run("config", "get").stdout) == tree
    assert run("config", "get", "subnet4.0.subnet").stdout == '"10.0.0.0/24"\n'
    assert run("config", "get", "subnet4.1").exit_code == 3


@pytest.mark.parametrize(
    ("words", "command", "arguments"),
    [
        (["config", "reload"], "config-reload", None),
        (["config", "write", "--yes"], "config-write", None),
        (["config", "write", "new.conf"], "config-write", {"filename": "new.conf"}),
        (["maintenance", "start"], "ha-maintenance-start", None),
        (["maintenance", "cancel"], "ha-maintenance-cancel", None),
    ],
)
def test_orders_are_passed_on(run: Run, script: Script, words: list[str], command: str, arguments: Any) -> None:
    script.answers[command] = {"result": 0, "text": "Done so."}
    result = run(*words)
    assert (result.exit_code, result.stdout) == (0, "Done so.\n")
    assert script.asked == [{"command": command} | ({"arguments": arguments} if arguments else {})]


def test_statistics_are_chosen_by_their_beginning(run: Run, script: Script) -> None:
    values = {"pkt4-sent": [[7, "now"], [6, "then"]], "pkt4-received": [[9, "now"]], "other": [[1, "now"]]}
    script.answers["statistic-get-all"] = {"result": 0, "arguments": values}
    assert json.loads(run("--json", "stats", "pkt4").stdout) == {"pkt4-received": 9, "pkt4-sent": 7}
    assert run("stats", "pkt6").exit_code == 3


def test_any_command_can_be_sent(run: Run, script: Script) -> None:
    script.answers["echo"] = lambda arguments: {"result": 0, "text": "heard", "arguments": arguments}
    result = run("command", "echo", '{"a": [1]}')
    assert (json.loads(result.stdout), result.stderr) == ({"a": [1]}, "heard\n")
    result = run("--json", "command", "echo", "-", input="[2]")
    assert json.loads(result.stdout) == {"result": 0, "text": "heard", "arguments": [2]}


def test_the_shell_is_told_the_server_s_commands(tmp_path: Path) -> None:
    script = Script({"list-commands": {"result": 0, "arguments": ["lease4-get", "status-get"]}})
    with unix_server(tmp_path / "s", script) as path:
        words = {"COMP_WORDS": f"keadhcp-ctl --socket {path} command le", "COMP_CWORD": "4"}
        result = call(env={"_KEADHCP_CTL_COMPLETE": "bash_complete"} | words)
    assert result.stdout == "plain,lease4-get\n"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (3600, "1h 0m"), (90061, "1d 1h"), (-5, "-5s"), (None, "")]
)
def test_durations_are_told_in_two_units(seconds: int | None, text: str) -> None:
    assert show.duration(seconds) == text


def test_the_documented_commands_exist(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "ctl.md").read_text()
    shown = [line.split()[1:] for line in text.splitlines() if line.startswith("    keadhcp-ctl ")]
    assert len(shown) > 8
    for words in shown:
        count = 2 if words[0] in ("leases", "reservations", "maintenance", "config") else 1
        assert call(*words[:count], "--help").exit_code == 0, words


def test_the_client_stands_on_nothing_of_the_server_but_its_configuration_language() -> None:
    language = ("kea_twisted.config", "kea_twisted.wire.address", "kea_twisted.errors", "kea_twisted.jsonvalue")
    identity = ("kea_twisted.ha.keywords", "kea_twisted.ha.ownname", "kea_twisted.adapters.partner.identity")
    moves = (
        "kea_twisted.adapters.sql.transfer",
        "kea_twisted.adapters.sql.offline",
    )  # imported by the two commands that need it
    allowed = ("kea_twisted.ctl", *moves, *language, *identity, "kea_twisted.doctor", "kea_twisted.libraries.lookup")
    for path in Path(show.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kea_twisted."):
                assert (node.module or "").startswith(allowed), (path.name, node.module)
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "twisted" not in [alias.name.split(".")[0] for alias in node.names], path.name
