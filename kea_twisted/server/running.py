"""One running server: what is in force, what it stands on, and how a new configuration takes the place of the old.

This is the Context of the control commands and the host of the hook libraries. The way of a query is in ``queries``,
the hook libraries are in ``loaded``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from kea_twisted import __version__, config
from kea_twisted import events as E
from kea_twisted.adapters.control.access import Dispatch
from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.control.secretfiles import check_secret_files
from kea_twisted.adapters.memfile.leasefile import LeaseFileUnusable
from kea_twisted.adapters.net.linkwatch import LinkWatch
from kea_twisted.adapters.net.nicchecks import InterfaceCheck, interfaces_of
from kea_twisted.adapters.plugins.code import LibraryCode
from kea_twisted.adapters.plugins.places import HookPlaces
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.machine import Folders
from kea_twisted.adapters.system.ownership import replace_file
from kea_twisted.adapters.system.resolver import addresses
from kea_twisted.adapters.system.turns import Turns
from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config.model import LoggerSettings, Settings, Subnet
from kea_twisted.config.unparse import config_hash, effective
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import ConfigError, Problem, Problems
from kea_twisted.hooks.chain import HookChain
from kea_twisted.lease.lease import Change
from kea_twisted.lease.store import LeaseStore
from kea_twisted.server import about, libraries, partnership
from kea_twisted.server.channels import Change as ChannelChange
from kea_twisted.server.channels import Channels
from kea_twisted.server.health import Health
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.server.loaded import LoadedLibraries
from kea_twisted.server.machine import RealMachine
from kea_twisted.server.operatorfiles import OperatorFiles
from kea_twisted.server.queries import Queries
from kea_twisted.server.settle import settle
from kea_twisted.wire.address import address_text
from kea_twisted.wire.constants import CLIENT_PORT

if TYPE_CHECKING:
    from kea_twisted.commands.registry import Command
    from kea_twisted.ha.library import HaLibrary

LOOKUP_INTERVAL: Final = 5.0  # seconds between two attempts to look up a host name in this server's own URL


class Running:
    """Everything that lives as long as the process, and the configuration in force."""

    def __init__(
        self,
        reactor: Any,
        log: Any,
        folders: Folders,
        config_file: str,
        server_port: int,
        client_port: int | None,
        end: Callable[[int], None],
    ) -> None:
        self.log = log
        self.folders = folders
        self.config_file = config_file
        self.pid = os.getpid()
        self.now: Callable[[], float] = wall_of(reactor)
        self.started_at = self.reloaded_at = float(self.now())
        self.statistics = Statistics(self.started_at)
        self.table = LeaseTable(LeaseStore(), self.statistics)
        self.service_state = ServiceState()
        self.hooks = HookChain()
        self.settings: Settings
        self.subnets: SubnetIndex
        self.server: Server | None = None
        self.reclaimer: Reclaimer
        self.queries = Queries(
            reactor, log, self.statistics, self.service_state, server_port,
            give_up=lambda: end(1), readdressed=self._keep_back,
        )  # fmt: skip
        self.sockets_open, self.performer = self.queries.sockets, self.queries.performer
        self.health = Health(reactor, self.sockets_open, self.performer, self._tell_health)
        self.links = LinkWatch(reactor, self.sockets_open.links_changed)
        self.operator_files = OperatorFiles()
        self.machine = RealMachine(self.sockets_open, folders, self._must_not_replace)
        self.storage = LeaseStorage(reactor, log, folders, self.table, self.machine, self.performer)
        self.steady: Callable[[], float] = reactor.seconds
        self._turns = Turns(reactor)
        self.reactor = reactor
        code = LibraryCode(HookPlaces.of(folders, config_file))
        self.checks = (libraries.checker(code),)
        self.loaded = LoadedLibraries(self, code)
        self._ports = (CLIENT_PORT if client_port is None else client_port, server_port)
        self._end = end
        files = ControlFiles(folders)
        outside = (files.check, FilePaths(folders).check, partnership.check, *libraries.PARAMETER_CHECKS)
        self._file_checks = (*outside, InterfaceCheck(strict=False).check)
        in_force = InterfaceCheck(in_force=lambda: interfaces_of(self.settings))
        self._command_checks = (*outside, in_force.check)
        self.channels = Channels(reactor, self._commands, files, log)
        self.replaced: Callable[[], None] = lambda: None  # called after each change of configuration

    # --- configurations come and go -----------------------------------------------------------------------------

    def read(self) -> Settings:
        """The settings in the configuration file; ConfigError with everything that is wrong."""
        try:
            text = self.operator_files.read_text(self.config_file)
        except OSError as error:
            raise ConfigError([Problem(None, f"{self.config_file} cannot be read: {error.strerror}")]) from error
        return config.load(text, self.config_file, self.operator_files.read_text, self.checks, self._file_checks)

    def loggers(self) -> tuple[LoggerSettings, ...]:
        """Return the loggers of a configuration file that cannot be used; none where they cannot be used, either."""
        try:
            text = self.operator_files.read_text(self.config_file)
        except OSError:
            return ()
        checks = (FilePaths(self.folders).check,)
        return config.load_loggers(text, self.config_file, self.operator_files.read_text, checks)

    def use(self, settings: Settings) -> None:
        """Put settings into force for the packets to come. Sockets and the HA partner are not touched."""
        for warning in settings.warnings:
            self._say(E.DHCP4_CONFIG_WARNING, warning)
        if settings.no_effect:
            self._say(E.DHCP4_CONFIG_NO_EFFECT, ", ".join(settings.no_effect))
        self.settings = settings
        self.operator_files.use(settings)
        self.subnets = SubnetIndex(settings)
        self.hooks = HookChain()
        client_port, server_port = self._ports
        self.server = Server(
            settings, self.table, self.hooks, self.log, self.statistics, self.service_state,
            client_port, server_port, self._served(partnership.partner_identifiers(settings)), self.server,
        )  # fmt: skip
        self._keep_back()
        self.queries.use(self.server, self.hooks, settings.parked_packet_limit)
        self.reclaimer = Reclaimer(settings, self.table, self.hooks, self.log, self.statistics)
        self.reloaded_at = self.now()
        self.reservations_changed()

    def say_complete(self, settings: Settings) -> None:
        """Log what is in force now, at the start and after each change."""
        if E.DHCPSRV_CFGMGR_NEW_SUBNET4 in self.log.enabled:
            for subnet in settings.subnets:
                self.log.emit(E.DHCPSRV_CFGMGR_NEW_SUBNET4, _described(subnet))
        self._say(E.DHCP4_CONFIG_COMPLETE, f"added IPv4 subnets: {len(settings.subnets)}; DDNS: disabled")

    def _served(self, shared: frozenset[int]) -> Callable[[], frozenset[int]]:
        """The addresses that are listened on, and those ``shared`` with a partner."""
        addresses = self.sockets_open.addresses
        return (lambda: addresses() | shared) if shared else addresses

    def _keep_back(self) -> None:
        """Keep the machine's own addresses out of the pools."""
        for address, subnet_id, pool in self.table.keep_back(self.sockets_open.machine_addresses()):
            self._say(E.DHCP4_POOL_OWN_ADDRESS, pool, subnet_id, address_text(address))

    async def replace(self, settings: Settings) -> None:
        """Take another configuration into force between two packets; ConfigError: the old one stays."""
        base = self.settings
        wanted = partnership.wanted(settings)
        found = await addresses(partnership.own_names(wanted))
        if self.settings is not base:
            # what a command has edited was the configuration before that other change
            raise ConfigError([Problem(None, "the configuration was changed by somebody else meanwhile, try again")])
        # nothing below waits until the change is made: no other change comes between
        old, partners, guests = self.settings, self.loaded.partners, self.loaded.guests
        prepared = guests.prepare(settings.hooks_libraries)
        change: ChannelChange | None = None
        leases: ChannelChange | None = None
        try:
            change = self.channels.prepare(settings, wanted, found)
            leases = self.storage.prepare(settings)
            self.use(settings)
            retired = self.loaded.take_partners()
            self.log.configure(settings.loggers, self.folders.log_file)
        except Exception as error:
            guests.discard(prepared)
            if change is not None:
                change.cancel()
                if leases is not None:
                    leases.cancel()
                self.use(old)
                self.loaded.partners = partners
                self.loaded.register()
            if isinstance(error, OSError | LeaseFileUnusable):
                raise ConfigError([Problem(None, str(error))]) from error
            raise
        gone = guests.adopt(prepared, settings.hooks_libraries)
        self.loaded.register()
        change.commit()
        leases.commit()
        self.sockets_open.open(settings.interfaces_config)
        self.say_complete(settings)
        self.replaced()
        ending = retired.unload() if retired is not None else []
        self.start_partners()
        # from here on nothing depends on what is waited for
        await guests.let_go(gone)
        for ended in ending:
            await ended
        del old, partners, retired
        settle()

    def open_control(self) -> None:
        """Make HA and the channels those of the settings in force, at the start; ConfigError."""
        wanted = [one for one in partnership.wanted(self.settings) if not one.me.url.is_named]
        change = self.channels.prepare(self.settings, wanted, {}, starting=True)
        self.loaded.take_partners()
        change.commit()

    async def open_named(self) -> None:
        """Listen for the partners at host names: looked up while the server serves already, until it succeeds.

        Another configuration looks its names up itself.
        """
        settings = self.settings
        wanted = partnership.wanted(settings)
        names = partnership.own_names(wanted)
        said = ""
        while names and self.settings is settings:
            try:
                change = self.channels.prepare(settings, wanted, await addresses(names))
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

    def start_partners(self) -> None:
        """Take up contact with the HA partners; those that have it already go on."""
        if self.ha is not None:
            self.ha.start()
            self._tell_health(self.health.fault)

    def can_serve(self) -> bool:
        """True if clients are heard and leases can be written."""
        return not self.health.fault

    def _tell_health(self, fault: str) -> None:
        if self.ha is not None:
            self.ha.dhcp_side(not fault, fault)

    def _commands(self) -> Dispatch:
        """The dispatcher of commands."""
        from kea_twisted.commands.dispatch import dispatch  # all commands, for who can send one

        return partial(dispatch, self)

    # --- what commands ask (commands.context.Context) -------------------------------------------------------------

    @property
    def libraries(self) -> Collection[str]:
        """Base names of the hook libraries in force."""
        return {library.base_name for library in self.settings.hooks_libraries}

    @property
    def extra_commands(self) -> Mapping[str, Command]:
        """The commands of libraries written in Python."""
        return self.loaded.commands

    @property
    def ha(self) -> HaLibrary | None:
        """The HA library, when it is loaded."""
        return self.loaded.ha

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The configuration in force with all defaults."""
        return libraries.with_defaults(effective(self.settings))

    @cached_property
    def config_hash(self) -> str:
        """Its hash."""
        return config_hash(self.config)

    @property
    def version(self) -> str:
        """Our version."""
        return __version__

    @property
    def extended_version(self) -> str:
        """Versions of what takes part."""
        return about.versions()

    @property
    def build_report(self) -> str:
        """Interpreter and platform."""
        return about.build_report()

    def turn(self) -> Deferred[None]:
        """Wait for the next slice of a long piece of work."""
        return self._turns.wait()

    def sockets(self) -> Mapping[str, object]:
        """``sockets`` of status-get."""
        complaints = [*self.sockets_open.complaints.values(), *self.channels.complaints]
        if self.performer.unsaved:
            complaints.append(f"the lease file cannot be written: {self.performer.unsaved}")
        if not self.sockets_open.listening and not self.sockets_open.complaints:
            complaints.append("no interface is listened on")
        if complaints:
            return {"status": "retrying" if self.channels.is_retrying else "failed", "errors": complaints}
        return {"status": "ready"}

    def commit(self, changes: Sequence[Change]) -> None:
        """Write changes to the lease file."""
        self.performer.commit(changes)

    def test_config(self, tree: dict[str, Any]) -> None:
        """Check only."""
        self._from_command(tree)

    async def set_config(self, tree: dict[str, Any]) -> None:
        """A configuration that came by a command."""
        await self.replace(self._from_command(tree))

    def _from_command(self, tree: dict[str, Any]) -> Settings:
        """The settings of a configuration that came by a command, which may name fewer files than the operator's."""

        def check(settings: Settings, problems: Problems) -> None:
            if self.folders.checked:
                folder = os.path.dirname(os.path.abspath(self.config_file))
                check_secret_files(settings, self.settings, folder, problems)
                self.operator_files.check(settings, self.folders, problems)

        # before the others, which read the files
        return config.load_tree(tree, self.checks, (check, *self._command_checks))

    async def reload(self) -> None:
        """The file again, and say how it went."""
        self._say(E.DHCP4_DYNAMIC_RECONFIGURATION, self.config_file)
        try:
            await self.replace(self.read())
        except ConfigError as error:
            self._say(E.DHCP4_DYNAMIC_RECONFIGURATION_FAIL, self.config_file)
            self._say(E.DHCP4_PARSER_FAIL, "Dhcp4", error.problems[0].with_place_last)
            for problem in error.problems:
                self._say(E.DHCP4_CONFIG_LOAD_FAIL, self.config_file, problem.with_place_last)
            raise
        self._say(E.DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS, self.config_file)

    def write_file(self, path: str, text: str) -> None:
        """Replace a file as a whole; OSError."""
        self._must_not_replace(path, self.config_file)
        replace_file(path, text)

    def _must_not_replace(self, path: str, config_file: str = "") -> None:
        if self.folders.checked:
            self.operator_files.must_not_be(path, config_file)

    def reservations_changed(self) -> None:
        """Make config-get's answer anew when it is asked for."""
        for name in ("config", "config_hash"):
            self.__dict__.pop(name, None)

    def shutdown(self, exit_value: int) -> None:
        """End soon."""
        self._end(exit_value)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self.log.enabled:
            self.log.emit(event, *arguments)


def _described(subnet: Subnet) -> str:
    lifetime = subnet.valid_lifetime.default
    timers = (("t1", subnet.renew_timer), ("t2", subnet.rebind_timer), ("valid-lifetime", lifetime))
    return f"{subnet.text} with params: {', '.join([f'{name}={value}' for name, value in timers if value is not None])}"


def words(error: Exception) -> str:
    """An error as a sentence: the system's words where they are the whole of it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)
