"""Datagrams and HTTP bodies that no honest client sends."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator

from .bootp import DISCOVER, RELEASE, REQUEST, frame, mac_of, message

MAC = mac_of(0xBAD)
_HEADER = 240


def datagrams(count: int, seed: int = 1) -> Iterator[bytes]:
    """So many whole frames, the kinds in turn; the same seed gives the same frames."""
    chance = random.Random(seed)
    for number in range(count):
        yield _KINDS[number % len(_KINDS)](chance, number // len(_KINDS))


def _good(chance: random.Random) -> bytes:
    kind = chance.choice([DISCOVER, REQUEST, RELEASE])
    return message(kind, MAC, chance.getrandbits(32), options={50: chance.randbytes(4)})


def _truncated(chance: random.Random, number: int) -> bytes:
    """A message cut after each of its bytes in turn; the headers around it agree with the cut."""
    payload = _good(chance)
    return frame(payload[: number % len(payload)], MAC)


def _cut_frame(chance: random.Random, number: int) -> bytes:
    """A frame cut anywhere after its Ethernet header; the headers promise more than there is."""
    data = frame(_good(chance), MAC)
    return data[: 14 + number % (len(data) - 14)]


def _random_bytes(chance: random.Random, number: int) -> bytes:
    return frame(chance.randbytes(chance.randrange(1, 1400)), MAC)


def _flipped(chance: random.Random, number: int) -> bytes:
    """A few bytes of the message changed; checksums are right."""
    payload = bytearray(_good(chance))
    for _ in range(chance.randrange(1, 9)):
        payload[chance.randrange(len(payload))] = chance.randrange(256)
    return frame(bytes(payload), MAC)


def _random_options(chance: random.Random, number: int) -> bytes:
    return frame(_good(chance)[:_HEADER] + chance.randbytes(chance.randrange(0, 1000)), MAC)


def _long_option(chance: random.Random, number: int) -> bytes:
    """The last option promises more than the message has."""
    option = bytes([chance.randrange(1, 255), chance.randrange(100, 256)]) + chance.randbytes(5)
    return frame(_good(chance)[:_HEADER] + b"\x35\x01\x01" + option, MAC)


def _many_options(chance: random.Random, number: int) -> bytes:
    """One option over and over, up to the largest frame: what a joined option may grow to."""
    code = bytes([chance.choice([12, 43, 55, 61, 77, 81, 82, 121, 124, 125])])
    one = code + b"\xff" + chance.randbytes(255)
    return frame(_good(chance)[:_HEADER] + b"\x35\x01\x01" + one * 4 + b"\xff", MAC)


def _odd_option(chance: random.Random, number: int) -> bytes:
    """A known option with a length or content its type does not allow."""
    code = chance.choice([12, 50, 51, 53, 54, 55, 57, 60, 61, 77, 81, 82, 118, 121, 124])
    value = chance.randbytes(chance.choice([0, 1, 2, 3, 5, 7, 20, 255]))
    option = bytes([code, len(value)]) + value
    return frame(_good(chance)[:_HEADER] + b"\x35\x01\x01" + option + b"\xff", MAC)


def _odd_header(chance: random.Random, number: int) -> bytes:
    """op, htype, hlen, hops, cookie or relay address that make no sense."""
    payload = bytearray(_good(chance))
    place, values = chance.choice(
        [
            (0, b"\x02"),
            (0, b"\x09"),
            (1, b"\x00"),
            (2, b"\x00"),
            (2, b"\xff"),
            (3, b"\xff"),
            (236, b"\x00"),
            (24, b"\xe0\0\0\1"),
        ]
    )
    payload[place : place + len(values)] = values
    return frame(bytes(payload), MAC)


def _wrong_checksum(chance: random.Random, number: int) -> bytes:
    data = bytearray(frame(_good(chance), MAC))
    place = chance.choice([24, 40])
    data[place : place + 2] = struct.pack("!H", struct.unpack_from("!H", data, place)[0] ^ chance.randrange(1, 0xFFFF))
    return bytes(data)


def _wrong_lengths(chance: random.Random, number: int) -> bytes:
    """The IP header length, the IP total length or the UDP length lies."""
    data = bytearray(frame(_good(chance), MAC))
    place = chance.choice([14, 16, 38])
    if place == 14:
        data[14] = 0x40 | chance.randrange(16)
    else:
        data[place : place + 2] = chance.randbytes(2)
    return bytes(data)


def _fragment(chance: random.Random, number: int) -> bytes:
    data = bytearray(frame(_good(chance), MAC))
    data[20:22] = struct.pack("!H", chance.choice([0x2000, 0x2001, 0x0001, 0x1FFF]))
    return bytes(data)


_KINDS: tuple[Callable[[random.Random, int], bytes], ...] = (
    _truncated,
    _cut_frame,
    _random_bytes,
    _flipped,
    _random_options,
    _long_option,
    _many_options,
    _odd_option,
    _odd_header,
    _wrong_checksum,
    _wrong_lengths,
    _fragment,
)

BODIES: tuple[bytes, ...] = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"command"',
    b"{}",
    b'{"command": 1}',
    b'{"command": null, "service": ["dhcp4"]}',
    b'{"command": "list-commands", "service": "dhcp4", "arguments": []}',
    b'{"command": "lease4-get-page", "arguments": {"from": "x", "limit": -1}}',
    b'{"command": "lease4-update", "arguments": {"ip-address": "999.0.0.1", "force-create": true}}',
    b'{"command": "lease4-del", "arguments": null}',
    b'{"command": "dhcp-disable", "arguments": {"max-period": 1e400}}',
    b'{"command": "ha-heartbeat", "arguments": {"server-name": ["x"]}}',
    b'{"command": "\xff\xfe"}',
    b"\x00" * 1000,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"command": "' + b"x" * 1_000_000 + b'"}',
    b'{"command": "list-commands", "n": ' + b"9" * 10_000 + b"}",
)
STREAMS: tuple[bytes, ...] = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    b"\r\n" * 1000 + b"\r\n",
    b"POST / HTTP/9.9\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"POST /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
)
