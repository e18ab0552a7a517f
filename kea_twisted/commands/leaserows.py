"""A page of leases as rows of the lease file: what a HA partner of our own kind asks lease4-get-page for.

Both sides write and read rows many times as fast as maps. Kea knows nothing of it.
"""

from __future__ import annotations

from typing import Final

from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.lease.rowtext import rows_text
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_text

LARGEST: Final = 4000
"""Leases in a page at most: a few milliseconds of work."""

_BLOCKS: Final = 256  # of addresses, looked at for one page: where leases are few and far between it has fewer


def rows_page(store: LeaseStore, after: int, limit: int) -> Answer:
    """At most ``limit`` leases of addresses above ``after``, sorted, one row each in ``rows``.

    ``last`` is what to ask ``from`` next; without it there is no more. A page may be smaller than asked for,
    even empty, and yet not the last one.
    """
    addresses, packed, last = store.packed_page(after, min(limit, LARGEST), _BLOCKS)
    count = len(addresses)
    page: dict[str, object] = {"count": count, "rows": rows_text(addresses, packed) if count else ""}
    if last is not None:
        page["last"] = address_text(last)
    return answer(SUCCESS if count else EMPTY, f"{count} IPv4 lease(s) found.", page)
