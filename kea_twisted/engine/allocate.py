"""THE ALLOCATION RULE: the address that a client is offered, and the requests that are granted.

A DISCOVER is offered, first that works: the address reserved for the client; the lease it has; the address it
asks for; what the allocator finds. Lease and wish must lie in a pool and be neither reserved for another client
nor an address of this machine.
Subnets and pools that are for members of certain classes do not exist for other clients.

A REQUEST names an address (option 50 or ciaddr) or none: then the reserved one is meant. It is granted unless
it is reserved for another client, another client holds it, the client has a reservation of another address
that is free, or it lies in no pool and is not the reserved one. What the client had before in the same subnet
is removed.

Nothing is changed here: the result is a Grant, and its changes are applied by the caller. (Kea:
``AllocEngine::discoverLease4`` and ``requestLease4``.)
"""

from __future__ import annotations

from collections.abc import Sequence

from kea_twisted.config.model import Subnet
from kea_twisted.engine.allocators import IterativeAllocator, allocator_class
from kea_twisted.engine.clientleases import ClientLeases
from kea_twisted.engine.core import Core
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.grants import Grant, Refusal
from kea_twisted.engine.guards import admits
from kea_twisted.engine.hostlookup import Unchecked, Unread
from kea_twisted.engine.hosts import HostFinder
from kea_twisted.engine.leasemaker import LeaseMaker
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.lifetimes import offer_lifetime
from kea_twisted.engine.naming import Naming
from kea_twisted.engine.shortage import report_conflict, report_shortage
from kea_twisted.engine.subnets import Links
from kea_twisted.lease.lease import DECLINED, DEFAULT, Lease
from kea_twisted.wire.constants import OPT_SERVER_IDENTIFIER


