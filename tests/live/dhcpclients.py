"""Stock DHCP clients: udhcpc, dhclient and dhcpcd, each with a script that records what the client learnt.

None of them gets to see the machine's own resolv.conf, lease folders or run folder.
"""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from .clientscript import Learnt, Script, learnt
from .hosts import Host
from .process import Process

# udhcpc, dhclient and dhcpcd call the same moments by different names.
BOUND = ("bound", "BOUND", "REBOOT")
RENEWED = ("renew", "RENEW")


class Client(ABC):
    """A stock client on a host."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.script = Script(folder)
        self.process: Process | None = None

    @abstractmethod
    def words(self) -> Sequence[str]:
        """The command line: stay in the foreground, ask at once."""

    def start(self) -> Process:
        """Start it without waiting for a lease."""
        self.process = self.host.start(_hidden(self.words()), self.folder / "client.log")
        return self.process

    def obtain(self, seconds: float = 30.0) -> Learnt:
        """Start it and wait for its lease."""
        since = len(self.script.events())
        self.start()
        return self.wait_event(BOUND, since, seconds)

    def renew(self, seconds: float = 30.0) -> Learnt:
        """Have it renew now, or wait for the time when it does by itself."""
        since = len(self.script.events())
        self.ask_renewal()
        return self.wait_event(RENEWED, since, seconds)

    @abstractmethod
    def ask_renewal(self) -> None:
        """Nudge it to renew now."""

    @abstractmethod
    def release(self) -> None:
        """Give the lease back and end."""

    def kill(self) -> None:
        """End it; it keeps its lease, as a machine that lost its power does."""
        if self.process is not None:
            self.process.kill()

    def wait_event(self, names: Sequence[str], since: int, seconds: float) -> Learnt:
        """Wait for one of the moments after the first `since` events."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for event in self.script.events()[since:]:
                if event["event"] in names:
                    return learnt(event)
            time.sleep(0.05)
        seen = [event["event"] for event in self.script.events()]
        log = self.process.output()[-3000:] if self.process else ""
        raise AssertionError(f"no {names} within {seconds} s, only {seen}; log:\n{log}")


class Udhcpc(Client):
    """BusyBox's client."""

    def words(self) -> Sequence[str]:
        """Three tries a second apart, then again, until a server answers."""
        return [
            "udhcpc",
            "-f",
            "-R",
            "-t",
            "3",
            "-T",
            "1",
            "-A",
            "1",
            "-i",
            self.host.interface,
            "-s",
            str(self.script.path),
        ]

    def ask_renewal(self) -> None:
        """SIGUSR1 renews."""
        assert self.process is not None
        self.process.signal(signal.SIGUSR1)

    def release(self) -> None:
        """SIGUSR2 releases; it would stay, without a lease."""
        assert self.process is not None
        self.process.signal(signal.SIGUSR2)
        self.process.wait_for("releasing|entering released", 5)
        self.process.stop()


class Dhclient(Client):
    """ISC's client."""

    def words(self) -> Sequence[str]:
        """The empty configuration keeps the machine's own settings out."""
        return ["dhclient", "-d", "-v", *self._files(), self.host.interface]

    def ask_renewal(self) -> None:
        """It takes no nudge; its renewal time has to come."""

    def release(self) -> None:
        """A second dhclient ends the first and sends the release."""
        words = ["dhclient", "-r", "-d", "-v", *self._files(), self.host.interface]
        self.host.start(_hidden(words), self.folder / "release.log").wait(15)

    def _files(self) -> list[str]:
        configuration = self.folder / "dhclient.conf"
        configuration.write_text("request subnet-mask, routers, dhcp-server-identifier, dhcp-lease-time;\n")
        leases = self.folder / "dhclient.leases"
        leases.touch()
        pid = self.folder / "dhclient.pid"
        return ["-sf", str(self.script.path), "-cf", str(configuration), "-lf", str(leases), "-pf", str(pid)]


class Dhcpcd(Client):
    """Roy Marples' client."""

    def words(self) -> Sequence[str]:
        """No ARP probes and no delay at the start: both cost seconds and tell nothing about the server."""
        configuration = self.folder / "dhcpcd.conf"
        configuration.write_text("option routers, dhcp_server_identifier\nnoarp\nnodelay\ninitial_interval 2\n")
        return [
            "dhcpcd",
            "-B",
            "-4",
            "-d",
            "-f",
            str(configuration),
            "-c",
            str(self.script.path),
            self.host.interface,
        ]

    def ask_renewal(self) -> None:
        """SIGUSR1 renews."""
        assert self.process is not None
        self.process.signal(signal.SIGUSR1)

    def release(self) -> None:
        """SIGALRM releases and ends."""
        assert self.process is not None
        self.process.signal(signal.SIGALRM)
        self.process.wait(15)


CLIENTS: dict[str, type[Client]] = {"udhcpc": Udhcpc, "dhclient": Dhclient, "dhcpcd": Dhcpcd}


def _hidden(words: Sequence[str]) -> list[str]:
    """Run with empty folders where clients keep state and with a spare resolv.conf, in private mounts."""
    script = (
        "for folder in /run /var/lib/dhcp /var/lib/dhcpcd; do"
        ' if [ -d "$folder" ]; then mount -t tmpfs none "$folder"; fi; done;'
        " cp /etc/resolv.conf /run/resolv.conf; mount --bind /run/resolv.conf /etc/resolv.conf 2>/dev/null;"
        ' exec "$@"'
    )
    return ["sh", "-c", script, "sh", *words]
