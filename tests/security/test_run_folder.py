"""Files in the folder of sockets and the PID file: no link that lies in wait there is written through."""

from __future__ import annotations

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
