"""A DHCP server with ``libdhcp_radius`` at work, and RADIUS servers in memory."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.task import Clock

from kea_twisted.config import load
from kea_twisted.config.model import Settings
from kea_twisted.engine.core import Core
from kea_twisted.engine.departure import departs
from kea_twisted.engine.server import Server
from kea_twisted.libraries import lookup
from kea_twisted.libraries.lookup import configured
from kea_twisted.server.hoststorage import HostStorage
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import DISCOVER, INFORM, REQUEST
from kea_twisted.wire.message import decode
from tests.builders import World, mac, message, packed, query

packets = pytest.importorskip("pyrad.packet", reason="needs pyrad, of the extra test")

SECRET = "s3cret word"
NAMES = {
    1: "User-Name", 2: "User-Password", 4: "NAS-IP-Address", 5: "NAS-Port", 8: "Framed-IP-Address", 25: "Class",
    31: "Calling-Station-Id", 40: "Acct-Status-Type", 41: "Acct-Delay-Time", 44: "Acct-Session-Id",
    77: "Connect-Info", 80: "Message-Authenticator", 88: "Framed-Pool",
}  # fmt: skip
CODES = {name: code for code, name in NAMES.items()}
SUBNET = {"id": 1, "subnet": "10.0.0.0/24", "interface": "em1", "pools": [{"pool": "10.0.0.10 - 10.0.0.19"}]}
SERVERS = [{"name": "10.9.9.1", "secret": SECRET}, {"name": "10.9.9.2", "port": 1899, "secret": SECRET}]


def configuration(
    service: dict[str, Any], *, others: tuple[Any, ...] = (), subnets: Any = (SUBNET,), **more: Any
) -> Settings:
    """The library with its parameters, and the host cache."""
    radius = {"library": "libdhcp_radius.so", "parameters": service}
    cache = {"library": "libdhcp_host_cache.so"}
    tree = {
        "subnet4": list(subnets), "hooks-libraries": [cache, radius, *others], "valid-lifetime": 600,
        "cache-threshold": 0.0, **{name.replace("_", "-"): value for name, value in more.items()},
    }  # fmt: skip
    return load(json.dumps({"Dhcp4": tree}), "f", lambda path: "", (), (lookup.check,))


class Socket:
    """A socket to a server; what it sends is kept in ``sent`` of the network."""

    def __init__(self, network: Network, protocol: Any, interface: str) -> None:
        self.network, self.protocol, self.interface = network, protocol, interface
        self.peer = ("", 0)
        self.is_open = True

    def connect(self, address: str, port: int) -> None:
        """Note the server."""
        if self.network.unreachable:
            raise OSError(101, "Network is unreachable")
        self.peer = (address, port)

    def getHost(self) -> Any:
        """An address of this host."""
        return SimpleNamespace(host="10.9.9.254")

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.network.sent.append((self, data))

    def stopListening(self) -> None:
        """Note it."""
        self.is_open = False


class Network:
    """A reactor with such sockets only."""

    def __init__(self) -> None:
        self.sent: list[tuple[Socket, bytes]] = []
        self.sockets: list[Socket] = []
        self.unreachable = False

    def listenUDP(self, port: int, protocol: Any, interface: str) -> Socket:
        """A new socket."""
        made = Socket(self, protocol, interface)
        protocol.transport = made
        self.sockets.append(made)
        return made


def data_file(name: str) -> str:
    """The path of a file, which may lie anywhere but in /etc."""
    if name.startswith("/etc/"):
        raise ValueError("invalid path specified: '/etc'")
    return name


class Site(World):
    """The server, its clock and the RADIUS servers."""

    def __init__(self, settings: Settings) -> None:
        self.clock, self.network = Clock(), Network()
        self.written = 0  # decisions whose leases are on disk
        super().__init__(settings)
        self.hosts.collect(self.loop.at_end_of_turn)
        self.libraries: list[Any] = []
        for entry, kind in configured(settings.hooks_libraries):
            self.log.add(kind.events)
            library = kind(entry.parameters)
            library.load(
                SimpleNamespace(
                    log=self.log, number=1, table=self.table, reactor=self.network, timers=self.clock,
                    now=lambda: self.now, settings=settings, stored_hosts=self.hosts, statistics=self.statistics,
                    data_file=data_file,
                )  # type: ignore[arg-type]
            )  # fmt: skip
            library.register(self.hooks)
            self.libraries.append(library)
        for callback in self.hooks.dhcp4_srv_configured:
            callback(settings)
        for library in self.libraries:
            library.start()
        self.radius: Any = self.libraries[1]

    def callLater(self, delay: float, function: Any) -> None:
        """Call it at the next turn."""
        self.clock.callLater(delay, function)

    def pass_time(self, seconds: float) -> None:
        """Let time pass for the timers and for leases."""
        self.now += seconds
        self.clock.advance(seconds)
        self.turn()

    def turn(self) -> None:
        """Let queries go on that waited for less than a network, and write what was decided."""
        for _ in range(4):
            self.clock.advance(0)
        for decision in self.decisions[self.written :]:
            for callback in self.hooks.leases4_committed:
                callback(decision)
        self.written = len(self.decisions)

    def hear(self, kind: int, client: int, address: str = "", options: Any = (), **fields: Any) -> None:
        """A client sends a message."""
        own: dict[int, bytes] = {61: b"\x01" + mac(client), **dict(options)}
        if address:
            own |= {50: packed(address), 54: packed("10.0.0.1")}
        shown = {"chaddr": mac(client), "xid": client, **fields}
        self.loop.handle(query(message(kind, own, **shown)))
        self.loop.batch_done()
        self.turn()

    def replies(self) -> list[tuple[int, str]]:
        """The type and the address of replies since the last time."""
        made, self.decisions[:] = list(self.decisions), []
        self.written = 0
        sent = [departs(each, self.hooks, self.log, self.statistics) for each in made]
        found = [decode(reply.payload) for reply in sent if reply is not None]
        return [(reply.options[53][0], address_text(reply.yiaddr)) for reply in found]

    def discover(self, client: int, **fields: Any) -> list[tuple[int, str]]:
        """A DISCOVER; its replies so far."""
        self.hear(DISCOVER, client, **fields)
        return self.replies()

    def request(self, client: int, address: str, **fields: Any) -> list[tuple[int, str]]:
        """A REQUEST that accepts an offer; its replies so far."""
        self.hear(REQUEST, client, address, **fields)
        return self.replies()

    def inform(self, client: int) -> list[tuple[int, str]]:
        """An INFORM; its replies so far."""
        self.hear(INFORM, client, ciaddr=0x0A000009)
        return self.replies()

    def asked(self) -> list[tuple[str, dict[str, bytes]]]:
        """Where requests went since the last time, and their attributes."""
        sent, self.network.sent[:] = list(self.network.sent), []
        self.last = sent[-1] if sent else self.last
        found = []
        for socket, data in sent:
            kind = packets.AcctPacket if data[0] == 4 else packets.AuthPacket
            packet: Any = kind(packet=data, secret=SECRET.encode())
            verified = packet.verify_message_authenticator() if data[0] != 4 and 80 in packet else None
            assert packet.VerifyAcctRequest() if data[0] == 4 else verified is not False
            shown = {NAMES[code]: values[0] for code, values in packet.items()}
            if "User-Password" in shown:
                shown["User-Password"] = packet.PwDecrypt(shown["User-Password"]).encode()
            found.append((f"{socket.peer[0]}:{socket.peer[1]}", shown))
        return found

    last: Any = None

    def answer(
        self, code: int, signed: bool = True, secret: str = SECRET, **attributes: bytes
    ) -> list[tuple[int, str]]:
        """A server answers the last request; the replies to clients since then."""
        socket, data = self.network.sent[-1] if self.network.sent else self.last
        kind = packets.AcctPacket if data[0] == 4 else packets.AuthPacket
        request: Any = kind(packet=data, secret=secret.encode())
        reply = request.CreateReply(message_authenticator=signed)
        reply.code = code
        if not signed:
            reply.message_authenticator = None
        for name, value in attributes.items():
            reply.setdefault(CODES[name.replace("_", "-")], []).append(value)
        socket.protocol.datagramReceived(reply.ReplyPacket(), socket.peer)
        self.turn()
        return self.replies()

    def _serve(self, before: Server | None = None, served: Any = frozenset, **ports: int) -> Server:
        self.hosts = HostStorage(self.clock, self.log, self.table)  # type: ignore[arg-type]
        self.hosts.open(self.settings)
        core = Core(
            self.settings, self.table, self.hooks, self.log, self.statistics, self.service_state, host_lookup=self.hosts
        )
        return Server(core, lambda: frozenset((0x0A000001,)), before)
