"""The calls to hook libraries on the way of a packet, and the effect of their answers.

The functions are called only if a callback is registered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from kea_twisted import events as E
from kea_twisted.config.model import Subnet
from kea_twisted.engine import trace
from kea_twisted.engine.arrivals import NOT_FOR_US
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision, Outcome, Parked
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.grants import Grant
from kea_twisted.engine.hostlookup import Unread
from kea_twisted.engine.leases import EVERYTHING
from kea_twisted.engine.serverdecline import decline_offered
from kea_twisted.engine.shortage import report_shortage
from kea_twisted.hooks.chain import Waiting, ask, consult
from kea_twisted.hooks.points import Step
from kea_twisted.lease.lease import Lease

_T = TypeVar("_T")


def wait_or(outcome: object, exchange: Exchange, then: Callable[[object], _T]) -> _T | Parked:
    """Continue with the outcome of ``hooks.chain.ask``, now or when it has come."""
    if type(outcome) is Waiting:
        return Parked(exchange.query, outcome, exchange, then)
    return then(outcome)


def refused(core: Core, exchange: Exchange, outcome: object, event: E.Event) -> bool:
    """Return True, log and count if a library ends the packet's way here, by SKIP or DROP."""
    if outcome is not Step.DROP and outcome is not Step.SKIP:
        return False
    core.statistics.count("pkt4-receive-drop")
    if event in core.log.enabled:
        core.log.emit(event, exchange.label)
    return True


def settle(core: Core, exchange: Exchange) -> None:
    """Log the chosen subnet of an exchange, and put its query into the classes that come with the subnet."""
    hooks, log, subnet = core.hooks, core.log, exchange.subnet
    if subnet is None:
        is_over6 = exchange.query.interface.envelope is not None
        event = E.DHCP4_DHCP4O6_SUBNET_SELECTION_FAILED if is_over6 else E.DHCP4_SUBNET_SELECTION_FAILED
        if event in log.enabled:
            log.emit(event, exchange.label)
    elif core.traces:
        is_over6 = exchange.query.interface.envelope is not None
        event = E.DHCP4_DHCP4O6_SUBNET_SELECTED if is_over6 else E.DHCP4_SUBNET_SELECTED
        if event in log.enabled:
            log.emit(event, exchange.label, subnet.id)
    if exchange.classes is not None:
        for callback in hooks.subnet_classes:
            exchange.classes.update(dict.fromkeys(callback(exchange.query, subnet)))
    if core.traces:
        trace.subnet_selection(log, exchange, subnet)


def placed(core: Core, exchange: Exchange, dropped: _T) -> Parked | _T | None:
    """Ask the libraries about the chosen subnet (subnet4_select). Return ``dropped`` if one drops the query.

    When a query that has waited continues, it does so with its exchange.
    """
    outcome = ask("subnet4_select", core.hooks.subnet4_select, core.log, exchange.query, exchange.subnet)
    if type(outcome) is Waiting:
        return Parked(
            exchange.query, outcome, exchange, lambda outcome: exchange if _settled(core, exchange, outcome) else None
        )
    return None if _settled(core, exchange, outcome) else dropped


def _settled(core: Core, exchange: Exchange, outcome: object) -> bool:
    """Take the subnet that the libraries leave; False, counted: one of them drops the query."""
    if outcome is Step.DROP:
        core.statistics.count_all(NOT_FOR_US)
        return False
    exchange.subnet = None if outcome is Step.SKIP else cast(Subnet | None, outcome)
    settle(core, exchange)
    return True


def offered(core: Core, exchange: Exchange, grant: Grant, decision: Decision) -> Outcome:
    """Return the decision to offer, unless a library drops it (lease4_offer).

    An offer that is kept (offer-lifetime) is in the table meanwhile, so that no other client is
    offered the address, and stays there for its time when it is dropped: the address may be in use.
    """
    outcome = ask("lease4_offer", core.hooks.lease4_offer, core.log, exchange.query, grant.lease)

    def then(outcome: object) -> Decision | None:
        if outcome is Step.SKIP:
            return decline_offered(core, exchange, grant.lease, bool(decision.changes))
        drop = outcome is Step.DROP and refused(core, exchange, outcome, E.DHCP4_HOOK_LEASE4_OFFER_DROP)
        if not drop:
            return decision
        return decision._replace(reply=None, draft=None) if decision.changes else None

    return wait_or(outcome, exchange, then)


def selected(core: Core, exchange: Exchange, grant: Grant, offer: bool) -> Grant | None:
    """Return the new lease as the libraries have changed it (lease4_select); None: they refuse it.

    As in Kea a refusal counts as a failed allocation. Raises Unread where DROP may be due to leases not read yet.
    """
    outcome = ask("lease4_select", core.hooks.lease4_select, core.log, exchange.query, grant.lease, offer)
    if outcome is Step.DROP and core.table.progress is not None:
        raise Unread(EVERYTHING)
    if outcome is Step.SKIP or outcome is Step.DROP:
        if E.DHCP4_HOOK_LEASE4_SELECT_SKIP in core.log.enabled:
            core.log.emit(E.DHCP4_HOOK_LEASE4_SELECT_SKIP, exchange.label)
        report_shortage(core, exchange, (grant.subnet,), [1])
        return None
    return _with(grant, cast(Lease, outcome))


def renewed(core: Core, exchange: Exchange, grant: Grant) -> Grant | None:
    """Return the renewed lease as the libraries have changed it (lease4_renew); None: no answer.

    SKIP: the lease is confirmed as it was, for the rest of its time.
    """
    outcome = ask("lease4_renew", core.hooks.lease4_renew, core.log, exchange.query, grant.lease)
    if outcome is Step.DROP:
        refused(core, exchange, outcome, E.DHCP4_HOOK_LEASE4_RENEW_SKIP)
        return None
    if outcome is Step.SKIP:
        old = core.table.store.get(grant.lease.address)
        if E.DHCP4_HOOK_LEASE4_RENEW_SKIP in core.log.enabled:
            core.log.emit(E.DHCP4_HOOK_LEASE4_RENEW_SKIP, exchange.label)
        assert old is not None
        return grant._replace(lease=old, remaining=max(1, old.expire - exchange.now))
    return _with(grant, cast(Lease, outcome))


def keeps(core: Core, exchange: Exchange, point: str, lease: object, event: E.Event) -> bool:
    """Return True if a library keeps a lease that the client gives up (lease4_release, lease4_decline)."""
    step = consult(point, getattr(core.hooks, point), core.log, exchange.query, lease)
    return refused(core, exchange, step, event)


def _with(grant: Grant, lease: Lease) -> Grant:
    """Return a grant of the changed lease; a library cannot change its address, subnet and pool."""
    own = grant.lease
    if lease is own:
        return grant
    kept = lease._replace(address=own.address, subnet_id=own.subnet_id, pool_id=own.pool_id)
    return grant._replace(lease=kept, remaining=0)
