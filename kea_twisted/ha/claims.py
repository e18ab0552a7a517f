"""The claims of this server to the addresses of one relationship: the commands of the partner are judged by them."""

from __future__ import annotations

from kea_twisted.commands.leases import HELD
from kea_twisted.ha.failure import Link
from kea_twisted.ha.updates import Updates


class Claims:
    """Implements ``commands.context.Claims``."""

    def __init__(self, link: Link, updates: Updates) -> None:
        self._link = link
        self._updates = updates
        self.alone: bool = False
        self.alone_since: int = 0

    @property
    def partner_ahead(self) -> int:
        """The seconds by which the partner's clock is ahead of this server's."""
        return self._link.skew

    @property
    def clocks_apart(self) -> int:
        """The seconds by which the clocks of both servers may differ."""
        return self._link.apart

    def owes(self, address: int) -> bool:
        """Return True if the partner has not confirmed the lease of an address."""
        return address in self._updates.owed

    def has_promised(self, address: int) -> bool:
        """Return True if a client was answered about an address, and the partner has not confirmed that.

        If the partner has promised the address, too, the newer of both leases counts.
        """
        updates = self._updates
        return updates.has_promised(address) and not updates.reasons.get(address, "").startswith(HELD)

    def has_answered(self, address: int) -> bool:
        """Return the same, also if the partner is known to have promised the address to another client."""
        return self._updates.has_promised(address)

    def has_withheld(self, address: int) -> bool:
        """Return True if no client was answered about an address, since the partner's client has it."""
        return address in self._updates.owed and address in self._updates.withheld
