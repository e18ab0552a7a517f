"""A lease as bytes, the way the store keeps it: small, and nothing that the garbage collector looks at.

The address is the key under which it is kept, so it is not in here. Nothing but this process ever reads this
form; the digests that HA partners compare are made of it, so two releases with different forms would only compare more.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, repeat
from operator import add, itemgetter
from struct import Struct, error, iter_unpack
from typing import Final, NamedTuple

from kea_twisted.lease.lease import Lease, LeaseRow

# lifetime, cltt, subnet, pool, flags, state, then the lengths of hwaddr, client_id and hostname; these three
# follow, and what is left is the user context.
_FIXED: Final = Struct("!IqIIBBBBH")
_SIZE: Final = _FIXED.size
_FIELDS: Final = (("I", 4, 0), ("q", 8, 4), ("I", 4, 12), ("I", 4, 16), ("B", 1, 20), ("B", 1, 21))
_shape = itemgetter(slice(_SIZE - 4, _SIZE))  # the three lengths
_STATE_FIELDS_AT: Final = 12
SUBNET_AT: Final = 12
STATE_AT: Final = 21
TEXT_AT: Final = _SIZE
"""The offset of hardware address, client identifier, name and user context."""
_state_fields = itemgetter(slice(_STATE_FIELDS_AT, _SIZE - 4))  # subnet, pool, flags, state
_state = itemgetter(21)
_STATE_FIELDS: Final = Struct("!IIBB")
_TERM: Final = Struct("!IqI5xB")
term = _TERM.unpack_from
"""The lifetime, cltt, subnet and state of a packed lease."""
_fixed = _FIXED.pack
_read = _FIXED.unpack_from
_new = tuple.__new__

ETHERNET: Final = b"\1"
"""The first byte of a client identifier that is a hardware type and a hardware address (RFC 2132 section 9.14)."""

LONGEST_HWADDR: Final = 255
LONGEST_CLIENT_ID: Final = 255


def pack(lease: Lease | LeaseRow) -> bytes:
    """The lease without its address. ValueError for numbers and lengths that no lease can have."""
    _, hwaddr, client_id, lifetime, cltt, subnet_id, fwd, rev, hostname, state, context, pool_id = lease
    name = hostname.encode("utf-8", "surrogatepass") if hostname else b""
    flags = fwd | rev << 1
    try:
        fixed = _fixed(lifetime, cltt, subnet_id, pool_id, flags, state, len(hwaddr), len(client_id), len(name))
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


class Columns(NamedTuple):
    """Many leases without their addresses, field by field; ``flags`` are forward | reverse << 1.

    ``client_ids`` None: each is ``ETHERNET`` and the hardware address. ``names`` and ``contexts`` are in
    UTF-8; None: no lease has any.
    """

    lifetimes: Sequence[int]
    cltts: Sequence[int]
    subnet_ids: Sequence[int]
    pool_ids: Sequence[int]
    flags: Sequence[int]
    states: Sequence[int]
    hwaddrs: Sequence[bytes]
    client_ids: Sequence[bytes] | None
    names: Sequence[bytes] | None = None
    contexts: Sequence[bytes] | None = None


def pack_columns(columns: Columns) -> list[bytes]:
    """Return the result of ``pack`` for each of the leases, at least one. Raises ValueError as ``pack`` does."""
    hwaddrs, client_ids, names, contexts = columns[6:]
    hardware = set(map(len, hwaddrs))
    try:
        if len(hardware) == 1 and names is None and contexts is None:
            size = hardware.pop()
            if client_ids is None:
                return _interleaved(columns, size, size + 1)
            if len(set(map(len, client_ids))) == 1:
                return _interleaved(columns, size, len(client_ids[0]))
        if client_ids is None:
            client_ids = list(map(add, repeat(ETHERNET), hwaddrs))
        sizes = map(len, hwaddrs), map(len, client_ids), map(len, names) if names is not None else repeat(0)
        heads = map(_fixed, *columns[:6], *sizes)
        packed = map(add, map(add, heads, hwaddrs), client_ids)
        if names is not None:
            packed = map(add, packed, names)
        return list(packed if contexts is None else map(add, packed, contexts))
    except (error, OverflowError) as problem:
        raise ValueError(f"a lease cannot hold this: {problem}") from None


def _interleaved(columns: Columns, hardware: int, client: int) -> list[bytes]:
    """Leases that all have the same length: byte by byte of a lease, for all at once."""
    count, size = len(columns.cltts), _SIZE + hardware + client
    first = _fixed(*(column[0] for column in columns[:6]), hardware, client, 0)
    usual = columns.client_ids is None
    texts = bytes(hardware) + ETHERNET + bytes(hardware) if usual else bytes(hardware + client)
    data = bytearray((first + texts) * count)
    for (form, width, start), values in zip(_FIELDS, columns[:6], strict=True):
        if values.count(values[0]) < count:
            column = array(form, values)
            if sys.byteorder == "little":
                column.byteswap()
            _spread(data, start, width, size, column.tobytes())
    hwaddrs = b"".join(columns.hwaddrs)
    _spread(data, _SIZE, hardware, size, hwaddrs)
    if columns.client_ids is None:
        _spread(data, _SIZE + hardware + 1, hardware, size, hwaddrs)
    else:
        _spread(data, _SIZE + hardware, client, size, b"".join(columns.client_ids))
    return [each for (each,) in iter_unpack(f"{size}s", data)]


def _spread(data: bytearray, start: int, width: int, size: int, column: bytes) -> None:
    for place in range(width):
        data[start + place :: size] = column[place::width]


class Keys(NamedTuple):
    """The indexed columns of leases; a column of texts is empty if no lease has a value in it."""

    addresses: Sequence[int]
    lifetimes: Sequence[int]
    cltts: Sequence[int]
    states: Sequence[int]
    hwaddrs: Sequence[bytes]
    client_ids: Sequence[bytes]
    names: Sequence[bytes]


def other_client_ids(leases: Keys) -> tuple[list[bytes], list[int]]:
    """The client identifiers that do not say what the hardware address says, and the addresses of these leases."""
    chosen = [
        bool(client_id) and (client_id[1:] != hwaddr or client_id[:1] != ETHERNET or not hwaddr)
        for client_id, hwaddr in zip(leases.client_ids, leases.hwaddrs, strict=False)
    ]
    return list(compress(leases.client_ids, chosen)), list(compress(leases.addresses, chosen))


def keys(addresses: Sequence[int], packed: Sequence[bytes]) -> list[Keys]:
    """Those of packed leases, one or more, together with others of the same lengths."""
    shape, joined = _alike(packed)
    if joined:
        return [_keys(shape, addresses, packed, joined)]
    found: dict[bytes, tuple[list[int], list[bytes]]] = {}
    for shape, address, each in zip(map(_shape, packed), addresses, packed, strict=True):
        if shape not in found:
            found[shape] = [], []
        of_it = found[shape]
        of_it[0].append(address)
        of_it[1].append(each)
    return [_keys(shape, *of_it) for shape, of_it in found.items()]


def _alike(packed: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The lengths in packed leases that all have the same ones, and them joined; nothing where they differ."""
    if len(set(map(len, packed))) == 1:
        joined = b"".join(packed)
        shape = _shape(joined)
        if _have_one(shape, _SIZE - 4, joined, len(packed)):
            return shape, joined
    return b"", b""


