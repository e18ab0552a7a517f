"""The interface to reservations outside of the configuration, and the ways in which a query waits for a database."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from kea_twisted.config.hosts import FoundHosts, Host, Identifier
from kea_twisted.hooks.chain import Waiting
from kea_twisted.interfaces import Log


class HostLookup(Protocol):
    """The reservations that are not in the configuration, as the steps of a packet need them."""

    @property
    def reserved(self) -> Mapping[int, Iterable[int]]:
        """The addresses known to be reserved, by subnet id: they are kept away from the allocators."""

    def look_up(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Awaitable[FoundHosts]:
        """Find the hosts with these identifiers or addresses, as they are now. The awaitable raises OSError."""

    def learn(self, subnet_id: int, address: int) -> None:
        """Add an address to ``reserved``."""

    def forget(self, subnet_id: int, identifier: Identifier | None, address: int) -> None:
        """Have a cache ask anew about an identifier and an address of a subnet: a command has changed them."""

    def refresh(self) -> Awaitable[object]:
        """Read ``reserved`` anew and mark the addresses in the pools. The awaitable raises OSError."""


class HostCache(Protocol):
    """Reservations that are known without the databases: a hook library may put one before them."""

    def get(self, kind: str, identifier: bytes) -> Sequence[Host] | None:
        """Return the hosts with an identifier, of all subnets; None: the databases are to be asked."""

    def at(self, address: int) -> Sequence[Host]:
        """Return the hosts that have an address reserved; none: the databases are to be asked."""

    def found(self, kind: str, identifier: bytes, hosts: Sequence[Host]) -> Sequence[Host]:
        """Note what the databases have for an identifier, which may be nothing; return the hosts that count."""

    def forget(self, subnet_id: int, identifier: Identifier | None, address: int) -> None:
        """Ask the databases anew: what they have for an identifier or an address of a subnet was changed."""


class CachedLookup(Protocol):
    """A look-up that asks a cache first, if a hook library has one."""

    @property
    def cache(self) -> HostCache | None:
        """The cache in use."""

    def use_cache(self, cache: HostCache) -> None:
        """Ask this cache before the databases from now on."""

    def remove_cache(self, cache: HostCache) -> None:
        """Ask no cache, unless another one than this is in use."""


class Unchecked(Exception):
    """It is not known if an address is reserved; 0: no address is left but those that are marked as reserved."""

    def __init__(self, address: int) -> None:
        super().__init__(address)
        self.address = address


class Unread(Exception):
    """The lease of an address may be in the database, but is not read yet."""

    def __init__(self, address: int) -> None:
        super().__init__(address)
        self.address = address


class Reading(Waiting):
    """A query waits for a look-up. An error is a result, too."""

    def __init__(self, awaitable: Awaitable[Any], log: Log) -> None:
        super().__init__(awaitable, "", (), log, [], 0)

    def go_on(self, answer: object) -> object:
        """Return the result."""
        return answer
