"""keadhcp-ctl doctor on a living pair that has the same file on both servers, without this-server-name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .hosts import Lan
from .kinds import place
from .servers import Server
from .story import TUTORIAL

CTL = str(Path(sys.executable).with_name("keadhcp-ctl"))


class Doctor:
    """The program on the host of a server, with that server's file."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __call__(self) -> tuple[int, list[dict[str, Any]]]:
        """Exit status and findings."""
        words = self._server.host.namespace.command(CTL, "--config", str(self._server.config), "--json", "doctor")
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        assert done.returncode in (0, 1, 2) and done.stdout, done
        return done.returncode, json.loads(done.stdout)["findings"]

    def wait(self, status: int, seconds: float = 30.0) -> list[dict[str, Any]]:
        """Wait for an exit status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self()
            if found[0] == status:
                return found[1]
            time.sleep(0.5)
        raise AssertionError(found)


@pytest.mark.live
def test_it_is_silent_on_the_tutorials_pair_and_finds_what_is_planted(lan: Lan, tmp_path: Path) -> None:
    text, count = re.subn(r'"this-server-name": "server1",', "", (TUTORIAL / "server1.conf").read_text())
    assert count == 1
    first = place("ours", lan.server("server1", "10.0.0.1/24"), tmp_path / "server1", text)
    second = place("ours", lan.server("server2", "10.0.0.2/24"), tmp_path / "server2", text)
    first.start()
    second.start()
    here, there = Doctor(first), Doctor(second)
    assert here.wait(0) == there.wait(0) == []

    second.write(text.replace("10.0.0.110", "10.0.0.120"))
    second.reload()
    second.wait_for("DHCP4_CONFIG_COMPLETE|DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS")
    found = {each["fault"] for each in here.wait(2)}
    assert "subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.110: in the configuration of server1 only" in found

    first.kill()
    found = {(each["server"], each["check"]) for each in there.wait(2)}
    assert ("server1", "unreachable") in found
    second.stop()
