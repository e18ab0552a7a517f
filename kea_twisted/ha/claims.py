"""The claims of this server to the addresses of one relationship: the commands of the partner are judged by them."""

from __future__ import annotations

from kea_twisted.commands.leases import HELD
from kea_twisted.ha.failure import Link
from kea_twisted.ha.updates import Updates
from kea_twisted.lease.lease import DEFAULT, Lease


class Claims:
    """Implements ``commands.context.Claims``."""

    def __init__(self, link: Link, updates: Updates) -> None:
        self._link = link
        self._updates = updates
        self.alone: bool = False
        self.alone_since: int = 0
        self.apart_since: int = 0  # by the wall clock: since then the partner was not in touch; 0: both work together
        self._began_apart = False  # that is from an earlier process, and what it owed died with it

    @property
    def partner_ahead(self) -> int:
        """The seconds by which the partner's clock is ahead of this server's."""
        return self._link.skew

    @property
    def clocks_apart(self) -> int:
        """The seconds by which the clocks of both servers may differ."""
        return self._link.apart

    def owes(self, address: int) -> bool:
        """Return True if the partner is to hear of the lease of an address that it has not confirmed."""
        return address in self._updates.owed and address not in self._updates.withheld

    def recall(self, apart_since: int) -> None:
        """Take over since when an earlier process had not been in touch with the partner; 0: it was."""
        self.apart_since, self._began_apart = apart_since, apart_since > 0

    def lose_touch(self, at: int) -> None:
        """The partner has not been heard since then."""
        self.apart_since = min(self.apart_since or at, at)

    def work_together(self) -> None:
        """Both servers know what the other one gives, if nothing of before is owed."""
        if self.apart_since and not self._updates.owes_promised():
            self.apart_since, self._began_apart = 0, False

    def one_is_unknown(self, ours: Lease, theirs: Lease) -> bool:
        """Return True if one of both servers' leases of an address is a client's of which the other may not know.

        Where a client has it by both, the newer one counts in any case.
        """
        if ours.state == DEFAULT:
            return self.has_promised(ours.address) or (self._began_apart and self._is_given_apart(ours))
        return theirs.state == DEFAULT and self._is_given_apart(theirs)

    def _is_given_apart(self, lease: Lease) -> bool:
        return 0 < self.apart_since <= lease.cltt + self.clocks_apart

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
