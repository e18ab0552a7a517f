"""The sender of a message: hardware address and client identifier, and how the log names them."""

from __future__ import annotations

from functools import lru_cache

from kea_twisted.wire.constants import OPT_CLIENT_IDENTIFIER
from kea_twisted.wire.message import Message

_NO_CLIENT_ID = b""
_RFC4361_TYPE = 255


Client = tuple[bytes, bytes]
"""Hardware address and client identifier."""


def client_of(message: Message) -> Client:
    """Return the sender's hardware address and client identifier."""
    return message.chaddr, message.options.get(OPT_CLIENT_IDENTIFIER, _NO_CLIENT_ID)


def client_id(message: Message) -> bytes:
    """Return the payload of option 61; b"" when there is none."""
    return message.options.get(OPT_CLIENT_IDENTIFIER, _NO_CLIENT_ID)


def label(message: Message) -> str:
    """Return the beginning of a log line: ``[hwtype=1 08:00:27:c4:0f:d1], cid=[01:08:…], tid=0x1d4e6eaa``."""
    return _label(message.htype, message.chaddr, message.options.get(OPT_CLIENT_IDENTIFIER, _NO_CLIENT_ID), message.xid)


def client_label(hwaddr: bytes, identifier: bytes, htype: int = 1) -> str:
    """Return the client as lines name it that are about no message of it."""
    return f"[hwtype={htype} {hwaddr.hex(':')}], cid=[{identifier.hex(':') or 'no info'}]"


@lru_cache(maxsize=256)  # the lines about a query and about its reply begin alike
def _label(htype: int, hwaddr: bytes, identifier: bytes, xid: int) -> str:
    return f"{client_label(hwaddr, identifier, htype)}, tid={xid:#x}"


def hwaddr_text(message: Message) -> str:
    """``hwtype=1 08:00:27:c4:0f:d1``, as Kea prints a hardware address with its type."""
    return f"hwtype={message.htype} {message.chaddr.hex(':')}"


def duid(identifier: bytes) -> bytes:
    """Return the DUID inside a client identifier of type 255, behind the four bytes of the IAID; b"" in any other.

    RFC 4361 section 6.1; Kea looks for it there when it compares a reservation's ``duid``.
    """
    return identifier[5:] if len(identifier) > 5 and identifier[0] == _RFC4361_TYPE else b""
