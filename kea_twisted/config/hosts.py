"""Host reservations, ready to be looked up: per subnet by identifier and by address.

The one part of the settings that changes while they are in force: ``reservation-add`` and its like put a host
in or take one out, whole, between two packets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from kea_twisted.config.optiondata import OptionSet
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.constants import OPT_SERVER_IDENTIFIER

Identifier = tuple[str, bytes]
"""The kind of an identifier, and its value."""

GLOBAL: Final = 0
"""Stands for the subnet id of a host that is in no subnet."""


class Host(NamedTuple):
    """A reservation. ``kind`` is the keyword of its identifier (``hw-address`` …); 0, "" and None: not set."""

    subnet_id: int
    kind: str
    identifier: bytes
    address: int = 0
    hostname: str = ""
    client_classes: tuple[str, ...] = ()
    options: OptionSet | None = None
    next_server: int = 0
    server_hostname: str = ""
    boot_file_name: str = ""
    section: Json = None  # the map it was written as
    number: int = 0  # counts the hosts, for those who read them page by page; the last field


class SubnetHosts:
    """The hosts of one subnet, or the global ones."""

    __slots__ = ("by_kind", "by_address")

    def __init__(self) -> None:
        self.by_kind: dict[str, dict[bytes, Host]] = {}
        self.by_address: dict[int, tuple[Host, ...]] = {}

    def get(self, kind: str, identifier: bytes) -> Host | None:
        """Return the host with this identifier."""
        hosts = self.by_kind.get(kind)
        return None if hosts is None else hosts.get(identifier)


class Hosts:
    """All hosts of a configuration. False while there is none.

    ``server_identifiers`` counts the hosts by the server identifier (option 54) that is reserved for them.
    """

    __slots__ = ("by_subnet", "server_identifiers", "_numbered", "_last")

    def __init__(self) -> None:
        self.by_subnet: dict[int, SubnetHosts] = {}
        self.server_identifiers: dict[int, int] = {}
        self._numbered: dict[int, Host] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self.by_subnet)

    def __iter__(self) -> Iterator[Host]:
        """In the order of their numbers, which is that in which they were added."""
        return iter(self._numbered.values())

    def get(self, subnet_id: int, kind: str, identifier: bytes) -> Host | None:
        """Return the host of a subnet with this identifier."""
        hosts = self.by_subnet.get(subnet_id)
        return None if hosts is None else hosts.get(kind, identifier)

    def at(self, subnet_id: int, address: int) -> tuple[Host, ...]:
        """Return the hosts of a subnet that have this address reserved."""
        hosts = self.by_subnet.get(subnet_id)
        return () if hosts is None else hosts.by_address.get(address, ())

    def of(self, subnet_id: int) -> list[Host]:
        """Return the hosts of a subnet, as they were added."""
        hosts = self.by_subnet.get(subnet_id)
        found = [] if hosts is None else [host for named in hosts.by_kind.values() for host in named.values()]
        return sorted(found, key=lambda host: host.number)

    def add(self, host: Host) -> Host:
        """Add a host, which gets its number; its identifier must be new."""
        self._last += 1
        host = self._numbered[self._last] = Host(*host[:-1], self._last)
        hosts = self.by_subnet.get(host.subnet_id)
        if hosts is None:
            hosts = self.by_subnet[host.subnet_id] = SubnetHosts()
        hosts.by_kind.setdefault(host.kind, {})[host.identifier] = host
        if host.address:
            hosts.by_address[host.address] = (*hosts.by_address.get(host.address, ()), host)
        self._count_identifier(host, 1)
        return host

    def remove(self, host: Host) -> None:
        """Remove a host, which must be present."""
        del self._numbered[host.number]
        self._count_identifier(host, -1)
        hosts = self.by_subnet[host.subnet_id]
        named = hosts.by_kind[host.kind]
        del named[host.identifier]
        if not named:
            del hosts.by_kind[host.kind]
        if host.address:
            left = tuple(other for other in hosts.by_address[host.address] if other is not host)
            if left:
                hosts.by_address[host.address] = left
            else:
                del hosts.by_address[host.address]
        if not hosts.by_kind:
            del self.by_subnet[host.subnet_id]

    def _count_identifier(self, host: Host, step: int) -> None:
        data = host.options.by_code.get(OPT_SERVER_IDENTIFIER) if host.options is not None else None
        if data:
            identifier = int.from_bytes(data, "big")
            left = self.server_identifiers.pop(identifier, 0) + step
            if left:
                self.server_identifiers[identifier] = left


class FoundHosts:
    """The reservations that a look-up outside of the configuration has found, of all subnets.

    Of several with the same identifier and subnet the first one counts. ``checked`` are the addresses that were looked
    for: of others nothing is known.
    """

    __slots__ = ("by_identifier", "by_address", "checked")

    def __init__(self, hosts: Iterable[Host], checked: frozenset[int]) -> None:
        self.by_identifier: dict[Identifier, list[Host]] = {}
        self.by_address: dict[int, list[Host]] = {}
        self.checked = checked
        for host in hosts:
            self.by_identifier.setdefault((host.kind, host.identifier), []).append(host)
            if host.address:
                self.by_address.setdefault(host.address, []).append(host)

    def get(self, subnet_id: int, kind: str, identifier: bytes) -> Host | None:
        """Return the host of a subnet with this identifier."""
        for host in self.by_identifier.get((kind, identifier), ()):
            if host.subnet_id == subnet_id:
                return host
        return None

    def at(self, subnet_id: int, address: int) -> tuple[Host, ...]:
        """Return the hosts of a subnet that have this address reserved."""
        return tuple([host for host in self.by_address.get(address, ()) if host.subnet_id == subnet_id])

    def with_addresses(self, other: FoundHosts) -> FoundHosts:
        """Return the same with the addresses of another look-up, whose hosts replace those known of them."""
        made = FoundHosts((), self.checked | other.checked)
        made.by_identifier = self.by_identifier
        made.by_address = {**self.by_address, **other.by_address}
        return made
