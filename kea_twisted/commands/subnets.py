"""Which subnet an identifier or an address belongs to: built per configuration, asked per lease update."""

from __future__ import annotations

from collections.abc import Iterable

from kea_twisted.config.model import Subnet


class SubnetIndex:
    """The configured subnets by identifier and by address."""

    def __init__(self, subnets: Iterable[Subnet]) -> None:
        self.by_id = {subnet.id: subnet for subnet in subnets}
        self._by_prefix: dict[tuple[int, int], Subnet] = {}
        for subnet in self.by_id.values():
            self._by_prefix.setdefault((subnet.mask, subnet.prefix), subnet)
        # Few different masks are in use, so that trying each is a handful of look-ups; longest first.
        self._masks = sorted({subnet.mask for subnet in self.by_id.values()}, reverse=True)

    def holding(self, address: int) -> Subnet | None:
        """The subnet an address lies in (the smallest one, should they overlap)."""
        for mask in self._masks:
            subnet = self._by_prefix.get((mask, address & mask))
            if subnet is not None:
                return subnet
        return None
