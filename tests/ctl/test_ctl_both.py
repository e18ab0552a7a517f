"""Commands of keadhcp-ctl that concern both servers of a pair, and those that are repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import Result

from kea_twisted.ctl import show
from kea_twisted.ctl.channel import HttpChannel, Unanswered
from kea_twisted.ctl.partner import Partner
from tests.ctl.calls import Run, call
from tests.ctl.fakeserver import Script, http_server, unix_server
from tests.doctor.test_doctor import answer_of

FORBIDDEN = {"result": 403, "text": "'reservation-add' is not permitted"}
MAC = ("--mac", "08:00:27:00:00:01")


def config(path: Path, url: str, **more: Any) -> str:
    """Write the file of server1, whose partner is at a URL."""
    peers = [
        {"name": "server1", "url": "http://127.0.0.1:1/", "role": "primary"},
        {"name": "server2", "url": url, "role": "standby"},
    ]
    relationship = {"this-server-name": "server1", "mode": "hot-standby", "peers": peers}
    hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}}
    path.write_text(json.dumps({"Dhcp4": {"hooks-libraries": [hook], **more}}))
    return str(path)


class Both:
    """A server with a unix socket, its partner with an HA URL, and the program with the file of the first."""

    def __init__(self, folder: Path) -> None:
        self.first, self.second = Script({}), Script({})
        self._folder = folder

    @contextmanager
    def run(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
        """Start both."""
        monkeypatch.setenv("KEA_CONTROL_SOCKET_DIR", str(self._folder))
        with unix_server(self._folder / "s", self.first), http_server(self.second) as url:
            socket = {"socket-type": "unix", "socket-name": "s"}
            file = config(self._folder / "kea.conf", url, **{"control-socket": socket})
            yield lambda *words, **more: call("--config", file, *words, **more)


@pytest.fixture
def both(tmp_path: Path) -> Both:
    return Both(tmp_path)


def said(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stderr


def test_a_lease_is_deleted_on_both(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    both.first.answers["lease4-del"] = {"result": 0}
    both.second.answers["lease4-del"] = {"result": 0}
    with both.run(monkeypatch) as run:
        assert said(run("leases", "delete", "--yes", "10.0.0.7")) == (0, "keadhcp-ctl: server2: 10.0.0.7 deleted\n")
        both.second.answers["lease4-del"] = {"result": 3}  # it was told by the first one
        assert said(run("leases", "delete", "--yes", "10.0.0.7")) == (0, "")
    assert both.second.asked[0] == {
        "command": "lease4-del", "arguments": {"ip-address": "10.0.0.7"}, "service": ["dhcp4"],
    }  # fmt: skip


def test_a_lease_that_only_the_partner_has(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    both.first.answers["lease4-del"] = {"result": 3}
    both.second.answers["lease4-del"] = {"result": 0}
    with both.run(monkeypatch) as run:
        status, text = said(run("leases", "delete", "--yes", "10.0.0.7"))
    assert (status, text.splitlines()) == (
        3, ["keadhcp-ctl: server2: 10.0.0.7 deleted", "keadhcp-ctl: no lease: 10.0.0.7"],
    )  # fmt: skip


OURS = {"result": 0, "arguments": {"high-availability": [{"partner-watch": {"owed-updates": 0}}]}}


def test_a_partner_that_is_away_is_told_of_deletions_later(run: Run, script: Script, tmp_path: Path) -> None:
    """Only this server does so, not Kea, and only for a lease that it had."""
    script.answers["lease4-del"] = lambda arguments: {"result": 3 * (arguments["ip-address"] == "10.0.0.8")}
    tree = json.loads(Path(config(tmp_path / "kea.conf", "http://127.0.0.1:1/")).read_text())
    script.answers |= {"config-get": {"result": 0, "arguments": tree}, "status-get": OURS}
    refused = "http://127.0.0.1:1/: Connection refused"
    assert said(run("leases", "delete", "--yes", "10.0.0.7")) == (
        0, f"keadhcp-ctl: server2 does not answer now ({refused}): this server tells it when it does\n",
    )  # fmt: skip
    status, text = said(run("leases", "delete", "--yes", "10.0.0.8"))
    assert status == 1 and f"nothing was deleted here (10.0.0.8 has no lease), and not on server2: {refused}" in text
    script.answers["status-get"] = {"result": 0, "arguments": {"high-availability": [{}]}}
    script.asked.clear()
    status, text = said(run("leases", "delete", "--yes", "10.0.0.7", "10.0.0.9"))
    assert status == 1 and f"10.0.0.7 is deleted here, and not on server2: {refused}. Give the same" in text
    deleted = [each["arguments"]["ip-address"] for each in script.asked if each["command"] == "lease4-del"]
    assert deleted == ["10.0.0.7", "10.0.0.9"]  # the first failure does not keep the others from being deleted


def test_a_reservation_that_the_partner_lacks_is_reported(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    both.first.answers |= dict.fromkeys(("reservation-add", "reservation-del"), {"result": 0, "text": "Host done."})
    with both.run(monkeypatch) as run:
        status, text = said(run("reservations", "add", "--subnet", "1", *MAC, "--address", "10.0.0.5"))
        assert status == 1 and text.startswith("keadhcp-ctl: done here, and not on server2: 'reservation-add'")
        both.second.answers |= dict.fromkeys(("reservation-add", "reservation-del"), {"result": 0})
        found = said(run("reservations", "add", "--subnet", "1", *MAC, "--address", "10.0.0.5"))
        assert found == (0, "keadhcp-ctl: server2: reserved there, too\n")
        assert said(run("reservations", "delete", "--subnet", "1", *MAC))[0] == 0
    assert both.second.asked[-1]["arguments"] == both.first.asked[-1]["arguments"]


def test_a_reservation_in_memory_is_in_memory_of_both(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(arguments: Any) -> Any:
        if arguments.get("operation-target") == "memory":
            return {"result": 0, "text": "Host added."}
        return {"result": 1, "text": "Host database not available, cannot add host."}

    both.first.answers["reservation-add"] = both.second.answers["reservation-add"] = add
    with both.run(monkeypatch) as run:
        result = run("reservations", "add", "--subnet", "1", *MAC, "--address", "10.0.0.5")
    assert result.exit_code == 0
    assert "lasts until the server reads its configuration file again" in result.stderr
    assert "server2: reserved there, too" in result.stderr


def test_the_control_socket_of_a_partner_that_is_configured_alike(tmp_path: Path) -> None:
    """Its HA URL does not permit reservation-add: the port of the control socket at its address does."""
    alone, partner = Script({}), Script({"reservation-add": {"result": 0}})
    alone.answers["reservation-add"] = {"result": 0}
    with unix_server(tmp_path / "s", alone), http_server(partner, "admin", "secret1") as control:
        port = urlsplit(control).port
        socket = {
            "socket-type": "http", "socket-address": "0.0.0.0", "socket-port": port,
            "authentication": {"clients": [{"user": "admin", "password": "secret1"}]},
        }  # fmt: skip
        unix = {"socket-type": "unix", "socket-name": str(tmp_path / "s")}
        file = config(tmp_path / "kea.conf", "http://127.0.0.1:1/", **{"control-sockets": [unix, socket]})
        result = call("--config", file, "reservations", "add", "--subnet", "0", *MAC, "--hostname", "desk")
    assert said(result) == (0, "keadhcp-ctl: server2: reserved there, too\n")
    assert partner.commands == ["reservation-add"]


def test_a_partner_that_may_have_received_a_command_does_not_get_it_again() -> None:
    silent = Script({"reservation-add": None})
    with http_server(silent) as control, http_server(other := Script({"reservation-add": {"result": 0}})) as url:
        partner = Partner("server2", (HttpChannel(control), HttpChannel(url)))
        with pytest.raises(Unanswered):
            partner.ask("reservation-add", {})
    assert other.commands == []


def test_a_change_whose_answer_does_not_come_is_perhaps_made(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("reservations", "add", "--subnet", "1", *MAC, "--address", "10.0.0.5")
    both.first.answers["reservation-add"], both.second.answers["reservation-add"] = {"result": 0}, None
    with both.run(monkeypatch) as run:
        status, text = said(run(*words))
        assert status == 1 and text.startswith("keadhcp-ctl: done here, and perhaps on server2, whose answer did not")
        both.first.answers |= {"lease4-del": {"result": 0}, "status-get": OURS}
        both.second.answers["lease4-del"] = None
        status, text = said(run("leases", "delete", "--yes", "10.0.0.7"))
        assert status == 0 and text.endswith("this server tells it when it does\n")
        both.first.answers["reservation-add"] = both.first.answers["config-get"] = b""
        status, text = said(run(*words))
        assert status == show.UNREACHABLE
        assert text.endswith("an answer: 'reservation-add' was perhaps carried out: check before you repeat it\n")
        assert "perhaps" not in said(run("config", "get"))[1]


def test_a_server_that_ends_before_its_answer_has_perhaps_carried_the_command_out(tmp_path: Path) -> None:
    for piece, reason in ((b"", "closed without an answer"), (b'{"result": 0', "cut off")):
        with unix_server(tmp_path / reason[:3], Script({"lease4-wipe": piece})) as path:
            result = call("--socket", path, "command", "lease4-wipe")
        assert result.exit_code == show.UNREACHABLE and reason in result.stderr
        assert "'lease4-wipe' was perhaps carried out" in result.stderr


def test_a_reload_says_that_the_partner_has_another_configuration(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    both.first.answers["config-reload"] = {"result": 0, "text": "Configuration successful."}
    both.first.answers["picture-get"] = {"result": 0, "arguments": answer_of("server1")}
    other = answer_of("server2")
    other["common"]["valid-lifetime"] = 60
    both.second.answers["picture-get"] = {"result": 0, "arguments": other}
    with both.run(monkeypatch) as run:
        status, text = said(run("config", "reload"))
    assert status == 0
    assert "server2 has another configuration in 1 places, the first is valid-lifetime" in text


def test_a_command_is_repeated_whatever_comes_of_it(run: Run, script: Script) -> None:
    script.answers["statistic-get-all"] = {"result": 1, "text": "not now"}
    result = run("watch", "-n", "0.1", "--count", "2", "stats", "pkt4")
    assert (result.exit_code, script.commands) == (0, ["statistic-get-all"] * 2)
    assert result.stdout.count("keadhcp-ctl stats pkt4") == 2 and result.stderr == "keadhcp-ctl: not now\n" * 2
    assert run("watch", "--count", "1", "watch").exit_code == run("watch", "nothing").exit_code == 2
    assert "\x1b" not in result.stdout


def test_progress_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with show.progress("leases read") as tell:
        tell(1000)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(show.sys.stderr, "isatty", lambda: True, raising=False)
    with show.progress("leases read") as tell:
        tell(1000)
    assert capsys.readouterr().err.startswith("\r1,000 leases read ...")
