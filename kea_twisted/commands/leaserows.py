"""``lease4-get-page-rows``: a page of leases as rows of the lease file, for a HA partner that synchronises.

Both sides read and write rows many times as fast as maps. Kea has no such command.
"""

from __future__ import annotations

from typing import Any, Final

from kea_twisted.commands.arguments import as_map
from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.commands.leasequeries import NOT_A_MAP, page_size, page_start
from kea_twisted.errors import CommandError
from kea_twisted.lease.rowtext import rows_text
from kea_twisted.wire.address import address_text

LARGEST: Final = 10_000
"""Leases in a page: ten milliseconds of work."""

_BLOCKS: Final = (
    256  # of addresses, looked at for one page: where leases are few and far between it has fewer
)


def lease4_get_page_rows(context: Context, arguments: Any) -> Answer:
    """At most ``limit`` leases of addresses above ``from`` ("start": all), sorted, one row each in ``rows``.

    ``last`` is what to ask ``from`` next; without it there is no more. A page may be smaller than asked for,
    even empty, and yet not the last one.
    """
    missing = "no parameters specified for the lease4-get-page-rows command"
    found = as_map(arguments, missing, NOT_A_MAP)
    after, limit = page_start(found), page_size(found)
    if limit > LARGEST:
        raise CommandError(f"page size of retrieved rows must not be greater than {LARGEST}")
    addresses, packed, last = context.table.store.packed_page(after, limit, _BLOCKS)
    count = len(addresses)
    page: dict[str, Any] = {"count": count, "rows": rows_text(addresses, packed) if count else ""}
    if last is not None:
        page["last"] = address_text(last)
    return answer(SUCCESS if count or last is not None else EMPTY, f"{count} IPv4 lease(s) found.", page)
