"""The leases that a client has already: the one to continue with, and those that it gives up."""

from __future__ import annotations

from kea_twisted.config.model import Subnet
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.subnets import Links
from kea_twisted.lease.lease import DEFAULT, Lease
from kea_twisted.lease.store import LeaseStore


class ClientLeases:
    """Finds leases by client identifier and hardware address, in the network that the client is in."""

    __slots__ = ("_store", "_links")

    def __init__(self, store: LeaseStore, links: Links) -> None:
        self._store = store
        self._links = links

    def known(self, exchange: Exchange, subnet: Subnet) -> Lease | None:
        """Return the lease by which a client that returns (INIT-REBOOT) is known here, admitted by its subnet or not.

        A lease found by hardware address counts only if no client identifier contradicts it.
        """
        client_id, hwaddr = exchange.client_id, exchange.hwaddr
        named = self._store.by_client_id(client_id) if client_id else ()
        alike = self._store.by_hwaddr(hwaddr) if hwaddr else ()
        return self._first_of(exchange, self._links.siblings(subnet), named, alike)

    def own(self, exchange: Exchange, subnet: Subnet) -> Lease | None:
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
        """Return the lease to continue with, of those with the client's identifier and with its hardware address."""
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

    def superseded(self, exchange: Exchange, subnet: Subnet, address: int) -> tuple[Lease, ...]:
        """Return the leases that a client gives up by selecting the offer of another address.

        With ``offer-lifetime`` the offer is a lease beside the one that the client had. Only leases with both its
        identifiers count: those found by the hardware address alone may be another operating system's.
        """
        client_id = exchange.client_id if subnet.match_client_id else b""
        found = self._store.by_client_id(client_id) if client_id else self._store.by_hwaddr(exchange.hwaddr)
        if len(found) < 2:
            return ()
        ids, hwaddr = [member.id for member in self._links.siblings(subnet)], exchange.hwaddr
        return tuple([
            lease
            for lease in found
            if lease.address != address and lease.subnet_id in ids and lease.state == DEFAULT
            and lease.hwaddr == hwaddr and lease.client_id == client_id and exchange.owns(lease)
        ])  # fmt: skip
