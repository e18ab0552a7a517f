"""The contents of the server's answers, one method per kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from kea_twisted.config.model import Subnet
from kea_twisted.engine.accept import fault
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Reply
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.grants import Grant
from kea_twisted.engine.hosts import current_host
from kea_twisted.engine.lifetimes import time_options, valid_lifetime
from kea_twisted.engine.replyoptions import (
    ReplyOptions,
    identifier_only,
    make_reply,
    packed_options,
    reply_options,
)
from kea_twisted.engine.subnets import Links
from kea_twisted.wire.constants import ACK, NAK, OFFER, OPT_PARAMETER_REQUEST_LIST, OPT_V6_ONLY_PREFERRED


class Answers:
    """Makes replies; keeps the parts that many of them share."""

    __slots__ = ("_core", "_links", "_options", "_times")

    def __init__(self, core: Core, links: Links) -> None:
        self._core = core
        self._links = links
        self._options = ReplyOptions(core)
        self._times: dict[tuple[int, int], dict[int, bytes]] = {}

    def lease(self, exchange: Exchange, reply_type: int, grant: Grant) -> Callable[[], Reply | None]:
        """Return a function that makes the OFFER or ACK for this lease, later; it returns None if that fails."""
        classifier, pool = self._core.classifier, grant.pool
        if classifier is not None:
            classifier.finish(exchange, grant.subnet, pool.pool if pool is not None else None)
        return partial(self._lease, exchange, reply_type, grant)

    def _lease(self, exchange: Exchange, reply_type: int, grant: Grant) -> Reply | None:
        core = self._core
        lease, subnet, name, remaining, _, _, pool = grant
        try:
            host = current_host(exchange, subnet) if exchange.hosts else None
            lifetime = remaining or lease.valid_lifetime
            if exchange.offer_lifetime:
                lifetime = valid_lifetime(exchange, subnet)
            configured = pool.pool.options if pool is not None else subnet.options
            listed = self._options.listed(configured, exchange, subnet.mask, host and host.options)
            times = self._time_options(lifetime, subnet)
            field = None
            if name is None or not name.code:
                name = None
                field = packed_options(core, exchange, reply_type, listed, lifetime, times)
            options: dict[int, bytes] = {}
            if field is None:
                name_option = (name.code, name.payload) if name is not None else None
                options = reply_options(core, exchange, reply_type, listed, lifetime, times, name_option)
            ciaddr = 0 if reply_type == OFFER else exchange.message.ciaddr
            return make_reply(core, exchange, reply_type, options, lease.address, ciaddr, subnet, host, field)
        except Exception as error:  # ours: it must not stop the others
            fault(core, exchange, error)
            return None

    def nak(self, exchange: Exchange, subnet: Subnet | None) -> Reply:
        """Make a NAK: server identifier and echoes, nothing else (RFC 2131 table 3).

        The identifier is that of an OFFER of the address asked for: a client ignores the NAK of another server.
        """
        core, configured, host = self._core, self._core.settings.options, exchange.host
        if subnet is not None:
            pool = core.table.book(subnet.id).pool_of(exchange.requested)
            configured = pool.pool.options if pool is not None else subnet.options
        listed = self._options.listed(configured, exchange, -1, host and host.options)
        return make_reply(core, exchange, NAK, reply_options(core, exchange, NAK, identifier_only(listed)))

    def options_only(self, exchange: Exchange, subnet: Subnet | None) -> Reply:
        """Make the ACK to an INFORM."""
        listed = None
        host = exchange.host
        if self._core.classifier is not None:
            self._core.classifier.finish(exchange, subnet, None)
        if subnet is not None:
            listed = self._options.listed(subnet.options, exchange, -1, host and host.options)
        options = reply_options(self._core, exchange, ACK, listed)
        return make_reply(self._core, exchange, ACK, options, 0, exchange.message.ciaddr, subnet, host)

    def v6_only_subnet(self, exchange: Exchange, subnet: Subnet) -> Subnet | None:
        """Return the subnet that asks the client to do without IPv4, if the client can (option 108, RFC 8925).

        It has the option itself or from its shared network; what the global level says does not count.
        """
        if OPT_V6_ONLY_PREFERRED not in exchange.message.options.get(OPT_PARAMETER_REQUEST_LIST, b""):
            return None
        return next((member for member in self._links.siblings(subnet) if member.prefers_v6_only), None)

    def v6_only(self, exchange: Exchange, reply_type: int, subnet: Subnet) -> Reply:
        """Make the answer that gives no address, but the time for which to do without."""
        host = exchange.host
        listed = self._options.listed(subnet.options, exchange, -1, host and host.options)
        options = reply_options(self._core, exchange, reply_type, listed)
        ciaddr = 0 if reply_type == OFFER else exchange.message.ciaddr
        return make_reply(self._core, exchange, reply_type, options, 0, ciaddr, subnet, host)

    def _time_options(self, lifetime: int, subnet: Subnet) -> dict[int, bytes] | None:
        if subnet.renew_timer is None and subnet.rebind_timer is None and not subnet.calculate_tee_times:
            return None
        key = (subnet.id, lifetime)
        times = self._times.get(key)
        if times is None:
            if len(self._times) > 4096:
                self._times.clear()
            times = self._times[key] = time_options(lifetime, subnet)
        return times
