"""Answers that list many leases, made in slices: packets are answered between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kea_twisted.commands.context import Context
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, Parts, Rendered, Reply, answer
from kea_twisted.lease.jsonform import lease_text
from kea_twisted.lease.lease import Lease

SLICE: Final = 400
"""Leases in a slice: about two milliseconds of work."""

Test = Callable[[Lease], bool]


def paged(
    context: Context,
    after: int,
    limit: int,
    is_meant: Test | None = None,
    *,
    by_subnet: Sequence[int] | None = None,
    with_count: bool = False,
    remark: str = "",
) -> Reply:
    """Return the answer that lists up to ``limit`` leases of addresses above ``after``; 3 when there are none.

    ``is_meant`` chooses among them; ``by_subnet`` chooses and sorts by subnets. An awaitable, where one slice is not
    enough. A lease that changes meanwhile is listed as it was or as it is.
    """
    listing = _Listing(is_meant, by_subnet)
    leases = context.table.store.page(after, min(limit, SLICE))
    listing.add(leases)
    if len(leases) < SLICE or limit <= SLICE:
        return listing.answer(with_count, remark)
    return _rest(context, leases[-1].address, limit - SLICE, listing, with_count, remark)


async def _rest(context: Context, after: int, limit: int, listing: _Listing, with_count: bool, remark: str) -> Answer:
    while limit > 0:
        await context.turn()
        leases = context.table.store.page(after, min(limit, SLICE))
        listing.add(leases)
        if len(leases) < SLICE:
            break
        after = leases[-1].address
        limit -= SLICE
    return listing.answer(with_count, remark)


class _Listing:
    """The JSON text of leases, as far as it is made."""

    def __init__(self, is_meant: Test | None, subnets: Sequence[int] | None) -> None:
        self._is_meant = is_meant
        self._by_subnet: dict[int, list[bytes]] | None = None
        if subnets is not None:
            self._by_subnet = {subnet_id: [] for subnet_id in subnets}
        self._subnets = subnets or ()
        self._texts: list[bytes] = []
        self._counts: dict[int, int] = {}
        self._count = 0

    def add(self, leases: list[Lease]) -> None:
        """Add a slice."""
        if self._by_subnet is not None:
            found: dict[int, list[Lease]] = {}
            for lease in leases:
                if lease.subnet_id in self._by_subnet:
                    found.setdefault(lease.subnet_id, []).append(lease)
            for subnet_id, chosen in found.items():
                self._by_subnet[subnet_id].append(", ".join(map(lease_text, chosen)).encode())
                self._counts[subnet_id] = self._counts.get(subnet_id, 0) + len(chosen)
            return
        chosen = leases if self._is_meant is None else [lease for lease in leases if self._is_meant(lease)]
        if chosen:
            self._texts.append(", ".join(map(lease_text, chosen)).encode())
            self._count += len(chosen)

    def answer(self, with_count: bool, remark: str) -> Answer:
        """Return the whole answer."""
        texts, count = self._texts, self._count
        if self._by_subnet is not None:
            texts = [text for subnet_id in self._subnets for text in self._by_subnet[subnet_id]]
            count = sum(self._counts.get(subnet_id, 0) for subnet_id in self._subnets)
        before = b'"count": %d, ' % count if with_count else b""
        parts = Parts((b"{", before, b'"leases": ['))
        for text in texts:
            parts += (text, b", ")
        if texts:
            parts.pop()
        parts.append(b"]}")
        listed = parts if count > SLICE else Rendered(b"".join(parts).decode())
        return answer(SUCCESS if count else EMPTY, f"{count} IPv4 lease(s) found{remark}.", listed)
