"""The bytes of DHCP clients: messages out, replies in. It shares nothing with the server's code."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
MASK, ROUTER, REQUESTED, LIFETIME, KIND, SERVER, CLIENT_ID = 1, 3, 50, 51, 53, 54, 61
COOKIE = b"\x63\x82\x53\x63"
BROADCAST_MAC = b"\xff" * 6
ETH_P_IP = 0x0800


@dataclass(frozen=True)
class Reply:
    """A server's answer, with the frame's sender."""

    kind: int
    xid: int
    mac: bytes
    address: str
    options: dict[int, bytes]
    server_mac: bytes
    destination: str
    frame: bytes

    @property
    def server(self) -> str:
        """The server identifier."""
        return socket.inet_ntoa(self.options[SERVER])

    @property
    def lifetime(self) -> int:
        """The lease time in seconds."""
        return int.from_bytes(self.options[LIFETIME], "big")


def mac_of(number: int) -> bytes:
    """The hardware address of the client with this number."""
    return b"\x02" + number.to_bytes(5, "big")


def message(
    kind: int,
    mac: bytes,
    xid: int,
    *,
    address: str = "0.0.0.0",
    options: dict[int, bytes] | None = None,
    secs: int = 0,
    flags: int = 0,
) -> bytes:
    """A BOOTP message of a client; `address` is its ciaddr."""
    head = struct.pack("!BBBBIHH", 1, 1, 6, 0, xid, secs, flags)
    head += socket.inet_aton(address) + bytes(12) + mac.ljust(16, b"\0") + bytes(192) + COOKIE
    fields = {KIND: bytes([kind]), CLIENT_ID: b"\x01" + mac, **(options or {})}
    tail = b"".join(bytes([code, len(value)]) + value for code, value in fields.items())
    return (head + tail + b"\xff").ljust(300, b"\0")


def frame(
    payload: bytes,
    mac: bytes,
    *,
    source: str = "0.0.0.0",
    target: str = "255.255.255.255",
    to: bytes = BROADCAST_MAC,
) -> bytes:
    """Ethernet, IPv4 and UDP around a message, from port 68 to port 67."""
    udp = struct.pack("!HHHH", 68, 67, 8 + len(payload), 0) + payload
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    pseudo = addresses + struct.pack("!BBH", 0, 17, len(udp))
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp) or 0xFFFF) + udp[8:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0x10, 20 + len(udp), 0, 0, 64, 17, 0) + addresses
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return to + mac + struct.pack("!H", ETH_P_IP) + ip + udp


def checksum(data: bytes) -> int:
    """The Internet checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def parse(data: bytes) -> Reply | None:
    """The reply in a frame, or None for anything else."""
    if len(data) < 282 or data[12:14] != b"\x08\x00" or data[23] != 17:
        return None
    udp = 14 + (data[14] & 15) * 4
    if data[udp : udp + 4] != b"\x00\x43\x00\x44":
        return None
    body = data[udp + 8 :]
    options = _options(body[240:])
    if body[0] != 2 or KIND not in options:
        return None
    return Reply(
        kind=options[KIND][0],
        xid=int.from_bytes(body[4:8], "big"),
        mac=body[28:34],
        address=socket.inet_ntoa(body[16:20]),
        options=options,
        server_mac=data[6:12],
        destination=socket.inet_ntoa(data[30:34]),
        frame=data,
    )


def _options(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position = 0
    while position < len(data) and data[position] != 255:
        if data[position] == 0:
            position += 1
            continue
        length = data[position + 1]
        found[data[position]] = data[position + 2 : position + 2 + length]
        position += 2 + length
    return found


def selecting(mac: bytes, xid: int, address: str, server: str | None, secs: int = 0) -> bytes:
    """The REQUEST that names an address, and the server it was offered by."""
    options = {REQUESTED: socket.inet_aton(address)}
    if server is not None:
        options[SERVER] = socket.inet_aton(server)
    return message(REQUEST, mac, xid, options=options, secs=secs)
