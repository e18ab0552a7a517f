"""DHCP servers under test, of any kind: start, stop, commands, lease file."""

from __future__ import annotations

import csv
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from . import control
from .dialect import JsonMap
from .hosts import Host
from .process import Process

STARTED = r"DHCP4_STARTED"


class Server(ABC):
    """A server on a host, with a folder of its own for configuration, leases, logs and pid file."""

    def __init__(self, host: Host, folder: Path, text: str) -> None:
        self.host = host
        self.folder = folder
        # The daemons refuse to put a control socket into a folder that others may read.
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self.config = folder / "kea-dhcp4.conf"
        self.data = folder  # where the lease file is
        self.more: dict[str, str] = {}  # additions to the environment
        self.write(text)
        self.process: Process | None = None

    @abstractmethod
    def words(self) -> list[str]:
        """The command line."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the folder of its files."""

    @abstractmethod
    def adapted(self, text: str) -> str:
        """The configuration as this server takes it."""

    def write(self, text: str) -> None:
        """Replace the configuration file; a running server sees it after `reload`."""
        self.config.write_text(self.adapted(text))

    def launch(self) -> Process:
        """Start it and do not wait for anything."""
        self.process = self.host.start(
            self.words(), self.folder / "server.log", {**self.environment(), **self.more}, cwd=self.folder
        )
        return self.process

    def start(self, seconds: float = 20.0) -> Process:
        """Start it and wait until it says that it serves."""
        process = self.launch()
        process.wait_for(STARTED, seconds)
        return process

    @property
    def running(self) -> Process:
        """The process that was started last."""
        assert self.process is not None, "never started"
        return self.process

    def stop(self) -> int:
        """Ask it to end; returns the exit code."""
        return self.running.stop()

    def kill(self) -> None:
        """End it without a chance to clean up."""
        self.running.kill()
        # A real Kea takes a pid file of a process that still lives for a running server, and pids come back.
        for stale in self.folder.glob("*.pid"):
            stale.unlink()

    def reload(self) -> None:
        """Have it read its configuration again."""
        self.running.signal(signal.SIGHUP)

    def wait_for(self, pattern: str, seconds: float = 15.0, since: int = 0) -> str:
        """Wait for a log line."""
        return self.running.wait_for(pattern, seconds, since)

    def ask(self, command: str, arguments: JsonMap | None = None, port: int = 8000) -> JsonMap:
        """Send a control command to the server's own port and return the one answer."""
        return control.ask(self.host, self.address, port, command, arguments)

    @property
    def address(self) -> str:
        """The first address of the host."""
        words = self.host.namespace.ip("-4", "-o", "addr", "show", "dev", self.host.interface).split()
        return words[words.index("inet") + 1].partition("/")[0]

    def rows(self) -> Iterator[dict[str, str]]:
        """All rows of the lease file and its older parts, oldest first."""
        stem = self.data / "kea-leases4.csv"
        # A finished clean-up (.completed) replaces its two inputs; without one they are still the truth.
        done = stem.with_name(stem.name + ".completed").exists()
        for suffix in (".completed", "") if done else (".2", ".1", ""):
            path = stem.with_name(stem.name + suffix)
            if path.exists():
                with path.open(newline="", errors="replace") as file:
                    # A row torn by a kill has too few fields; no client was promised what it says.
                    yield from (row for row in csv.DictReader(file) if row.get("state") is not None)

    def leases(self) -> dict[str, dict[str, str]]:
        """Return the holders of addresses by the lease file: the last row of an address counts.

        Lifetime 0 means gone: deleted, or (state 3, newer Keas) released and remembered for its client.
        """
        found = {row["address"]: row for row in self.rows()}
        return {address: row for address, row in found.items() if row["valid_lifetime"] != "0"}
