"""A small network: a switch, and hosts on it, each a network namespace of its own.

with Lan() as lan:
    server = lan.server("server1", "10.0.0.1/24")     # interface em1
    client = lan.client("client1")                    # interface eth0, no address
    client.cut()
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from .netns import Namespace, remove_stale
from .process import Process

# Several LANs may be alive in one test run, so each gets a number.
_numbers = itertools.count(1)


class Host:
    """A machine on the LAN with one interface."""

    def __init__(self, lan: Lan, name: str, interface: str) -> None:
        self.name = name
        self.interface = interface
        self.namespace = Namespace(f"{lan.number}-{name}")
        self.processes: list[Process] = []
        self._switch = lan.switch
        self._port = f"p-{name}"[:15]
        self.namespace.ip(
            "link", "add", interface, "type", "veth", "peer", "name", self._port, "netns", self._switch.name
        )
        self._switch.ip("link", "set", self._port, "master", "br0", "up")
        self.namespace.ip("link", "set", interface, "up")

    @property
    def mac(self) -> str:
        """The hardware address of the interface."""
        return self.namespace.run("cat", f"/sys/class/net/{self.interface}/address").strip()

    def add_address(self, address: str) -> None:
        """Give the interface an address, for example 10.0.0.1/24."""
        self.namespace.ip("addr", "add", address, "brd", "+", "dev", self.interface)

    def cut(self) -> None:
        """Pull the cable; addresses stay."""
        self._switch.ip("link", "set", self._port, "down")

    def restore(self) -> None:
        """Plug the cable in again."""
        self._switch.ip("link", "set", self._port, "up")

    def hear_broadcasts(self, hears: bool) -> None:
        """Have the switch send broadcasts of other hosts here, or not."""
        self._switch.run("bridge", "link", "set", "dev", self._port, "bcast_flood", "on" if hears else "off")

    def start(
        self, words: Sequence[str], log: Path, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> Process:
        """Start a long-running command here; it is stopped with the LAN at the latest."""
        process = Process(self.namespace.command(*words), log, env, cwd)
        self.processes.append(process)
        return process

    def run(self, *words: str) -> str:
        """Run a short command here and return what it printed."""
        return self.namespace.run(*words)

    def remove(self) -> None:
        """Stop what still runs here and remove the host."""
        for process in self.processes:
            process.kill()
        self.namespace.remove()


class Lan:
    """One broadcast domain. The bridge lives in a namespace too: the machine's own firewall never sees it."""

    def __init__(self) -> None:
        remove_stale()
        self.number = next(_numbers)
        self.hosts: list[Host] = []
        self.switch = Namespace(f"{self.number}-switch")
        self.switch.ip("link", "add", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0")
        self.switch.ip("link", "set", "br0", "up")

    def host(self, name: str, interface: str, *addresses: str) -> Host:
        """Add a host with any interface name and addresses."""
        host = Host(self, name, interface)
        self.hosts.append(host)
        for address in addresses:
            host.add_address(address)
        return host

    def server(self, name: str, address: str) -> Host:
        """Add a host with the interface name of the tutorial's servers."""
        return self.host(name, "em1", address)

    def client(self, name: str) -> Host:
        """Add a host that has no address yet."""
        return self.host(name, "eth0")

    def close(self) -> None:
        """Remove all of it."""
        for host in self.hosts:
            host.remove()
        self.switch.remove()

    def __enter__(self) -> Lan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
