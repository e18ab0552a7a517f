"""Leases, addresses and identifiers as they come in arguments; checks and sentences in Kea's order.

What is not known is not looked at (``origin``, ``cltt``): a partner of another version may send more.
"""

from __future__ import annotations

import json
from ipaddress import IPv6Address
from typing import Final, NamedTuple

from kea_twisted.commands.arguments import Arguments, number, value
from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config.keawords import no_address
from kea_twisted.config.model import Subnet
from kea_twisted.errors import CommandError
from kea_twisted.lease.context import stored_context
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import DECLINED, RELEASED, Lease
from kea_twisted.wire.address import address_number, address_text

STATE_NAMES: Final = ("default", "declined", "expired-reclaimed", "released")

_MAX_HWADDR: Final = 20
_MIN_CLIENT_ID: Final = 2
_MAX_CLIENT_ID: Final = 255
_NO_IDENTITY: Final = "Lease4: {}, state: {} has neither hardware address or client id"


class LeaseInput(NamedTuple):
    """A lease from arguments, and whether it may be created when only an update was asked for."""

    lease: Lease
    force_create: bool


def read_lease(arguments: Arguments, subnets: SubnetIndex | None, now: float) -> LeaseInput:
    """Return the lease that lease4-add or lease4-update brings. Raises CommandError (4 when it fits no subnet).

    Without ``subnets`` it is one of the given ``subnet-id``, configured or not.
    """
    address = _lease_address(arguments)
    hwaddr = read_hwaddr(value(arguments, "hw-address", str))
    subnet_id = number(arguments, "subnet-id", 0)
    pool_id = number(arguments, "pool-id", 0)
    subnet = _subnet(subnets, subnet_id, address) if subnets is not None else None
    default = subnet.valid_lifetime.default if subnet is not None else 0
    client_id = read_client_id(value(arguments, "client-id", str)) if "client-id" in arguments else b""
    lifetime = number(arguments, "valid-lft", default)
    cltt = _cltt(arguments, address, lifetime, now)
    forward, reverse, hostname = _names(arguments)
    state = number(arguments, "state", 0, 255)
    if state > RELEASED:
        raise CommandError(
            f"Invalid state value: {state}, supported values are: "
            "0 (default), 1 (declined), 2 (expired-reclaimed), 3 (released)"
        )
    context = _context(arguments)
    force_create = value(arguments, "force-create", bool) if "force-create" in arguments else False
    if not hwaddr and not client_id and state != DECLINED:
        raise CommandError(_NO_IDENTITY.format(address_text(address), STATE_NAMES[state]))
    lease = Lease(
        address, hwaddr, client_id, lifetime, cltt, subnet.id if subnet is not None else subnet_id,
        forward, reverse, hostname, state, context, pool_id,
    )  # fmt: skip
    return LeaseInput(lease, force_create)


def read_hwaddr(text: str) -> bytes:
    """Return a hardware address: at most 20 bytes, one or two digits each, between colons; may be empty."""
    found = _from_pairs(text)
    if found is None:
        found = _separated(text, ":") if text else b""
    if len(found) > _MAX_HWADDR:
        raise CommandError("address vector size exceeds MAX_HWADDR_LEN")
    return found


def read_client_id(text: str) -> bytes:
    """Return a client identifier of 2 to 255 bytes: colons or blanks between, or digits alone (``0x`` allowed)."""
    found = _from_pairs(text)
    if found is None:
        found = _client_id_bytes(text)
    if len(found) < _MIN_CLIENT_ID:
        raise CommandError(f"identifier is too short ({len(found)}), at least {_MIN_CLIENT_ID} is required")
    if len(found) > _MAX_CLIENT_ID:
        raise CommandError(f"identifier is too large ({len(found)}), at most {_MAX_CLIENT_ID} is required")
    return found


def read_address(text: str, wrong_family: str, fault: str = "") -> int:
    """Return an IPv4 address. Raises CommandError.

    ``wrong_family`` is the sentence for an IPv6 one, ``{}`` in it the address; other faults are put behind ``fault``.
    """
    try:
        return address_number(text)
    except ValueError:
        if is_ipv6(text):
            raise CommandError(wrong_family.format(text)) from None
        raise CommandError(fault + no_address(text)) from None


