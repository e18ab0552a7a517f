"""A database of reservations in memory that takes its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred

from kea_twisted.config.hosts import Host, Identifier
from kea_twisted.wire.optiondefs import Definitions


class FakeHosts:
    """``hosts`` are its rows. Calls wait in ``asked`` until ``answer`` or ``fail``, as names and Deferreds."""

    is_read_only = False
    product = "PostgreSQL"

    def __init__(self, *hosts: Host) -> None:
        self.hosts: list[Host] = []
        self.asked: list[tuple[str, Deferred[Any], Callable[[], Any]]] = []
        self.finds: list[tuple[list[Identifier], list[int]]] = []
        self.definitions: Definitions | None = None
        self.is_closed = False
        self._last = 0
        for host in hosts:
            self.insert(host)

    def insert(self, host: Host) -> None:
        """Write a row, as another program does."""
        self._last += 1
        self.hosts.append(host._replace(number=self._last))

    def answer(self, number: int = 1) -> None:
        """Answer the oldest calls."""
        for _ in range(number):
            _, deferred, result = self.asked.pop(0)
            deferred.callback(result())

    def fail(self, error: Exception) -> None:
        """Refuse the oldest call."""
        self.asked.pop(0)[1].errback(error)

    def load(self) -> list[tuple[int, int]]:
        """Connect."""
        return [(host.subnet_id, host.address) for host in self.hosts if host.address]

    def start(self) -> None:
        """Begin."""

    def use(self, definitions: Definitions) -> None:
        """Note them."""
        self.definitions = definitions

    def close(self) -> None:
        """End."""
        self.is_closed = True

    def find(self, identifiers: Iterable[Identifier], addresses: Iterable[int]) -> Deferred[list[Host]]:
        """Find by identifier or address."""
        wanted, places = list(identifiers), list(addresses)
        self.finds.append((wanted, places))
        return self._later(
            "find", lambda: self._those(lambda h: (h.kind, h.identifier) in wanted or h.address in places)
        )

    def of_subnet(self, subnet_id: int) -> Deferred[list[Host]]:
        """Find by subnet."""
        return self._later("of_subnet", lambda: self._those(lambda h: h.subnet_id == subnet_id))

    def named(self, hostname: str) -> Deferred[list[Host]]:
        """Find by name."""
        return self._later("named", lambda: self._those(lambda h: h.hostname.lower() == hostname.lower()))

    def page(self, after: int, limit: int, subnet_id: int | None) -> Deferred[list[Host]]:
        """Find the next ones."""
        return self._later(
            "page", lambda: self._those(lambda h: h.number > after and subnet_id in (None, h.subnet_id))[:limit]
        )

    def reserved(self) -> Deferred[list[tuple[int, int]]]:
        """All addresses."""
        return self._later("reserved", self.load)

    def add(self, host: Host, unique: bool) -> Deferred[bool]:
        """Add."""
        return self._later("add", lambda: self._added(host, unique))

    def update(self, host: Host, unique: bool) -> Deferred[bool]:
        """Replace."""
        return self._later("update", lambda: self._replaced(host, unique))

    def delete(self, subnet_id: int, kind: str, identifier: bytes) -> Deferred[bool]:
        """Delete by identifier."""
        return self._later("delete", lambda: self._gone(lambda h: _key(h) == (subnet_id, kind, identifier)))

    def delete_address(self, subnet_id: int, address: int) -> Deferred[bool]:
        """Delete by address."""
        return self._later("delete", lambda: self._gone(lambda h: (h.subnet_id, h.address) == (subnet_id, address)))

    def _added(self, host: Host, unique: bool) -> bool:
        place = (host.subnet_id, host.address)
        if self._those(
            lambda h: _key(h) == _key(host) or unique and host.address and (h.subnet_id, h.address) == place
        ):
            return False
        self.insert(host)
        return True

    def _replaced(self, host: Host, unique: bool) -> bool:
        before = list(self.hosts)
        if self._gone(lambda h: _key(h) == _key(host)) and self._added(host, unique):
            return True
        self.hosts = before
        return False

    def _gone(self, concerns: Callable[[Host], Any]) -> bool:
        before = len(self.hosts)
        self.hosts = [host for host in self.hosts if not concerns(host)]
        return len(self.hosts) < before

    def _those(self, concerns: Callable[[Host], Any]) -> list[Host]:
        return [host for host in self.hosts if concerns(host)]

    def _later(self, name: str, result: Callable[[], Any]) -> Deferred[Any]:
        deferred: Deferred[Any] = Deferred()
        self.asked.append((name, deferred, result))
        return deferred


def _key(host: Host) -> tuple[int, str, bytes]:
    return host.subnet_id, host.kind, host.identifier
