"""The probe: a DHCPINFORM of ours that shows whether the partner's DHCP service hears and answers.

It looks relayed by this server (``giaddr`` is ours), so that the answer comes to the server port, and an INFORM
gives no client a lease. A Kea 2.2 to 3.0 answers it where it would serve a client of the same identifier. A server of
our own kind recognizes it and answers, before classes, subnets and leases are looked at, in every state but those in
which it begins.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.ha.loadbalancing import bucket
from kea_twisted.ha.settings import LOAD_BALANCING, PRIMARY, HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.transitions import STARTING
from kea_twisted.wire.constants import (
    ACK,
    BOOTREPLY,
    BOOTREQUEST,
    BROADCAST_FLAG,
    HTYPE_ETHERNET,
    INFORM,
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    OPT_SERVER_IDENTIFIER,
    OPT_VENDOR_CLASS_IDENTIFIER,
)
from kea_twisted.wire.message import Message, encode
from kea_twisted.wire.options import pack_option

VENDOR_CLASS: Final = b"kea-ha-probe"
"""Option 60 of every probe: in Kea's terms it is in the class VENDOR_CLASS_kea-ha-probe."""

HARDWARE_ADDRESS: Final = bytes.fromhex("026b65612d70")
"""``chaddr`` of every probe, a locally administered address: a reservation makes it KNOWN."""

_INFORM: Final = bytes((INFORM,))
_ACK: Final = bytes((ACK,))


def identifier(settings: HaSettings) -> bytes:
    """The client identifier of this server's probes: in load-balancing one that is the partner's to serve."""
    base = b"\0" + VENDOR_CLASS
    if settings.mode != LOAD_BALANCING:
        return base
    remainder = 0 if settings.partner.role == PRIMARY else 1
    return next(found for number in range(256) if bucket(found := base + bytes((number,))) % 2 == remainder)


def query(xid: int, own: int, client_id: bytes) -> bytes:
    """The UDP payload of a probe from the address ``own``.

    Option 53 is not the first one: the prefilter for queries that are only counted lets such a message through.
    """
    message = Message(BOOTREQUEST, HTYPE_ETHERNET, 0, xid, 0, 0, 0, 0, 0, own, HARDWARE_ADDRESS, b"", b"", {})
    options = (
        (OPT_VENDOR_CLASS_IDENTIFIER, VENDOR_CLASS),
        (OPT_CLIENT_IDENTIFIER, client_id),
        (OPT_MESSAGE_TYPE, _INFORM),
    )
    return encode(message, b"".join(pack_option(*option) for option in options) + b"\xff")


def is_query(message: Message) -> bool:
    """Return True if a message is a probe."""
    options = message.options
    return (
        options.get(OPT_VENDOR_CLASS_IDENTIFIER) == VENDOR_CLASS
        and message.op == BOOTREQUEST
        and options.get(OPT_MESSAGE_TYPE) == _INFORM
        and message.giaddr != 0
    )


def is_answer(message: Message) -> bool:
    """Return True if a message may be the answer to a probe; its transaction and sender are looked at elsewhere."""
    return (
        message.op == BOOTREPLY and message.chaddr == HARDWARE_ADDRESS and message.options.get(OPT_MESSAGE_TYPE) == _ACK
    )


def is_answered_in(state: State) -> bool:
    """Return True if a server in this state answers: one that begins serves no client, and must not be counted on."""
    return state not in STARTING


def answer(message: Message, own: int) -> bytes:
    """The UDP payload that answers a probe, as a Kea would without a subnet; ``own`` is our address."""
    options = {
        OPT_MESSAGE_TYPE: _ACK,
        OPT_SERVER_IDENTIFIER: own.to_bytes(4, "big"),
        OPT_CLIENT_IDENTIFIER: message.options.get(OPT_CLIENT_IDENTIFIER, b"\0"),
    }
    flags = message.flags | BROADCAST_FLAG
    return encode(message._replace(op=BOOTREPLY, hops=0, flags=flags, sname=b"", file=b"", options=options))
