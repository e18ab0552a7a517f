"""A database of reservations, as the server and its commands see it: ``interfaces.IHostBackend`` with types."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Protocol

from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.wire.optiondefs import Definitions


class HostDatabase(Protocol):
    """One entry of ``hosts-databases``."""

    is_read_only: bool
    product: str

    def load(self) -> list[tuple[int, int]]:
        """Connect, and return the subnet ids and addresses of all reservations."""

    def start(self) -> None:
        """Begin to use the reactor."""

    def use(self, definitions: Definitions) -> None:
        """Encode options by these definitions."""

    def close(self) -> None:
        """Release the database."""

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Awaitable[list[Host]]:
        """Read the hosts with one of these identifiers or addresses."""

    def of_subnet(self, subnet_id: int) -> Awaitable[list[Host]]:
        """Read the hosts of a subnet."""

    def named(self, hostname: str) -> Awaitable[list[Host]]:
        """Read the hosts with a name."""

    def page(self, after: int, limit: int, subnet_id: int | None) -> Awaitable[list[Host]]:
        """Read the next hosts behind a number."""

    def reserved(self) -> Awaitable[list[tuple[int, int]]]:
        """Read the subnet ids and addresses of all reservations."""

    def add(self, host: Host, unique: bool) -> Awaitable[bool]:
        """Add a host."""

    def update(self, host: Host, unique: bool) -> Awaitable[bool]:
        """Replace a host."""

    def delete(self, subnet_id: int, kind: str, identifier: bytes) -> Awaitable[bool]:
        """Delete a host."""

    def delete_address(self, subnet_id: int, address: int) -> Awaitable[bool]:
        """Delete the hosts of an address."""
