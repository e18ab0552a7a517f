"""Makes the lease that a client is granted: its times, name, pool and remembered relay options."""

from __future__ import annotations

from collections.abc import Mapping

from kea_twisted.config.model import Subnet
from kea_twisted.engine.allocators import IterativeAllocator
from kea_twisted.engine.books import PoolBook
from kea_twisted.engine.clientname import ClientName
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.grants import Grant
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.lifetimes import reusable, shortened_lifetime, valid_lifetime
from kea_twisted.engine.naming import Naming
from kea_twisted.engine.relayinfo import remembered
from kea_twisted.lease.context import ETHERNET_TYPE, with_hardware_type
from kea_twisted.lease.lease import CLOCK_ERROR, DEFAULT, RECLAIMED, Lease, is_ahead
from kea_twisted.records import new


class LeaseMaker:
    """Makes grants on a lease table, which it does not change. ``allocators`` are those of the subnets, by id."""

    __slots__ = ("_table", "_allocators", "_naming")

    def __init__(self, table: LeaseTable, allocators: Mapping[int, IterativeAllocator], naming: Naming) -> None:
        self._table = table
        self._naming = naming
        self._allocators = allocators

    def fresh(self, exchange: Exchange, subnet: Subnet, address: int, over: Lease | None) -> Grant:
        """Return the grant of an address that the client does not have; ``over`` is the lease that it replaces."""
        pool = self._table.book(subnet.id).pool_of(address)
        name = self._naming.name(exchange, subnet, address, pool)
        lease = self._lease(exchange, subnet, address, name, pool)
        if over is not None and over.state == RECLAIMED:
            over = None
        return new(Grant, (lease, subnet, name, 0, over, (), pool))

    def renewed(self, exchange: Exchange, subnet: Subnet, old: Lease) -> Grant:
        """Return the grant that renews a lease of the client."""
        pool = self._table.book(subnet.id).pool_of(old.address)
        name = self._naming.name(exchange, subnet, old.address, pool)
        if exchange.offer_lifetime and exchange.now + exchange.offer_lifetime < old.expire:
            exchange.offer_lifetime = 0  # an offer does not shorten a lease
        lease = self._lease(exchange, subnet, old.address, name, pool, old.user_context, old)
        if self._table.renews_until and lease.cltt <= old.cltt:
            lease = _following(lease, old)
        if old.is_expired(exchange.now):
            return Grant(lease, subnet, name, over=None if old.state == RECLAIMED else old, pool=pool)
        # A name made from the address is new every time; nothing but cltt and pool_id may differ.
        named = name is not None and name.generated
        if not named and old.cltt > self._table.renews_until and lease.repeats(old):
            remaining = reusable(old, lease.valid_lifetime, subnet, exchange.now)
            if remaining:
                return Grant(old, subnet, name, remaining, pool=pool)
        return new(Grant, (lease, subnet, name, 0, None, (), pool))

    def _lease(
        self,
        exchange: Exchange,
        subnet: Subnet,
        address: int,
        name: ClientName | None,
        pool: PoolBook | None,
        user_context: str = "",
        old: Lease | None = None,
    ) -> Lease:
        if subnet.store_extended_info:
            user_context = remembered(user_context, exchange)
        if user_context or exchange.message.htype != ETHERNET_TYPE:
            user_context = with_hardware_type(
                user_context, exchange.message.htype if exchange.hwaddr else ETHERNET_TYPE
            )
        forward, reverse = (name.forward, name.reverse) if name is not None else (False, False)
        return new(Lease, (
            address,
            exchange.hwaddr,
            exchange.client_id if subnet.match_client_id else b"",
            exchange.offer_lifetime or self._lifetime(exchange, subnet, address, old),
            exchange.now,
            subnet.id,
            forward,
            reverse,
            name.hostname if name is not None else "",
            DEFAULT,
            user_context,
            pool.pool.pool_id if pool is not None else 0,
        ))  # fmt: skip

    def _lifetime(self, exchange: Exchange, subnet: Subnet, address: int, old: Lease | None) -> int:
        threshold = subnet.adaptive_lease_time_threshold
        if threshold < 1 and self._allocators[subnet.id].occupancy(address) >= threshold:
            return shortened_lifetime(exchange, subnet, old)
        return valid_lifetime(exchange, subnet)


def _following(lease: Lease, old: Lease) -> Lease:
    """Return a lease that seems to be younger than its client's old one, if that has an end or a time to come.

    A HA partner whose clock is ahead gave that one, and may have ended it unheard; of two leases of a client the
    younger one counts where servers merge theirs. No lease becomes one of a wrong clock by this.
    """
    if is_ahead(old.cltt, lease.cltt) or (old.state == DEFAULT and old.cltt == lease.cltt):
        return lease
    return lease._replace(cltt=min(old.cltt + 1, lease.cltt + CLOCK_ERROR))
