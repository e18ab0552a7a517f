"""The executable kea-dhcp4: what Kea's options do, what is printed where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from kea_twisted import __version__, kea_dhcp4

PLAIN: dict[str, Any] = {"interfaces-config": {"interfaces": []}}
SCRIPT = f"#!{sys.executable}\nfrom kea_twisted.kea_dhcp4 import run\nrun()\n"
STORK = re.compile(r"(.*?)kea-dhcp4\s+.*-c\s+(\S+)")
"""The pattern of a command line that Stork's agent looks for."""


def written(folder: Path, tree: dict[str, Any] | str) -> str:
    """A configuration file."""
    file = folder / "kea-dhcp4.conf"
    file.write_text(tree if isinstance(tree, str) else json.dumps({"Dhcp4": tree}))
    return str(file)


def first_error(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status, and the first line on standard error; nothing may be on standard output."""
    status = kea_dhcp4.main("/usr/sbin/kea-dhcp4", list(arguments))
    out, err = capsys.readouterr()
    assert out == ""
    return status, err.splitlines()[0] if err else ""


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ((), "Configuration file not specified."),
        (("-d", "-X"), "Configuration file not specified."),
        (("-c",), "/usr/sbin/kea-dhcp4: option requires an argument -- 'c'"),
        (("-h",), "/usr/sbin/kea-dhcp4: invalid option -- 'h'"),
        (("-S",), "/usr/sbin/kea-dhcp4: invalid option -- 'S'"),
        (("--help",), "/usr/sbin/kea-dhcp4: invalid option -- '-'"),
        (("-c", "x", "-p", "0"), "Failed to parse server port number: [0], 1-65535 allowed."),
        (("-c", "x", "-P", "65536"), "Failed to parse client port number: [65536], 1-65535 allowed."),
        (("-c", "x", "-p", "abc"), "Failed to parse server port number: [abc], 1-65535 allowed."),
    ],
)
def test_wrong_usage_ends_with_1_and_keas_words(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], first: str
) -> None:
    assert first_error(capsys, *arguments) == (1, first)


def test_the_usage_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert kea_dhcp4.main("kea-dhcp4", ["-c", "x", "extra"]) == 1
    shown = capsys.readouterr().err
    assert all(f"  -{letter}" in shown for letter in "vVWdctTpPX")


def test_versions_are_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert kea_dhcp4.main("kea-dhcp4", ["-v"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"
    assert kea_dhcp4.main("kea-dhcp4", ["-V"]) == 0
    extended = capsys.readouterr().out.splitlines()
    assert extended[:3] == [f"{__version__} (kea-twisted {__version__})", "premium: no", "linked with:"]
    assert kea_dhcp4.main("kea-dhcp4", ["-W"]) == 0
    assert "packet path in" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["-t", "-T"])
def test_a_good_file_is_checked_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert first_error(capsys, option, written(tmp_path, PLAIN)) == (0, "")
    assert first_error(capsys, "-d", option, written(tmp_path, PLAIN)) == (0, "Syntax check OK")


def test_a_bad_file_is_named_as_kea_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none")
    assert first_error(capsys, "-t", missing) == (1, f"Syntax check failed with: Unable to open file {missing}")
    torn = written(tmp_path, '{"Dhcp4": {')
    assert first_error(capsys, "-t", torn)[1].startswith(f"Syntax check failed with: {torn}:1:1: ")
    senseless = written(tmp_path, {"valid-lifetime": "x"})
    status, first = first_error(capsys, "-t", senseless)
    assert (status, first.startswith(f"Error encountered: {senseless}:1:")) == (1, True)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Every file in one folder."""
    names = ("KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    return {**os.environ, **dict.fromkeys(names, str(tmp_path))}


def started(folder: Path, environment: dict[str, str], config: str) -> subprocess.Popen[str]:
    """The program under its name, as an installation has it."""
    script = folder / "kea-dhcp4"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    words = [str(script), "-c", config, "-p", "10067"]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(process: subprocess.Popen[str], identifier: str) -> None:
    """Read log lines up to this one."""
    assert process.stdout is not None
    for line in process.stdout:
        if identifier in line:
            return
    raise AssertionError(f"ended without {identifier}: {process.communicate()[1]}")


def test_it_runs_in_the_foreground_where_keas_tools_find_it(tmp_path: Path, environment: dict[str, str]) -> None:
    config = written(tmp_path, PLAIN)
    process = started(tmp_path, environment, config)
    try:
        read_until(process, "DHCP4_STARTED")
        found = psutil.Process(process.pid)
        assert found.name() == "kea-dhcp4"
        match = STORK.match(" ".join(found.cmdline()))
        assert match is not None and match[2] == config
        assert int((tmp_path / "kea-dhcp4.kea-dhcp4.pid").read_text()) == process.pid
        assert stat.S_IMODE((tmp_path / "kea-leases4.csv").stat().st_mode) & 0o027 == 0
        process.send_signal(signal.SIGHUP)
        read_until(process, "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, "DHCP4_SHUTDOWN" in out, err) == (0, True, "")
        assert not (tmp_path / "kea-dhcp4.kea-dhcp4.pid").exists()
    finally:
        process.kill()


def test_it_starts_once(tmp_path: Path, environment: dict[str, str]) -> None:
    config = written(tmp_path, PLAIN)
    first = started(tmp_path, environment, config)
    try:
        read_until(first, "DHCP4_STARTED")
        second = started(tmp_path, environment, config)
        _, err = second.communicate(timeout=20)
        assert second.returncode == 1
        pid_file = tmp_path / "kea-dhcp4.kea-dhcp4.pid"
        assert f"kea-dhcp4 already running? PID: {first.pid} exists, PID file: {pid_file}" in err
        assert pid_file.exists()
    finally:
        first.terminate()
        first.communicate(timeout=20)


def test_a_start_that_fails_ends_with_1(tmp_path: Path, environment: dict[str, str]) -> None:
    process = started(tmp_path, environment, written(tmp_path, '{"Dhcp4": {'))
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, "DHCP4_INIT_FAIL" in out + err) == (1, True)
