"""Ethernet, IPv4 and UDP around a payload."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import MalformedPacket
from kea_twisted.wire.frame import Datagram, build_frame, parse_frame

SERVER = bytes.fromhex("d2b5d8e801fb")
CLIENT = bytes.fromhex("020000000001")
FRAME = build_frame(SERVER, CLIENT, 0x0A000001, 0x0A00000A, 67, 68, b"payload")
DATAGRAM = Datagram(SERVER, 0x0A000001, 0x0A00000A, 67, 68, b"payload")


def changed(position: int, *values: int) -> bytes:
    """The frame with other bytes at a position."""
    return FRAME[:position] + bytes(values) + FRAME[position + len(values) :]


def words_sum(data: bytes) -> int:
    """RFC 1071, word by word: the slow way."""
    total = sum(int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big") for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_a_frame_is_read_back() -> None:
    assert parse_frame(FRAME, verify_udp=True) == DATAGRAM


def test_padding_behind_the_packet_is_ignored() -> None:
    assert parse_frame(FRAME + b"\0" * 20, verify_udp=True) == DATAGRAM


@pytest.mark.parametrize("tags", ["81000064", "88a8006481000065"])
def test_vlan_tags_are_skipped(tags: str) -> None:
    assert parse_frame(FRAME[:12] + bytes.fromhex(tags) + FRAME[12:], verify_udp=True) == DATAGRAM


def test_ip_options_are_skipped() -> None:
    header = bytearray(FRAME[14:34] + b"\1" * 4)
    header[0], header[10:12] = 0x46, b"\0\0"
    header[3] += 4
    header[10:12] = (0xFFFF - words_sum(header)).to_bytes(2, "big")
    assert parse_frame(FRAME[:14] + bytes(header) + FRAME[34:], verify_udp=True) == DATAGRAM


def test_a_datagram_without_checksum_is_accepted() -> None:
    assert parse_frame(changed(40, 0, 0), verify_udp=True) == DATAGRAM


def test_a_wrong_udp_checksum_is_found_only_when_asked_for() -> None:
    frame = changed(45, 0x21)
    assert parse_frame(frame, verify_udp=False).payload != b"payload"
    with pytest.raises(MalformedPacket, match="UDP checksum"):
        parse_frame(frame, verify_udp=True)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (FRAME[:41], "too short"),
        (changed(12, 0x08, 0x06), "not IPv4"),
        (changed(14, 0x65), "invalid sizes"),
        (changed(14, 0x44), "invalid sizes"),
        (changed(16, 0xFF), "invalid sizes"),
        (changed(17, 20), "invalid sizes"),
        (changed(20, 0x20), "fragmented"),
        (changed(21, 1), "fragmented"),
        (changed(23, 6), "protocol 6"),
        (changed(26, 11), "header checksum"),
        (changed(38, 1), "UDP datagram"),
        (changed(39, 7), "UDP datagram"),
        (FRAME[:-1], "invalid sizes"),
        (FRAME[:12] + b"\x81\0\0\1" + FRAME[12:38], "truncated"),
    ],
)
def test_what_is_no_sound_datagram(frame: bytes, reason: str) -> None:
    with pytest.raises(MalformedPacket, match=reason):
        parse_frame(frame, verify_udp=True)


def test_a_frame_cut_anywhere_is_malformed() -> None:
    for size in range(len(FRAME)):
        with pytest.raises(MalformedPacket):
            parse_frame(FRAME[:size], verify_udp=False)


ports = st.integers(0, 65535)
macs = st.binary(min_size=6, max_size=6)
addresses = st.integers(0, 0xFFFFFFFF)


@given(macs, macs, addresses, addresses, ports, ports, st.binary(max_size=400))
def test_checksums_are_those_of_the_rfc(
    src: bytes, dst: bytes, source: int, destination: int, sport: int, dport: int, payload: bytes
) -> None:
    frame = build_frame(src, dst, source, destination, sport, dport, payload)
    assert words_sum(frame[14:34]) == 0xFFFF
    pseudo = frame[26:34] + b"\0\x11" + frame[38:40]
    assert words_sum(pseudo + frame[34:]) == 0xFFFF
    assert frame[40:42] != b"\0\0"
    assert parse_frame(frame, True) == Datagram(src, source, destination, sport, dport, payload)


@given(st.binary(max_size=100), st.binary(max_size=60))
def test_no_bytes_raise_anything_but_malformed_packet(data: bytes, rest: bytes) -> None:
    for frame in (data, FRAME[:14] + rest, FRAME[:34] + rest):
        with suppress(MalformedPacket):
            parse_frame(frame, verify_udp=True)
