"""Digests of leases by subnet, over a range of addresses: two servers whose digests are equal have the same leases.

Only leases that last beyond a time count: those about to end are reclaimed by each server when its turn comes. A range
is small enough for a few milliseconds of work, so a table is compared range by range and nothing is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from kea_twisted.lease.lease import DECLINED, INFINITE
from kea_twisted.lease.packed import term
from kea_twisted.lease.store import LeaseStore

RANGE: Final = 2000
"""Leases in a range at most."""

_BLOCKS: Final = 64  # of 256 addresses: where leases are few and far between a range has fewer of them

_SIZE: Final = 8


class Digest(NamedTuple):
    """The leases of one subnet in a range."""

    leases: int
    digest: str  # hexadecimal digits


class RangeDigest(NamedTuple):
    """Digests by subnet, and the last address of the range; None: it goes to the end of all addresses."""

    subnets: Mapping[int, Digest]
    last: int | None


def lasts(packed: bytes, cutoff: int) -> bool:
    """Return True if a packed lease is held by a client (or declined) beyond this time."""
    lifetime, cltt, _, state = term(packed)
    return bool(state <= DECLINED and (lifetime == INFINITE or cltt + lifetime > cutoff))


def of_range(
    store: LeaseStore,
    after: int,
    end: int | None,
    cutoff: int,
    subnets: Collection[int] = (),
    size: int = 0,
) -> RangeDigest:
    """Return the digests of the addresses above ``after``, up to ``end`` or ``size`` leases (0: RANGE).

    ``subnets``: only these; none: all.
    """
    addresses, packed, last = store.packed_page(after, size or RANGE, _BLOCKS)
    if end is not None and (last is None or last >= end):
        count = bisect_right(addresses, end)
        addresses, packed, last = addresses[:count], packed[:count], end
    return RangeDigest(digests(addresses, packed, cutoff, subnets), last)


def digests(
    addresses: Sequence[int], packed: Sequence[bytes], cutoff: int, subnets: Collection[int] = ()
) -> dict[int, Digest]:
    """Return the digests by subnet of packed leases, sorted by address."""
    found: dict[int, list[bytes]] = {}
    for address, each in zip(addresses, packed, strict=True):
        lifetime, cltt, subnet_id, state = term(each)
        if state > DECLINED or (lifetime != INFINITE and cltt + lifetime <= cutoff):
            continue
        if subnets and subnet_id not in subnets:
            continue
        if subnet_id not in found:
            found[subnet_id] = []
        found[subnet_id].append(address.to_bytes(4, "big") + each)
    return {
        subnet_id: Digest(len(leases), blake2b(b"".join(leases), digest_size=_SIZE).hexdigest())
        for subnet_id, leases in sorted(found.items())
    }
