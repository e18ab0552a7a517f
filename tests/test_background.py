"""A server that goes into the background, as ``twistd`` without ``-n`` has it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = """{"Dhcp4": {
  "interfaces-config": {"interfaces": []},
  "loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "kea.log"}]}]
}}"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Every file in one folder."""
    names = ("KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    return {**os.environ, **dict.fromkeys(names, str(tmp_path))}


def start(
    folder: Path, environment: dict[str, str], interfaces: str = '"interfaces": []'
) -> subprocess.CompletedProcess[str]:
    """Start it; a start script must not wait for ever."""
    config = folder / "kea.conf"
    config.write_text(CONFIG.replace('"interfaces": []', interfaces))
    twistd = str(Path(sys.executable).with_name("twistd"))
    words = [twistd, f"--pidfile={folder / 'twistd.pid'}", "keadhcp", "--config", str(config), "-p", "10067"]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)


def wait_until(is_so: Callable[[], bool]) -> None:
    """The background goes on after its starter was told."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("in vain")


def stop(pid: int) -> None:
    """Send SIGTERM to a server once it handles it: twistd reports the start before the reactor runs."""
    status = Path(f"/proc/{pid}/status")
    bit = 1 << (signal.SIGTERM - 1)
    wait_until(lambda: bool(int(status.read_text().partition("SigCgt:")[2].split()[0], 16) & bit))
    os.kill(pid, signal.SIGTERM)


def test_a_start_that_fails_is_reported_to_who_started_it(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "file").write_text("")
    done = start(tmp_path, environment | {"KEA_PIDFILE_DIR": str(tmp_path / "file")})
    assert done.returncode == 1
    assert "DHCP4_INIT_FAIL failed to initialize Kea server: PID file folder" in done.stderr
    assert "An error has occurred" not in done.stderr
    assert "log file for more information" not in done.stderr
    assert "DHCP4_INIT_FAIL" in (tmp_path / "kea.log").read_text()
    wait_until(lambda: not (tmp_path / "twistd.pid").exists())


def test_sockets_that_are_all_required(tmp_path: Path, environment: dict[str, str]) -> None:
    done = start(tmp_path, environment, '"interfaces": ["absent0"], "service-sockets-require-all": true')
    assert done.returncode == 1
    assert "not all service sockets could be opened" in done.stderr
    assert "DHCP4_OPEN_SOCKETS_FAILED" in (tmp_path / "kea.log").read_text()


def test_it_starts_once(tmp_path: Path, environment: dict[str, str]) -> None:
    done = start(tmp_path, environment)
    pid = int((tmp_path / "kea.kea-dhcp4.pid").read_text())
    try:
        assert (done.returncode, done.stderr) == (0, "")
        (tmp_path / "twistd.pid").unlink()
        again = start(tmp_path, environment)
        assert again.returncode == 1
        assert f"DHCP4_ALREADY_RUNNING kea-dhcp4 already running? PID: {pid} exists" in again.stderr
    finally:
        stop(pid)
    wait_until(lambda: "DHCP4_SHUTDOWN" in (tmp_path / "kea.log").read_text())


def test_a_left_over_pid_file_of_twistds_is_not_in_the_way(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "twistd.pid").write_text(str(os.getpid()))
    done = start(tmp_path, environment)
    pid = int((tmp_path / "kea.kea-dhcp4.pid").read_text())
    try:
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / "twistd.pid").read_text() == str(pid)
    finally:
        stop(pid)
    wait_until(lambda: not (tmp_path / "twistd.pid").exists())
