"""REQUEST: an address is given, renewed or refused (RFC 2131 section 4.3.2).

    SELECTING     server identifier, option 50    ACK or NAK
    INIT-REBOOT   option 50 alone                 ACK if the client is known here with this address, NAK if with
                                                  another one; unknown: no answer, NAK when authoritative
    RENEWING      ciaddr, by unicast              ACK or NAK
    REBINDING     ciaddr, by broadcast            ACK or NAK; no answer if no subnet fits

An address that lies in no pool of the client's network gets no answer in any state but INIT-REBOOT.
"""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.config.model import Subnet
from kea_twisted.engine import accept, trace
from kea_twisted.engine.allocate import Allocation
from kea_twisted.engine.answers import Answers
from kea_twisted.engine.core import Core
from kea_twisted.engine.discover import count_reuse, is_new, keep, sent_addresses
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.grants import Grant, Refusal
from kea_twisted.engine.hookpoints import renewed, selected
from kea_twisted.engine.lifetimes import lifetime_text
from kea_twisted.engine.nameupdates import names_of
from kea_twisted.records import new
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import ACK, OPT_REQUESTED_ADDRESS, OPT_SERVER_IDENTIFIER


def request(core: Core, allocation: Allocation, answers: Answers, exchange: Exchange) -> Decision | None:
    """Decide on an ACK with its lease, a NAK, or no answer."""
    options, subnet, requested = exchange.message.options, exchange.subnet, exchange.requested
    reboots = OPT_REQUESTED_ADDRESS in options and OPT_SERVER_IDENTIFIER not in options
    if reboots or core.traces:
        _log_request(core, exchange, reboots)
    if subnet is None:
        return _without_subnet(core, answers, exchange, reboots)
    without = answers.v6_only_subnet(exchange, subnet)
    if without is not None:
        return Decision(exchange.query, answers.v6_only(exchange, ACK, without))
    if reboots:
        known = allocation.known(exchange, subnet)
        if known is None and not subnet.authoritative:
            _unknown(core, exchange)
            return None
        if known is None or known.address != requested:
            return _wrong_address(core, answers, exchange, subnet)
    refuses = core.hooks.refuses
    if refuses is not None and refuses(exchange.query, subnet):
        return _refused(core, answers, exchange, subnet, Refusal())
    grant = allocation.request(core, exchange, subnet)
    if isinstance(grant, Refusal):
        return _refused(core, answers, exchange, subnet, grant)
    if core.hooks.lease4_select or core.hooks.lease4_renew:
        return _granted_by_libraries(core, answers, exchange, subnet, grant)
    return _granted(core, answers, exchange, subnet, grant)


def _log_request(core: Core, exchange: Exchange, reboots: bool) -> None:
    event, requested = E.DHCP4_INIT_REBOOT if reboots else E.DHCP4_REQUEST, exchange.requested
    if event in core.log.enabled:
        core.log.emit(event, exchange.label, address_text(requested) if requested or reboots else "(no hint)")


def _granted_by_libraries(
    core: Core, answers: Answers, exchange: Exchange, subnet: Subnet, grant: Grant
) -> Decision | None:
    new = is_new(core, exchange, grant)
    wish = _as_wished(core, exchange, grant, new)
    if wish is None:
        return _refused(core, answers, exchange, subnet, Refusal()) if new else None
    return _granted(core, answers, exchange, subnet, wish)


def _as_wished(core: Core, exchange: Exchange, grant: Grant, new: bool) -> Grant | None:
    """Return the grant as the hook libraries have changed it; None: they refuse it."""
    if new:
        return selected(core, exchange, grant, False) if core.hooks.lease4_select else grant
    return renewed(core, exchange, grant) if core.hooks.lease4_renew else grant


def _granted(core: Core, answers: Answers, exchange: Exchange, subnet: Subnet, grant: Grant) -> Decision:
    log, lease = core.log, grant.lease
    if grant.subnet is not subnet and E.DHCP4_SUBNET_DYNAMICALLY_CHANGED in log.enabled:
        log.emit(
            E.DHCP4_SUBNET_DYNAMICALLY_CHANGED,
            exchange.label,
            subnet.text,
            grant.subnet.text,
            subnet.shared_network,
        )
    if core.traces:
        trace.allocated(core, exchange, lease, grant.subnet, False)
    draft = answers.lease(exchange, ACK, grant)
    if E.DHCP4_LEASE_ALLOC in log.enabled:
        log.emit(
            E.DHCP4_LEASE_ALLOC,
            exchange.label,
            address_text(lease.address),
            lifetime_text(lease.valid_lifetime),
        )
    if grant.remaining:
        count_reuse(core, exchange, lease.address, grant.subnet.id, grant.remaining)
        return Decision(exchange.query, None, (), lease, True, draft)
    names = names_of(grant, core.table) if core.updates_names else ()
    return new(Decision, (exchange.query, None, keep(core, grant), lease, False, draft, names))


def _without_subnet(core: Core, answers: Answers, exchange: Exchange, reboots: bool) -> Decision | None:
    query, message, log = exchange.query, exchange.message, core.log
    rebinds = not reboots and message.ciaddr and OPT_SERVER_IDENTIFIER not in message.options
    if rebinds and query.destination != query.local:
        return None
    if reboots and not core.settings.authoritative:
        _unknown(core, exchange)
        return None
    if _is_for_another(core, exchange):
        return None
    if E.DHCP4_PACKET_NAK_0001 in log.enabled:
        log.emit(E.DHCP4_PACKET_NAK_0001, exchange.label, address_text(query.source), "DHCPREQUEST")
    return Decision(query, answers.nak(exchange, None))


def _unknown(core: Core, exchange: Exchange) -> None:
    """Log a client that is unknown here; another server may know it, so it gets no answer."""
    if E.DHCP4_NO_LEASE_INIT_REBOOT in core.log.enabled:
        core.log.emit(E.DHCP4_NO_LEASE_INIT_REBOOT, exchange.label, address_text(exchange.requested))


def _wrong_address(core: Core, answers: Answers, exchange: Exchange, subnet: Subnet) -> Decision:
    if E.DHCP4_PACKET_NAK_0002 in core.log.enabled:
        core.log.emit(E.DHCP4_PACKET_NAK_0002, exchange.label, address_text(exchange.requested))
    return Decision(exchange.query, answers.nak(exchange, subnet))


def _refused(core: Core, answers: Answers, exchange: Exchange, subnet: Subnet, refusal: Refusal) -> Decision | None:
    if _is_for_another(core, exchange):
        return None
    event = E.DHCP4_UNKNOWN_ADDRESS_REQUESTED if refusal.unknown else E.DHCP4_PACKET_NAK_0004
    if event in core.log.enabled:
        core.log.emit(event, exchange.label, *sent_addresses(exchange))
    return None if refusal.unknown else Decision(exchange.query, answers.nak(exchange, subnet))


def _is_for_another(core: Core, exchange: Exchange) -> bool:
    """Return True, log and count the REQUEST if it names the other server of a pair, which may be serving out of sight.

    That one may grant what this server would refuse.
    """
    share = core.table.share_in(0 if exchange.subnet is None else exchange.subnet.id)
    if share is None or not share.names_other(exchange.message.options.get(OPT_SERVER_IDENTIFIER)):
        return False
    accept.report(core, exchange, accept.NAMES_ANOTHER)
    return True
