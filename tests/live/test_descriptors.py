"""A server that has no file descriptors left serves its clients, and its control sockets when there are some again."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from .bootp import DISCOVER, OFFER, mac_of
from .control import ask
from .messages import Packet
from .needs import need
from .scenebase import SOCKET
from .twins import Twin

CONFIG = {
    "interfaces-config": {"interfaces": ["em1"]},
    "control-sockets": [
        {"socket-type": "unix", "socket-name": SOCKET},
        {"socket-type": "http", "socket-address": "10.0.0.1", "socket-port": 8000},
    ],
    "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.99"}]}],
}


def offered(twin: Twin, number: int) -> list[int]:
    return [answer.kind for answer in twin.make(Packet(DISCOVER, mac_of(number)).frame()).answers]


def refuses(request: Callable[[], object]) -> bool:
    try:
        request()
    except OSError:
        return True
    return False


@pytest.mark.live
def test_sockets_work_again_when_descriptors_are_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("ours")
    twin = Twin("ours", tmp_path / "ours", CONFIG)
    with ExitStack() as ending:
        ending.callback(twin.close)
        words = twin.server.words()
        monkeypatch.setattr(twin.server, "words", lambda: [*words, "-X"])  # HTTP without password
        twin.start()
        pid, host = twin.server.running.pid, twin.server.host
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (12, before[1]))
        held = [ending.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(10)]
        for each in held:
            each.connect(str(twin.server.folder / "control.sock"))
        assert refuses(lambda: twin.command("version-get"))
        assert refuses(lambda: ask(host, "10.0.0.1", 8000, "version-get"))
        host.namespace.ip("link", "set", "em1", "down")
        twin.server.wait_for("DHCPSRV_OPEN_SOCKET_FAIL .*em1 is down", 10)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        host.namespace.ip("link", "set", "em1", "up")
        twin.server.wait_for("DHCPSRV_INTERFACE_OPENED .*em1", 10)
        assert twin.command("version-get")["result"] == 0
        assert ask(host, "10.0.0.1", 8000, "version-get")["result"] == 0
        assert offered(twin, 2) == [OFFER]
