"""Folders and pid files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kea_twisted.adapters.system import pidfile
from kea_twisted.adapters.system.folders import Folders, must_be_writable, must_lie_in
from kea_twisted.adapters.system.ownership import replace_file
from kea_twisted.adapters.system.pidfile import (
    AlreadyRunning,
    PidFile,
    drop_left_over,
    is_server,
    program,
    server_of,
)


def test_each_platform_has_its_folders() -> None:
    run = "/var/run/kea"
    assert Folders.of({}, "freebsd14") == Folders(
        "/var/db/kea", "/var/log/kea", run, run, scripts="/usr/local/share/kea/scripts"
    )
    assert Folders.of({}, "linux") == Folders("/var/lib/kea", "/var/log/kea", "/run/kea", "/run/kea")


def test_keas_variables_move_them() -> None:
    environ = {
        "KEA_DHCP_DATA_DIR": "/d",
        "KEA_LOG_FILE_DIR": "/l",
        "KEA_PIDFILE_DIR": "/p",
        "KEA_CONTROL_SOCKET_DIR": "/s",
    }
    assert Folders.of(environ) == Folders("/d", "/l", "/p", "/s")


def test_bare_names_are_completed() -> None:
    folders = Folders.of({}, "linux")
    assert folders.log_file("kea.log") == "/var/log/kea/kea.log"
    assert folders.log_file("/tmp/kea.log") == "/tmp/kea.log"
    assert folders.lease_file("") == "/var/lib/kea/kea-leases4.csv"
    assert folders.lease_file("mine.csv") == "/var/lib/kea/mine.csv"
    assert folders.pid_file("/etc/kea/kea-dhcp4.conf") == "/run/kea/kea-dhcp4.kea-dhcp4.pid"
    assert folders.pid_file("server1.conf") == "/run/kea/server1.kea-dhcp4.pid"


def test_a_file_elsewhere_is_refused_in_keas_words() -> None:
    must_lie_in("kea.log", "/var/log/kea")
    must_lie_in("/var/log/kea/kea.log", "/var/log/kea/")
    with pytest.raises(ValueError, match="invalid path specified: '/tmp', supported path is '/var/log/kea'"):
        must_lie_in("/tmp/kea.log", "/var/log/kea")


def test_a_folder_is_created_or_the_reason_is_clear(tmp_path: Path) -> None:
    must_be_writable(str(tmp_path / "a" / "b"), "data")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"data folder .*/file/b cannot be created: Not a directory"):
        must_be_writable(str(tmp_path / "file" / "b"), "data")


def test_a_file_that_is_replaced_keeps_its_readers(tmp_path: Path) -> None:
    file = tmp_path / "kea.conf"
    file.write_text("old")
    file.chmod(0o640)
    before = os.umask(0o077)
    try:
        replace_file(str(file), "new")
        replace_file(str(tmp_path / "other.conf"), "new")
    finally:
        os.umask(before)
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "other.conf").stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kea.conf", "other.conf"]


def test_a_folder_of_somebody_else_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the answer that root never gets
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="is not writable for user"):
        must_be_writable(str(tmp_path), "data")


def test_a_pid_file_is_written_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    file = PidFile(str(path))
    file.acquire()
    assert path.read_text() == f"{os.getpid()}\n"
    file.release()
    assert not path.exists()
    file.release()


@pytest.mark.parametrize("left_over", ["", "junk", "1", "99999999", "-5", "9" * 25, f"{os.getpid()}"])
def test_what_is_left_over_is_not_in_the_way(tmp_path: Path, left_over: str) -> None:
    path = tmp_path / "x.pid"
    path.write_text(left_over)
    PidFile(str(path)).acquire()
    assert path.read_text() == f"{os.getpid()}\n"


def test_a_living_server_is_in_the_way_and_keeps_its_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    path.write_text("4711\n")
    file = PidFile(str(path), lambda pid: pid == 4711)
    with pytest.raises(AlreadyRunning, match=f"PID: 4711 exists, PID file: {path}"):
        file.acquire()
    file.release()
    assert path.read_text() == "4711\n"


def test_a_file_that_another_server_took_over_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    file = PidFile(str(path))
    file.acquire()
    path.write_text("4711\n")
    file.release()
    assert path.exists()


def test_only_servers_are_servers() -> None:
    assert not server_of("")(1)
    assert not server_of("")(99999999)


@pytest.mark.parametrize(
    ("line", "name", "serves"),
    [
        ("/usr/sbin/kea-dhcp4 -c /etc/kea/kea-dhcp4.conf", "kea-dhcp4", True),
        ("/opt/v/bin/python3 /opt/v/bin/kea-dhcp4 -c x.conf", "kea-dhcp4", True),
        ("python3.11 -P -X dev /opt/v/bin/twistd -n keadhcp --config x.conf", "twistd", True),
        ("/usr/bin/python3 -m kea_twisted.kea_dhcp4 -c x.conf", "kea_twisted.kea_dhcp4", True),
        ("/usr/bin/python3 -m twisted keadhcp --config x.conf", "twisted", True),
        ("/usr/bin/python3 /opt/v/bin/twistd -n web --path /etc/kea", "twistd", False),
        ("tail -f /var/log/kea/kea-dhcp4", "tail", False),
        ("man kea-dhcp4", "man", False),
        ("vim /etc/kea/kea-dhcp4.conf keadhcp", "vim", False),
        ("python3 -c pass kea-dhcp4", "", False),
        ("kea-dhcp6 -c /etc/kea/kea-dhcp6.conf", "kea-dhcp6", False),
        ("", "", False),
    ],
)
def test_a_server_is_known_by_its_command_line(line: str, name: str, serves: bool) -> None:
    assert (program(line.split()), is_server(line.split())) == (name, serves)


def commanded(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Let every process have this command line."""

    class Process:
        def __init__(self, pid: int) -> None:
            """Any number is one of a living process."""

        def status(self) -> str:
            return "running"

        def cmdline(self) -> list[str]:
            return line.split()

    monkeypatch.setattr(pidfile.psutil, "Process", Process)


