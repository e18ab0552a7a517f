"""Host reservations: those of a client, and those of an address.

A client is looked up by its identifiers in the order of ``host-reservation-identifiers``; the first that
finds a host decides, in each subnet of the shared network and at the global level apart. The cost does not
depend on how many hosts there are: it is a dictionary look-up per identifier and subnet. (Kea:
``AllocEngine::findReservation``, ``hasAddressReservation``, ``addressReserved``.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

from kea_twisted.config.hosts import GLOBAL, FoundHosts, Host
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.core import Core
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hostlookup import Unchecked
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.subnets import Links
from kea_twisted.hooks.chain import ask
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.constants import AGENT_CIRCUIT_ID
from kea_twisted.wire.identity import duid

Identifiers = tuple[tuple[str, bytes], ...]

READERS: Final[dict[str, Callable[[Exchange], bytes]]] = {
    "hw-address": lambda exchange: exchange.hwaddr,
    "duid": lambda exchange: duid(exchange.client_id),
    "circuit-id": lambda exchange: exchange.agent.get(AGENT_CIRCUIT_ID, b""),
    "client-id": lambda exchange: exchange.client_id,
}
"""Reads an identifier from a query; returns b"" if it has none."""
FLEX_ID: Final = "flex-id"
"""The kind that hook libraries make of a query."""


class HostFinder:
    """The look-up for one configuration."""

    __slots__ = ("_core", "_hosts", "_links", "_readers", "early", "are_stored")

    def __init__(self, core: Core, links: Links) -> None:
        settings = core.settings
        self._core = core
        self._hosts = settings.hosts
        self._links = links
        self.are_stored = core.host_lookup is not None
        """True if there may be reservations outside of the configuration, which are looked up for each query."""
        self.early = settings.early_global_reservations_lookup
        readers = {**READERS, FLEX_ID: self._flex_id}
        self._readers = tuple((kind, readers[kind]) for kind in settings.host_reservation_identifiers)

    def find_early(self, exchange: Exchange) -> None:
        """Find the global host before a subnet is chosen, if ``early-global-reservations-lookup`` is set."""
        if not self._core.has_reservations:
            return
        host = self._find(GLOBAL, self.identify(exchange), exchange.stored)
        if host is not None:
            exchange.hosts = {GLOBAL: host}
            exchange.host = host

    def find(self, exchange: Exchange, subnet: Subnet) -> None:
        """Set ``hosts`` and ``host`` of an exchange whose subnet is chosen, where there are any hosts."""
        identifiers, stored = self.identify(exchange), exchange.stored
        found = dict(exchange.hosts)
        if subnet.reservations_global and not self.early:
            host = self._find(GLOBAL, identifiers, stored)
            if host is not None:
                found[GLOBAL] = host
        if subnet.reservations_in_subnet or subnet.reservations_global and not found:
            for member in self._links.siblings(subnet):
                if member.reservations_in_subnet:
                    host = self._find(member.id, identifiers, stored)
                    if host is not None:
                        found[member.id] = host
        if found:
            exchange.hosts = found
        exchange.host = current_host(exchange, subnet)

    def is_for_others(self, exchange: Exchange, subnet: Subnet, address: int) -> bool:
        """Return True if an address of a subnet is reserved for other clients only.

        With ``reservations-out-of-pool`` reservations of addresses that lie in a pool do not count. Raises Unchecked if
        it has to be looked up outside of the configuration.
        """
        if not self.are_stored and not self._hosts.by_subnet or not subnet.reservations_in_subnet:
            return False
        hosts = self._hosts.at(subnet.id, address)
        if not hosts and not self.are_stored or subnet.reservations_out_of_pool and _in_pool(subnet, address):
            return False
        if self.are_stored and not (hosts and self._core.settings.ip_reservations_unique):  # the configuration's decide
            hosts += self._stored_at(exchange, subnet, address)
        return bool(hosts) and not any((host.kind, host.identifier) in exchange.identifiers for host in hosts)

    def keep_back(self, subnet: Subnet, address: int) -> None:
        """Keep an address that is reserved outside of the configuration away from the allocators from now on."""
        lookup = self._core.host_lookup
        if lookup is not None:
            lookup.learn(subnet.id, address)
        mark(self._core.table, subnet, (address,), reserved=True)

    def _stored_at(self, exchange: Exchange, subnet: Subnet, address: int) -> tuple[Host, ...]:
        stored = exchange.stored
        if stored is None or address not in stored.checked:
            raise Unchecked(address)
        return stored.at(subnet.id, address)

    def address_for(self, exchange: Exchange, subnet: Subnet) -> tuple[Subnet, int] | None:
        """Return the address reserved for this client and its subnet: this subnet first, then its siblings.

        A global reservation counts where its address fits the subnet.
        """
        hosts = exchange.hosts
        if not hosts:
            return None
        everywhere = hosts.get(GLOBAL)
        general = everywhere.address if everywhere is not None else 0
        for member in self._links.siblings(subnet, exchange):
            host = hosts.get(member.id) if member.reservations_in_subnet else None
            own = host.address if host is not None else 0
            if member.reservations_global and general and general in member:
                return member, own or general
            if own and not (member.reservations_out_of_pool and _in_pool(member, own)):
                return member, own
        return None

    def identify(self, exchange: Exchange) -> Identifiers:
        """Return the identifiers of the client in the order in which they are looked up, and note them."""
        if not exchange.identifiers:
            found = []
            for kind, read in self._readers:
                identifier = read(exchange)
                if identifier:
                    found.append((kind, identifier))
            exchange.identifiers = tuple(found)
        return exchange.identifiers

    def _flex_id(self, exchange: Exchange) -> bytes:
        callbacks = self._core.hooks.host4_identifier
        if not callbacks:
            return b""
        found = ask("host4_identifier", callbacks, self._core.log, exchange.with_classes(), b"")
        return found if isinstance(found, bytes) else b""

    def _find(self, subnet_id: int, identifiers: Identifiers, stored: FoundHosts | None) -> Host | None:
        if stored is not None:
            return self._find_everywhere(subnet_id, identifiers, stored)
        hosts = self._hosts.by_subnet.get(subnet_id)
        if hosts is not None:
            for kind, identifier in identifiers:
                named = hosts.by_kind.get(kind)
                if named is not None:
                    host = named.get(identifier)
                    if host is not None:
                        return host
        return None

    def _find_everywhere(self, subnet_id: int, identifiers: Identifiers, stored: FoundHosts) -> Host | None:
        """Find a host by one identifier after the other, in the configuration and then elsewhere."""
        for kind, identifier in identifiers:
            host = self._hosts.get(subnet_id, kind, identifier) or stored.get(subnet_id, kind, identifier)
            if host is not None:
                return host
        return None


def current_host(exchange: Exchange, subnet: Subnet) -> Host | None:
    """Return the host whose name, options and fields count in a subnet: its own before the global one."""
    hosts = exchange.hosts
    if not hosts:
        return None
    host = hosts.get(subnet.id) if subnet.reservations_in_subnet else None
    return host if host is not None or not subnet.reservations_global else hosts.get(GLOBAL)


def reserve(table: LeaseTable, settings: Settings) -> None:
    """Keep the reserved addresses of all subnets away from the allocators."""
    for subnet in settings.subnets:
        hosts = settings.hosts.by_subnet.get(subnet.id)
        if hosts is not None:
            mark(table, subnet, hosts.by_address, reserved=True)


def reserve_stored(table: LeaseTable, settings: Settings, reserved: Mapping[int, Iterable[int]]) -> None:
    """Keep addresses away from the allocators that are reserved outside of the configuration, by subnet id."""
    for subnet in settings.subnets:
        addresses = reserved.get(subnet.id)
        if addresses:
            mark(table, subnet, addresses, reserved=True)


def mark(table: LeaseTable, subnet: Subnet, addresses: Iterable[int], *, reserved: bool) -> None:
    """Mark addresses as reserved or not, if reservations count in the subnet's pools."""
    if subnet.reservations_out_of_pool or not subnet.reservations_in_subnet:
        return
    book = table.book(subnet.id)
    for address in addresses:
        pool = book.pool_of(address)
        if pool is not None:
            pool.taken.reserve(address - pool.first, reserved)


