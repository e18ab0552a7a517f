"""DISCOVER: an address is offered (RFC 2131 section 4.3.1); with ``offer-lifetime`` it is kept for the client."""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted import events as E
from kea_twisted.engine import trace
from kea_twisted.engine.allocate import Allocation
from kea_twisted.engine.answers import Answers
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision, Outcome, Reply
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.grants import Grant
from kea_twisted.engine.hookpoints import offered, selected
from kea_twisted.engine.lifetimes import lifetime_text
from kea_twisted.engine.nameupdates import without_names
from kea_twisted.lease.lease import Change
from kea_twisted.records import new
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import OFFER, OPT_REQUESTED_ADDRESS


def discover(core: Core, allocation: Allocation, answers: Answers, exchange: Exchange) -> Outcome:
    """Decide on an OFFER; no answer if there is no subnet or no address."""
    log, subnet = core.log, exchange.subnet
    if core.traces and E.DHCP4_DISCOVER in log.enabled:
        hint = exchange.requested
        log.emit(E.DHCP4_DISCOVER, exchange.label, address_text(hint) if hint else "(no hint)")
    if subnet is None:
        _without_subnet(core, exchange)
        return None
    without = answers.v6_only_subnet(exchange, subnet)
    if without is not None:
        return Decision(exchange.query, answers.v6_only(exchange, OFFER, without))
    grant: Grant | None = allocation.discover(core, exchange, subnet)
    if grant is None:
        _without_address(core, exchange)
        return None
    if core.hooks.lease4_select and is_new(core, exchange, grant):
        grant = selected(core, exchange, grant, True)
    return _offer(core, answers, exchange, grant) if grant is not None else None


def _offer(core: Core, answers: Answers, exchange: Exchange, grant: Grant) -> Outcome:
    log = core.log
    if core.traces:
        trace.allocated(core, exchange, grant.lease, grant.subnet, True)
    if E.DHCP4_LEASE_OFFER in log.enabled:
        log.emit(E.DHCP4_LEASE_OFFER, exchange.label, address_text(grant.lease.address))
    if grant.remaining:
        count_reuse(core, exchange, grant.lease.address, grant.subnet.id, grant.remaining)
    draft = answers.lease(exchange, OFFER, grant)
    if exchange.offer_lifetime and not grant.remaining:
        grant, decision = _kept(core, exchange, grant, draft)
    else:
        decision = new(Decision, (exchange.query, None, (), None, False, draft, ()))
    return offered(core, exchange, grant, decision) if core.hooks.lease4_offer else decision


def _kept(core: Core, exchange: Exchange, grant: Grant, draft: Callable[[], Reply | None]) -> tuple[Grant, Decision]:
    """Keep the address for the client while it is offered. Return what is granted until then, and the decision."""
    names: tuple[Change, ...] = ()
    if core.updates_names:
        grant, names = _offered_names(core, grant)
    return grant, Decision(exchange.query, None, keep(core, grant), None, False, draft, names)


def _without_subnet(core: Core, exchange: Exchange) -> None:
    if E.DHCP4_PACKET_NAK_0001 in core.log.enabled:
        source = address_text(exchange.query.source)
        core.log.emit(E.DHCP4_PACKET_NAK_0001, exchange.label, source, "DHCPDISCOVER")


def _without_address(core: Core, exchange: Exchange) -> None:
    if E.DHCP4_PACKET_NAK_0003 in core.log.enabled:
        core.log.emit(E.DHCP4_PACKET_NAK_0003, exchange.label, *sent_addresses(exchange))


def _offered_names(core: Core, grant: Grant) -> tuple[Grant, tuple[Change, ...]]:
    """Return the grant with the names that the DNS has until the client accepts it, and the names to remove by then."""
    old = core.table.store.get(grant.lease.address)
    if grant.over is None and old is not None:
        lease = grant.lease._replace(hostname=old.hostname, fqdn_fwd=old.fqdn_fwd, fqdn_rev=old.fqdn_rev)
        return grant._replace(lease=lease), ()
    gone = () if grant.over is None else (Change(grant.over, True),)
    return grant._replace(lease=without_names(grant.lease)), gone


def keep(core: Core, grant: Grant) -> tuple[Change, ...]:
    """Put what is granted into the table. Return the changes."""
    if grant.over is not None:
        core.table.count_reclaimed(grant.over)
    changes = grant.changes()
    core.table.apply_all(changes)
    return changes


def is_new(core: Core, exchange: Exchange, grant: Grant) -> bool:
    """Return True if the client does not hold the granted address at present."""
    old = core.table.store.get(grant.lease.address)
    return old is None or old.is_expired(exchange.now) or not exchange.owns(old)


def count_reuse(core: Core, exchange: Exchange, address: int, subnet_id: int, remaining: int) -> None:
    """Log and count that a lease was confirmed as it is, with so many seconds left."""
    core.statistics.count("v4-lease-reuses")
    core.statistics.count(f"subnet[{subnet_id}].v4-lease-reuses")
    if E.DHCP4_LEASE_REUSE in core.log.enabled:
        core.log.emit(E.DHCP4_LEASE_REUSE, exchange.label, address_text(address), lifetime_text(remaining))


def sent_addresses(exchange: Exchange) -> tuple[str, str]:
    """Return ciaddr and option 50 as the log shows them."""
    requested = exchange.message.options.get(OPT_REQUESTED_ADDRESS)
    return (
        address_text(exchange.message.ciaddr),
        address_text(int.from_bytes(requested, "big")) if requested else "(no address)",
    )
