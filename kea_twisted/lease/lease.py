"""The lease record: who holds which address until when."""

from __future__ import annotations

from typing import Final, NamedTuple

from kea_twisted.lease.context import ETHERNET_TYPE, hardware_type

# States as in the ``state`` column of Kea's lease file.
DEFAULT: Final = 0
DECLINED: Final = 1
RECLAIMED: Final = 2
RELEASED: Final = 3

INFINITE: Final = 0xFFFFFFFF
"""A valid lifetime that never ends."""

CLOCK_ERROR: Final = 60
"""Seconds that the clocks of two servers may differ: a lease from further ahead was given by a clock that was wrong."""


def is_ahead(at: int, now: float) -> bool:
    """Return True if a time is one that only a wrong clock can have shown by ``now``."""
    return at > now + CLOCK_ERROR


class Lease(NamedTuple):
    """One lease. Times are whole seconds since the epoch, lifetimes seconds, the address an integer."""

    address: int
    hwaddr: bytes
    client_id: bytes  # b"" when the client sent none
    valid_lifetime: int
    cltt: int  # client last transmission time
    subnet_id: int
    fqdn_fwd: bool = False
    fqdn_rev: bool = False
    hostname: str = ""
    state: int = DEFAULT
    user_context: str = ""  # JSON text of a map, or ""
    pool_id: int = 0

    @property
    def expire(self) -> int:
        """The end of the lease. An infinite one has a number here, too: ask ``is_expired``."""
        return self.cltt + self.valid_lifetime

    def is_expired(self, now: float) -> bool:
        """Return True if the lifetime is over at ``now`` (never for an infinite lease)."""
        return self.valid_lifetime != INFINITE and self.cltt + self.valid_lifetime < now

    def belongs_to(self, hwaddr: bytes, client_id: bytes) -> bool:
        """Return True if a client with these identifiers holds it; client identifiers decide if both have one."""
        if self.client_id and client_id:
            return self.client_id == client_id
        return self.hwaddr == hwaddr

    def belongs_to_sender(self, hwaddr: bytes, htype: int, client_id: bytes) -> bool:
        """Return True if the sender of a message holds it: ``belongs_to`` with the type of the hardware address.

        Leases of two servers are compared without it, as a Kea does not transmit types.
        """
        if self.client_id and client_id:
            return self.client_id == client_id
        if self.hwaddr != hwaddr:
            return False
        stored = hardware_type(self.user_context) if self.user_context else ETHERNET_TYPE
        return not hwaddr or stored == htype

    def outlasts(self, other: Lease, now: float) -> bool:
        """Return True if it was given after the other one: to the same client, ending no earlier, or after a decline.

        One that was given in the future, by a clock that was wrong then, does not. A released lease keeps the time
        at which it was given: a release that a suspended server carries out late is of the older lease. The end of
        another client's lease never ends this one, independent of the clocks of the two servers.
        """
        if self.supersedes(other, now):
            return True
        if self.state != DEFAULT or self.cltt <= other.cltt:
            return False
        same = self.belongs_to(other.hwaddr, other.client_id) and self.expire >= other.expire
        if not same and other.state != DECLINED:  # which belongs to no client, and ends when its probation does
            return False
        return not is_ahead(self.cltt, now) or is_ahead(other.cltt, now)

    def supersedes(self, other: Lease, now: float) -> bool:
        """Return True if a client has the address, and the other lease is another client's that has ended."""
        if self.state != DEFAULT or other.state not in (RELEASED, RECLAIMED) or self.is_expired(now):
            return False
        return not self.belongs_to(other.hwaddr, other.client_id)

    def repeats(self, other: Lease) -> bool:
        """Return True if nothing but the time at which it was given and the pool can differ."""
        return self[:4] == other[:4] and self[5:11] == other[5:11]

    def bars(self, other: Lease, now: float) -> bool:
        """Return True if another client has the address at ``now``, so that ``other`` must not be given."""
        same = self.belongs_to(other.hwaddr, other.client_id)
        return self.state == other.state == DEFAULT and not same and not self.is_expired(now)

    def may_follow(self, end: Lease, apart: int, now: float) -> bool:
        """Return True if a client has it, and may have got it after another server ended an earlier lease of it.

        ``end`` is that earlier lease, which seems to be the younger one by the other server's clock; ``apart`` is the
        number of seconds that the clocks may differ.
        """
        if self.state != DEFAULT or end.state not in (RELEASED, RECLAIMED) or self.is_expired(now):
            return False
        return 0 < end.cltt - self.cltt <= apart

    def covering(self, other: Lease, now: float, unknown: bool = False) -> Lease:
        """Return this lease, which takes the place of another one; if it is declined, perhaps a longer one.

        A client may hold an ACK for a lease that a wrong clock gave, perhaps after the decline: the address stays out
        of use until no clock says that such a lease lasts. ``unknown``: the server that took the decline may not have
        known the other lease, whose client may use the address until its end. Two servers do so one after the other;
        the probation that one of them has prolonged is not shortened.
        """
        if self.state != DECLINED or self.valid_lifetime == INFINITE:
            return self
        if other.state == DECLINED and other.cltt == self.cltt:
            return other if other.valid_lifetime > self.valid_lifetime else self
        ahead = is_ahead(other.cltt, now)
        if other.state != DEFAULT or not (ahead or unknown):
            return self
        if other.valid_lifetime == INFINITE:
            return self._replace(valid_lifetime=INFINITE)
        end = int(now) + other.valid_lifetime if ahead else other.expire
        if self.expire >= end:
            return self
        margin = CLOCK_ERROR if ahead else 0
        return self._replace(valid_lifetime=min(end + margin - self.cltt, INFINITE))

    def precedes(self, other: Lease, now: float) -> bool:
        """Return True if it counts of two leases that two servers gave to two clients at the same time.

        That is the newer one; of the same second, both servers choose alike.
        """
        if is_ahead(self.cltt, now) or is_ahead(other.cltt, now):
            return False
        if self.cltt != other.cltt:
            return self.cltt > other.cltt
        return (self.hwaddr, self.client_id) < (other.hwaddr, other.client_id)


LeaseRow = tuple[int, bytes, bytes, int, int, int, bool, bool, str, int, str, int]
"""A lease as a plain tuple, its fields in the order of ``Lease``: what a row of a file is read into."""


class Change(NamedTuple):
    """One event of the lease file: ``lease`` is stored, or deleted when ``deleted`` is set."""

    lease: Lease
    deleted: bool = False


class Overtaken(NamedTuple):
    """An address whose change was not written, because another server had changed its row first.

    ``winner`` is the row that stands now, None if there is none any more.
    """

    address: int
    winner: Lease | None
