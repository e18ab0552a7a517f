"""Everything that is made from the active configuration; the next configuration replaces it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kea_twisted import events as E
from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.config.packetqueue import RING, has_ring, is_overruled
from kea_twisted.engine.core import Core
from kea_twisted.engine.hostlookup import HostLookup
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.nameupdates import NameUpdates
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.hooks.chain import HookChain
from kea_twisted.interfaces import Log


class ActiveConfiguration(NamedTuple):
    """The settings in force, and what was made from them."""

    settings: Settings
    subnets: SubnetIndex
    hooks: HookChain
    server: Server
    reclaimer: Reclaimer
    since: float  # seconds since the epoch


class ConfiguredServer:
    """A server that has a configuration in force, with the members of a command context that come from it."""

    def __init__(self, active: ActiveConfiguration) -> None:
        self._active = active

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        return self._active.settings

    @property
    def subnets(self) -> SubnetIndex:
        """The subnets of the configuration in force."""
        return self._active.subnets

    @property
    def server(self) -> Server:
        """The DHCP server of the configuration in force."""
        return self._active.server

    @property
    def hooks(self) -> HookChain:
        """The callbacks of the hook libraries in force."""
        return self._active.hooks

    @property
    def reclaimer(self) -> Reclaimer:
        """The reclamation of expired leases by the configuration in force."""
        return self._active.reclaimer

    @property
    def reloaded_at(self) -> float:
        """The time at which the configuration came into force."""
        return self._active.since


def activate(
    settings: Settings,
    table: LeaseTable,
    log: Log,
    service_state: ServiceState,
    ports: tuple[int, int],
    served: Callable[[], frozenset[int]],
    now: float,
    before: Server | None = None,
    names: NameUpdates | None = None,
    host_lookup: HostLookup | None = None,
) -> ActiveConfiguration:
    """Make the server of a configuration on a lease table; from now on the table has its subnets.

    ``ports`` are those of clients and of this server, ``served`` gives the addresses that are listened on, ``before``
    is the server that was in force until now, ``names`` updates the DNS, ``host_lookup`` finds reservations that
    are not in the configuration.
    """
    hooks = HookChain()
    if not settings.dhcp_ddns.enable_updates:
        names = None
    core = Core(settings, table, hooks, log, table.statistics, service_state, *ports, names, host_lookup)
    server = Server(core, served, before)
    reclaimer = Reclaimer(settings, table, hooks, log, table.statistics, names)
    return ActiveConfiguration(settings, SubnetIndex(settings, server.parts.links), hooks, server, reclaimer, now)


def warn(settings: Settings, log: Log) -> None:
    """Log what is doubtful about a configuration, before it comes into force."""
    for warning in settings.warnings:
        log.emit(E.DHCP4_CONFIG_WARNING, warning)
    if is_overruled(settings.tree):
        log.emit(E.DHCPSRV_MT_DISABLED_QUEUE_CONTROL)
    if settings.no_effect and E.DHCP4_CONFIG_NO_EFFECT in log.enabled:
        log.emit(E.DHCP4_CONFIG_NO_EFFECT, ", ".join(settings.no_effect))


def announce(settings: Settings, log: Log) -> None:
    """Log the configuration in force, at the start and after each change."""
    if has_ring(settings.tree) and E.DHCP4_CONFIG_PACKET_QUEUE in log.enabled:
        capacity = settings.interfaces_config.packet_bound
        log.emit(E.DHCP4_CONFIG_PACKET_QUEUE, f'{{ "capacity": {capacity}, "queue-type": "{RING}", "size": 0 }}')
    if E.DHCPSRV_CFGMGR_NEW_SUBNET4 in log.enabled:
        for subnet in settings.subnets:
            log.emit(E.DHCPSRV_CFGMGR_NEW_SUBNET4, _described(subnet))
    if E.DHCP4_CONFIG_COMPLETE in log.enabled:
        names = "enabled" if settings.dhcp_ddns.enable_updates else "disabled"
        log.emit(E.DHCP4_CONFIG_COMPLETE, f"added IPv4 subnets: {len(settings.subnets)}; DDNS: {names}")


def _described(subnet: Subnet) -> str:
    lifetime = subnet.valid_lifetime.default
    timers = (("t1", subnet.renew_timer), ("t2", subnet.rebind_timer), ("valid-lifetime", lifetime))
    return f"{subnet.text} with params: {', '.join([f'{name}={value}' for name, value in timers if value is not None])}"