def is_ipv6(text: str) -> bool:
    """Return True for an IPv6 address."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _lease_address(arguments: Arguments) -> int:
    text = value(arguments, "ip-address", str)
    return read_address(text, "Non-IPv4 address specified: {}", f"Failed to convert '{text}' to address: ")


def _subnet(subnets: SubnetIndex, subnet_id: int, address: int) -> Subnet:
    """Return the subnet a lease belongs to: the named one if it holds the address, else the one that does."""
    if not subnet_id:
        subnet = subnets.holding(address)
        if subnet is None:
            text = f"subnet-id not specified and failed to find a subnet for address {address_text(address)}"
            raise CommandError(text, CommandError.CONFLICT)
        return subnet
    subnet = subnets.by_id.get(subnet_id)
    if subnet is None:
        text = f"Invalid subnet-id: No IPv4 subnet with subnet-id={subnet_id} currently configured."
        raise CommandError(text, CommandError.CONFLICT)
    if address not in subnet:
        where = f"does not belong to subnet {subnet.text}, subnet-id={subnet_id}"
        raise CommandError(f"The address {address_text(address)} {where}", CommandError.CONFLICT)
    return subnet


def _cltt(arguments: Arguments, address: int, lifetime: int, now: float) -> int:
    if "expire" not in arguments:
        return int(now)
    expire: int = value(arguments, "expire", int)
    if expire <= 0:
        raise CommandError(f"expiration time must be positive for address {address_text(address)}")
    if expire < lifetime:
        text = f"expiration time must be greater than valid lifetime for address {address_text(address)}"
        raise CommandError(text)
    if expire - lifetime >= 1 << 63:
        raise CommandError(f"out of range value ({expire}) specified for parameter 'expire'")
    return expire - lifetime


def _names(arguments: Arguments) -> tuple[bool, bool, str]:
    forward = value(arguments, "fqdn-fwd", bool) if "fqdn-fwd" in arguments else False
    reverse = value(arguments, "fqdn-rev", bool) if "fqdn-rev" in arguments else False
    hostname = value(arguments, "hostname", str) if "hostname" in arguments else ""
    if not hostname and (forward or reverse):
        raise CommandError("No hostname specified and either forward or reverse fqdn was set to true.")
    return forward, reverse, stored_hostname(hostname)


def _context(arguments: Arguments) -> str:
    """Return the user context as JSON text, with ``comment`` moved into it."""
    context = arguments.get("user-context")
    if context is not None and type(context) is not dict:
        raise CommandError(f"Invalid user context '{json.dumps(context)}' is not a JSON map.")
    if "comment" in arguments:
        comment = arguments["comment"]
        if context and "comment" in context:
            text = f"Duplicated comment entry '{json.dumps(comment)}' in user context '{json.dumps(context)}'"
            raise CommandError(text)
        context = {**(context or {}), "comment": comment}
    return stored_context(context or {})


def _from_pairs(text: str) -> bytes | None:
    """Return the bytes of ``aa:bb:cc``, the way servers print them, or None for any other spelling."""
    if text[2::3] != ":" * (len(text) // 3):
        return None
    try:
        found = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        return None
    # fromhex() overlooks blanks; then bytes are missing.
    return found if len(found) * 3 == len(text) + 1 else None


def _client_id_bytes(text: str) -> bytes:
    for separator in ":", " ":
        if separator in text:
            return _separated(text, separator)
    digits = text[2:] if text.startswith("0x") else text
    try:
        return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    except ValueError:
        raise CommandError(f"'{text}' is not a valid string of hexadecimal digits") from None


def _separated(text: str, separator: str) -> bytes:
    """Return bytes of one or two digits each between separators."""
    parts = text.split(separator)
    if len(parts) > 1 and "" in parts:
        raise CommandError(f"two consecutive separators ('{separator}') specified in a decoded string '{text}'")
    return bytes(_byte(part, text) for part in parts)


def _byte(part: str, text: str) -> int:
    if len(part) > 2:
        raise CommandError(f"invalid format of the decoded string '{text}'")
    for digit in part:
        if digit not in "0123456789abcdefABCDEF":
            raise CommandError(f"'{digit}' is not a valid hexadecimal digit in decoded string '{text}'")
    return int(part, 16)
