"""Messages and their bytes: both directions, cut at every length, and against what a real Kea sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.errors import OPTION, MalformedPacket
from kea_twisted.wire.frame import build_frame, parse_frame
from kea_twisted.wire.message import Message, decode, encode

MAC = bytes.fromhex("080027c40fd1")
DISCOVER = Message(
    1, 1, 0, 0x1D4E6EAA, 3, 0x8000, 0, 0, 0, 0, MAC, b"", b"",
    {53: b"\1", 61: b"\1" + MAC, 50: b"\n\0\0\n", 55: b"\1\3\6\x0f", 12: b"client"},
)  # fmt: skip
ACK = Message(
    2, 1, 1, 0xFFFFFFFF, 0, 0, 0x0A000001, 0x0A00000A, 0x0A000002, 0x0A0000FE,
    MAC, b"server", b"boot/file",
    {53: b"\5", 1: b"\xff\xff\xff\0", 15: b"x" * 400, 82: b"\1\4port"},
)  # fmt: skip
# RFC 4390: no hardware address
INFINIBAND = Message(1, 32, 0, 1, 0, 0, 0, 0, 0, 0, b"", b"", b"", {53: b"\1"})
LONGEST = Message(1, 1, 255, 1, 65535, 65535, 1, 2, 3, 4, b"\xee" * 16, b"s" * 64, b"f" * 128, {})

KEA_FRAMES = Path(__file__).parents[1] / "data" / "kea-packets" / "frames-3.0.4.tsv"


def kea_frames() -> list[tuple[str, bytes]]:
    rows = [line.split("\t") for line in KEA_FRAMES.read_text().splitlines()]
    return [(title, bytes.fromhex(frame)) for title, frame in rows]


def with_options(wire: str) -> bytes:
    """A message with these option bytes behind the cookie."""
    return encode(DISCOVER)[:240] + bytes.fromhex(wire)


@pytest.mark.parametrize("message", [DISCOVER, ACK, INFINIBAND, LONGEST])
def test_decode_is_the_inverse_of_encode(message: Message) -> None:
    assert decode(encode(message)) == message


def test_the_fixed_part_byte_by_byte() -> None:
    data = encode(ACK)
    assert data[:28].hex(" ", 4) == "02010601 ffffffff 00000000 0a000001 0a00000a 0a000002 0a0000fe"
    assert data[28:44] == MAC.ljust(16, b"\0")
    assert data[44:108] == b"server".ljust(64, b"\0")
    assert data[108:236] == b"boot/file".ljust(128, b"\0")
    assert data[236:243].hex() == "63825363350105"


def test_a_short_message_is_filled_up_to_300_bytes() -> None:
    data = encode(INFINIBAND)
    assert len(data) == 300
    assert data[240:] == b"\x35\1\1\xff".ljust(60, b"\0")


@pytest.mark.parametrize(("title", "frame"), kea_frames())
def test_what_kea_sent_is_what_we_send(title: str, frame: bytes) -> None:
    datagram = parse_frame(frame, verify_udp=True)
    message = decode(datagram.payload)
    # Kea does not fill up to 300 bytes, apart from that every byte is the same
    assert encode(message) == datagram.payload.ljust(300, b"\0")
    rebuilt = build_frame(
        datagram.source_mac, frame[:6], datagram.source, datagram.destination,
        datagram.source_port, datagram.destination_port, datagram.payload,
    )  # fmt: skip
    assert rebuilt == frame


def test_a_message_cut_in_the_fixed_part_is_malformed() -> None:
    data = encode(DISCOVER)
    for size in range(240):
        with pytest.raises(MalformedPacket, match="at least 236" if size < 236 else "no magic cookie"):
            decode(data[:size])


def test_a_message_cut_in_the_options_keeps_the_whole_ones() -> None:
    data = encode(DISCOVER)
    whole = list(DISCOVER.options.items())
    for size in range(240, len(data) + 1):
        assert list(decode(data[:size]).options.items()) in [whole[:count] for count in range(6)]


def test_another_cookie_is_malformed() -> None:
    data = bytearray(encode(DISCOVER))
    data[236] = 0
    with pytest.raises(MalformedPacket, match="cookie"):
        decode(bytes(data))


def test_a_hardware_address_longer_than_its_field_is_malformed() -> None:
    data = bytearray(encode(DISCOVER))
    data[2] = 17
    with pytest.raises(MalformedPacket, match="hardware address of 17 bytes"):
        decode(bytes(data))


@pytest.mark.parametrize(
    ("wire", "options"),
    [
        ("0c00 ff", {}),  # an empty host name counts as none
        ("0c020000 ff", {}),
        ("0c03616200 ff", {12: b"ab"}),
        ("3c00 ff", {60: b""}),
        ("32050a00000a01 ff", {50: b"\n\0\0\n"}),  # as Kea: too long is cut
        ("39020100 39020200 ff", {57: b"\1\0"}),
        ("e00161 ff", {224: b"a"}),
    ],
)
def test_liberal_in_what_is_accepted(wire: str, options: dict[int, bytes]) -> None:
    assert decode(with_options(wire)).options == options


@pytest.mark.parametrize("wire", ["3500 ff", "36030a0000 ff", "76030a0000 ff", ("3d80" + "61" * 128) * 2])
def test_an_option_of_the_wrong_size_that_the_message_depends_on_is_malformed(wire: str) -> None:
    """The type, the server, the subnet, and an identifier of 256 bytes, for which there is no room in a lease."""
    with pytest.raises(MalformedPacket, match="option|client identifier is too large") as caught:
        decode(with_options(wire))
    assert caught.value.part == OPTION


@pytest.mark.parametrize(
    ("wire", "options"),
    [
        ("32030a0000 ff", {50: b"\n\0\0"}),
        ("3700 3901ff 3d0161 ff", {55: b"", 57: b"\xff", 61: b"a"}),
        ("3400 ff", {}),
    ],
)
def test_any_other_option_that_is_too_short_stays_for_a_later_check(wire: str, options: dict[int, bytes]) -> None:
    assert decode(with_options(wire)).options == options


def overloaded(overload: int) -> Message:
    """Options in both fields, and an option 52 that says where to look."""
    data = bytearray(encode(DISCOVER)[:240]) + bytes((52, 1, overload, 255))
    data[44:50] = b"\x0c\2ab\xff\0"
    data[108:115] = b"\x0c\1c\x3c\1v\xff"
    return decode(bytes(data))


@pytest.mark.parametrize(
    ("overload", "options", "sname", "file"),
    [
        (1, {12: b"c", 60: b"v"}, b"\x0c\2ab\xff", b""),
        (2, {12: b"ab"}, b"", b"\x0c\1c\x3c\1v\xff"),
        (3, {12: b"cab", 60: b"v"}, b"", b""),  # file comes before sname, RFC 2131 section 4.1
        (0, {}, b"\x0c\2ab\xff", b"\x0c\1c\x3c\1v\xff"),
    ],
)
def test_options_in_other_fields(overload: int, options: dict[int, bytes], sname: bytes, file: bytes) -> None:
    message = overloaded(overload)
    assert (message.options, message.sname, message.file) == (options, sname, file)


addresses = st.integers(0, 0xFFFFFFFF)
messages = st.builds(
    Message,
    op=st.integers(0, 255), htype=st.integers(0, 255), hops=st.integers(0, 255), xid=addresses,
    secs=st.integers(0, 65535), flags=st.integers(0, 65535),
    ciaddr=addresses, yiaddr=addresses, siaddr=addresses, giaddr=addresses, chaddr=st.binary(max_size=16),
    sname=st.binary(max_size=64).map(lambda text: text.rstrip(b"\0")),
    file=st.binary(max_size=128).map(lambda text: text.rstrip(b"\0")),
    options=st.dictionaries(st.sampled_from([1, 3, 15, 43, 56, 77, 82, 119, 224]), st.binary(max_size=300)),
)  # fmt: skip


@given(messages)
def test_messages_round_trip(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=600), st.binary(max_size=400))
def test_no_bytes_raise_anything_but_malformed_packet(data: bytes, options: bytes) -> None:
    for packet in (data, encode(DISCOVER)[:240] + options):
        try:
            message = decode(packet)
        except MalformedPacket as reason:
            assert str(reason)
        else:
            decode(encode(message))
