"""The option that switches the rules off says so in the log, as Kea's does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("option", ["-X", ""])
def test_a_server_without_the_rules_says_so(tmp_path: Path, option: str) -> None:
    tmp_path.chmod(0o750)
    (tmp_path / "kea.conf").write_text('{"Dhcp4": {"lease-database": {"type": "memfile", "persist": false}}}')
    names = ("KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    command = [sys.executable, "-c", "from kea_twisted.kea_dhcp4 import run; run()", "-p", "16768", "-c", "kea.conf"]
    server = subprocess.Popen(
        command + [option] * bool(option), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **dict.fromkeys(names, str(tmp_path)), "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if "DHCP4_STARTED" in line:
                break
    finally:
        server.terminate()
        server.wait(20)
    said = [line for line in lines if "DHCP4_SECURITY_CHECKS_DISABLED" in line]
    assert len(said) == bool(option), lines
    assert all("Invoked with command line option -X, Security checks are disabled!!" in line for line in said)
