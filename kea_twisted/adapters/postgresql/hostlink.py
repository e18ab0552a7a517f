"""The connection of a hosts backend to PostgreSQL, and its statements on reservations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from twisted.internet.defer import Deferred

from kea_twisted.adapters.postgresql.blocking import VERSION, connected, executed, major_version
from kea_twisted.adapters.postgresql.connection import Connection, Parameters, Rows
from kea_twisted.adapters.postgresql.hoststatements import (
    DELETE,
    DELETE_BY_ADDRESS,
    FIND,
    OF_NAME,
    OF_SUBNET,
    PAGE,
    PAGE_OF_SUBNET,
    change,
    find_parameters,
    insertion,
    row_parameters,
    selection,
)
from kea_twisted.adapters.postgresql.statements import SETTINGS
from kea_twisted.adapters.sql.hosts import Found, Pair
from kea_twisted.adapters.sql.hosttables import CLASSES_SINCE, RESERVED
from kea_twisted.adapters.sql.onelink import OneLink
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.hostrows import HostRow, OptionRow
from kea_twisted.config.hosts import Identifier

FIND_NAME: Final = b"find_hosts"


class HostLink(OneLink[Connection]):
    """One connection; ``opened`` is one that is open already."""

    def __init__(
        self,
        reactor: Reactor,
        access: bytes,
        lost: Callable[[OSError], object],
        make_connection: type[Connection] = Connection,
        opened: Connection | None = None,
    ) -> None:
        super().__init__(opened or make_connection(reactor, lost))
        self._access = access
        self._has_classes = True

    def open_now(self) -> list[Pair]:
        """Connect before the reactor runs, and read the addresses of all reservations."""
        opened = connected(self._access)
        try:
            self._has_classes = major_version(executed(opened, VERSION)) >= CLASSES_SINCE
            for statement in (SETTINGS, self._prepare()):
                executed(opened, statement)
            pairs = _pairs(executed(opened, RESERVED))
        except OSError:
            opened.finish()
            raise
        self._connection.adopt(opened)
        return pairs

    async def open(self) -> None:
        """Connect while the reactor runs."""
        await self._connection.open(self._access)
        self._has_classes = major_version(await self._connection.ask(VERSION)) >= CLASSES_SINCE
        for statement in (SETTINGS, self._prepare()):
            await self._connection.ask(statement)

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[Found]:
        """Read the hosts with one of these identifiers or addresses."""
        return self._connection.ask(b"", find_parameters(identifiers, addresses), FIND_NAME).addCallback(_found)

    def of_subnet(self, subnet_id: int) -> Deferred[Found]:
        """Read the hosts of a subnet."""
        return self._select(OF_SUBNET, [_number(subnet_id)])

    def named(self, hostname: str) -> Deferred[Found]:
        """Read the hosts with a name in small letters."""
        return self._select(OF_NAME, [hostname.encode()])

    def page(self, after: int, limit: int, subnet_id: int | None) -> Deferred[Found]:
        """Read the next hosts behind a number."""
        parameters: list[bytes | None] = [_number(after), _number(limit)]
        if subnet_id is None:
            return self._select(PAGE, parameters)
        return self._select(PAGE_OF_SUBNET, [*parameters, _number(subnet_id)])

    def reserved(self) -> Deferred[list[Pair]]:
        """Read the subnet ids and addresses of all reservations."""
        return self._connection.ask(RESERVED).addCallback(_pairs)

    def add(self, host: HostRow, options: Sequence[OptionRow], unique: bool) -> Deferred[bool]:
        """Add a host with its options; False: its address is reserved (``unique``)."""
        statement = insertion(self._has_classes, unique)
        return self._connection.ask(statement, row_parameters(host, options)).addCallback(bool)

    def update(self, host: HostRow, options: Sequence[OptionRow], unique: bool) -> Deferred[bool]:
        """Replace a host with its options; False: there is none, or its address is reserved (``unique``)."""
        statement = change(self._has_classes, unique)
        return self._connection.ask(statement, row_parameters(host, options)).addCallback(bool)

    def delete(self, subnet_id: int, kind: int, identifier: bytes) -> Deferred[bool]:
        """Delete the host with an identifier."""
        parameters = [_number(subnet_id), _number(kind), b"\\x" + identifier.hex().encode()]
        return self._connection.ask(DELETE, parameters).addCallback(bool)

    def delete_address(self, subnet_id: int, address: int) -> Deferred[bool]:
        """Delete the hosts that have an address reserved."""
        return self._connection.ask(DELETE_BY_ADDRESS, [_number(subnet_id), _number(address)]).addCallback(bool)

    def _select(self, chosen: str, parameters: Parameters) -> Deferred[Found]:
        return self._connection.ask(selection(chosen, self._has_classes), parameters).addCallback(_found)

    def _prepare(self) -> bytes:
        return b"PREPARE " + FIND_NAME + b" AS " + selection(FIND, self._has_classes)


def _found(rows: Rows) -> Found:
    return rows


def _pairs(rows: Rows) -> list[Pair]:
    return [(int(subnet_id or 0), int(address or 0)) for subnet_id, address in rows]


def _number(value: int) -> bytes:
    return str(value).encode()
