"""A start that fails: the reason on standard error and in the configured log, with any environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kea_twisted.adapters.system.starter import Starter, is_same_stream

ROOT = Path(__file__).parents[1]
LOGGERS = '"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "kea.log"}]}]'
BAD_POOL = '"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.1.1-10.0.1.9"}]}]'


def start(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Start a server in the foreground whose log goes to a file by the environment."""
    (folder / "kea.conf").write_text(text)
    names = ("KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    environment = os.environ | dict.fromkeys(names, str(folder))
    environment["KEA_LOGGER_DESTINATION"] = str(folder / "first.log")
    twistd = str(Path(sys.executable).with_name("twistd"))
    words = [twistd, "-n", "--pidfile=", "keadhcp", "--config", str(folder / "kea.conf"), "-p", "10067"]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def logged(folder: Path, name: str) -> str:
    file = folder / name
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize(
    ("text", "in_configured_log"),
    [
        (f'{{"Dhcp4": {{{LOGGERS}, {BAD_POOL}}}}}', True),
        (f'{{"Dhcp4": {{{LOGGERS} {BAD_POOL}}}}}', False),  # a syntax error: no part of the text is trusted
        (f'{{"Dhcp4": {{{LOGGERS.replace("kea.log", "../kea.log")}, {BAD_POOL}}}}}', False),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, in_configured_log: bool) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = start(folder, text)
    assert (done.returncode, done.stdout) == (1, "")
    for said in (done.stderr, logged(folder, "first.log")):
        assert f"DHCP4_INIT_FAIL failed to initialize Kea server: configuration error using file '{folder}/" in said
        assert f"DHCP4_CONFIG_LOAD_FAIL configuration error using file: {folder}/kea.conf, reason: " in said
        assert f" ({folder}/kea.conf:1:" in said
    assert ("DHCP4_INIT_FAIL" in logged(folder, "kea.log")) == in_configured_log
    assert not (tmp_path / "kea.log").exists()


def test_a_start_that_fails_after_the_configuration_was_read(tmp_path: Path) -> None:
    (tmp_path / "kea-leases4.csv").mkdir()
    done = start(tmp_path, f'{{"Dhcp4": {{{LOGGERS}}}}}')
    words = f"Unable to open database: unable to open '{tmp_path}/kea-leases4.csv'"  # Kea's
    reason = f"DHCP4_INIT_FAIL failed to initialize Kea server: {words}: Is a directory\n"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(reason)
    assert logged(tmp_path, "kea.log").endswith(reason)


def test_a_start_without_all_sockets_that_are_required(tmp_path: Path) -> None:
    sockets = '"interfaces-config": {"interfaces": ["absent0"], "service-sockets-require-all": true}'
    done = start(tmp_path, f'{{"Dhcp4": {{{LOGGERS}, {sockets}}}}}')
    assert (done.returncode, done.stdout) == (1, "")
    for said in (done.stderr, logged(tmp_path, "kea.log")):
        assert "DHCP4_INIT_FAIL failed to initialize Kea server: not all service sockets could be opened" in said


def test_a_starter_gets_no_report_but_of_a_silent_end(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.__stderr__
    starter = Starter()
    try:
        starter.quieten()
        assert sys.__stderr__ is not None
        for text in ("An error has occurred: b'x'\nPlease look", "other\n", "An error has occurred: b''\nPlease"):
            sys.__stderr__.write(text)
        sys.__stderr__.flush()
    finally:
        sys.__stderr__ = before  # type: ignore[misc]
        starter.release()
    assert capfd.readouterr().err == "other\nthe server ended before it had started; its log may say why\n"


def test_a_starter_keeps_standard_error(tmp_path: Path) -> None:
    first, second = (os.open(tmp_path / name, os.O_CREAT | os.O_RDWR) for name in ("a", "b"))
    starter = Starter(first)
    os.dup2(second, first)
    assert is_same_stream(first, second)
    starter.restore()
    os.write(first, b"x")
    starter.release()
    os.close(first)
    os.close(second)
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("x", "")
    assert not is_same_stream(-1, -1)
