"""The options about a lease in answers to requesters, over UDP and TCP alike."""

from __future__ import annotations

from struct import Struct
from typing import Final

from kea_twisted.config.model import Subnet
from kea_twisted.lease.context import hardware_type
from kea_twisted.lease.extendedinfo import agent_options
from kea_twisted.lease.lease import DEFAULT, INFINITE, Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import (
    BOOTREPLY,
    OPT_CLIENT_IDENTIFIER,
    OPT_CLIENT_LAST_TRANSACTION_TIME,
    OPT_LEASE_TIME,
    OPT_MESSAGE_TYPE,
    OPT_REBINDING_TIME,
    OPT_RENEWAL_TIME,
    TYPE_NAMES,
)
from kea_twisted.wire.identity import client_id, hwaddr_text
from kea_twisted.wire.message import Message

_U32: Final = Struct("!I").pack
_SHORTEST_CLIENT_ID: Final = 2  # RFC 2132 section 9.14


def is_active(lease: Lease, now: int) -> bool:
    """Return True if a client has the lease."""
    return lease.state == DEFAULT and not lease.is_expired(now)


def reply(kind: int, xid: int, options: dict[int, bytes]) -> Message:
    """Return an answer about no client yet; its options in the order of their codes."""
    ordered = {OPT_MESSAGE_TYPE: bytes((kind,)), **dict(sorted(options.items()))}
    return Message(BOOTREPLY, 0, 0, xid, 0, 0, 0, 0, 0, 0, b"", b"", b"", ordered)


def about(message: Message, lease: Lease) -> Message:
    """Return an answer with the addresses of a lease."""
    return message._replace(ciaddr=lease.address, htype=hardware_type(lease.user_context), chaddr=lease.hwaddr)


def lease_options(lease: Lease, subnet: Subnet, now: int) -> dict[int, bytes]:
    """Return the options about a lease, but for option 82."""
    options = {code: _U32(value) for code, value in _times(lease, subnet, now).items()}
    if lease.client_id:
        options[OPT_CLIENT_IDENTIFIER] = lease.client_id
    return options


def relay_options(lease: Lease) -> bytes | None:
    """Return the stored option 82; None for none. Raises ValueError if it cannot be read."""
    return agent_options(lease.user_context) if lease.user_context else None


def check_client_id(identifier: bytes) -> None:
    """Raise ValueError if it is too short to identify a client."""
    if len(identifier) < _SHORTEST_CLIENT_ID:
        text = f"identifier is too short ({len(identifier)}), at least {_SHORTEST_CLIENT_ID} is required"
        raise ValueError(text)


def query_label(message: Message) -> str:
    """Return a query or a response as log lines name it."""
    kind = TYPE_NAMES.get(message.options.get(OPT_MESSAGE_TYPE, b"\0")[0], "UNKNOWN")
    identifier = client_id(message)
    if OPT_CLIENT_IDENTIFIER not in message.options:
        cid = "none"
    else:
        cid = identifier.hex(":") if len(identifier) >= _SHORTEST_CLIENT_ID else "(malformed)"
    return (
        f"type: {kind}, giaddr: {address_text(message.giaddr)}, transid: {message.xid}, "
        f"ciaddr: {address_text(message.ciaddr)}, hwaddr: {hwaddr_text(message)}, cid: {cid}"
    )


def _times(lease: Lease, subnet: Subnet, now: int) -> dict[int, int]:
    """Return what is left of the lease's times, and when its client was heard last (RFC 4388 section 6.1)."""
    elapsed = max(0, now - lease.cltt)
    times = {OPT_CLIENT_LAST_TRANSACTION_TIME: elapsed}
    if lease.valid_lifetime == INFINITE:
        return {**times, OPT_LEASE_TIME: INFINITE}
    left = lease.valid_lifetime - elapsed
    times[OPT_LEASE_TIME] = left
    ceiling = left
    for code, timer, share in (
        (OPT_REBINDING_TIME, subnet.rebind_timer, subnet.t2_percent),
        (OPT_RENEWAL_TIME, subnet.renew_timer, subnet.t1_percent),
    ):
        computed = int(share * lease.valid_lifetime + 0.5) if subnet.calculate_tee_times else 0
        seconds = (computed if timer is None else timer) - elapsed
        if 0 < seconds < ceiling:
            times[code] = ceiling = seconds
    return times
