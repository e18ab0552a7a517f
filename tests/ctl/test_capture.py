"""Queries from capture files, and explain over one of them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from kea_twisted.ctl.capture import queries
from kea_twisted.wire.message import decode, encode
from tests.builders import mac, message
from tests.ctl.calls import call
from tests.ctl.test_ctl_explain import ctl  # noqa: F401  # a fixture

QUERY = encode(message(1, {61: b"\x01" + mac(2)}, chaddr=mac(2), giaddr=0x0A000001))
REPLY = b"\x02" + QUERY[1:]


def ip_packet(payload: bytes, port: int = 67, protocol: int = 17, fragment: int = 0) -> bytes:
    """An IPv4 packet; trailing bytes are padding of Ethernet."""
    udp = struct.pack("!HHHH", 68, port, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, fragment, 64, protocol, 0, b"\0" * 4, b"\xff" * 4)
    return head + udp + b"\0" * 5


def ethernet(packet: bytes, *tags: int) -> bytes:
    """A frame, in VLANs or not."""
    inside = b"".join(struct.pack("!HH", tag, 7) for tag in tags)
    return b"\xff" * 12 + inside + b"\x08\x00" + packet


def capture(frames: Iterable[bytes], link: int = 1, order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    """A file as tcpdump writes it."""
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(f"{order}IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_byte_orders_and_resolutions(order: str, magic: int) -> None:
    assert list(queries(capture([ethernet(ip_packet(QUERY))], order=order, magic=magic))) == [QUERY]


@pytest.mark.parametrize(
    ("link", "wrap"),
    [
        (1, ethernet),
        (1, lambda packet: ethernet(packet, 0x8100)),
        (1, lambda packet: ethernet(packet, 0x88A8, 0x8100)),
        (101, lambda packet: packet),
        (113, lambda packet: b"\0" * 16 + packet),
        (276, lambda packet: b"\0" * 20 + packet),
    ],
)
def test_link_types(link: int, wrap: Callable[[bytes], bytes]) -> None:
    assert list(queries(capture([wrap(ip_packet(QUERY))], link))) == [QUERY]


def test_everything_else_is_passed_over() -> None:
    other = [
        ip_packet(REPLY),
        ip_packet(QUERY, port=53),
        ip_packet(QUERY, protocol=6),
        ip_packet(QUERY, fragment=0x2000),
    ]
    frames = [*map(ethernet, other), b"", b"\0" * 40, ethernet(ip_packet(QUERY))]
    assert list(queries(capture(frames))) == [QUERY]
    assert list(queries(capture([ethernet(ip_packet(QUERY))] * 2)[:-60])) == [QUERY, QUERY[: len(QUERY) - 55]]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "not a capture in the pcap format"),
        (b"\x0a\x0d\x0d\x0a" + b"\0" * 40, "convert it with editcap -F pcap"),
        (capture([], link=105), "link type 105 is not supported"),
        (capture([])[:20], "the capture ends within its header"),
    ],
)
def test_other_files_are_refused(data: bytes, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        list(queries(data))


def test_the_answer_to_a_captured_query_is_explained(ctl: Any, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "dump.pcap"
    other = encode(message(1, chaddr=mac(9), giaddr=0x0A000001))
    file.write_bytes(capture([ethernet(ip_packet(other)), ethernet(ip_packet(REPLY)), ethernet(ip_packet(QUERY))]))
    status, text = ctl("explain", "--interface", "lo", "--pcap", str(file), "2")
    assert status == 0
    reply = decode(bytes.fromhex(text.splitlines()[-1]))
    assert (reply.chaddr, reply.xid) == (mac(2), 0x1D4E6EAA)
    status, text = ctl("explain", "--pcap", str(file), "3")
    assert (status, f"{file} has 2 messages to a DHCP server, none of number 3" in text) == (2, True)


@pytest.mark.parametrize("words", [[], ["--mac", "08:00:27:00:00:01", "--pcap", __file__]])
def test_either_a_client_or_a_capture(words: list[str]) -> None:
    result = call("--socket", "/nowhere", "explain", *words)
    assert result.exit_code == 2 and "name the client by --mac, or give a capture" in result.stderr
