"""The environment variables of a run: a query, a subnet, leases, as Kea's ``run_script.cc`` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kea_twisted.config.model import Subnet
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.lease.context import hardware_type
from kea_twisted.lease.lease import RELEASED, Lease
from kea_twisted.wire.address import address_text, hex_text
from kea_twisted.wire.constants import (
    BROADCAST,
    CLIENT_PORT,
    OPT_AGENT_OPTIONS,
    OPT_CLIENT_IDENTIFIER,
    OPT_MESSAGE_TYPE,
    SERVER_PORT,
    TYPE_NAMES,
)
from kea_twisted.wire.message import Message
from kea_twisted.wire.relay import agent_options

Variables = dict[str, str]

STATES: Final = ("default", "declined", "expired-reclaimed", "released")
_ETHERNET: Final = 1
BROADCAST_MAC: Final = b"\xff" * 6
_AGENT_PARTS: Final = (1, 2)  # circuit id, remote id
_LEASE_PARTS: Final = (
    "ADDRESS", "CLTT", "HOSTNAME", "HWADDR", "HWADDR_TYPE", "STATE", "SUBNET_ID", "VALID_LIFETIME", "CLIENT_ID",
)  # fmt: skip


def of_query(query: Query) -> Variables:
    """Return the ``QUERY4_`` variables: the message as it came, and where it came from."""
    message = query.arrived or query.message
    is_relayed = message.giaddr != 0
    kind = message.options.get(OPT_MESSAGE_TYPE, b"\0")[0]
    parts = {
        "TYPE": TYPE_NAMES.get(kind, "UNKNOWN"),
        "TXID": str(message.xid),
        "LOCAL_ADDR": address_text(query.destination),
        "LOCAL_PORT": str(SERVER_PORT),
        "REMOTE_ADDR": address_text(query.source),
        "REMOTE_PORT": str(query.source_port or (SERVER_PORT if is_relayed else CLIENT_PORT)),
        "IFACE_INDEX": str(query.interface.index),
        "IFACE_NAME": query.interface.name,
        "HOPS": str(message.hops),
        "SECS": str(message.secs),
        "FLAGS": str(message.flags),
        "CIADDR": address_text(message.ciaddr),
        "SIADDR": address_text(message.siaddr),
        "YIADDR": address_text(message.yiaddr),
        "GIADDR": address_text(message.giaddr),
        "RELAYED": "true" if is_relayed else "false",
        **_hardware("HWADDR", message.chaddr, message.htype),
        **_frame("LOCAL_HWADDR", _local(query)),
        **_frame("REMOTE_HWADDR", query.source_mac),
        **_agent(message),
    }
    return {f"QUERY4_{name}": text for name, text in parts.items()}


def of_client(message: Message) -> Variables:
    """Return the ``PKT4_`` variables of a renewal: the client's identifiers."""
    client_id = message.options.get(OPT_CLIENT_IDENTIFIER, b"")
    hardware = _hardware("PKT4_HWADDR", message.chaddr, message.htype)
    return {"PKT4_CLIENT_ID": hex_text(client_id), **hardware}


def of_subnet(subnet: Subnet | None) -> Variables:
    """Return the ``SUBNET4_`` variables, empty ones where there is no subnet."""
    if subnet is None:
        return dict.fromkeys(("SUBNET4_ID", "SUBNET4_NAME", "SUBNET4_PREFIX", "SUBNET4_PREFIX_LEN"), "")
    return {
        "SUBNET4_ID": str(subnet.id),
        "SUBNET4_NAME": subnet.text,
        "SUBNET4_PREFIX": address_text(subnet.prefix),
        "SUBNET4_PREFIX_LEN": str(subnet.length),
    }


def of_lease(lease: Lease, prefix: str = "LEASE4") -> Variables:
    """Return the variables of a lease, with this prefix."""
    hardware = _hardware("", lease.hwaddr, hardware_type(lease.user_context))
    texts = (
        address_text(lease.address), str(lease.cltt), lease.hostname, *hardware.values(), STATES[lease.state],
        str(lease.subnet_id), str(lease.valid_lifetime), hex_text(lease.client_id),
    )  # fmt: skip
    return {f"{prefix}_{name}": text for name, text in zip(_LEASE_PARTS, texts, strict=True)}


def of_leases(leases: Sequence[Lease], prefix: str) -> Variables:
    """Return the variables of several leases: their number, and those of each with its position."""
    found = {f"{prefix}_SIZE": str(len(leases))}
    for position, lease in enumerate(leases):
        found |= of_lease(lease, f"{prefix}_AT{position}")
    return found


def of_decision(decision: Decision) -> Variables:
    """Return the variables of a query whose leases are stored: ``LEASES4_`` and ``DELETED_LEASES4_``.

    A released lease that is kept for its client counts as deleted, one that was confirmed unchanged not as stored.
    """
    gone = [change.lease for change in decision.changes if change.deleted or change.lease.state == RELEASED]
    kept = [change.lease for change in decision.changes if not change.deleted and change.lease.state != RELEASED]
    return {
        **of_query(decision.query),
        **of_leases(kept, "LEASES4"),
        **of_leases(_others(gone, kept), "DELETED_LEASES4"),
    }


def _others(gone: Iterable[Lease], kept: Sequence[Lease]) -> list[Lease]:
    addresses = {lease.address for lease in kept}
    return [lease for lease in gone if lease.address not in addresses]


def _agent(message: Message) -> Variables:
    data = message.options.get(OPT_AGENT_OPTIONS)
    if not data:
        return {}
    name = f"OPTION_{OPT_AGENT_OPTIONS}"
    inside = agent_options(message)
    parts = {f"{name}_SUB_OPTION_{code}": _hex(inside[code]) for code in _AGENT_PARTS if code in inside}
    return {name: _hex(data), **parts}


def _hardware(name: str, address: bytes, kind: int) -> Variables:
    return {name: hex_text(address), f"{name}_TYPE": str(kind)}


def _frame(name: str, address: bytes) -> Variables:
    """Return an address of the frame, which only a raw socket shows."""
    return _hardware(name, address, _ETHERNET) if address else {name: "", f"{name}_TYPE": ""}


def _local(query: Query) -> bytes:
    if not query.source_mac:
        return b""
    return BROADCAST_MAC if query.destination == BROADCAST else query.interface.mac


def _hex(data: bytes) -> str:
    return f"0x{data.hex().upper()}" if data else ""
