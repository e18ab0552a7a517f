"""The DHCPv4 message (RFC 2131 section 2): the fixed part and the options, joined per code.

``decode`` and ``encode`` are neighbours and inverse to each other. Addresses are integers, options stay
bytes, which their readers decode. Only the sizes of the options that the server itself reads are checked here, so
that no reader has to.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from kea_twisted.errors import OPTION, MalformedPacket
from kea_twisted.records import new
from kea_twisted.wire.constants import (
    MAGIC_COOKIE,
    MAX_HLEN,
    MINIMUM_SIZE,
    OPT_CLIENT_IDENTIFIER,
    OPT_FQDN,
    OPT_HOST_NAME,
    OPT_LEASE_TIME,
    OPT_MAX_MESSAGE_SIZE,
    OPT_MESSAGE_TYPE,
    OPT_OVERLOAD,
    OPT_PARAMETER_REQUEST_LIST,
    OPT_REBINDING_TIME,
    OPT_RENEWAL_TIME,
    OPT_REQUESTED_ADDRESS,
    OPT_SERVER_IDENTIFIER,
    OPT_SUBNET_SELECTION,
    OPT_V6_ONLY_PREFERRED,
)
from kea_twisted.wire.options import pack_options, unpack_options

# op htype hlen hops xid secs flags ciaddr yiaddr siaddr giaddr chaddr sname file cookie
_FIXED: Final = Struct("!4BI2H4I16s64s128sI")
_unpack_fixed = _FIXED.unpack_from
_pack_fixed = _FIXED.pack

# Smallest and largest size of the options the server reads: the beginning of a longer one counts (Kea up to 3.0; later
# it drops some of those, too). A shorter one stays as it is: ``wire.formats`` decides about it.
_ANY: Final = 1 << 32
LONGEST_CLIENT_ID: Final = 255  # what a lease can hold, in Kea, too
_SIZES: Final = {
    OPT_REQUESTED_ADDRESS: (4, 4),
    OPT_LEASE_TIME: (4, 4),
    OPT_OVERLOAD: (1, 1),
    OPT_MESSAGE_TYPE: (1, 1),
    OPT_SERVER_IDENTIFIER: (4, 4),
    OPT_PARAMETER_REQUEST_LIST: (1, _ANY),
    OPT_MAX_MESSAGE_SIZE: (2, 2),
    OPT_RENEWAL_TIME: (4, 4),
    OPT_REBINDING_TIME: (4, 4),
    OPT_CLIENT_IDENTIFIER: (2, LONGEST_CLIENT_ID),  # RFC 2132 section 9.14
    OPT_FQDN: (3, _ANY),
    OPT_V6_ONLY_PREFERRED: (4, 4),
    OPT_SUBNET_SELECTION: (4, 4),
}
_SIZED: Final = frozenset(_SIZES)
SMALLEST: Final = {code: lowest for code, (lowest, _) in _SIZES.items()}
"""By code: a message with a shorter option takes a closer look."""
_sound: Final[set[tuple[int, ...]]] = set()
"""Codes and sizes of the options of messages in which none has to be cut: few kinds of clients exist."""
_MOST_SHAPES: Final = 1024
_NEEDED: Final = frozenset((OPT_MESSAGE_TYPE, OPT_SERVER_IDENTIFIER, OPT_SUBNET_SELECTION))
_TOO_LONG: Final = "client identifier is too large ({}), at most {} is required"


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
    """Return the message in a UDP payload. Raises MalformedPacket (with the reason) if it is none.

    Options with a number or an address that the server reads (50, 51, 53, 54, 57 to 59, 108, 118) have its
    size exactly in the result, unless they are shorter than they must be. Any ``op`` and any type of message pass.
    """
    size = len(data)
    if size < 240:
        if size >= 236:
            raise MalformedPacket("no magic cookie: not a DHCP message")
        raise MalformedPacket(f"message of {size} bytes, at least 236 needed")
    (
        op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file, cookie
    ) = _unpack_fixed(data)  # fmt: skip
    if cookie != MAGIC_COOKIE:
        raise MalformedPacket("invalid magic cookie: not a DHCP message")
    if hlen > MAX_HLEN:
        raise MalformedPacket(f"hardware address of {hlen} bytes, at most {MAX_HLEN} possible")
    options = unpack_options(data, 240)
    if OPT_OVERLOAD in options:
        sname, file = _unpack_overloaded(options, sname, file)
    shape = (*options, *map(len, options.values()))
    if shape not in _sound:
        _fit(shape, options)
    if OPT_HOST_NAME in options and options[OPT_HOST_NAME][-1:] in b"\0":
        _trim_host_name(options)
    return new(Message, (
        op, htype, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr,
        chaddr[:hlen], sname.rstrip(b"\0"), file.rstrip(b"\0"), options,
    ))  # fmt: skip


def encode(message: Message, field: bytes | None = None) -> bytes:
    """Return the UDP payload of a message; options in order, 53 first and 82 last; at least 300 bytes.

    ``field`` is the option field where it is packed already; the options of the message do not count then.
    """
    op, htype, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file, options = message
    field = pack_options(options) if field is None else field
    return pack(op, htype, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file, field)


def pack(
    op: int,
    htype: int,
    hops: int,
    xid: int,
    secs: int,
    flags: int,
    ciaddr: int,
    yiaddr: int,
    siaddr: int,
    giaddr: int,
    chaddr: bytes,
    sname: bytes,
    file: bytes,
    field: bytes,
) -> bytes:
    """Return the UDP payload of the parts of a message, at least 300 bytes; ``field`` is the packed option field."""
    data = (
        _pack_fixed(
            op, htype, len(chaddr), hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr,
            chaddr, sname, file, MAGIC_COOKIE,
        )
        + field
    )  # fmt: skip
    return data if len(data) >= MINIMUM_SIZE else data.ljust(MINIMUM_SIZE, b"\0")


def _fit(shape: tuple[int, ...], options: dict[int, bytes]) -> None:
    """Cut the options that the server reads to their sizes; messages of this shape are known if none had to be cut."""
    wrong = [
        code for code in _SIZED.intersection(options) if not _SIZES[code][0] <= len(options[code]) <= _SIZES[code][1]
    ]
    for code in wrong:
        options[code] = _cut(code, options[code])
    if not wrong:
        if len(_sound) >= _MOST_SHAPES:
            _sound.clear()
        _sound.add(shape)


def _cut(code: int, payload: bytes) -> bytes:
    """The payload of an option of the wrong size, cut. Raises MalformedPacket if the message makes no sense with it."""
    lowest, highest = _SIZES[code]
    if len(payload) < lowest:
        if code in _NEEDED:
            raise MalformedPacket(f"option {code} of {len(payload)} bytes, at least {lowest} needed", OPTION)
        return payload
    if code == OPT_CLIENT_IDENTIFIER:
        raise MalformedPacket(_TOO_LONG.format(len(payload), highest), OPTION)
    return payload[:highest]


def _trim_host_name(options: dict[int, bytes]) -> None:
    """No NUL at the end (RFC 2132 section 2), and no empty name: it is seen, and Kea ignores it."""
    name = options.pop(OPT_HOST_NAME).rstrip(b"\0")
    if name:
        options[OPT_HOST_NAME] = name


def _unpack_overloaded(options: dict[int, bytes], sname: bytes, file: bytes) -> tuple[bytes, bytes]:
    """Options in ``file``, then in ``sname`` (RFC 2131 section 4.1); what is left of sname and file."""
    overload = int.from_bytes(options.pop(OPT_OVERLOAD)[:1], "big")
    if overload & 1:
        unpack_options(file, 0, options)
        file = b""
    if overload & 2:
        unpack_options(sname, 0, options)
        sname = b""
    options.pop(OPT_OVERLOAD, None)
    return sname, file
