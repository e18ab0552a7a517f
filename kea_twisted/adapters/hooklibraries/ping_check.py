"""``libdhcp_ping_check`` as the library table names it: offers wait until their address was probed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred

from kea_twisted.adapters.net.probechannel import HAS_ARP, ProbeChannel
from kea_twisted.config.model import HookLibrary, Settings
from kea_twisted.config.text import place_of
from kea_twisted.engine.effects import Query
from kea_twisted.errors import Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.library import HookHost
from kea_twisted.hooks.points import Step
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Lease
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.ping_check import messages as M
from kea_twisted.libraries.ping_check import parameters as P
from kea_twisted.libraries.ping_check.checks import Checks
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import label
from kea_twisted.wire.probes import read_answer, read_arp


class PingCheck(KeaLibrary):
    """Addresses are probed before they are offered.

    ``make_channel`` opens the sockets.
    """

    parameters = P.ROWS
    events = M.EVENTS
    own_events = M.OWN

    def __init__(
        self,
        parameters: Mapping[str, Json],
        make_channel: Callable[..., ProbeChannel] = ProbeChannel,
        make_checks: Callable[..., Checks] = Checks,
    ) -> None:
        super().__init__(parameters)
        self._make_channel = make_channel
        self._make_checks = make_checks
        self._global = P.settings_of(self.values)
        self._by_subnet: Mapping[int, P.PingSettings] = {}
        self._offer_lifetimes: frozenset[int] = frozenset()
        self._channel: ProbeChannel | None = None
        self._checks: Checks | None = None

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report faults of the parameters of all subnets."""
        cls.warn_of_unknown(parameters, problems)
        P.check(cls.name(), parameters, problems)
        if parameters.get("arp-probe") is True and not HAS_ARP:
            problems.error(place_of(parameters, "arp-probe"), f"'arp-probe' of {cls.name()} is for Linux only")

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report faults of the parameters of subnets."""
        P.check_subnets(settings, problems)

    def load(self, host: HookHost) -> None:
        """Open the sockets. Raises ValueError if that is impossible."""
        super().load(host)
        try:
            channel = self._make_channel(host.reactor, self._icmp_received, self._arp_received, self._failed)
        except OSError as error:
            raise ValueError(f"PingCheckMgr::start failed: the sockets cannot be opened: {error.strerror}") from error
        self._channel = channel
        self._checks = self._make_checks(channel, host.timers, host.log, os.getpid() & 0xFFFF)
        self._log(M.LOADED)
        self._log(M.STARTED)

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Take the parameters of the subnets."""
        self._by_subnet = P.by_subnet(settings, self._global)
        lifetimes = {subnet.offer_lifetime for subnet in settings.subnets}
        lifetimes |= {row.offer_lifetime or 0 for row in settings.classes}
        self._offer_lifetimes = frozenset(lifetimes - {0})

    def lease4_offer(self, query: Query, lease: Lease) -> Step | Deferred[Step | None] | None:
        """Let the offer wait for a check, if the address needs one.

        The Deferred fires with SKIP if the address is in use.
        """
        settings = self._by_subnet.get(lease.subnet_id, self._global)
        if not settings.is_enabled or self._checks is None:
            return None
        if lease.address in self._checks:
            self._log(M.DUPLICATE, address_text(lease.address), label(query.message))
            return Step.DROP
        if not self._needs_check(lease, settings):
            return None
        waits: Deferred[Step | None] = Deferred()
        is_near = not query.message.giaddr and query.interface.envelope is None
        link = query.interface if settings.uses_arp and is_near else None
        self._checks.begin(
            lease.address, label(query.message), settings, link,
            lambda in_use: waits.callback(Step.SKIP if in_use else None),
        )  # fmt: skip
        return waits

    def unload(self) -> None:
        """Let all offers leave, and close the sockets."""
        self._stop()
        self._log(M.STOPPED)
        self._log(M.UNLOADED)

    def _needs_check(self, lease: Lease, settings: P.PingSettings) -> bool:
        hosts = self.host.settings.hosts
        if hosts.at(lease.subnet_id, lease.address) or hosts.at(0, lease.address):
            return False
        now = int(self.host.now())
        old = self.host.table.store.get(lease.address)
        if old is None or not old.belongs_to(lease.hwaddr, lease.client_id):
            return True
        if old == lease:
            # kept for this offer shortly before, or a lease that the client has and keeps
            if old.cltt == now and old.valid_lifetime in self._offer_lifetimes:
                return True
            self._log(M.NO_LEASE)
            return False
        return old.is_expired(now) and now - old.cltt >= settings.cltt_seconds

    def _icmp_received(self, packet: bytes) -> None:
        try:
            answer = read_answer(packet)
        except ValueError as error:
            self._log(M.MALFORMED, error)
            return
        if answer is not None and self._checks is not None:
            self._checks.answered(answer)

    def _arp_received(self, frame: bytes) -> None:
        address = read_arp(frame)
        if address is not None and self._checks is not None:
            self._checks.claimed(address)

    def _failed(self, error: OSError) -> None:
        self._log(M.READ_FAILED, error.strerror)
        self._log(M.CHANNEL_DOWN)
        self._stop()

    def _stop(self) -> None:
        channel, checks = self._channel, self._checks
        self._channel = self._checks = None
        if checks is not None:
            checks.finish_all()
        if channel is not None:
            channel.close()

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)
