"""Servers with sockets in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock

from kea_twisted.adapters.net.nics import Nic
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.net.sockets import WATCH_INTERVAL, Sockets
from kea_twisted.config.model import InterfacesConfig
from kea_twisted.engine.effects import Interface, Reply
from kea_twisted.wire.message import Message, encode
from tests.fakes import RecordingLog

MAC = bytes.fromhex("080027c40fd1")


EM1 = Nic("em1", 2, MAC, (0x0A000001,))


EM2 = Nic("em2", 3, MAC, (0x0A000101,))


BARE = EM1._replace(addresses=())


class FakePort:
    """A port that opens unless its interface is in the refusals, and keeps what it is to send."""

    port = 67

    def __init__(self, world: World, config: InterfacesConfig, nic: Nic, protocol: Any) -> None:
        self.world, self.config, self.nic, self.protocol = world, config, nic, protocol
        self.alive = False
        self.sent: list[Reply] = []

    def bound(self, packets: int) -> None:
        self.most = packets

    def startListening(self) -> None:
        if self.nic.name in self.world.refusals:
            raise self.world.refusals[self.nic.name]
        self.alive = True
        self.world.happened.append(f"open {self.nic.name}")

    def stopListening(self) -> None:
        self.alive = False
        self.world.happened.append(f"close {self.nic.name}")

    def send(self, reply: Reply) -> None:
        if "send" in self.world.refusals:
            raise self.world.refusals["send"]
        self.sent.append(reply)


class World:
    """A machine whose interfaces can be changed, and the sockets on it."""

    def __init__(self, *nics: Nic, route: Callable[[int], int | None] = lambda destination: None) -> None:
        self.happened: list[str] = []
        self.refusals: dict[str, OSError] = {}
        self.blind: OSError | None = None
        self.clock = Clock()
        self.log = RecordingLog()
        self.ports: list[FakePort] = []
        self.have(*nics)
        make: Callable[..., Any] = self._make
        self.open_ports = OpenPorts(self.log, route)
        self.sockets = Sockets(
            self.clock,
            make,
            self.open_ports,
            lambda query: None,
            lambda: None,
            self,  # type: ignore[arg-type]
            self.log,
            give_up=lambda: self.happened.append("give up"),
            nics=self._look,
        )

    def _look(self) -> dict[str, Nic]:
        if self.blind is not None:
            raise self.blind
        return self.nics

    def have(self, *nics: Nic) -> None:
        self.nics = {nic.name: nic for nic in nics}

    def open(self, *entries: str, **settings: Any) -> None:
        self.sockets.open(InterfacesConfig(entries, **settings))

    def wait(self) -> None:
        self.log.clear()
        self.clock.advance(WATCH_INTERVAL)

    def _make(self, config: InterfacesConfig, nic: Nic, protocol: Any) -> FakePort:
        self.ports.append(FakePort(self, config, nic, protocol))
        return self.ports[-1]


MESSAGE = Message(2, 1, 0, 0x1D4E6EAA, 0, 0, 0, 0, 0, 0, MAC, b"", b"", {53: b"\x02"})


def reply(name: str) -> Reply:
    return Reply(encode(MESSAGE), Interface(name, 2, MAC, (1,)), 1, 2, 68, MAC)
