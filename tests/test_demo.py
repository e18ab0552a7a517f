"""The demonstration: what stays on the screen, and that what it proposes works."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from kea_twisted.ctl.main import main
from kea_twisted.demo import __main__ as demo


def test_heartbeats_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    demo.show("server1 | x INFO  [kea-dhcp4.commands/1.2] COMMAND_RECEIVED Received command 'ha-heartbeat'")
    demo.show("server1 | x INFO  [kea-dhcp4.commands/1.2] COMMAND_RECEIVED Received command 'ha-reset'")
    assert capsys.readouterr().out.splitlines() == [
        "server1 | x INFO  [kea-dhcp4.commands/1.2] COMMAND_RECEIVED Received command 'ha-reset'"
    ]


def test_the_next_steps_wait_until_the_servers_are_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    late = [100.2, 100.4]

    def sleep(seconds: float) -> None:
        now[0] += min(seconds, 0.1)
        if late and now[0] >= late[0]:
            late.pop(0)
            demo.show("server1 | x INFO  [kea-dhcp4.packets/1.2] DHCP4_PACKET_SEND x")

    monkeypatch.setattr(demo.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(demo.time, "sleep", sleep)
    demo.show("server1 | first")
    demo.settle()
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert now[0] >= 100.4 + demo.QUIET - 0.01


def test_it_ends_with_commands_that_work() -> None:
    words = [sys.executable, "-m", "kea_twisted.demo", "run"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if "Ctrl-C stops the pair." in line:
                break
        try:
            assert "export KEADHCP_SOCKET=" in shown, shown
            socket = re.findall(r"export KEADHCP_SOCKET=(\S+)", shown)[0]
            leases = CliRunner().invoke(main, ["--socket", socket, "leases", "list"])
            assert (leases.exit_code, "08:00:27:c4:0f:d1" in leases.stdout) == (0, True)
            status = CliRunner().invoke(main, ["--socket", socket, "status"])
            assert status.stdout.count("hot-standby") == 2
            os.kill(int(re.findall(r"kill (\d+)", shown)[0]), signal.SIGTERM)
            assert any("to PARTNER-DOWN" in line for line in process.stdout)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        assert process.returncode == 0
