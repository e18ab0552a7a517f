"""The names of leases on their way to the server that updates the DNS (Kea: ``D2ClientMgr``).

Requests are sent by UDP and not confirmed. As in Kea, one that cannot be sent, or finds the queue full, suspends all
updates until the server is configured again: replies say meanwhile that names are not updated.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final, cast

from kea_twisted import events as E
from kea_twisted.adapters.dns.sender import QueueFull, Sender
from kea_twisted.adapters.dns.udp import UdpReactor
from kea_twisted.config.model import DhcpDdns, NameRules, Settings
from kea_twisted.ddns.leasenames import has_names, name_change, share_of_lifetime, time_to_live
from kea_twisted.ddns.request import NameChange
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.server.channels import Change as PreparedChange
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import client_label

_ERROR: Final = 3  # Kea's number of an attempt that failed
_UNKNOWN: Final = NameRules()  # of a lease whose subnet is not configured


class NameUpdater:
    """Makes the name change requests for leases, and sends them where that is configured."""

    def __init__(self, reactor: object, log: Log, table: LeaseTable) -> None:
        self._reactor = cast(UdpReactor, reactor)
        self._log = log
        self._table = table
        self._rules: Mapping[int, NameRules] = {}
        self._sender: Sender | None = None
        self.enabled = False

    def use(self, settings: Settings) -> None:
        """Take the rules of a configuration."""
        self._rules = {subnet.id: subnet.names for subnet in settings.subnets}

    def update(self, change: Change) -> None:
        """Have the names of a lease added to the DNS, or removed; it may have none."""
        lease, removes = change
        if not self.enabled or not has_names(lease):
            self._say(E.DHCPSRV_QUEUE_NCR_SKIP, _label(lease), address_text(lease.address))
            return
        if not removes and not self._holds(lease):
            return  # the address has another client or another name since
        kind = "remove" if removes else "add"
        rules = self._rules_for(lease)
        try:
            request = name_change(lease, removes, rules)
        except ValueError as error:
            self._say(E.DHCPSRV_QUEUE_NCR_FAILED, _label(lease), kind, address_text(lease.address), error)
            return
        self._log_bounds(lease, rules)
        if E.DHCPSRV_QUEUE_NCR in self._log.enabled:
            self._log.emit(E.DHCPSRV_QUEUE_NCR, _label(lease), kind, request.text)
        self._send(request)

    def prepare(self, dhcp_ddns: DhcpDdns) -> PreparedChange:
        """Open the port of another configuration. Raises OSError: nothing has changed."""
        old = self._sender
        if (dhcp_ddns.enable_updates, dhcp_ddns) == (self.enabled, old.settings if self.enabled and old else dhcp_ddns):
            return PreparedChange(_nothing, _nothing)
        if not dhcp_ddns.enable_updates:
            return PreparedChange(self._stop, _nothing)
        if old is not None and len(old.queue) > dhcp_ddns.max_queue_size:
            raise OSError(errno.ENOBUFS, "max-queue-size of dhcp-ddns is below the number of requests that wait")
        if old is not None and old.has_place_of(dhcp_ddns):
            return PreparedChange(lambda: self._go_on(old, dhcp_ddns), _nothing)
        sender = Sender(self._reactor, dhcp_ddns, self._sent, self._failed)
        return PreparedChange(lambda: self._replace(sender), sender.close)

    def close(self) -> None:
        """End all updates."""
        self._stop()

    def _holds(self, lease: Lease) -> bool:
        stored = self._table.store.get(lease.address)
        return stored is not None and stored.hostname == lease.hostname and stored.state == lease.state

    def _rules_for(self, lease: Lease) -> NameRules:
        pool = self._table.book(lease.subnet_id).pool_of(lease.address)
        own = pool.pool.names if pool is not None else None
        return own or self._rules.get(lease.subnet_id, _UNKNOWN)

    def _send(self, request: NameChange) -> None:
        assert self._sender is not None
        try:
            self._sender.send(request)
        except QueueFull as error:
            self._say(E.DHCPSRV_DHCP_DDNS_NCR_REJECTED, error, request.text)
            self._suspend(request)

    def _sent(self, request: NameChange) -> None:
        if E.DHCPSRV_DHCP_DDNS_NCR_SENT in self._log.enabled:
            self._log.emit(E.DHCPSRV_DHCP_DDNS_NCR_SENT, request.text)

    def _failed(self, request: NameChange, error: OSError) -> None:
        self._say(E.DHCP_DDNS_NCR_UDP_SEND_ERROR, error.strerror or error)
        self._suspend(request)

    def _suspend(self, request: NameChange) -> None:
        self._say(E.DHCP4_DDNS_REQUEST_SEND_FAILED, _ERROR, request.text)
        if self.enabled:
            self._say(E.DHCPSRV_DHCP_DDNS_SUSPEND_UPDATES)
            self.enabled = False
            if self._sender is not None:
                self._sender.stop()
            self._say(E.DHCPSRV_DHCP_DDNS_SENDER_STOPPED)

    def _stop(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.close()
        if self.enabled:
            self.enabled = False
            self._say(E.DHCPSRV_DHCP_DDNS_SENDER_STOPPED)

    def _replace(self, sender: Sender) -> None:
        if self._sender is not None:
            sender.inherit(self._sender)
        self._stop()
        self._go_on(sender, sender.settings)

    def _go_on(self, sender: Sender, settings: DhcpDdns) -> None:
        sender.use(settings)
        self._sender = sender
        self.enabled = True
        self._say(E.DHCPSRV_CFGMGR_CFG_DHCP_DDNS, "DHCP_DDNS updates enabled")
        self._say(E.DHCPSRV_DHCP_DDNS_SENDER_STARTED, settings.text)
        sender.flush()

    def _log_bounds(self, lease: Lease, rules: NameRules) -> None:
        """Log that the time to live is not the share of the lifetime."""
        if rules.ttl or E.DHCPSRV_DDNS_TTL_TOO_SMALL not in self._log.enabled:
            return
        share, ttl = share_of_lifetime(lease.valid_lifetime, rules), time_to_live(lease.valid_lifetime, rules)
        if share != ttl:
            event = E.DHCPSRV_DDNS_TTL_TOO_SMALL if ttl > share else E.DHCPSRV_DDNS_TTL_TOO_LARGE
            self._say(event, rules.ttl_percent or 0.33333, lease.valid_lifetime, share, ttl)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _label(lease: Lease) -> str:
    return client_label(lease.hwaddr, lease.client_id)


def _nothing() -> None:
    """Change nothing."""
