"""Messages to DHCP servers in a capture file of tcpdump (the pcap format, with the link types that carry them)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

_ORDERS: Final = {
    b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">",
}  # fmt: skip
"""The byte order by the first four bytes; times are in microseconds or nanoseconds."""

_PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
_HEADERS: Final = {1: 14, 12: 0, 101: 0, 113: 16, 228: 0, 276: 20}
"""Bytes before the IP packet by link type: Ethernet, raw IP (three numbers), Linux cooked in two versions."""

_ETHERNET: Final = 1
_TAGS: Final = (0x8100, 0x88A8)  # VLAN, IEEE 802.1Q and 802.1ad
_UDP: Final = 17
_SERVER_PORT: Final = 67
_BOOTREQUEST: Final = 1


def queries(data: bytes) -> Iterator[bytes]:
    """Yield the messages of clients and relays, without their UDP header. Raises ValueError for another format."""
    order = _ORDERS.get(data[:4])
    if order is None:
        hint = "; convert it with editcap -F pcap" if data[:4] == _PCAPNG else ""
        raise ValueError(f"not a capture in the pcap format, as tcpdump -w writes it{hint}")
    if len(data) < 24:
        raise ValueError("the capture ends within its header")
    link = struct.unpack_from(f"{order}I", data, 20)[0] & 0x0FFFFFFF
    if link not in _HEADERS:
        raise ValueError(f"link type {link} is not supported: capture on an Ethernet interface or on 'any'")
    for frame in _frames(data, order):
        message = _message(_packet(frame, link))
        if message[:1] == bytes((_BOOTREQUEST,)):
            yield message


def _frames(data: bytes, order: str) -> Iterator[bytes]:
    """Yield the frames; one that the file cuts off ends them."""
    position = 24
    while position + 16 <= len(data):
        captured = struct.unpack_from(f"{order}I", data, position + 8)[0]
        yield data[position + 16 : position + 16 + captured]
        position += 16 + captured


def _packet(frame: bytes, link: int) -> bytes:
    """Return the IP packet of a frame."""
    start = _HEADERS[link]
    while link == _ETHERNET and int.from_bytes(frame[start - 2 : start], "big") in _TAGS:
        start += 4
    return frame[start:]


def _message(packet: bytes) -> bytes:
    """Return what a UDP datagram to the DHCP server's port carries; nothing of other packets and fragments."""
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != _UDP:
        return b""
    if int.from_bytes(packet[6:8], "big") & 0x3FFF:  # a fragment, or the first one of several
        return b""
    start = (packet[0] & 15) * 4
    if int.from_bytes(packet[start + 2 : start + 4], "big") != _SERVER_PORT:
        return b""
    length = int.from_bytes(packet[start + 4 : start + 6], "big")
    return packet[start + 8 : start + length]
