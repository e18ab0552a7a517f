"""Probes of an address: ICMP echo (RFC 792) and ARP (RFC 826, RFC 5227), and the replies to them."""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

ECHO_REPLY: Final = 0
UNREACHABLE: Final = 3
ECHO_REQUEST: Final = 8

_ICMP: Final = Struct("!BBHHH")  # type, code, checksum, identifier, sequence
_IP_ADDRESSES: Final = Struct("!II")
_PAYLOAD: Final = b"kea-twisted probe "
_ETHERNET: Final = Struct("!6s6sH")
_ARP: Final = Struct("!HHBBH6sI6sI")
_ETHERTYPE_ARP: Final = 0x0806
_IS_IPV4: Final = (1, 0x0800, 6, 4)  # over Ethernet
_REQUEST: Final = 1
_BROADCAST: Final = b"\xff" * 6


class Answer(NamedTuple):
    """An ICMP message about a probe; ``address`` was probed. ``kind`` is ECHO_REPLY or UNREACHABLE."""

    kind: int
    address: int
    identifier: int
    sequence: int


def echo_request(identifier: int, sequence: int) -> bytes:
    """Return the ICMP message of an echo request."""
    body = _ICMP.pack(ECHO_REQUEST, 0, 0, identifier, sequence) + _PAYLOAD
    return _ICMP.pack(ECHO_REQUEST, 0, _checksum(body), identifier, sequence) + _PAYLOAD


def read_answer(packet: bytes) -> Answer | None:
    """Return the answer in an IP packet with ICMP in it; None: it is none. Raises ValueError if it is malformed."""
    kind, identifier, sequence, header = _read(packet)
    if kind == ECHO_REPLY:
        return Answer(kind, _IP_ADDRESSES.unpack_from(packet, 12)[0], identifier, sequence)
    if kind != UNREACHABLE:
        return None
    embedded = packet[header + _ICMP.size :]
    kind, identifier, sequence, _ = _read(embedded)
    if kind != ECHO_REQUEST:
        return None
    return Answer(UNREACHABLE, _IP_ADDRESSES.unpack_from(embedded, 12)[1], identifier, sequence)


def arp_probe(mac: bytes, address: int) -> bytes:
    """Return the frame that asks who has an address, and says nothing of an address of ours."""
    return _ETHERNET.pack(_BROADCAST, mac, _ETHERTYPE_ARP) + _ARP.pack(*_IS_IPV4, _REQUEST, mac, 0, bytes(6), address)


def read_arp(frame: bytes) -> int | None:
    """Return the address that the sender of an ARP frame has; None: it tells none."""
    if len(frame) < _ETHERNET.size + _ARP.size or frame[12:14] != b"\x08\x06":
        return None
    found = _ARP.unpack_from(frame, _ETHERNET.size)
    return found[6] or None if found[:4] == _IS_IPV4 else None


def _read(packet: bytes) -> tuple[int, int, int, int]:
    """Return type, identifier and sequence of the ICMP message in an IP packet, and the size of its IP header."""
    if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != 1:
        raise ValueError("no IPv4 packet with ICMP")
    header = (packet[0] & 15) * 4
    if header < 20 or len(packet) < header + _ICMP.size:
        raise ValueError(f"{len(packet)} bytes are too few")
    kind, _, _, identifier, sequence = _ICMP.unpack_from(packet, header)
    return kind, identifier, sequence, header


def _checksum(data: bytes) -> int:
    """Return the Internet checksum of an even number of bytes (RFC 1071)."""
    return 0xFFFF - int.from_bytes(data, "big") % 0xFFFF
