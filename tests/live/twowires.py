"""One server on two wires, and raw frames from either: whom it answers, from which address, by which interface."""

from __future__ import annotations

import json
import select
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from .bootp import BROADCAST_MAC
from .hosts import Lan
from .kinds import place
from .messages import SERVER_MAC, Packet, frame_to
from .twins import Answer, parse

WIRES = {"em1": SERVER_MAC, "em2": bytes.fromhex("02fefefe0002")}
_LAST_XID = 0xFD000000


class Heard(NamedTuple):
    """A reply: the wire it came by, and where from and to."""

    wire: str
    source: str
    target: str
    mac: str
    server: str  # option 54
    kind: int
    address: str


class TwoWires:
    """A server with interfaces em1 (10.0.0.1/24) and em2 (10.0.1.1/24), and a packet socket on either wire.

    ``setup`` are commands of ``ip`` for more addresses and routes.
    """

    def __init__(self, kind: str, folder: Path, config: dict[str, Any], *setup: tuple[str, ...]) -> None:
        self.lans = {name: Lan() for name in WIRES}
        host = self.lans["em1"].host("server", "em1")
        second = self.lans["em2"]
        host.namespace.ip("link", "add", "em2", "type", "veth", "peer", "name", "p-server", "netns", second.switch.name)
        second.switch.ip("link", "set", "p-server", "master", "br0", "up")
        for name, mac in WIRES.items():
            host.namespace.ip("link", "set", name, "address", mac.hex(":"), "up")
        host.namespace.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        host.namespace.ip("addr", "add", "10.0.0.1/24", "brd", "+", "dev", "em1")
        host.namespace.ip("addr", "add", "10.0.1.1/24", "brd", "+", "dev", "em2")
        for words in setup:
            host.namespace.ip(*words)
        self.host = host
        self.server = place(kind, host, folder, json.dumps({"Dhcp4": config}, indent=1))
        self.sockets: dict[str, socket.socket] = {}
        for name, lan in self.lans.items():
            client = lan.client("client")
            made = client.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            made.bind((client.interface, 3))
            made.setblocking(False)
            self.sockets[name] = made

    def __enter__(self) -> TwoWires:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for made in self.sockets.values():
            made.close()
        if self.server.process is not None:
            self.server.stop()
        for lan in self.lans.values():
            lan.close()

    def ask(self, packet: Packet, target: str = "255.255.255.255", wire: str = "em1") -> list[Heard]:
        """Send to an address by a wire; all replies within half a second, or shortly after the first."""
        to = BROADCAST_MAC if target.endswith("255") else WIRES[wire]
        self.sockets[wire].send(frame_to(packet, target, to))
        heard: list[Heard] = []
        end = time.monotonic() + 0.5
        while (left := end - time.monotonic()) > 0:
            for ready in select.select(list(self.sockets.values()), [], [], left)[0]:
                name = next(name for name, made in self.sockets.items() if made is ready)
                data = ready.recv(65536)
                self._resolve(name, data)
                answer = parse(data)
                if answer is not None:
                    heard.append(_heard(name, answer))
                    end = min(end, time.monotonic() + 0.1)
        return heard

    def _resolve(self, name: str, data: bytes) -> None:
        """Answer the server's ARP for all addresses on the wire but its own."""
        if data[12:14] != b"\x08\x06" or data[20:22] != b"\x00\x01" or data[28:32] == data[38:42]:
            return
        if data[6:12] != WIRES[name]:
            return
        mac = bytes.fromhex("02aaaaaaaaaa")
        answer = data[6:12] + mac + b"\x08\x06" + data[14:20] + b"\x00\x02" + mac + data[38:42] + data[22:32]
        self.sockets[name].send(answer)


def _heard(wire: str, answer: Answer) -> Heard:
    mac, source, target, _ = answer.frame
    server = answer.option(54)
    named = socket.inet_ntoa(server) if server else ""
    return Heard(wire, str(source), str(target), str(mac), named, answer.kind, answer.address)
