"""An address that the server itself finds in use: it is put on probation without having been assigned."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.exchange import Exchange
from kea_twisted.hooks.chain import consult
from kea_twisted.lease.lease import CLOCK_ERROR, DECLINED, Change, Lease, is_ahead
from kea_twisted.wire.address import address_text


def decline_offered(core: Core, exchange: Exchange, lease: Lease, kept: bool) -> Decision | None:
    """Decline the address of an offer; None if another client has got it meanwhile. ``kept``: it is in the table."""
    current = core.table.store.get(lease.address)
    if current is not None and not kept and current.bars(lease, exchange.now):
        return None
    probation = core.settings.decline_probation_period
    if E.DHCP4_SERVER_INITIATED_DECLINE in core.log.enabled:
        core.log.emit(E.DHCP4_SERVER_INITIATED_DECLINE, exchange.label, address_text(lease.address), probation)
    change = Change(declined(lease, probation, exchange.now))
    core.table.apply(change, given_out=False)
    if core.hooks.lease4_server_decline:
        consult("lease4_server_decline", core.hooks.lease4_server_decline, core.log, exchange.query, change.lease)
    return Decision(exchange.query, None, (change,))


def declined(lease: Lease, probation: int, now: int) -> Lease:
    """Return the lease of an address on probation: whose it was is forgotten.

    It is younger than the lease, though a HA partner gave that by a clock which is ahead: the younger one counts.
    """
    at = now
    if lease.cltt > now and not is_ahead(lease.cltt, now):
        at = min(lease.cltt + 1, now + CLOCK_ERROR)
    return Lease(lease.address, b"", b"", probation, at, lease.subnet_id, state=DECLINED, pool_id=lease.pool_id)
