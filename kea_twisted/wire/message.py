"""The DHCPv4 message (RFC 2131 section 2): the fixed part and the options, joined per code.

``decode`` and ``encode`` are neighbours and inverse to each other. Addresses are integers, options stay bytes:
what an option means is the business of whoever asks for it.
"""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """One DHCPv4 message. ``options`` maps code to payload, parts of a split option joined (RFC 3396)."""

    op: int
    htype: int
    hops: int
    xid: int
    secs: int
    flags: int
    ciaddr: int
    yiaddr: int
    siaddr: int
    giaddr: int
    chaddr: bytes  # hlen bytes, not the padded field
    sname: bytes  # without trailing zeros
    file: bytes
    options: dict[int, bytes]


def decode(data: bytes) -> Message:
    """The message in a UDP payload; MalformedPacket (with the reason) when it is none."""
    raise NotImplementedError


def encode(message: Message) -> bytes:
    """The UDP payload of a message; options in the order of the dict, 53 first and 82 last, at least 300 bytes."""
    raise NotImplementedError
