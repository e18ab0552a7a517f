"""RADIUS packets: requests are made and answers verified by pyrad, which is imported when a configuration needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from kea_twisted.libraries.radius.attributes import Attribute
from kea_twisted.libraries.radius.standard import MESSAGE_AUTHENTICATOR, USER_PASSWORD

ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT = 1, 2, 3
ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE = 4, 5
STATUS_SERVER = 12
NAMES: Final = {
    1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request", 5: "Accounting-Response",
    11: "Access-Challenge", 12: "Status-Server",
}  # fmt: skip
LONGEST: Final = 4096
"""Bytes of a packet (RFC 2865 section 3)."""


def check_driver(library: str) -> None:
    """Raise ValueError if pyrad is missing."""
    try:
        import pyrad.packet  # noqa: F401
    except ImportError:
        text = f"{library} needs pyrad, which is not installed: pip install 'kea-twisted[radius]'"
        raise ValueError(text) from None


class Request(NamedTuple):
    """A request as it is sent, and what verifies the answers to it."""

    data: bytes
    packet: Any
    authenticates: bool


class Answer(NamedTuple):
    """The code of an answer and its attributes, without the Message-Authenticator and those of vendors."""

    code: int
    attributes: tuple[tuple[int, bytes], ...]


def encoded(code: int, identifier: int, secret: bytes, attributes: Iterable[Attribute], authenticates: bool) -> Request:
    """Return a request. Raises ValueError if it is too long.

    An Access-Request has a Message-Authenticator as its first attribute, against CVE-2024-3596, if that is wanted, a
    Status-Server in any case (RFC 5997 section 3).
    """
    from pyrad.packet import AcctPacket, AuthPacket

    is_access = code == ACCESS_REQUEST
    packet: Any
    if code == ACCOUNTING_REQUEST:
        packet = AcctPacket(code, identifier, secret)
    else:
        packet = AuthPacket(code, identifier, secret, AuthPacket.CreateAuthenticator())
        if authenticates or not is_access:
            packet.add_message_authenticator()
    for each in attributes:
        value = packet.PwCrypt(each.value) if is_access and each.code == USER_PASSWORD else each.value
        packet.setdefault(each.code, []).append(value)
    data: bytes = packet.RequestPacket()
    if len(data) > LONGEST:
        raise ValueError("message becomes too large")
    return Request(data, packet, is_access and authenticates)


def decoded(request: Request, data: bytes) -> Answer:
    """Return the answer to a request. Raises ValueError if it does not come from the server, or is no answer to it."""
    try:
        reply = request.packet.CreateReply(packet=data)
    except Exception as error:  # pyrad has many for what anybody may send
        raise ValueError(f"it cannot be decoded: {error}") from None
    if request.authenticates and MESSAGE_AUTHENTICATOR not in reply:
        raise ValueError("missing Message-Authenticator")
    if not request.packet.VerifyReply(reply, data, request.authenticates):
        raise ValueError(f"authentication for {NAMES.get(reply.code, reply.code)} failed")
    kept = [(code, values) for code, values in reply.items() if type(code) is int and code != MESSAGE_AUTHENTICATOR]
    pairs = [(code, value) for code, values in kept for value in values]
    return Answer(reply.code, tuple(pairs))
