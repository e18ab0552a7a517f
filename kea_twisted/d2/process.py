"""One running server: the configuration in force, its port, its control sockets; the Context of its commands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, cast

from twisted.internet.defer import Deferred

from kea_twisted.adapters.control.access import nothing
from kea_twisted.adapters.control.controlfiles import ControlFiles
from kea_twisted.adapters.control.pages import Pages
from kea_twisted.adapters.control.secretfiles import check_secret_files
from kea_twisted.adapters.dns.client import DnsClient
from kea_twisted.adapters.dns.listener import Listener
from kea_twisted.adapters.dns.udp import UdpReactor
from kea_twisted.adapters.log.logs import Log
from kea_twisted.adapters.log.redact import redacted
from kea_twisted.adapters.system.clock import wall_of
from kea_twisted.adapters.system.filepaths import FilePaths
from kea_twisted.adapters.system.folders import Folders
from kea_twisted.adapters.system.ownership import replace_file
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.adapters.system.smallfiles import read_small
from kea_twisted.adapters.system.turns import Turns
from kea_twisted.commands.context import Command, Context
from kea_twisted.commands.dispatch import dispatch
from kea_twisted.config.model import LoggerSettings, Settings
from kea_twisted.d2.commands import BY_NAME
from kea_twisted.d2.updater import Updater
from kea_twisted.ddns import parse
from kea_twisted.ddns.settings import DdnsSettings
from kea_twisted.ddns.unparse import effective
from kea_twisted.engine.statistics import Statistics
from kea_twisted.errors import ConfigError, Problem, Problems
from kea_twisted.events import ddns as D
from kea_twisted.events.event import Event
from kea_twisted.hooks.chain import HookChain
from kea_twisted.interfaces import Timer
from kea_twisted.server import installation
from kea_twisted.server.channels import Channels
from kea_twisted.server.operatorfiles import OperatorFiles
from kea_twisted.server.shownconfiguration import ShownConfiguration
from kea_twisted.web.supervision import supervised

RETRY: Final = 2.0
"""Seconds between two attempts to open the port for requests."""
_ALL: Final = ("0.0.0.0", "::")
_LOOPBACK: Final = ("127.0.0.1", "::1")


class D2Process(ShownConfiguration):
    """Everything that lives as long as the process, and the configuration in force."""

    ha: None = None
    names: None = None
    commands: Mapping[str, Command] = BY_NAME

    def __init__(
        self, reactor: UdpReactor, log: Log, folders: Folders, config_file: str, end: Callable[[str, int], None]
    ) -> None:
        self.log = log
        self.folders = folders
        self.config_file = config_file
        self.now: Callable[[], float] = wall_of(reactor)
        self.started_at = self.reloaded_at = float(self.now())
        self.statistics = Statistics(self.started_at, sample_count=1)
        self.hooks = HookChain()
        self.operator_files = OperatorFiles()
        self.client = DnsClient(reactor)
        self.settings: DdnsSettings
        self.updater: Updater
        self.listener: Listener | None = None
        self.end = end
        self._reactor = reactor
        self._turns = Turns(reactor)
        self._timer: Timer | None = None
        files = ControlFiles(folders)
        self._checks = (files.check, FilePaths(folders).check)
        self.channels = Channels(
            cast(Reactor, reactor), lambda: partial(dispatch, cast(Context, self)), files, log, nothing, self._pages
        )

    @property
    def pid(self) -> int:
        """The number of the process: a daemon has another one than the process that was started."""
        return os.getpid()

    def _pages(self) -> Pages:
        """The pages of HTTP control sockets."""
        return supervised(lambda: self.listener is not None)

    # --- configurations

    def read(self) -> DdnsSettings:
        """The settings in the configuration file. Raises ConfigError with everything that is wrong."""
        return parse.load(self._text(), self.config_file, self.operator_files.read_text, read_secret, self._checks)

    def loggers(self) -> tuple[LoggerSettings, ...]:
        """Return the loggers of a configuration file that cannot be used."""
        try:
            return parse.load_loggers(self._text(), self.config_file, self.operator_files.read_text)
        except ConfigError:
            return ()

    def _text(self) -> str:
        try:
            return self.operator_files.read_text(self.config_file)
        except OSError as error:
            raise ConfigError([Problem(None, f"{self.config_file} cannot be read: {error.strerror}")]) from error

    def start(self, settings: DdnsSettings) -> None:
        """Put the first configuration into force. Raises ConfigError."""
        self._log_received(settings)
        self.settings = settings
        self.updater = Updater(
            settings, self.client, self.log, self.statistics, self.now, self._filled, self._drained
        )  # fmt: skip
        self.channels.prepare(settings.base, starting=True).commit()
        self._active(settings)

    def replace(self, settings: DdnsSettings) -> None:
        """Put another configuration into force. Raises ConfigError: the old one stays."""
        self._log_received(settings)
        change = self.channels.prepare(settings.base)
        self.settings = settings
        self.updater.use(settings)
        self.log.configure(settings.base.loggers, self.folders.log_file)
        change.commit()
        self._active(settings)

    def _log_received(self, settings: DdnsSettings, what: str = "update") -> None:
        if D.DHCP_DDNS_CONFIGURE in self.log.enabled:
            self.log.emit(D.DHCP_DDNS_CONFIGURE, what, redacted(json.dumps(settings.tree)))

    def _active(self, settings: DdnsSettings) -> None:
        self.show_anew()
        self.reloaded_at = self.now()
        self.operator_files.use(settings.base)
        for warning in settings.base.warnings:
            self._say(D.DHCP_DDNS_CONFIG_WARNING, warning)
        self._say(D.DCTL_CONFIG_COMPLETE, settings.summary)
        self.listen()

    # --- the port for requests

    def listen(self) -> None:
        """Open the configured port; try again later if that fails."""
        place = self.settings.address, self.settings.port
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.listener is not None and self.listener.place == place:
            return
        self._say(D.DHCP_DDNS_QUEUE_MGR_RECONFIGURING)
        self.stop_listening()
        if place[0] in _ALL:
            self._say(D.DHCP_DDNS_LISTENING_ON_ALL_INTERFACES, place[0])
        elif place[0] not in _LOOPBACK:
            self._say(D.DHCP_DDNS_NOT_ON_LOOPBACK, place[0])
        self._open(place)

    def _open(self, place: tuple[str, int]) -> None:
        self._timer = None
        try:
            self.listener = Listener(self._reactor, *place, self.updater.receive)
        except OSError as error:
            self._say(D.DHCP_DDNS_QUEUE_MGR_START_ERROR, error.strerror or error)
            self._timer = self._reactor.callLater(RETRY, self._open, place)
            return
        if self.updater.queue.is_full:
            self.listener.pause()
        self._say(D.DHCP_DDNS_QUEUE_MGR_STARTED)

    def stop_listening(self) -> None:
        """Take no more requests."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.listener is not None:
            self.listener.close()
            self.listener = None
            self._say(D.DHCP_DDNS_QUEUE_MGR_STOPPED)

    def _filled(self) -> None:
        if self.listener is not None:
            self.listener.pause()

    def _drained(self) -> None:
        if self.listener is not None:
            self.listener.resume()

    # --- what commands ask (commands.context.Context)

    def _effective(self) -> Mapping[str, object]:
        return effective(self.settings)

    @property
    def extended_version(self) -> str:
        """Versions of what takes part."""
        return f"{installation.versions()}\n{installation.name_and_version('dnspython')}"

    @property
    def build_report(self) -> str:
        """Interpreter and platform."""
        return f"{installation.build_report()}\n{installation.name_and_version('dnspython')}"

    def turn(self) -> Deferred[None]:
        """Wait for the next slice of a long piece of work."""
        return self._turns.wait()

    def test_config(self, tree: dict[str, object]) -> None:
        """Check only."""
        self._log_received(self._from_command(tree), "check")

    def set_config(self, tree: dict[str, object]) -> None:
        """Put a configuration into force that came by a command."""
        self.replace(self._from_command(tree))

    def _from_command(self, tree: dict[str, object]) -> DdnsSettings:
        """The settings of a configuration that came by a command, which may name fewer files than the operator's."""

        def check(settings: Settings, problems: Problems) -> None:
            if self.folders.checked:
                folder = os.path.dirname(os.path.abspath(self.config_file))
                check_secret_files(settings, self.settings.base, folder, problems)
                self.operator_files.check(settings, self.folders, problems)

        def read(name: str) -> str:
            # before the secret is read: an error must not tell what is in a file that may not be named
            problems = Problems()
            if self.folders.checked:
                base = self.settings.base
                folder = os.path.dirname(os.path.abspath(self.config_file))
                asked = replace(base, tree={"tsig-keys": [{"secret-file": name}]})
                check_secret_files(asked, base, folder, problems)
            if problems.errors:
                raise ValueError(problems.errors[0].text)
            return read_secret(name)

        return parse.load_tree(tree, read, (check, *self._checks))

    def reload(self) -> None:
        """Read the file again and put it into force. Raises ConfigError: the old configuration stays."""
        try:
            self.replace(self.read())
        except ConfigError as error:
            self._say(D.DHCP_DDNS_CONFIG_FAIL, "; ".join(problem.with_place_last for problem in error.problems))
            raise

    def write_file(self, path: str, text: str) -> None:
        """Replace a file as a whole. Raises OSError."""
        if self.folders.checked:
            self.operator_files.must_not_be(path, self.config_file)
        replace_file(path, text)

    def _say(self, event: Event, *arguments: object) -> None:
        if event in self.log.enabled:
            self.log.emit(event, *arguments)


def read_secret(path: str) -> str:
    """Return the text of a file with a secret. Raises ValueError."""
    try:
        return read_small(path).decode("ascii").strip()
    except UnicodeDecodeError:  # its text would show bytes of the secret
        raise ValueError(f"{path} cannot be used: it is not ASCII text") from None
