"""Leases as JSON: the form of Kea's answers, the arguments of a lease update, and a lease read from such a map.

Texts are written directly: a partner that synchronizes asks for ten thousand leases at once, and updates are sent
on the packet path; making maps first takes several times as long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

from kea_twisted.jsonvalue import Json
from kea_twisted.lease.hostname import stored_hostname
from kea_twisted.lease.lease import DEFAULT, INFINITE, RELEASED, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.wire.address import address_number, address_text, hex_bytes, hex_text

_BOOLEAN: Final = ("false", "true")


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


def update_map(lease: Lease) -> dict[str, Any]:
    """Return a lease as arguments of lease4-update, complete as Kea sends them."""
    arguments: dict[str, Any] = {
        "ip-address": address_text(lease.address),
        "hw-address": hex_text(lease.hwaddr),
        "subnet-id": lease.subnet_id,
        "valid-lft": lease.valid_lifetime,
        "expire": lease.cltt + lease.valid_lifetime,
        "fqdn-fwd": lease.fqdn_fwd,
        "fqdn-rev": lease.fqdn_rev,
        "hostname": lease.hostname,
        "state": lease.state,
    }
    if lease.client_id:
        arguments["client-id"] = hex_text(lease.client_id)
    if lease.pool_id:
        arguments["pool-id"] = lease.pool_id
    if lease.user_context:
        arguments["user-context"] = json.loads(lease.user_context)
    return arguments


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
        user_context=json.dumps(context) if context else "",
        pool_id=int(item.get("pool-id") or 0),
    )
    return lease, pack(lease)


def member(item: Mapping[str, Any], name: str, kind: type) -> Json:
    """Return a member of a map. Raises ValueError if it is missing or of another type."""
    value = item.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"'{name}' is missing or of another type")
    return value
