"""The steps that find the reservations of a client; those outside of the configuration take time.

All queries of a reading turn are looked up together. The identifiers of the client come first, with the addresses that
it may continue with; the address that an allocator picks is known last, and checked when it is picked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kea_twisted import events as E
from kea_twisted.config.hosts import FoundHosts, Identifier
from kea_twisted.engine import trace
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Parked
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hostlookup import Reading, Unchecked, Unread
from kea_twisted.engine.leases import EVERYTHING
from kea_twisted.engine.parts import Parts


def look_up_early(parts: Parts, exchange: Exchange) -> Parked | None:
    """Look up the client's reservations outside of the configuration, where a global one may decide on the subnet."""
    return _looked_up(parts, exchange) if parts.hosts.early else None


def look_up_reservations(parts: Parts, exchange: Exchange) -> Parked | None:
    """Look up the client's reservations outside of the configuration."""
    return _looked_up(parts, exchange) if exchange.subnet is not None and not parts.hosts.early else None


def find_reservation(parts: Parts, exchange: Exchange) -> None:
    """Find the client's reservations in the subnet and its siblings."""
    subnet = exchange.subnet
    if subnet is not None:
        core = parts.core
        if core.has_reservations:
            parts.hosts.find(exchange, subnet)
        if core.traces:
            trace.hosts(core, exchange, subnet)


def when_known(
    parts: Parts, exchange: Exchange, unknown: Unchecked | Unread, again: Callable[[], object]
) -> Parked | None:
    """Answer a query again when more is known about an address; 0: when all reservations were read anew."""
    if isinstance(unknown, Unread):
        return _when_read(parts.core, exchange, unknown.address, again)
    if not unknown.address:
        exchange.candidate = -1
        return _refreshed(parts.core, exchange, again)
    return _parked(parts.core, exchange, (), (unknown.address,), again)


def _when_read(core: Core, exchange: Exchange, address: int, again: Callable[[], object]) -> Parked | None:
    """Answer a query again when the leases up to an address are read; one that needs all is left to its repetition."""
    progress = core.table.progress
    if progress is None or address == EVERYTHING:
        return None
    return Parked(exchange.query, Reading(progress.until(address), core.log), exchange, lambda _: again())


def _looked_up(parts: Parts, exchange: Exchange) -> Parked | None:
    core = parts.core
    if core.host_lookup is None or exchange.stored is not None:
        return None
    return _parked(core, exchange, parts.hosts.identify(exchange), _addresses_of(core, exchange), lambda: exchange)


def _parked(
    core: Core,
    exchange: Exchange,
    identifiers: Iterable[Identifier],
    addresses: Iterable[int],
    go_on: Callable[[], object],
) -> Parked:
    """Look up identifiers and addresses for an exchange, which continues with ``go_on`` when they are found."""
    lookup = core.host_lookup
    assert lookup is not None

    def then(found: object) -> object:
        if not isinstance(found, FoundHosts):
            _failed(core, exchange, found)
            return None
        known = exchange.stored
        exchange.stored = found if known is None else known.with_addresses(found)
        return go_on()

    return Parked(exchange.query, Reading(lookup.look_up(identifiers, addresses), core.log), exchange, then)


def _refreshed(core: Core, exchange: Exchange, go_on: Callable[[], object]) -> Parked:
    """Read all reserved addresses anew before the exchange continues with ``go_on``."""
    lookup = core.host_lookup
    assert lookup is not None

    def then(result: object) -> object:
        if not isinstance(result, BaseException):
            return go_on()
        _failed(core, exchange, result)
        return None

    return Parked(exchange.query, Reading(lookup.refresh(), core.log), exchange, then)


def _addresses_of(core: Core, exchange: Exchange) -> set[int]:
    """Return the addresses that a client may continue with: those of its leases, and the one that it asks for."""
    store = core.table.store
    found = {lease.address for lease in store.by_hwaddr(exchange.hwaddr)} if exchange.hwaddr else set()
    if exchange.client_id:
        found.update([lease.address for lease in store.by_client_id(exchange.client_id)])
    if exchange.requested:
        found.add(exchange.requested)
    return found


def _failed(core: Core, exchange: Exchange, error: object) -> None:
    """Drop the query: the client asks again."""
    core.statistics.count("pkt4-receive-drop")
    if E.DHCPSRV_HOST_LOOKUP_FAILED in core.log.enabled:
        core.log.emit(E.DHCPSRV_HOST_LOOKUP_FAILED, exchange.label, error)
