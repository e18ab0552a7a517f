"""DECLINE: the client found the address in use by another host; there is no answer (RFC 2131 section 4.3.3).

The address goes on probation for ``decline-probation-period`` seconds; its former client is removed.
"""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.engine import trace
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hookpoints import keeps
from kea_twisted.engine.serverdecline import declined
from kea_twisted.lease.lease import DEFAULT, Change, Lease
from kea_twisted.wire.address import address_text, hex_text


def decline(core: Core, exchange: Exchange) -> Decision | None:
    """Decline the lease of the address in option 50 if it is this client's; else return None."""
    address, log = exchange.requested, core.log
    lease = core.table.store.get(address)
    if lease is None:
        if E.DHCP4_DECLINE_LEASE_NOT_FOUND in log.enabled:
            log.emit(E.DHCP4_DECLINE_LEASE_NOT_FOUND, address_text(address), exchange.label)
        return None
    if lease.state != DEFAULT or lease.is_expired(exchange.now) or not exchange.owns(lease):
        _mismatch(core, exchange, lease)
        return None
    if core.hooks.lease4_decline and keeps(core, exchange, "lease4_decline", lease, E.DHCP4_HOOK_DECLINE_SKIP):
        return None
    probation = core.settings.decline_probation_period
    # a suspended server may decline late what the client was given again meanwhile, by a clock that was wrong
    change = Change(declined(lease, probation, exchange.now).covering(lease, exchange.now))
    core.table.apply(change)
    if E.DHCPSRV_MEMFILE_GET_ADDR4 in log.enabled:
        trace.changed(log, address, E.DHCPSRV_MEMFILE_UPDATE_ADDR4)
    if E.DHCP4_DECLINE_LEASE in log.enabled:
        log.emit(E.DHCP4_DECLINE_LEASE, address_text(address), exchange.label, change.lease.valid_lifetime)
    names = (Change(lease, True),) if core.updates_names else ()
    return Decision(exchange.query, None, (change,), names=names)


def _mismatch(core: Core, exchange: Exchange, lease: Lease) -> None:
    if E.DHCP4_DECLINE_LEASE_MISMATCH in core.log.enabled:
        core.log.emit(
            E.DHCP4_DECLINE_LEASE_MISMATCH, address_text(lease.address), exchange.label,
            hex_text(exchange.hwaddr) or "(none)", hex_text(lease.hwaddr) or "(none)",
            hex_text(exchange.client_id) or "(none)", hex_text(lease.client_id) or "(none)",
        )  # fmt: skip
