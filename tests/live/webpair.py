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

CHROMIUM = "/usr/bin/chromium"
NORMAL = "HA_STATE_TRANSITION .* to HOT-STANDBY"


class WebPair:
    """Two servers whose control sockets have pages."""

    def __init__(self, folder: Path) -> None:
        self.servers, dhcp, port = loopback_pair(folder, lambda line: None)
        self.client = LoopbackClient(port, dhcp)
        self.folder = folder
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
