"""THE ALLOCATION RULE: which address a client is offered, and which request is granted.

A DISCOVER is offered, first that works: the address reserved for the client; the lease it has; the address it
asks for; what the allocator finds. Lease and wish must lie in a pool and be neither reserved for another client
nor an address of this machine.
Subnets and pools that are for members of certain classes are not there for other clients.

A REQUEST names an address (option 50 or ciaddr) or none: then the reserved one is meant. It is granted unless
it is reserved for another client, another client holds it, the client has a reservation of another address
that is free, or it lies in no pool and is not the reserved one. What the client had before in the same subnet
goes away.

Nothing is changed here: the answer is a Grant, and who takes it applies its changes. (Kea:
``AllocEngine::discoverLease4`` and ``requestLease4``.)
"""

from __future__ import annotations

from typing import NamedTuple

from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.allocators import ALLOCATORS, IterativeAllocator
from kea_twisted.engine.clientname import ClientName, client_name
from kea_twisted.engine.core import Core
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.guards import admits
from kea_twisted.engine.hosts import HostFinder, current_host
from kea_twisted.engine.leases import LeaseTable, PoolBook
from kea_twisted.engine.lifetimes import offer_lifetime, reusable, shortened_lifetime, valid_lifetime
from kea_twisted.engine.relayinfo import remembered
from kea_twisted.engine.shortage import report_conflict, report_shortage
from kea_twisted.engine.subnets import Links
from kea_twisted.lease.context import ETHERNET_TYPE, with_hardware_type
from kea_twisted.lease.lease import DECLINED, DEFAULT, RECLAIMED, Change, Lease
from kea_twisted.records import new
from kea_twisted.wire.constants import OPT_FQDN, OPT_HOST_NAME


class Grant(NamedTuple):
    """A lease for a client, as it will be stored.

    ``remaining``: seconds left of a lease that is confirmed as it was (0: it is new or renewed). ``over``:
    the lease that had expired and makes room. ``former``: other leases of the client, which are removed. ``pool``:
    where the address lies.
    """

    lease: Lease
    subnet: Subnet
    name: ClientName | None
    remaining: int = 0
    over: Lease | None = None
    former: tuple[Lease, ...] = ()
    pool: PoolBook | None = None

    def changes(self) -> tuple[Change, ...]:
        """What goes into the table and the lease file, in order."""
        if self.remaining:
            return ()
        if not self.former:
            return (new(Change, (self.lease, False)),)
        return Change(self.lease), *[Change(lease, True) for lease in self.former]


class Refusal(NamedTuple):
    """No address. ``unknown``: the one asked for lies in no pool, another server may know it."""

    unknown: bool = False


