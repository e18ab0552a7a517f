"""Two servers as child processes on loopback, with their output shown line by line."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from kea_twisted.jsonvalue import Json

SOCKET = "kea4.sock"
"""The name of each server's control socket, in the server's own folder."""


USER = "demo"
"""The user of the pages."""


_PORTS: Final = range(20000, 32768)
"""Below those that Linux gives to outgoing connections: one of them could take a port before the server does."""


def free_ports(count: int, kind: int) -> list[int]:
    """Return port numbers that are unused on 127.0.0.1 at the moment; ``kind`` is SOCK_STREAM or SOCK_DGRAM."""
    free: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if len(free) == count:
            break
        with socket.socket(socket.AF_INET, kind) as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            free.append(port)
    return free


class Web(NamedTuple):
    """The page of one server: its port, and the password of its only user, ``USER``."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """The URL of the page."""
        return f"http://127.0.0.1:{self.port}/"


def configuration(name: str, urls: dict[str, str], web: Web) -> dict[str, Json]:
    """Return the tutorial's pair, for loopback and with timers short enough to watch."""
    peers = [
        {"name": peer, "url": url, "role": role, "auto-failover": True}
        for (peer, url), role in zip(urls.items(), ("primary", "standby"), strict=True)
    ]
    relationship = {
        "this-server-name": name,
        "mode": "hot-standby",
        "heartbeat-delay": 1000,
        "max-response-delay": 3000,
        "max-ack-delay": 1000,
        "max-unacked-clients": 0,
        "restrict-commands": False,  # the page of one server makes reservations on the other one
        "user-context": {"one-server-identifier": True},  # both have the address 127.0.0.1
        "peers": peers,
    }
    return {
        "Dhcp4": {
            "interfaces-config": {
                "interfaces": ["lo/127.0.0.1" if sys.platform == "linux" else "lo0/127.0.0.1"],
                "dhcp-socket-type": "udp",
            },
            "lease-database": {"type": "memfile", "name": f"{name}-leases4.csv"},
            "control-sockets": [
                {"socket-type": "unix", "socket-name": SOCKET},
                {
                    "socket-type": "http",
                    "socket-address": "127.0.0.1",
                    "socket-port": web.port,
                    "authentication": {"type": "basic", "clients": [{"user": USER, "password": web.password}]},
                },
            ],
            "hooks-libraries": [
                {"library": "libdhcp_lease_cmds.so"},
                {"library": "libdhcp_host_cmds.so"},
                {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
            ],
            "subnet4": [
                {
                    "id": 1,
                    "subnet": "10.0.0.0/24",
                    "relay": {"ip-addresses": ["127.0.0.1"]},
                    "pools": [{"pool": "10.0.0.10 - 10.0.0.110"}],
                    "option-data": [{"name": "routers", "data": "10.0.0.1"}],
                }
            ],
        }
    }


class ServerProcess:
    """One ``twistd -n keadhcp``; what it prints goes to ``show`` and is kept for ``wait_for``."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], show: Callable[[str], None], web: Web
    ) -> None:
        self.name = name
        self.web = web
        self._command = command
        self._environment = environment
        self._show = show
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The process number, 0 before the first start."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start it (again)."""
        self._lines = []
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C is for the demo; it stops its servers one after the other
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def stop(self) -> None:
        """End it as an administrator would, and wait until it is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def wait_for(self, pattern: str, seconds: float) -> str:
        """Return the first line since the start that matches. Raises TimeoutError if there is none in time."""
        until = time.monotonic() + seconds
        seen = 0
        with self._news:
            while True:
                for line in self._lines[seen:]:
                    if re.search(pattern, line):
                        return line
                seen = len(self._lines)
                left = until - time.monotonic()
                ended = self._process is not None and self._process.poll() is not None
                if left <= 0 or (ended and not self._news.wait(0.5)):
                    raise TimeoutError(f"{self.name} never said '{pattern}'")
                self._news.wait(min(left, 0.5))

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._show(f"{self.name} | {line.rstrip()}")
            with self._news:
                self._lines.append(line)
                self._news.notify_all()


def loopback_pair(folder: Path, show: Callable[[str], None]) -> tuple[list[ServerProcess], list[int], int]:
    """Return two servers ready to be started, their DHCP ports and the port they send replies to. Needs no root."""
    web = free_ports(4, socket.SOCK_STREAM)
    password = secrets.token_urlsafe(9)
    dhcp = free_ports(3, socket.SOCK_DGRAM)
    urls = {f"server{number}": f"http://127.0.0.1:{port}/" for number, port in enumerate(web[:2], 1)}
    servers = []
    for name, port, page in zip(urls, dhcp[:2], web[2:], strict=True):
        home = folder / name
        home.mkdir(mode=0o750)  # the folder of a control socket must be closed to others
        file = home / "kea-dhcp4.conf"
        file.touch(mode=0o600)  # it has the password of the page
        file.write_text(json.dumps(configuration(name, urls, Web(page, password)), indent=2))
        command = [twistd(), "-n", "--pidfile=", "keadhcp", "--config", str(file), "-p", str(port), "-P", str(dhcp[2])]
        servers.append(ServerProcess(name, command, kea_environment(home), show, Web(page, password)))
    return servers, dhcp[:2], dhcp[2]


def twistd() -> str:
    """Return the twistd that belongs to this Python."""
    return program("twistd")


def program(name: str) -> str:
    """Return the path of a program that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def kea_environment(home: Path) -> dict[str, str]:
    """Return the present environment with every folder of the server below ``home``."""
    names = ("KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR", "KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR")
    return dict(os.environ) | {name: str(home) for name in names}