class Allocation:
    """The rule on a lease table; remembers where its allocators are."""

    __slots__ = ("_table", "_store", "_links", "_hosts", "_allocators", "_leases", "_maker", "_clock", "_configured")

    def __init__(
        self,
        core: Core,
        links: Links,
        hosts: HostFinder,
        before: Allocation | None = None,
        subnets: Sequence[Subnet] | None = None,
    ) -> None:
        """``before``: the one that was in force, whose offers are still good. ``subnets``: of these only."""
        settings, table = core.settings, core.table
        self._table: LeaseTable = table
        self._store = table.store
        self._links = links
        self._hosts = hosts
        self._clock = 0  # counts picks: the subnet used last is preferred within a shared network
        self._allocators: dict[int, IterativeAllocator] = {
            subnet.id: allocator_class(subnet.allocator)(
                table.book(subnet.id), settings.exclude_first_last_24 and subnet.length <= 24
            )
            for subnet in (settings.subnets if subnets is None else subnets)
        }
        self._configured: frozenset[int] = (
            frozenset(self._allocators) if subnets is None or before is None else before._configured
        )
        self._leases = ClientLeases(table.store, links)
        self._maker = LeaseMaker(table, self._allocators, Naming(core))
        if before is not None:
            self._clock = before._clock
            for subnet_id, allocator in self._allocators.items():
                if subnet_id in before._allocators:
                    allocator.follow(before._allocators[subnet_id])

    def discover(self, core: Core, exchange: Exchange, subnet: Subnet) -> Grant | None:
        """Return the grant to offer; None, logged and counted, if there is no address."""
        exchange.offer_lifetime = offer_lifetime(core.settings, exchange, subnet)
        own = self._leases.own(exchange, subnet)
        if own is not None:
            subnet = self._by_id(subnet, own.subnet_id)
        reserved = self._hosts.address_for(exchange, subnet) if exchange.hosts else None
        if reserved is not None:
            subnet, address = reserved
            if own is not None and own.address == address:
                return self._maker.renewed(exchange, subnet, own)
            grant = self._taken(exchange, subnet, address)
            if grant is not None:
                return grant
            report_conflict(core, exchange, address)
        for address in (own.address if own is not None else 0, exchange.requested):
            home = self._pool_subnet(exchange, subnet, address) if address else None
            if home is None:
                continue
            subnet = home
            if address in self._table.own or self._hosts.is_for_others(exchange, home, address):
                continue
            if own is not None and own.address == address:
                return self._maker.renewed(exchange, home, own)
            grant = self._taken(exchange, home, address) if self._may_give(home, address) else None
            if grant is not None:
                return grant
        return self._picked(core, exchange, subnet)

    def request(self, core: Core, exchange: Exchange, subnet: Subnet) -> Grant | Refusal:
        """Return the grant for a REQUEST, or a Refusal."""
        own = self._leases.own(exchange, subnet)
        if own is not None:
            subnet = self._by_id(subnet, own.subnet_id)
        reserved = self._hosts.address_for(exchange, subnet) if exchange.hosts else None
        requested = exchange.requested or (reserved[1] if reserved is not None else 0)
        grant: Grant | Refusal | None
        if requested:
            grant = self._wished(exchange, subnet, requested, own, reserved)
        else:
            home = self._pool_subnet(exchange, subnet, own.address) if own is not None else None
            if own is not None and home is not None and own.address not in self._table.own:
                return self._maker.renewed(exchange, home, own)
            grant = self._picked(core, exchange, subnet)
        if grant is None:
            return Refusal()
        if own is None or isinstance(grant, Refusal):
            return grant
        former = self._leases.superseded(exchange, subnet, grant.lease.address) if exchange.selects else ()
        if grant.lease.address != own.address and own not in former:
            former = (own, *former)
        return grant._replace(former=former) if former else grant

    def _wished(
        self,
        exchange: Exchange,
        subnet: Subnet,
        requested: int,
        own: Lease | None,
        reserved: tuple[Subnet, int] | None,
    ) -> Grant | Refusal | None:
        """Return a grant of this very address to a client that has ``own`` and a reservation of ``reserved``."""
        if exchange.requested and self._hosts.is_for_others(exchange, subnet, requested):
            return Refusal()
        renews = own is not None and own.address == requested and own.state == DEFAULT  # no other client has it then
        if not renews and self._held_by_another(exchange, subnet, requested):
            return Refusal()
        home: Subnet | None
        if reserved is not None and reserved[1] == requested:
            home = reserved[0]
        else:
            if reserved is not None and self._is_free(exchange, reserved[1]):
                return Refusal()  # the client is to come back and be offered what is reserved for it
            home = self._pool_subnet(exchange, subnet, requested)
            if requested in self._table.own:
                return Refusal()
            if home is None:
                return Refusal(unknown=not self._in_any_pool(subnet, requested))
            if home is not subnet and self._hosts.is_for_others(exchange, home, requested):
                return Refusal()
        if own is not None and own.address == requested:
            return self._maker.renewed(exchange, home, own)
        is_new = not exchange.message.ciaddr  # else the client uses it: the other server may have given it
        share = self._table.share_in(home.id) if is_new and (reserved is None or reserved[1] != requested) else None
        options = exchange.message.options
        if share is not None and not share.confirms(requested, home.id, options.get(OPT_SERVER_IDENTIFIER)):
            return Refusal()
        return self._taken(exchange, home, requested)

    def own(self, exchange: Exchange, subnet: Subnet) -> Lease | None:
        """Return the lease that the client has; see ClientLeases."""
        return self._leases.own(exchange, subnet)

    def known(self, exchange: Exchange, subnet: Subnet) -> Lease | None:
        """Return the lease by which a client that returns (INIT-REBOOT) is known here; see ClientLeases."""
        return self._leases.known(exchange, subnet)

    def _may_give(self, subnet: Subnet, address: int) -> bool:
        """Return True if a new client may have the address: the other server of a pair may be serving out of sight."""
        share = self._table.share_in(subnet.id)
        return share is None or share.holds(address)

    def _held_by_another(self, exchange: Exchange, subnet: Subnet, address: int) -> bool:
        lease = self._store.get(address)
        if lease is None or lease.is_expired(exchange.now):
            return False
        # A declined address has no owner, not even a client without any identifier.
        return lease.state == DECLINED or not exchange.owns(lease, subnet.match_client_id)

    def _pool_subnet(self, exchange: Exchange, subnet: Subnet, address: int) -> Subnet | None:
        """Return the subnet, this one first, that has the address in a pool for this client."""
        for member in self._links.siblings(subnet, exchange):
            pool = self._table.book(member.id).pool_of(address)
            if pool is not None:
                guard = pool.pool.client_classes
                return member if not guard or admits(guard, exchange.classes) else None
        return None

    def _in_any_pool(self, subnet: Subnet, address: int) -> bool:
        """Return True if the address lies in a pool of the network, be it for this client or not."""
        return any(self._table.book(member.id).pool_of(address) is not None for member in self._links.siblings(subnet))

    def _is_free(self, exchange: Exchange, address: int) -> bool:
        lease = self._store.get(address)
        return lease is None or lease.is_expired(exchange.now)

    def _taken(self, exchange: Exchange, subnet: Subnet, address: int) -> Grant | None:
        """Return a grant of this very address if it is free or its lease has expired."""
        lease = self._store.get(address)
        if lease is not None and not lease.is_expired(exchange.now):
            return self._maker.fresh(exchange, subnet, address, None) if self._is_stray(exchange, lease) else None
        return self._maker.fresh(exchange, subnet, address, lease)

    def _is_stray(self, exchange: Exchange, lease: Lease) -> bool:
        """Return True for the client's own lease of a subnet id that is not configured: the partner has another one."""
        return lease.subnet_id not in self._configured and lease.state == DEFAULT and exchange.owns(lease)

    def _picked(self, core: Core, exchange: Exchange, subnet: Subnet) -> Grant | None:
        """Return a grant of the first address that the allocators of the subnet and its siblings find.

        Of the subnets for the same classes as this one, the one used last is first.
        """
        siblings = self._links.siblings(subnet, exchange)
        if len(siblings) > 1:
            alike = [member for member in siblings if member.client_classes == siblings[0].client_classes]
            preferred = max(alike, key=lambda member: self._allocators[member.id].picks)
            siblings = self._links.siblings(preferred, exchange)
        for member in siblings:
            address = (
                self._pick(exchange, member) if not self._hosts.are_stored else self._pick_checked(exchange, member)
            )
            if address:
                return self._maker.fresh(exchange, member, address, self._store.get(address))
        if self._hosts.are_stored and exchange.candidate >= 0:
            raise Unchecked(0)
        classes = exchange.classes
        report_shortage(
            core,
            exchange,
            siblings or (subnet,),
            [self._allocators[member.id].capacity_for(classes) for member in siblings],
        )
        return None

    def _pick_checked(self, exchange: Exchange, subnet: Subnet) -> int:
        """Pick an address that is not reserved outside of the configuration. Raises Unchecked to have it looked up."""
        while address := self._pick(exchange, subnet):
            try:
                if not self._hosts.is_for_others(exchange, subnet, address):
                    return address
            except Unchecked:
                exchange.candidate = address
                raise
            self._hosts.keep_back(subnet, address)
        return 0

    def _candidate(self, exchange: Exchange, subnet: Subnet) -> int:
        """Return the address that was picked before the query had to wait, if it is still free; else 0."""
        address, exchange.candidate = exchange.candidate, 0
        pool = self._table.book(subnet.id).pool_of(address)
        is_usable = (
            pool is not None and self._is_free(exchange, address) and admits(pool.pool.client_classes, exchange.classes)
        )
        return address if is_usable else 0

    def _pick(self, exchange: Exchange, subnet: Subnet) -> int:
        """Pick a free address, 0 if there is none. Raises Unread if a lease of it may not be read yet."""
        address = self._candidate(exchange, subnet) if exchange.candidate > 0 else 0
        address = address or self._next(exchange, subnet)
        progress = self._table.progress
        if progress is not None and address > progress.read_to:
            exchange.candidate = address
            raise Unread(address)
        return address

    def _next(self, exchange: Exchange, subnet: Subnet) -> int:
        allocator, now, classes = self._allocators[subnet.id], exchange.now, exchange.classes
        if not allocator.capacity:
            return 0
        share = self._table.share_in(subnet.id)
        if share is not None:
            address = share.pick(subnet.id, allocator, self._store, self._table.release_overdue, now, classes)
        else:
            address = allocator.pick(self._store, now, classes)
            if not address and self._table.release_overdue(now):
                address = allocator.pick(self._store, now, classes)
        if address:
            self._clock += 1
            allocator.picks = self._clock
        return address

    def _by_id(self, subnet: Subnet, subnet_id: int) -> Subnet:
        if subnet.id == subnet_id:
            return subnet
        return next(member for member in self._links.siblings(subnet) if member.id == subnet_id)