def _have_one(part: bytes, start: int, joined: bytes, count: int) -> bool:
    """Return True if joined leases of one length all have this part at that offset."""
    size = len(joined) // count
    return all(joined[start + place :: size] == part[place : place + 1] * count for place in range(len(part)))


def _keys(shape: bytes, addresses: Sequence[int], packed: Sequence[bytes], joined: bytes = b"") -> Keys:
    reader = Struct(f"!Iq9xB4x{shape[0]}s{shape[1]}s{int.from_bytes(shape[2:], 'big')}s")
    if joined and reader.size == len(packed[0]):  # no user contexts
        return Keys(addresses, *zip(*reader.iter_unpack(joined), strict=True))
    return Keys(addresses, *zip(*map(reader.unpack_from, packed), strict=True))


class Plain(NamedTuple):
    """Leases without names and user contexts, column by column."""

    lifetimes: Sequence[int]
    cltts: Sequence[int]
    state_fields: Sequence[bytes]
    hwaddrs: Sequence[bytes]
    client_ids: Sequence[bytes]

    def decoded_state_fields(self) -> dict[bytes, tuple[int, int, int, int]]:
        """Return the parts of ``state_fields``: subnet, pool, flags (forward | reverse << 1), state."""
        return {each: _STATE_FIELDS.unpack(each) for each in set(self.state_fields)}


def plain(packed: Sequence[bytes]) -> Plain | None:
    """The columns of packed leases, one or more; None where lengths differ or there is more in them."""
    shape, joined = _alike(packed)
    if not joined or len(packed[0]) != _SIZE + shape[0] + shape[1]:
        return None
    reader = Struct(f"!Iq10s4x{shape[0]}s{shape[1]}s")
    return Plain(*zip(*reader.iter_unpack(joined), strict=True))


def states(packed: Iterable[bytes]) -> set[int]:
    """The states that packed leases are in."""
    return set(map(_state, packed))


def addresses_by_state(addresses: Sequence[int], packed: Sequence[bytes]) -> Mapping[tuple[int, int], Sequence[int]]:
    """The addresses of packed leases, one or more, by subnet and state."""
    _, joined = _alike(packed)
    if joined and _have_one(_state_fields(joined), _STATE_FIELDS_AT, joined, len(packed)):
        subnet_id, _, _, state = _STATE_FIELDS.unpack_from(joined, _STATE_FIELDS_AT)
        return {(subnet_id, state): addresses}
    found: dict[bytes, list[int]] = {}
    for state_fields, address in zip(map(_state_fields, packed), addresses, strict=True):
        if state_fields in found:
            found[state_fields].append(address)
        else:
            found[state_fields] = [address]
    merged: dict[tuple[int, int], list[int]] = {}
    for state_fields, of_it in found.items():
        subnet_id, _, _, state = _STATE_FIELDS.unpack(state_fields)
        merged.setdefault((subnet_id, state), []).extend(of_it)
    return merged
