"""RELEASE: the client gives its address up; there is no answer (RFC 2131 section 4.3.4).

With lease affinity (reclaimed leases are kept for a while before they are flushed) the lease stays in state
``released`` with a lifetime of 0, so that the client may get the address again; otherwise it is deleted.
"""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.config.model import ExpiredLeases
from kea_twisted.engine import trace
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hookpoints import keeps
from kea_twisted.lease.lease import DEFAULT, INFINITE, RELEASED, Change, Lease
from kea_twisted.wire.address import address_text

_STATE_NAMES = ("default", "declined", "expired-reclaimed", "released")


def release(core: Core, exchange: Exchange) -> Decision | None:
    """Release the lease at ciaddr if it is this client's; else return None."""
    address, log = exchange.message.ciaddr, core.log
    lease = core.table.store.get(address)
    if lease is None:
        _failed(core, exchange, E.DHCP4_RELEASE_FAIL_NO_LEASE)
        return None
    if not exchange.owns(lease):
        _failed(core, exchange, E.DHCP4_RELEASE_FAIL_WRONG_CLIENT)
        return None
    if lease.state != DEFAULT:
        _failed(core, exchange, E.DHCP4_RELEASE_FAIL_NOT_ASSIGNED, _STATE_NAMES[lease.state])
        return None
    if core.hooks.lease4_release and keeps(core, exchange, "lease4_release", lease, E.DHCP4_HOOK_LEASE4_RELEASE_SKIP):
        return None
    keep = _affinity(core.settings.expired_leases_processing, lease)
    change = Change(lease._replace(valid_lifetime=0, state=RELEASED)) if keep else Change(lease, True)
    core.table.apply(change)
    if E.DHCPSRV_MEMFILE_GET_ADDR4 in log.enabled:
        trace.changed(log, address, E.DHCPSRV_MEMFILE_UPDATE_ADDR4 if keep else E.DHCPSRV_MEMFILE_DELETE_ADDR4)
    if E.DHCP4_RELEASE in log.enabled:
        log.emit(E.DHCP4_RELEASE, exchange.label, address_text(address))
    event = E.DHCP4_RELEASE_EXPIRED if keep else E.DHCP4_RELEASE_DELETED
    if event in log.enabled:
        log.emit(event, exchange.label, address_text(address))
    return Decision(exchange.query, None, (change,), names=() if keep or not core.updates_names else (change,))


def _affinity(expired: ExpiredLeases, lease: Lease) -> bool:
    return bool(
        expired.flush_reclaimed_timer_wait_time and expired.hold_reclaimed_time and lease.valid_lifetime != INFINITE
    )


def _failed(core: Core, exchange: Exchange, event: E.Event, *more: str) -> None:
    if event in core.log.enabled:
        core.log.emit(event, exchange.label, address_text(exchange.message.ciaddr), *more)
