"""A prefilter for frames: recognizes a sound query of the usual build without decoding it.

A server whose partner serves the clients hears all of them. What passes here is what ``parse_frame`` and ``decode``
would make a message of, and of a type that servers are asked; of anything else, right or wrong, they have to say
what it is.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from kea_twisted.wire.constants import (
    DECLINE,
    DISCOVER,
    INFORM,
    MAGIC_COOKIE,
    MAX_HLEN,
    OPT_END,
    OPT_MESSAGE_TYPE,
    OPT_OVERLOAD,
    OPT_PAD,
    RELEASE,
    REQUEST,
)
from kea_twisted.wire.frame import udp_sum_is_right
from kea_twisted.wire.message import SMALLEST

TYPES: Final = frozenset((DISCOVER, REQUEST, DECLINE, RELEASE, INFORM))
"""The types of message that may pass."""

_IP: Final = 14
_UDP: Final = _IP + 20
_OPTIONS: Final = _UDP + 8 + 240
_BEHIND_TYPE: Final = _OPTIONS + 3
_IPV4: Final = 0x0800
_NO_IP_OPTIONS: Final = 0x45
_FRAGMENTED: Final = 0x3FFF
_PROTOCOL_UDP: Final = 17
# ethertype; version, size, fragment, protocol, source, destination; size, sum; hlen, cookie; code, length, type
_unpack = Struct("!12xHBxH2xHxB2xII4xHH2xB233xI3B").unpack_from

_LEAST: Final = tuple(256 if code == OPT_OVERLOAD else SMALLEST.get(code, 0) for code in range(256))
"""Sizes below which an option takes a closer look, by code; one that tells of more options always does."""


def is_plain_query(data: bytes, start: int, verify_udp: bool) -> bool:
    """Return True if the frame that begins at ``start`` is a query that can be understood.

    False where it takes a closer look: tags, options of IP, another option before the type, overloaded fields.
    """
    if len(data) < start + _BEHIND_TYPE:
        return False
    (
        ethertype, version, size, fragment, protocol, source, destination, udp_size, checksum, hlen, cookie,
        code, length, kind,
    ) = _unpack(data, start)  # fmt: skip
    udp = start + _UDP
    if (
        cookie != MAGIC_COOKIE or code != OPT_MESSAGE_TYPE or length != 1 or kind not in TYPES
        or ethertype != _IPV4 or version != _NO_IP_OPTIONS or fragment & _FRAGMENTED or protocol != _PROTOCOL_UDP
        or hlen > MAX_HLEN or size > len(data) - start - _IP or not _BEHIND_TYPE - _UDP <= udp_size <= size - 20
        or int.from_bytes(data[start + _IP : udp], "big") % 65535
    ):  # fmt: skip
        return False
    if verify_udp and checksum and not udp_sum_is_right(data[udp : udp + udp_size], source + destination):
        return False
    return _are_options_sound(data, start + _BEHIND_TYPE)


def _are_options_sound(data: bytes, at: int) -> bool:
    """Return True if no option needs decoding. Bytes behind the message can only make this False."""
    least = _LEAST
    try:
        while (code := data[at]) != OPT_END:
            if code == OPT_PAD:
                at += 1
                continue
            size = data[at + 1]
            if size < least[code]:
                return False
            at += 2 + size
    except IndexError:
        pass  # cheaper than asking before every option whether there is one
    return True
