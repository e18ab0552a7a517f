"""Reading the leases of clients that are not known here, before queries are decided, where a storage is shared.

Another program may have given the client its lease. The reads of a turn are one; queries of clients with a lease in
memory do not wait: the storage refuses a change that rests on an outdated row. While the table is still being read, all
clients are looked up, with the addresses that they name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.interfaces import Log
from kea_twisted.server.perform import waiting_client
from kea_twisted.wire.constants import DECLINE, DISCOVER, RELEASE, REQUEST
from kea_twisted.wire.identity import Client

_ASKS: Final = frozenset((DISCOVER, REQUEST))
_WITH_LEASES: Final = _ASKS | {RELEASE, DECLINE}

GoOn = Callable[[list[Exchange]], object]


class Storage(Protocol):
    """The part of the lease storage that is needed here."""

    @property
    def look_up(self) -> Callable[[Iterable[bytes], Iterable[bytes], Iterable[int]], Deferred[None]] | None:
        """As ``ILeaseBackend.look_up``."""


class Lookup:
    """Holds back the exchanges of unknown clients until their leases are read.

    ``waiting`` is shared with the performer: what a client sends again meanwhile is dropped, and one bound holds.
    """

    def __init__(self, storage: Storage, table: LeaseTable, log: Log, waiting: dict[Client, Any]) -> None:
        self._storage = storage
        self._table = table
        self._log = log
        self._waiting = waiting

    def sort_out(self, exchanges: list[Exchange], go_on: GoOn) -> list[Exchange]:
        """Return the exchanges that can be decided now; ``go_on`` gets the others later."""
        look_up = self._storage.look_up
        if look_up is None:
            return exchanges
        held = {waiting_client(exchange): exchange for exchange in exchanges if self._is_unknown(exchange)}
        if not held:
            return exchanges
        hwaddrs = {exchange.hwaddr for exchange in held.values() if exchange.hwaddr}
        client_ids = {exchange.client_id for exchange in held.values() if exchange.client_id}
        addresses = {exchange.requested for exchange in held.values() if exchange.requested}
        self._waiting.update(held)
        try:
            found = look_up(hwaddrs, client_ids, addresses)
        except OSError as error:
            self._failed(Failure(error), held)  # type: ignore[no-untyped-call]
        else:
            found.addCallbacks(self._found, self._failed, (held, go_on), {}, (held,))
        return [exchange for exchange in exchanges if waiting_client(exchange) not in held]

    def _is_unknown(self, exchange: Exchange) -> bool:
        """Return True if the client may have a lease that is not here.

        A DHCPREQUEST that accepts an offer came after a DHCPDISCOVER, when it was looked up.
        """
        if self._table.progress is not None:
            return exchange.type in _WITH_LEASES
        if exchange.type not in _ASKS or (exchange.type == REQUEST and exchange.selects):
            return False
        store = self._table.store
        if store.by_hwaddr(exchange.hwaddr):
            return False
        return not (exchange.client_id and store.by_client_id(exchange.client_id))

    def _found(self, _: object, held: dict[Client, Exchange], go_on: GoOn) -> None:
        go_on(self._no_longer_held(held))

    def _failed(self, failure: Failure, held: dict[Client, Exchange]) -> None:
        dropped = self._no_longer_held(held)
        if E.DHCPSRV_LEASE_LOOKUP_FAILED in self._log.enabled:
            self._log.emit(E.DHCPSRV_LEASE_LOOKUP_FAILED, len(dropped), failure.getErrorMessage())

    def _no_longer_held(self, held: dict[Client, Exchange]) -> list[Exchange]:
        still = [(client, exchange) for client, exchange in held.items() if self._waiting.get(client) is exchange]
        for client, _ in still:
            del self._waiting[client]
        return [exchange for _, exchange in still]