def add_host(settings: Settings, table: LeaseTable, host: Host) -> None:
    """Put a host into force, and into the configured tree: whole, between two packets."""
    host = settings.hosts.add(host)
    _reservations(settings, host.subnet_id).append(host.section)
    _mark_address(settings, table, host)


def remove_host(settings: Settings, table: LeaseTable, host: Host) -> None:
    """Remove a host from force and from the configured tree."""
    settings.hosts.remove(host)
    sections = _reservations(settings, host.subnet_id)
    sections[:] = [section for section in sections if section is not host.section]
    if host.subnet_id == GLOBAL and not sections:
        tree: Json = settings.tree
        del tree["reservations"]
    _mark_address(settings, table, host)


def _mark_address(settings: Settings, table: LeaseTable, host: Host) -> None:
    subnet = next((subnet for subnet in settings.subnets if subnet.id == host.subnet_id), None)
    if subnet is not None and host.address:
        reserved = bool(settings.hosts.at(host.subnet_id, host.address))
        mark(table, subnet, (host.address,), reserved=reserved)


def _reservations(settings: Settings, subnet_id: int) -> list[Json]:
    """The list of the configured tree that holds the hosts of a subnet, or the global ones."""
    tree: Json = settings.tree
    if subnet_id == GLOBAL:
        return cast("list[Json]", tree.setdefault("reservations", []))
    for holder in (tree, *tree.get("shared-networks", ())):
        for section in holder.get("subnet4", ()):
            if section.get("id") == subnet_id:
                return cast("list[Json]", section.setdefault("reservations", []))
    raise KeyError(subnet_id)


def _in_pool(subnet: Subnet, address: int) -> bool:
    return any(address in pool for pool in subnet.pools)
