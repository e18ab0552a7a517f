"""A pair on loopback with its pages, a client, and a browser that looks at them."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from kea_twisted.demo.client import LoopbackClient
from kea_twisted.demo.pair import SOCKET, USER, loopback_pair
from kea_twisted.lease.csvrow import HEADER

CHROMIUM = "/usr/bin/chromium"
NORMAL = "HA_STATE_TRANSITION .* to HOT-STANDBY"
SUBNETS = 250
LEASES = 20_000
"""Subnets beside the one of the client, and the leases in them; both servers start with these."""


class WebPair:
    """Two servers whose control sockets have pages."""

    def __init__(self, folder: Path) -> None:
        self.servers, dhcp, port = loopback_pair(folder, lambda line: None)
        self.client = LoopbackClient(port, dhcp)
        self.folder = folder
        for server in self.servers:
            fill(folder / server.name, server.name)
        self.login: Any = {"username": USER, "password": self.servers[0].web.password}

    def start(self) -> None:
        """Wait for normal operation."""
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.wait_for(NORMAL, 60)

    def stop(self) -> None:
        """End both."""
        self.client.close()
        for server in self.servers:
            server.stop()

    def kill(self, number: int) -> None:
        """End one without warning."""
        os.kill(self.servers[number].pid, signal.SIGKILL)

    def url(self, number: int = 0) -> str:
        """The page of one server."""
        return self.servers[number].web.url

    def ask(self, number: int, command: str, **arguments: Any) -> dict[str, Any]:
        """Ask a server at its unix socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.connect(str(self.folder / self.servers[number].name / SOCKET))
            channel.sendall(json.dumps({"command": command, "arguments": arguments}).encode())
            channel.shutdown(socket.SHUT_WR)
            answer: dict[str, Any] = json.loads(b"".join(iter(lambda: channel.recv(65536), b"")))
            return answer


def fill(folder: Path, name: str, subnets: int = SUBNETS, leases: int = LEASES) -> None:
    """Give a server of the demonstration many subnets, of which the last is the fullest, and leases in them."""
    file = folder / "kea-dhcp4.conf"
    tree = json.loads(file.read_text())
    for number in range(subnets):
        prefix = f"10.{64 + (number >> 8)}.{number & 255}"
        pool = {"pool": f"{prefix}.0 - {prefix}.255"}
        tree["Dhcp4"]["subnet4"].append({"id": 1000 + number, "subnet": f"{prefix}.0/24", "pools": [pool]})
    file.write_text(json.dumps(tree, indent=2))
    with (folder / f"{name}-leases4.csv").open("w") as rows:
        rows.write(f"{HEADER}\n")
        expire = int(time.time()) + 7000
        for lease, (number, place) in enumerate(_places(subnets, leases)):
            address = f"10.{64 + (number >> 8)}.{number & 255}.{place}"
            mac = (0x020000000000 + lease).to_bytes(6, "big").hex(":")
            rows.write(f"{address},{mac},01:{mac},7200,{expire},{1000 + number},0,0,pc-{lease},0,,0\n")


def _places(subnets: int, leases: int) -> Iterator[tuple[int, int]]:
    """Yield the subnet and the last byte of each address: an equal share for all, the rest for the last ones."""
    share, more = divmod(leases, subnets)
    for number in range(subnets):
        for place in range(share + (number >= subnets - more)):
            yield number, place


class Looker:
    """A browser with one page, which keeps the complaints of the console."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium of the system, without a window."""
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield made
        finally:
            made.close()


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Look again and again, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            if holds():
                return True
        time.sleep(0.05)
    return False
