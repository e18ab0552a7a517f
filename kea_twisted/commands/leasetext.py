"""A lease as the JSON text of an answer.

Written straight as text: a partner that synchronises asks for ten thousand leases at once, and building maps
to have them written takes several times as long.
"""

from __future__ import annotations

from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as quoted

from kea_twisted.commands.envelope import Rendered
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text

_BOOLEAN = ("false", "true")


def lease_text(lease: Lease) -> Rendered:
    """One lease, keys as Kea has them; client-id, pool-id and user-context only where there is something."""
    return Rendered(_text(lease))


def leases_text(leases: Iterable[Lease]) -> tuple[int, Rendered]:
    """Return the text with the number of leases, and the list of them."""
    texts = [_text(lease) for lease in leases]
    return len(texts), Rendered(f"[{', '.join(texts)}]")


def joined_text(leases: Iterable[Lease]) -> bytes:
    """Leases as they stand in a list, without its brackets."""
    return ", ".join(map(_text, leases)).encode()


def _text(lease: Lease) -> str:
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