def test_a_server_with_another_configuration_does_not_hold_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    commanded(monkeypatch, "/usr/sbin/kea-dhcp4 -c /etc/kea/north.conf")
    assert server_of("/run/kea/north.kea-dhcp4.pid")(4711)
    assert not server_of("/run/kea/south.kea-dhcp4.pid")(4711)


def test_a_process_that_is_hidden_may_hold_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(pid: int, number: int) -> None:
        raise PermissionError if pid == 4711 else ProcessLookupError

    def hidden(pid: int) -> None:
        raise pidfile.psutil.NoSuchProcess(pid)

    monkeypatch.setattr(pidfile.psutil, "Process", hidden)
    monkeypatch.setattr(os, "kill", kill)
    assert server_of("/run/kea/north.kea-dhcp4.pid")(4711)
    assert not server_of("/run/kea/north.kea-dhcp4.pid")(4712)


@pytest.mark.parametrize(
    ("text", "line", "stays"),
    [
        ("4711", "sleep 1000", False),
        ("4711\n", "vim kea.conf", False),
        ("", "", False),
        ("4711", "python3 /usr/bin/twistd -n web", True),
        ("4711", "python3 /usr/bin/twistd keadhcp -c x", True),
        ("4711", "/usr/sbin/kea-dhcp4 -c x", True),
        ("root:x:0:0", "sleep 1000", True),
    ],
)
def test_a_pid_file_of_twistds_that_is_left_over_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: str, stays: bool
) -> None:
    commanded(monkeypatch, line)
    path = tmp_path / "twistd.pid"
    path.write_text(text)
    drop_left_over(str(path))
    assert path.exists() == stays
    drop_left_over(str(tmp_path / "none"))
