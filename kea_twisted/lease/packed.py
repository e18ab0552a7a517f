"""A lease as bytes, the way the store keeps it: small, and nothing that the garbage collector looks at.

The address is the key under which it is kept, so it is not in here. Nothing but this process ever reads this
form.
"""

from __future__ import annotations

from struct import Struct, error
from typing import Final

from kea_twisted.lease.lease import Lease, LeaseRow

# lifetime, cltt, subnet, pool, flags, state, then the lengths of hwaddr, client_id and hostname; these three
# follow, and what is left is the user context.
_FIXED: Final = Struct("!IqIIBBBBH")
_SIZE: Final = _FIXED.size
_fixed = _FIXED.pack
_read = _FIXED.unpack_from
_new = tuple.__new__

LONGEST_HWADDR: Final = 255
LONGEST_CLIENT_ID: Final = 255


def pack(lease: Lease | LeaseRow) -> bytes:
    """The lease without its address. ValueError for numbers and lengths that no lease can have."""
    _, hwaddr, client_id, lifetime, cltt, subnet_id, fwd, rev, hostname, state, context, pool_id = lease
    name = hostname.encode("utf-8", "surrogatepass") if hostname else b""
    flags = fwd | rev << 1
    try:
        fixed = _fixed(
            lifetime, cltt, subnet_id, pool_id, flags, state, len(hwaddr), len(client_id), len(name)
        )
    except error as problem:
        raise ValueError(f"a lease cannot hold {lease}: {problem}") from None
    packed = fixed + hwaddr + client_id
    return packed + name + context.encode("utf-8", "surrogatepass") if name or context else packed


def unpack(address: int, packed: bytes) -> Lease:
    """The lease of an address."""
    lifetime, cltt, subnet_id, pool_id, flags, state, hardware, client, name = _read(packed)
    client_at = _SIZE + hardware
    name_at = client_at + client
    hostname = context = ""
    if name_at != len(packed):
        context_at = name_at + name
        hostname = packed[name_at:context_at].decode("utf-8", "surrogatepass")
        context = packed[context_at:].decode("utf-8", "surrogatepass")
    fields = (
        address,
        packed[_SIZE:client_at],
        packed[client_at:name_at],
        lifetime,
        cltt,
        subnet_id,
        flags & 1 == 1,
        flags & 2 == 2,
        hostname,
        state,
        context,
        pool_id,
    )
    return _new(Lease, fields)
