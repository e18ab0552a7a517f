"""One running server: the configuration in force, what it rests on, and how the next configuration replaces it.

This is the Context of the control commands and the server of the hook libraries.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from kea_twisted import events as E
from kea_twisted.adapters.control.access import Dispatch
from kea_twisted.adapters.control.pages import Pages
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.net.linkwatch import LinkWatch
from kea_twisted.adapters.net.openports import OpenPorts
from kea_twisted.adapters.plugins.registrar import HookLibraries
from kea_twisted.adapters.system.clock import Clocks
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.adapters.system.resolver import addresses
from kea_twisted.adapters.system.turns import Turns
from kea_twisted.config.model import Settings
from kea_twisted.config.unparse import effective
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import HOSTS_DATABASE, ServiceState
from kea_twisted.errors import ConfigError, LeasesUnusable, Problem
from kea_twisted.lease.lease import Change
from kea_twisted.libraries.lookup import caches_hosts
from kea_twisted.server import garbage, installation, libraries, partnership
from kea_twisted.server.activeconfiguration import ActiveConfiguration, ConfiguredServer, activate, announce, warn
from kea_twisted.server.alarms import Alarms
from kea_twisted.server.channels import Change as PreparedChange
from kea_twisted.server.channels import Channels
from kea_twisted.server.configfile import ConfigFile
from kea_twisted.server.health import Health, sockets_status
from kea_twisted.server.hoststorage import HostStorage
from kea_twisted.server.hostsystem import ServerHostSystem
from kea_twisted.server.idletasks import IdleTasks
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.server.measurements import Measurements
from kea_twisted.server.nameupdates import NameUpdater
from kea_twisted.server.outages import LibraryOutages, Outages
from kea_twisted.server.over6 import Over6
from kea_twisted.server.packetloop import PacketLoop
from kea_twisted.server.perform import Performer
from kea_twisted.server.periodic import PeriodicTasks
from kea_twisted.server.reloads import read_again
from kea_twisted.server.shownconfiguration import ShownConfiguration
from kea_twisted.server.transport import MakeSockets, Receivers, sockets_of
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import CLIENT_PORT, SERVER_PORT

if TYPE_CHECKING:
    from kea_twisted.commands.context import Command
    from kea_twisted.commands.hostdatabase import HostDatabase
    from kea_twisted.ha.library import HaLibrary

LOOKUP_INTERVAL: Final = 5.0  # seconds between two attempts to look up a host name in this server's own URL


class ControlledServer(ConfiguredServer, ShownConfiguration):
    """Everything that lives as long as the process, and the configuration in force.

    Complete when it is made: ``settings`` are in force, ``storage`` has the leases. Nothing is open yet; that is for
    ``open_sockets``, ``load`` and ``start``, in this order. ``end`` ends the process with an exit value. A test hands
    in ``ports`` and ``make_sockets`` that need no network.
    """

    def __init__(
        self,
        reactor: Reactor,
        log: Log,
        source: ConfigFile,
        settings: Settings,
        storage: LeaseStorage,
        end: Callable[[int], None],
        *,
        server_port: int = SERVER_PORT,
        client_port: int = CLIENT_PORT,
        ports: OpenPorts | None = None,
        make_sockets: MakeSockets | None = None,
        hosts: HostStorage | None = None,
    ) -> None:
        self.reactor = reactor
        self.log = log
        self.source = source
        self.storage = storage
        self.table = storage.table
        self.statistics = self.table.statistics
        clocks = Clocks(reactor)
        self.now, self.steady = clocks.wall, clocks.seconds
        self.started_at = float(self.now())
        self.service_state = ServiceState()
        self.ports = ports if ports is not None else OpenPorts(log)
        self._udp_ports = client_port, server_port
        self._end = end
        self.names = NameUpdater(reactor, log, self.table)
        self.host_storage = hosts if hosts is not None else HostStorage(reactor, log, self.table)
        warn(settings, log)
        super().__init__(self._activate(settings))
        self.performer = Performer(
            storage, self.ports.send, self.hooks, log, self.statistics, server_port, self.names.update
        )
        self.over6 = Over6(reactor, log, self.ports, self.performer)
        self.loop = PacketLoop(clocks, self._active.server, self.performer, settings.parked_packet_limit, storage)
        self.host_storage.collect(self.loop.at_end_of_turn)
        self.measurements = Measurements(reactor, self.loop, self.statistics)
        self.idle = IdleTasks(reactor)
        self.sockets_open = (make_sockets or sockets_of(reactor, server_port))(
            Receivers(self.ports, self.loop, self.statistics, log, lambda: end(1), self._keep_back)
        )
        self._keep_back()
        self.health = Health(reactor, self.sockets_open, self.performer, self._tell_health)
        self.links = LinkWatch(reactor, self.sockets_open.links_changed)
        guard = source.must_not_replace
        self.host_system = ServerHostSystem(self.ports, self.sockets_open, source.folders, storage, guard)
        self.periodic = PeriodicTasks(reactor, clocks, log, storage, self.commit, Alarms(reactor, log, self))
        self.library_outages = LibraryOutages(self.service_state, end)
        self.report_outage = self.library_outages.report
        self.loaded = HookLibraries(self, source.code)
        self.channels = Channels(reactor, self._commands, source.control_files, log, self._partner_may, self._pages)
        self._turns = Turns(reactor)
        self.outages = Outages(storage, self.service_state, end)
        self.host_outages = Outages(self.host_storage, self.service_state, end, HOSTS_DATABASE)

    # --- start and stop -------------------------------------------------------------------------------------------

    def open_sockets(self) -> None:
        """Open the DHCP sockets of the first configuration."""
        self.sockets_open.open(self.settings.interfaces_config)

    def load(self) -> None:
        """Load the hook libraries and open the channels of the first configuration. Raises ConfigError."""
        self.loaded.load(self.settings)
        with_partners = [one for one in partnership.relationships(self.settings) if not one.me.url.is_named]
        self.channels.prepare(self.settings, with_partners, {}, starting=True).commit()
        self.names.prepare(self.settings.dhcp_ddns).commit()
        self.over6.prepare(self.settings.tree.get("dhcp4o6-port", 0)).commit()
        self.loaded.register(self.settings, self.hooks)
        announce(self.settings, self.log)

    def start(self) -> None:
        """Start the hook libraries and what repeats."""
        self.log.buffer(self.loop.at_end_of_turn)
        self.links.start()
        self.host_storage.start()
        self.loaded.start(self.health.fault)
        self.periodic.start(self.settings, self.reclaimer)
        self.measurements.use(self.settings)
        self.idle.use(self.settings)

    async def stop(self) -> None:
        """End everything in good order; what was promised is on disk already."""
        self.periodic.stop()
        self.measurements.stop()
        self.idle.stop()
        self.performer.flush()
        await self.channels.close()
        await self.loaded.close()
        self.links.stop()
        self.health.stop()
        self.sockets_open.close()
        self.over6.close()
        self.performer.close()
        self.names.close()
        self.storage.close()
        self.host_storage.close()
        self.log.buffer(None)

    # --- configurations -------------------------------------------------------------------------------------------

    def use(self, settings: Settings) -> None:
        """Put settings into force for the packets to come. Sockets and the HA partner are not touched."""
        warn(settings, self.log)
        self._active = self._activate(settings, self._active.server)
        self._keep_back()
        self.loop.use(self._active.server, settings.parked_packet_limit)
        self.reservations_changed()

    def _activate(self, settings: Settings, before: Server | None = None) -> ActiveConfiguration:
        self.source.operator_files.use(settings)
        self.names.use(settings)
        return activate(
            settings, self.table, self.log, self.service_state, self._udp_ports, self.ports.addresses, self.now(),
            before, self.names,
            self.host_storage if settings.tree.get("hosts-databases") or caches_hosts(settings) else None,
        )  # fmt: skip

    def _keep_back(self) -> None:
        """Keep the machine's own addresses out of the pools."""
        for address, subnet_id, pool in self.table.keep_back(self.sockets_open.host_addresses()):
            self._say(E.DHCP4_POOL_OWN_ADDRESS, pool, subnet_id, address_text(address))

    async def replace(self, settings: Settings) -> None:
        """Take another configuration into force between two packets. Raises ConfigError: the old one stays."""
        base = self.settings
        with_partners = partnership.relationships(settings)
        found = await addresses(partnership.own_names(with_partners))
        if self.settings is not base:
            # what a command has edited was the configuration before that other change
            raise ConfigError([Problem(None, "the configuration was changed by another command meanwhile, try again")])
        # nothing below waits until the change is made: no other change comes between
        old, loaded = self.settings, self.loaded
        prepared = loaded.prepare(settings)
        changes: list[PreparedChange] = []
        try:
            changes.append(self.channels.prepare(settings, with_partners, found))
            changes.append(self.storage.prepare(settings, self.performer))
            changes.append(self.host_storage.prepare(settings))
            changes.append(self.names.prepare(settings.dhcp_ddns))
            changes.append(self.over6.prepare(settings.tree.get("dhcp4o6-port", 0)))
            self.use(settings)
            self.log.configure(settings.loggers, self.source.folders.log_file)
        except Exception as error:
            loaded.discard(prepared)
            for change in changes:
                change.cancel()
            if changes:
                self.use(old)
                loaded.register(old, self.hooks)
            if isinstance(error, OSError | LeasesUnusable):
                raise ConfigError([Problem(None, str(error))]) from error
            raise
        gone = loaded.adopt(prepared, settings.hooks_libraries)
        loaded.register(settings, self.hooks)
        for change in changes:
            change.commit()
        self.sockets_open.open(settings.interfaces_config)
        announce(settings, self.log)
        self.periodic.start(settings, self.reclaimer)
        self.measurements.use(settings)
        self.idle.use(settings)
        loaded.start(self.health.fault)
        # from here on nothing depends on what is waited for
        await loaded.unload(gone)
        del old, gone
        garbage.freeze()

    async def open_named(self) -> None:
        """Listen for the partners at host names: looked up while the server serves already, until it succeeds.

        Another configuration looks its names up itself.
        """
        settings = self.settings
        with_partners = partnership.relationships(settings)
        names = partnership.own_names(with_partners)
        said = ""
        while names and self.settings is settings:
            try:
                change = self.channels.prepare(settings, with_partners, await addresses(names))
            except ConfigError as error:
                if str(error) != said:
                    said = str(error)
                    self._say(E.DHCP4_CONFIG_WARNING, said)
                await deferLater(self.reactor, LOOKUP_INTERVAL)
                continue
            if self.settings is settings:
                change.commit()
            else:
                change.cancel()
            return

    def can_serve(self) -> bool:
        """True if queries are received and leases can be written."""
        return not self.health.fault

    def _tell_health(self, fault: str) -> None:
        self.loaded.health_changed(fault)

    def _commands(self) -> Dispatch:
        """The dispatcher of commands."""
        from kea_twisted.commands.dispatch import dispatch  # all commands, for servers that have a control channel

        assert self.commands  # imported now: they may be out of reach when the first one comes
        return partial(dispatch, self)

    @cached_property
    def _all_pages(self) -> Pages:
        """The pages of all HTTP ports."""
        from kea_twisted.web.pages import pages_of  # for servers that have an HTTP port

        return pages_of(self)

    def _pages(self) -> Pages:
        return self._all_pages

    def _partner_may(self, command: str) -> bool:
        row = self.commands.get(command)
        return row is not None and row.partner_may

    # --- commands.context.Context, and the host of the hook libraries ---------------------------------------------

    @property
    def config_file(self) -> str:
        """The path of the configuration file."""
        return self.source.path

    @property
    def pid(self) -> int:
        """The process, which is another one after twistd has gone into the background."""
        return os.getpid()

    @property
    def commands(self) -> Mapping[str, Command]:
        """The commands of the server and of its hook libraries."""
        return self.loaded.commands

    @property
    def lease_file(self) -> str:
        """The path of the lease file, empty without one."""
        return self.storage.path

    @property
    def ha(self) -> HaLibrary | None:
        """The HA library, when it is loaded."""
        return self.loaded.availability

    def _effective(self) -> Mapping[str, object]:
        return libraries.with_defaults(effective(self.settings))

    @property
    def extended_version(self) -> str:
        """Versions of what takes part."""
        return installation.versions()

    @property
    def build_report(self) -> str:
        """Interpreter and platform."""
        return installation.build_report()

    @property
    def host_databases(self) -> tuple[HostDatabase, ...]:
        """The databases of reservations."""
        return self.host_storage.databases

    def turn(self) -> Deferred[None]:
        """Wait for the next slice of a long piece of work."""
        return self._turns.wait()

    def sockets(self) -> Mapping[str, object]:
        """``sockets`` of status-get."""
        faults = (self.outages.fault, self.host_outages.fault, self.library_outages.fault, self.performer.fault)
        return sockets_status(self.sockets_open, self.ports, self.channels, faults)

    def commit(self, changes: Sequence[Change]) -> Deferred[None] | None:
        """Write changes to the lease storage, as ``Performer.commit``."""
        return self.performer.commit(changes)

    def test_config(self, tree: dict[str, object]) -> None:
        """Check only."""
        self.source.from_command(tree, self.settings)

    async def set_config(self, tree: dict[str, object]) -> None:
        """A configuration that came by a command."""
        await self.replace(self.source.from_command(tree, self.settings))

    def config_in_file(self) -> Mapping[str, object]:
        """Return the configuration that the file has now with all defaults. Raises ConfigError."""
        return libraries.with_defaults(effective(self.source.read()))

    async def reload(self) -> None:
        """Read the file again. Raises ConfigError: the old configuration stays."""
        await read_again(self.log, self.source, self.replace)

    def write_file(self, path: str, text: str) -> None:
        """Replace a file as a whole. Raises OSError."""
        self.source.write(path, text)

    def reservations_changed(self) -> None:
        """Make config-get's answer anew when it is asked for."""
        self.show_anew()

    def shutdown(self, exit_value: int) -> None:
        """End soon."""
        self._end(exit_value)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self.log.enabled:
            self.log.emit(event, *arguments)
