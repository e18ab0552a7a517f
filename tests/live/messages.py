"""Messages of clients and relays with every field at hand. It shares nothing with the server's code."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

from .bootp import BROADCAST_MAC, COOKIE, ETH_P_IP, KIND, checksum

SERVER_ADDRESS = "10.0.0.1"
SERVER_MAC = bytes.fromhex("02fefefe0001")
Options = tuple[tuple[int, bytes], ...]


class Packet(NamedTuple):
    """A message and the headers around it; ``unicast`` sends it to the server alone."""

    kind: int
    mac: bytes
    options: Options = ()
    ciaddr: str = "0.0.0.0"
    giaddr: str = "0.0.0.0"
    xid: int = 1
    flags: int = 0
    secs: int = 0
    hops: int = 0
    htype: int = 1
    op: int = 1
    hlen: int | None = None
    unicast: bool = False
    source: str = "0.0.0.0"
    port: int = 68
    sname: bytes = b""
    file: bytes = b""

    def __str__(self) -> str:
        """The deviations from the usual."""
        plain = Packet(self.kind, self.mac)
        told = [f"{name}={value}" for name, value in self._asdict().items() if value != getattr(plain, name)]
        options = " ".join(f"{code}:{value.hex() or '-'}" for code, value in self.options)
        return f"type {self.kind} of {self.mac.hex(':')} {' '.join(told[1:] if self.options else told)} [{options}]"

    def payload(self) -> bytes:
        """The UDP payload: options in the order given, 53 before them unless ``kind`` is 0."""
        hlen = len(self.mac) if self.hlen is None else self.hlen
        head = struct.pack("!BBBBIHH", self.op, self.htype, hlen, self.hops, self.xid, self.secs, self.flags)
        head += socket.inet_aton(self.ciaddr) + bytes(8) + socket.inet_aton(self.giaddr)
        head += self.mac.ljust(16, b"\0")[:16] + self.sname.ljust(64, b"\0") + self.file.ljust(128, b"\0")
        first = ((KIND, bytes((self.kind,))),) if self.kind else ()
        tail = b"".join(_option(code, payload) for code, payload in (*first, *self.options))
        return (head + COOKIE + tail + b"\xff").ljust(300, b"\0")

    def frame(self) -> bytes:
        """The whole Ethernet frame."""
        target = SERVER_ADDRESS if self.unicast or self.giaddr != "0.0.0.0" else "255.255.255.255"
        return frame_to(self, target, BROADCAST_MAC if target == "255.255.255.255" else SERVER_MAC)


def frame_to(packet: Packet, target: str, to: bytes) -> bytes:
    """The packet as an Ethernet frame to an IP address and a hardware address."""
    payload = packet.payload()
    port = 67 if packet.giaddr != "0.0.0.0" and packet.port == 68 else packet.port
    addresses = socket.inet_aton(packet.source) + socket.inet_aton(target)
    udp = struct.pack("!HHHH", port, 67, 8 + len(payload), 0) + payload
    udp = udp[:6] + struct.pack("!H", _udp_sum(addresses, udp)) + udp[8:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0x10, 20 + len(udp), 0, 0, 64, 17, 0) + addresses
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return to + packet.mac.ljust(6, b"\0")[:6] + struct.pack("!H", ETH_P_IP) + ip + udp


def _udp_sum(addresses: bytes, udp: bytes) -> int:
    return checksum(addresses + struct.pack("!BBH", 0, 17, len(udp)) + udp) or 0xFFFF


def _option(code: int, payload: bytes) -> bytes:
    """One option, in parts where it is long (RFC 3396)."""
    parts = [payload[start : start + 255] for start in range(0, len(payload), 255)] or [b""]
    return b"".join(bytes((code, len(part))) + part for part in parts)
