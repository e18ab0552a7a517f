"""Files in the folder of sockets and the PID file: no link that lies in wait there is written through."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.task import Clock

from kea_twisted.adapters.control.unixchannel import UnixChannel, UnixListener
from kea_twisted.adapters.system.pidfile import PidFile
from tests.fakes import RecordingLog


@pytest.mark.parametrize("dangling", [True, False])
def test_the_pid_file_is_not_written_through_a_link(tmp_path: Path, dangling: bool) -> None:
    victim = tmp_path / "victim"
    if not dangling:
        victim.write_text("untouched")
    (tmp_path / "kea.pid").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        PidFile(str(tmp_path / "kea.pid")).acquire()
    assert not victim.exists() if dangling else victim.read_text() == "untouched"


def test_no_lock_file_is_made_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "k.sock.lock").symlink_to(tmp_path / "victim")
    channel: Any = UnixChannel(lambda value: {"result": 0}, RecordingLog(), Clock())
    with pytest.raises(OSError, match="cannot create socket lockfile"):
        UnixListener(reactor, str(tmp_path / "k.sock"), channel)
    assert not (tmp_path / "victim").exists()


def listener(path: Path) -> UnixListener:
    """A control socket of the server."""
    channel: Any = UnixChannel(lambda value: {"result": 0}, RecordingLog(), Clock())
    return UnixListener(reactor, str(path), channel)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_the_socket_of_another_program_is_not_taken(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.bind(str(path))
        if kind == socket.SOCK_STREAM:
            other.listen(1)
        with pytest.raises(OSError, match="in use"):
            listener(path)
        assert path.is_socket()
    assert [each.name for each in tmp_path.iterdir()] == ["other.sock"]


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_another_program_s_file_is_not_taken_for_a_lock_and_removed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "package.lock"
    path.write_text("precious") if kind == "file" else os.mkfifo(path)
    with pytest.raises(OSError, match="another program's file has this name"):
        listener(tmp_path / "package")
    assert path.exists()
