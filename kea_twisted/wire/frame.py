"""Ethernet, IPv4 (RFC 791) and UDP (RFC 768) around a DHCP message, for sockets that show whole frames.

Checksums are one's complement sums of 16-bit words (RFC 1071). Such a sum is the bytes as one number modulo
65535, which Python computes faster than any loop; 0 and 65535 are the same sum.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from kea_twisted.errors import CHECKSUM, FRAME, MalformedPacket
from kea_twisted.records import new
from kea_twisted.wire.address import address_text

_ETHERTYPE_IP: Final = 0x0800
_ETHERTYPE_VLAN: Final = (0x8100, 0x88A8)  # IEEE 802.1Q, 802.1ad
_PROTOCOL_UDP: Final = 17
_TTL: Final = 128  # this, TOS and the don't-fragment flag are Kea's (pkt_filter_lpf.cc, protocol_util.cc)
_VERSION_AND_TOS: Final = 0x4510
_DONT_FRAGMENT: Final = 0x4000
_WITHOUT_IP_OPTIONS: Final = 0x45
_FRAGMENTED: Final = 0x3FFF  # more-fragments flag and offset
_HEADERS_SIZE: Final = 42

_ETHERNET = Struct("!6s6sH")
_USUAL = Struct("!6s6sHBxHxxHxBxxII4H")  # the same as the next three, where IP has no options
_IP = Struct("!BxHxxHBBHII")  # version+length, total size, flags+offset, TTL, protocol, checksum, addresses
_UDP = Struct("!4H")
_HEADERS = Struct("!6s6sHHHHHBBHII4H")


class Datagram(NamedTuple):
    """A UDP datagram and the link-layer address it came from; addresses are integers."""

    source_mac: bytes
    source: int
    destination: int
    source_port: int
    destination_port: int
    payload: bytes


def build_frame(
    src_mac: bytes, dst_mac: bytes, src_ip: int, dst_ip: int, sport: int, dport: int, payload: bytes
) -> bytes:
    """Return an Ethernet frame with one UDP datagram in it, checksums filled in."""
    udp_size = 8 + len(payload)
    size = 20 + udp_size
    addresses = src_ip + dst_ip  # 2^16 is 1 modulo 65535, so a 32-bit number sums like its two halves
    ip_sum = -(_VERSION_AND_TOS + size + _DONT_FRAGMENT + (_TTL << 8 | _PROTOCOL_UDP) + addresses) % 65535
    words = int.from_bytes(payload, "big")
    if udp_size & 1:
        words <<= 8
    udp_sum = -(addresses + _PROTOCOL_UDP + 2 * udp_size + sport + dport + words) % 65535
    return _HEADERS.pack(
        dst_mac, src_mac, _ETHERTYPE_IP,
        _VERSION_AND_TOS, size, 0, _DONT_FRAGMENT, _TTL, _PROTOCOL_UDP, ip_sum, src_ip, dst_ip,
        sport, dport, udp_size, udp_sum or 0xFFFF,  # 0 would mean: no checksum
    ) + payload  # fmt: skip


def parse_frame(frame: bytes, verify_udp: bool) -> Datagram:
    """Return the UDP datagram in an Ethernet frame, VLAN tags skipped. Raises MalformedPacket if it is not well-formed.

    The IPv4 header's checksum is always verified, the datagram's with ``verify_udp`` (a frame from this very
    machine may not have got one yet). What an Ethernet driver added behind the packet is ignored.
    """
    if len(frame) < _HEADERS_SIZE:
        raise MalformedPacket(f"frame of {len(frame)} bytes, too short for UDP", FRAME)
    (
        _, source_mac, ethertype, version, size, fragment, protocol, source, destination,
        sport, dport, udp_size, checksum,
    ) = _USUAL.unpack_from(frame)  # fmt: skip
    if (
        ethertype == _ETHERTYPE_IP and version == _WITHOUT_IP_OPTIONS and protocol == _PROTOCOL_UDP
        and not fragment & _FRAGMENTED and 8 <= udp_size <= size - 20 <= len(frame) - 34
        and not int.from_bytes(frame[14:34], "big") % 65535
        and not (verify_udp and checksum and not udp_sum_is_right(frame[34 : 34 + udp_size], source + destination))
    ):  # fmt: skip
        return new(Datagram, (source_mac, source, destination, sport, dport, frame[42 : 34 + udp_size]))
    return _parse_closely(frame, verify_udp)


def _parse_closely(frame: bytes, verify_udp: bool) -> Datagram:  # noqa: C901  # a plain list of checks
    """Return the same of a frame with tags, options of IP, or something wrong."""
    _, source_mac, ethertype = _ETHERNET.unpack_from(frame)
    start = 14
    while ethertype in _ETHERTYPE_VLAN:
        ethertype = int.from_bytes(frame[start + 2 : start + 4], "big")
        start += 4
    if ethertype != _ETHERTYPE_IP:
        raise MalformedPacket(f"ethertype {ethertype:#06x}, not IPv4", FRAME)
    if len(frame) < start + 28:
        raise MalformedPacket("truncated IPv4 packet", FRAME)
    version, size, fragment, _, protocol, _, source, destination = _IP.unpack_from(frame, start)
    header = (version & 15) << 2
    end = start + size
    if version >> 4 != 4 or header < 20 or size < header + 8 or end > len(frame):
        raise MalformedPacket("truncated IPv4 packet or invalid sizes in it", FRAME)
    if fragment & _FRAGMENTED:
        raise MalformedPacket("fragmented IPv4 packet", FRAME)
    if protocol != _PROTOCOL_UDP:
        raise MalformedPacket(f"IPv4 protocol {protocol}, not UDP", FRAME)
    udp = start + header
    if int.from_bytes(frame[start:udp], "big") % 65535:
        raise MalformedPacket("wrong IPv4 header checksum", CHECKSUM)
    sport, dport, udp_size, checksum = _UDP.unpack_from(frame, udp)
    if not 8 <= udp_size <= end - udp:
        raise MalformedPacket("truncated UDP datagram or invalid size in it", FRAME)
    if verify_udp and checksum and not udp_sum_is_right(frame[udp : udp + udp_size], source + destination):
        raise MalformedPacket(f"wrong UDP checksum in a packet from {address_text(source)}", CHECKSUM)
    return new(Datagram, (source_mac, source, destination, sport, dport, frame[udp + 8 : udp + udp_size]))


def udp_sum_is_right(datagram: bytes, addresses: int) -> bool:
    """Return True if the checksum of a UDP datagram fits; ``addresses`` sums those of the IPv4 header."""
    words = int.from_bytes(datagram, "big")
    if len(datagram) & 1:
        words <<= 8
    return (words + addresses + _PROTOCOL_UDP + len(datagram)) % 65535 == 0
