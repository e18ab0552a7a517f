"""Leases as JSON in the two forms that Kea has: that of its answers, and that of the arguments of lease4-update.

Each has one writer and one reader here, side by side. Arguments that another program than this server wrote are read by
``commands.leaseinput``, with Kea's checks and sentences. Texts are written directly: a partner that synchronizes asks
for ten thousand leases at once, and updates are sent on the packet path; making maps first takes several times as long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from typing import Final

from kea_twisted.jsonvalue import Json
from kea_twisted.lease.context import stored_context
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import DEFAULT, INFINITE, RELEASED, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.wire.address import address_number, address_text, hex_bytes

_BOOLEAN: Final = ("false", "true")
_DEFAULTS: Final = {"fqdn-fwd": False, "fqdn-rev": False, "hostname": "", "state": DEFAULT}
"""Members that ``update_text`` leaves out."""


def lease_text(lease: Lease) -> str:
    """Return a lease as lease4-get shows it; client-id, pool-id and user-context only if there is a value."""
    (
        address, hwaddr, client_id, lifetime, cltt, subnet_id,
        forward, reverse, hostname, state, context, pool_id,
    ) = lease  # fmt: skip
    client = f'"client-id": "{client_id.hex(":")}", ' if client_id else ""
    pool = f'"pool-id": {pool_id}, ' if pool_id else ""
    extra = f'"user-context": {context}, ' if context else ""
    name = quoted(hostname) if hostname else '""'
    return (
        f'{{{client}"cltt": {cltt}, "fqdn-fwd": {_BOOLEAN[forward]}, "fqdn-rev": {_BOOLEAN[reverse]}, '
        f'"hostname": {name}, "hw-address": "{hwaddr.hex(":")}", "ip-address": "{address_text(address)}", '
        f'{pool}"state": {state}, "subnet-id": {subnet_id}, {extra}"valid-lft": {lifetime}}}'
    )


def update_text(lease: Lease) -> str:
    """Return a lease as arguments of lease4-update, without spaces; values equal to the defaults are left out."""
    (
        address, hwaddr, client_id, lifetime, cltt, subnet_id,
        forward, reverse, hostname, state, context, pool_id,
    ) = lease  # fmt: skip
    client = f',"client-id":"{client_id.hex(":")}"' if client_id else ""
    rest = ""
    if hostname:
        rest = f',"hostname":{quoted(hostname)}'
        if forward:
            rest += ',"fqdn-fwd":true'
        if reverse:
            rest += ',"fqdn-rev":true'
    if state:
        rest += f',"state":{state}'
    if pool_id:
        rest += f',"pool-id":{pool_id}'
    if context:
        rest += f',"user-context":{context}'
    return (
        f'{{"ip-address":"{address_text(address)}","hw-address":"{hwaddr.hex(":")}"{client},'
        f'"subnet-id":{subnet_id},"valid-lft":{lifetime},"expire":{cltt + lifetime}{rest}}}'
    )


def update_map(lease: Lease) -> dict[str, object]:
    """Return a lease as arguments of lease4-update, complete as Kea sends them."""
    return {**_DEFAULTS, **json.loads(update_text(lease))}


def read_update(item: Json) -> Lease | None:
    """Return the lease in a map as ``update_text`` writes it without hostname, state, pool and context.

    None for any other, right or wrong: every member is looked at.
    """
    try:
        text, hardware, client = item["ip-address"], item["hw-address"], item.get("client-id", "")
        subnet_id, lifetime, expire = item["subnet-id"], item["valid-lft"], item["expire"]
        if len(item) > (6 if client else 5) or not (type(lifetime) is type(expire) is type(subnet_id) is int):
            return None
        if len(hardware) != 17 or hardware[2::3] != ":::::" or client[2::3] != ":" * (len(client) // 3):
            return None
        address = address_number(text)
        hwaddr = bytes.fromhex(hardware.replace(":", ""))
        client_id = bytes.fromhex(client.replace(":", ""))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    # fromhex() overlooks blanks; then bytes are missing
    exact = len(hwaddr) == 6 and (not client or (len(client_id) * 3 == len(client) + 1 and len(client) > 2))
    in_bounds = 0 <= lifetime <= INFINITE and lifetime <= expire < 1 << 62 and expire
    if not exact or not in_bounds or len(client_id) > 255:
        return None
    return Lease(address, hwaddr, client_id, lifetime, expire - lifetime, subnet_id)


def read_lease(item: object) -> Lease:
    """Return the lease in a map as lease4-get shows it; other members are ignored.

    Raises ValueError that names the missing or wrong member.
    """
    return read_packed(item)[0]


def read_packed(item: object) -> tuple[Lease, bytes]:
    """Return the lease in a map, and its packed bytes. Raises ValueError, also for values that cannot be packed."""
    if not isinstance(item, Mapping):
        raise ValueError("a lease must be a map")
    lifetime = member(item, "valid-lft", int)
    if not 0 <= lifetime <= INFINITE:
        raise ValueError(f"'valid-lft' is {lifetime}")
    state = member(item, "state", int)
    if not DEFAULT <= state <= RELEASED:
        raise ValueError(f"'state' is {state}")
    context = item.get("user-context")
    lease = Lease(
        address=address_number(member(item, "ip-address", str)),
        hwaddr=hex_bytes(member(item, "hw-address", str)),
        client_id=hex_bytes(item.get("client-id") or ""),
        valid_lifetime=lifetime,
        cltt=member(item, "cltt", int),
        subnet_id=member(item, "subnet-id", int),
        fqdn_fwd=member(item, "fqdn-fwd", bool),
        fqdn_rev=member(item, "fqdn-rev", bool),
        hostname=stored_hostname(member(item, "hostname", str)),
        state=state,
        user_context=stored_context(context) if context else "",
        pool_id=int(item.get("pool-id") or 0),
    )
    return lease, pack(lease)


def member(item: Mapping[str, object], name: str, kind: type) -> Json:
    """Return a member of a map. Raises ValueError if it is missing or of another type."""
    value = item.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"'{name}' is missing or of another type")
    return value