class Engine:
    """The rule at work on a lease table; remembers where its allocators are."""

    __slots__ = ("_table", "_store", "_links", "_hosts", "_allocators", "_clock")

    def __init__(
        self, settings: Settings, table: LeaseTable, links: Links, hosts: HostFinder, before: Engine | None = None
    ) -> None:
        """``before``: the one that was in force, whose offers are still good."""
        self._table = table
        self._store = table.store
        self._links = links
        self._hosts = hosts
        self._clock = 0  # counts picks: the subnet used last is preferred within a shared network
        self._allocators: dict[int, IterativeAllocator] = {
            subnet.id: ALLOCATORS.get(subnet.allocator, IterativeAllocator)(
                table.book(subnet.id), settings.exclude_first_last_24 and subnet.length <= 24
            )
            for subnet in settings.subnets
        }
        if before is not None:
            self._clock = before._clock
            for subnet_id, allocator in self._allocators.items():
                if subnet_id in before._allocators:
                    allocator.follow(before._allocators[subnet_id])

    def discover(self, core: Core, exchange: Exchange, subnet: Subnet) -> Grant | None:
        """What to offer; None (logged and counted) when there is nothing."""
        exchange.offer_lifetime = offer_lifetime(core.settings, exchange, subnet)
        own = self._own_lease(exchange, subnet)
        if own is not None:
            subnet = self._by_id(subnet, own.subnet_id)
        reserved = self._hosts.address_for(exchange, subnet) if exchange.hosts else None
        if reserved is not None:
            subnet, address = reserved
            if own is not None and own.address == address:
                return self._renewed(exchange, subnet, own)
            grant = self._taken(exchange, subnet, address)
            if grant is not None:
                return grant
            report_conflict(core, exchange, address)
        for address in (own.address if own is not None else 0, exchange.requested):
            if not address:
                continue
            home = self._pool_subnet(exchange, subnet, address)
            if home is None:
                continue
            subnet = home
            if address in self._table.own or self._hosts.is_for_others(exchange, home, address):
                continue
            if own is not None and own.address == address:
                return self._renewed(exchange, home, own)
            grant = self._taken(exchange, home, address) if self._may_give(address) else None
            if grant is not None:
                return grant
        return self._picked(core, exchange, subnet)

    def request(self, core: Core, exchange: Exchange, subnet: Subnet) -> Grant | Refusal:
        """What to grant, or why not."""
        own = self._own_lease(exchange, subnet)
        if own is not None:
            subnet = self._by_id(subnet, own.subnet_id)
        reserved = self._hosts.address_for(exchange, subnet) if exchange.hosts else None
        wanted = exchange.requested or (reserved[1] if reserved is not None else 0)
        grant: Grant | Refusal | None
        if wanted:
            grant = self._wished(exchange, subnet, wanted, own, reserved)
        else:
            home = self._pool_subnet(exchange, subnet, own.address) if own is not None else None
            if own is not None and home is not None and own.address not in self._table.own:
                return self._renewed(exchange, home, own)
            grant = self._picked(core, exchange, subnet)
        if grant is None:
            return Refusal()
        if own is None or isinstance(grant, Refusal):
            return grant
        former = self._superseded(exchange, subnet, grant.lease.address) if exchange.selects else ()
        if grant.lease.address != own.address and own not in former:
            former = (own, *former)
        return grant._replace(former=former) if former else grant

    def _wished(
        self,
        exchange: Exchange,
        subnet: Subnet,
        wanted: int,
        own: Lease | None,
        reserved: tuple[Subnet, int] | None,
    ) -> Grant | Refusal | None:
        """This very address, by a request of a client who has ``own`` and a reservation of ``reserved``."""
        if exchange.requested and self._hosts.is_for_others(exchange, subnet, wanted):
            return Refusal()
        renews = own is not None and own.address == wanted and own.state == DEFAULT  # no other client has it then
        if not renews and self._held_by_another(exchange, subnet, wanted):
            return Refusal()
        home: Subnet | None
        if reserved is not None and reserved[1] == wanted:
            home = reserved[0]
        else:
            if reserved is not None and self._is_free(exchange, reserved[1]):
                return Refusal()  # the client is to come back and be offered what is reserved for it
            home = self._pool_subnet(exchange, subnet, wanted)
            if wanted in self._table.own:
                return Refusal()
            if home is None:
                return Refusal(unknown=not self._in_any_pool(subnet, wanted))
            if home is not subnet and self._hosts.is_for_others(exchange, home, wanted):
                return Refusal()
        if own is not None and own.address == wanted:
            return self._renewed(exchange, home, own)
        share = self._table.share
        if share is not None and not share.confirms(wanted):
            is_new = not exchange.message.ciaddr  # else the client uses it: the other server may have given it
            if is_new and (reserved is None or reserved[1] != wanted):
                return Refusal()
        return self._taken(exchange, home, wanted)

    def _may_give(self, address: int) -> bool:
        """Whether a new client may have it: the other server of a pair may be serving out of sight."""
        share = self._table.share
        return share is None or share.holds(address)

    def known(self, exchange: Exchange, subnet: Subnet) -> Lease | None:
        """Return the lease by which a client that comes back (INIT-REBOOT) is known here, be its subnet for it or not.

        What its hardware address finds counts only where no client identifier contradicts it.
        """
        client_id, hwaddr = exchange.client_id, exchange.hwaddr
        named = self._store.by_client_id(client_id) if client_id else ()
        alike = self._store.by_hwaddr(hwaddr) if hwaddr else ()
        return self._first_of(exchange, self._links.siblings(subnet), named, alike)

    def _own_lease(self, exchange: Exchange, subnet: Subnet) -> Lease | None:
        """Return the lease that the client has; of several the reserved one, the one asked for, the best known.

        That is: by client identifier before hardware address, in this subnet before its siblings, the latest.
        """
        client_id, hwaddr, requested = exchange.client_id, exchange.hwaddr, exchange.requested
        named = self._store.by_client_id(client_id) if client_id else ()
        if len(named) == 1 and not exchange.hosts and subnet.match_client_id:
            lease = named[0]
            if lease.subnet_id == subnet.id and (not requested or requested == lease.address):
                return lease  # nearly every client: no other lease can come before this one
        alike = self._store.by_hwaddr(hwaddr) if hwaddr else ()
        if not named and len(alike) < 2:
            return self._if_own(exchange, subnet, alike[0]) if alike else None
        return self._first_of(exchange, self._links.siblings(subnet, exchange), named, alike)

    def _if_own(self, exchange: Exchange, subnet: Subnet, lease: Lease) -> Lease | None:
        """Return the only lease with the client's hardware address if it is the client's, and in the network."""
        for member in self._links.siblings(subnet, exchange):
            if member.id == lease.subnet_id:
                return lease if exchange.owns(lease, member.match_client_id) else None
        return None

    def _first_of(
        self, exchange: Exchange, siblings: tuple[Subnet, ...], named: tuple[Lease, ...], alike: tuple[Lease, ...]
    ) -> Lease | None:
        """Of leases with the client's identifier and with its hardware address, the one to go on with."""
        now = exchange.now
        groups = [
            [lease for lease in named if lease.subnet_id == member.id] for member in siblings if member.match_client_id
        ]
        if not any(groups):  # the hardware address counts where the client identifier has found none
            groups = [
                [
                    lease
                    for lease in alike
                    if lease.subnet_id == member.id and exchange.owns(lease, member.match_client_id)
                ]
                for member in siblings
            ]
        groups = [group for group in groups if group]
        reserved = [host.address for host in exchange.hosts.values() if host.address]
        for address in (*reserved, exchange.requested):
            for group in groups:
                for lease in group:
                    if lease.address == address:
                        return lease
        return max(groups[0], key=lambda lease: (not lease.is_expired(now), lease.cltt)) if groups else None

    def _superseded(self, exchange: Exchange, subnet: Subnet, address: int) -> tuple[Lease, ...]:
        """Return the leases that a client gives up by selecting the offer of another address.

        With ``offer-lifetime`` the offer is a lease beside the one that the client had. Only leases with both its
        identifiers count: those found by the hardware address alone may be another operating system's.
        """
        client_id = exchange.client_id if subnet.match_client_id else b""
        found = self._store.by_client_id(client_id) if client_id else self._store.by_hwaddr(exchange.hwaddr)
        if len(found) < 2:
            return ()
        ids, hwaddr = self._ids(subnet), exchange.hwaddr
        return tuple([
            lease
            for lease in found
            if lease.address != address and lease.subnet_id in ids and lease.state == DEFAULT
            and lease.hwaddr == hwaddr and lease.client_id == client_id and exchange.owns(lease)
        ])  # fmt: skip

    def _held_by_another(self, exchange: Exchange, subnet: Subnet, address: int) -> bool:
        lease = self._store.get(address)
        if lease is None or lease.is_expired(exchange.now):
            return False
        # Nobody owns a declined address, not even a client without any identifier.
        return lease.state == DECLINED or not exchange.owns(lease, subnet.match_client_id)

    def _pool_subnet(self, exchange: Exchange, subnet: Subnet, address: int) -> Subnet | None:
        """The subnet, this one first, in one of whose pools for this client the address lies."""
        for member in self._links.siblings(subnet, exchange):
            pool = self._table.book(member.id).pool_of(address)
            if pool is not None:
                guard = pool.pool.client_classes
                return member if not guard or admits(guard, exchange.classes) else None
        return None

    def _in_any_pool(self, subnet: Subnet, address: int) -> bool:
        """Whether it lies in a pool of the network, be it for this client or not."""
        return any(self._table.book(member.id).pool_of(address) is not None for member in self._links.siblings(subnet))

    def _is_free(self, exchange: Exchange, address: int) -> bool:
        lease = self._store.get(address)
        return lease is None or lease.is_expired(exchange.now)

    def _taken(self, exchange: Exchange, subnet: Subnet, address: int) -> Grant | None:
        """This very address, if it is free or its lease is over."""
        lease = self._store.get(address)
        if lease is not None and not lease.is_expired(exchange.now):
            return None
        return self._fresh(exchange, subnet, address, lease)

    def _picked(self, core: Core, exchange: Exchange, subnet: Subnet) -> Grant | None:
        """What the allocators of the subnet and its siblings find.

        First comes, of those for the same classes as this one, the subnet used last.
        """
        siblings = self._links.siblings(subnet, exchange)
        if len(siblings) > 1:
            alike = [member for member in siblings if member.client_classes == siblings[0].client_classes]
            preferred = max(alike, key=lambda member: self._allocators[member.id].picks)
            siblings = self._links.siblings(preferred, exchange)
        for member in siblings:
            address = self._pick(exchange, member)
            if address:
                return self._fresh(exchange, member, address, self._store.get(address))
        classes = exchange.classes
        report_shortage(
            core,
            exchange,
            siblings or (subnet,),
            [self._allocators[member.id].capacity_for(classes) for member in siblings],
        )
        return None

    def _pick(self, exchange: Exchange, subnet: Subnet) -> int:
        allocator, now, classes = self._allocators[subnet.id], exchange.now, exchange.classes
        if not allocator.capacity:
            return 0
        share = self._table.share
        if share is not None:
            address = share.pick(subnet.id, allocator, self._store, now, classes)
        else:
            address = allocator.pick(self._store, now, classes)
        if not address and self._table.release_overdue(now):
            address = allocator.pick(self._store, now, classes)
        if address:
            self._clock += 1
            allocator.picks = self._clock
        return address

    def _fresh(self, exchange: Exchange, subnet: Subnet, address: int, over: Lease | None) -> Grant:
        pool = self._table.book(subnet.id).pool_of(address)
        name = self._name(exchange, subnet, address, pool)
        lease = self._lease(exchange, subnet, address, name, pool)
        if over is not None and over.state == RECLAIMED:
            over = None
        return new(Grant, (lease, subnet, name, 0, over, (), pool))

    def _renewed(self, exchange: Exchange, subnet: Subnet, old: Lease) -> Grant:
        pool = self._table.book(subnet.id).pool_of(old.address)
        name = self._name(exchange, subnet, old.address, pool)
        if exchange.offer_lifetime and exchange.now + exchange.offer_lifetime < old.expire:
            exchange.offer_lifetime = 0  # an offer does not shorten a lease
        lease = self._lease(exchange, subnet, old.address, name, pool, old.user_context, old)
        if old.is_expired(exchange.now):
            return Grant(lease, subnet, name, over=None if old.state == RECLAIMED else old, pool=pool)
        # A name made from the address is new every time; nothing but cltt and pool_id may differ.
        named = name is not None and name.generated
        if not named and lease[:4] == old[:4] and lease[5:11] == old[5:11]:
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
        return new(Lease, (
            address,
            exchange.hwaddr,
            exchange.client_id if subnet.match_client_id else b"",
            exchange.offer_lifetime or self._lifetime(exchange, subnet, address, old),
            exchange.now,
            subnet.id,
            False,
            False,
            name.hostname if name is not None else "",
            DEFAULT,
            user_context,
            pool.pool.pool_id if pool is not None else 0,
        ))  # fmt: skip

    def _name(self, exchange: Exchange, subnet: Subnet, address: int, pool: PoolBook | None) -> ClientName | None:
        options = exchange.message.options
        host = current_host(exchange, subnet) if exchange.hosts else None
        reserved = host.hostname if host is not None else ""
        rules = (pool.pool.names if pool is not None else None) or subnet.names
        if reserved or OPT_HOST_NAME in options or OPT_FQDN in options or rules.replaces_none:
            return client_name(exchange, address, rules, reserved)
        return None

    def _lifetime(self, exchange: Exchange, subnet: Subnet, address: int, old: Lease | None) -> int:
        threshold = subnet.adaptive_lease_time_threshold
        if threshold < 1 and self._allocators[subnet.id].occupancy(address) >= threshold:
            return shortened_lifetime(exchange, subnet, old)
        return valid_lifetime(exchange, subnet)

    def _ids(self, subnet: Subnet) -> list[int]:
        return [member.id for member in self._links.siblings(subnet)]

    def _by_id(self, subnet: Subnet, subnet_id: int) -> Subnet:
        if subnet.id == subnet_id:
            return subnet
        return next(member for member in self._links.siblings(subnet) if member.id == subnet_id)
