"""The hook libraries in force: made, registered, started, replaced and unloaded.

A library whose code and parameters are as before stays as it is over a reconfiguration. The others are loaded before
the old ones are unloaded, so that a library that cannot be loaded leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from twisted.internet.defer import ensureDeferred, maybeDeferred
from twisted.logger import Logger

from kea_twisted import events as E
from kea_twisted.adapters.log.sparing import SparingLog
from kea_twisted.adapters.plugins.callouts import Callout, Tools, described
from kea_twisted.adapters.plugins.code import LibraryCode, is_python
from kea_twisted.adapters.plugins.host import Host, Server
from kea_twisted.adapters.plugins.outline import faults, outline_of
from kea_twisted.config.model import HookLibrary as Entry
from kea_twisted.config.model import Settings
from kea_twisted.errors import ConfigError, Problem, Problems
from kea_twisted.hooks.chain import HookChain, consult
from kea_twisted.hooks.library import HookLibrary, check_parameters
from kea_twisted.hooks.points import POINTS
from kea_twisted.libraries import lookup

if TYPE_CHECKING:
    from kea_twisted.commands.context import Command
    from kea_twisted.ha.library import HaLibrary
    from kea_twisted.libraries.base import KeaLibrary


class Loaded(NamedTuple):
    """A library at work, and what it was made from."""

    entry: Entry
    kind: type[HookLibrary]
    basis: object
    library: HookLibrary
    host: Host
    commands: Mapping[str, Command]  # of its own, beside those of its table

    @property
    def kea(self) -> KeaLibrary | None:
        """The library, if it is one of Kea's."""
        return None if is_python(self.entry.library) else cast("KeaLibrary", self.library)


_ABOUT_QUERIES: Final = frozenset(("query", "decision"))
"""The arguments of hook points from which a library can read the classes of a query."""


def key_of(entry: Entry) -> str:
    """Return the name that tells a library from others: one of Kea's is the same in any folder."""
    return entry.library if is_python(entry.library) else entry.base_name


class HookLibraries:
    """The libraries of one server."""

    _failures = Logger()

    def __init__(self, server: Server, code: LibraryCode) -> None:
        self.code = code
        self._server = server
        self._loaded: dict[str, Loaded] = {}
        self._names: tuple[str, ...] = ()
        self._started: set[int] = set()
        self._commands: dict[str, Command] | None = None
        self._availability: HaLibrary | None = None
        self._sparing = SparingLog(server.log, server.reactor, E.HOOKS_PACKETS_NOT_LOGGED)

    @property
    def commands(self) -> Mapping[str, Command]:
        """The commands of the server and of the libraries in force."""
        if self._commands is None:
            from kea_twisted.commands.registry import BY_NAME  # all commands, for servers that have a control channel

            self._commands = dict(BY_NAME)
            for loaded in self._loaded.values():
                if loaded.kea is not None:
                    self._commands |= {row.name: row for row in loaded.kea.command_table()}
                self._commands |= loaded.commands
        return self._commands

    def find(self, name: str) -> HookLibrary:
        """Return the library of a name as the configuration has it. Raises KeyError."""
        return self._loaded[key_of(Entry(name, {}))].library

    @property
    def availability(self) -> HaLibrary | None:
        """The relationships with other servers; None: there are none."""
        return self._availability

    def load(self, settings: Settings) -> None:
        """Load the libraries of the first configuration. Raises ConfigError."""
        self.adopt(self.prepare(settings), settings.hooks_libraries)

    def prepare(self, settings: Settings) -> dict[str, Loaded]:
        """Load the libraries of a configuration that are not loaded. ConfigError: nothing has changed."""
        prepared: dict[str, Loaded] = {}
        try:
            for number, entry in enumerate(settings.hooks_libraries, 1):
                prepared[key_of(entry)] = self._prepared(entry, number, settings, prepared)
        except ConfigError:
            self.discard(prepared)
            raise
        return prepared

    def discard(self, prepared: Mapping[str, Loaded]) -> None:
        """Unload the libraries of a configuration that does not come into force."""
        for name, loaded in prepared.items():
            if self._loaded.get(name) is not loaded:
                ensureDeferred(self._unload(loaded))

    def adopt(self, prepared: dict[str, Loaded], entries: Iterable[Entry]) -> list[Loaded]:
        """Make these the libraries in force; return those that are to be unloaded."""
        before, self._loaded = self._loaded, prepared
        names_before, self._names = self._names, tuple(entry.library for entry in entries)
        self._commands = None
        keas = (loaded.kea for loaded in prepared.values() if loaded.kea is not None)
        self._availability = next((found for each in keas if (found := each.availability) is not None), None)
        for entry in entries:
            name, key = entry.library, key_of(entry)
            if name not in names_before or before.get(key) is not prepared.get(key):
                self._say(E.HOOKS_LIBRARY_LOADED, name)
        return [loaded for name, loaded in before.items() if loaded is not prepared.get(name)]

    def start(self, fault: str) -> None:
        """Start the libraries that have not been started; ``fault``: this server cannot serve for this reason."""
        for loaded in _first_first(self._loaded.values()):
            if id(loaded.library) not in self._started:
                self._started.add(id(loaded.library))
                self._call(loaded, loaded.library.start)
                self._call(loaded, loaded.library.health_changed, fault)

    def health_changed(self, fault: str) -> None:
        """Tell the libraries that this server cannot serve for this reason, or can again."""
        for loaded in self._loaded.values():
            if id(loaded.library) in self._started:
                self._call(loaded, loaded.library.health_changed, fault)

    async def unload(self, gone: Iterable[Loaded]) -> None:
        """Unload libraries that are registered nowhere any more."""
        for loaded in _first_first(gone):
            await self._unload(loaded)
            self._say(E.HOOKS_LIBRARY_CLOSED, loaded.entry.library)

    async def close(self) -> None:
        """Unload all libraries, at the end of the server."""
        await self.unload(self.adopt({}, ()))

    def register(self, settings: Settings, chain: HookChain) -> None:
        """Put the libraries at their hook points, in the order of the configuration, and hand them the settings."""
        server = self._server
        tools = Tools(server.log, self._sparing, server.statistics, server.reactor)
        for number, entry in enumerate(settings.hooks_libraries, 1):
            loaded = self._loaded[key_of(entry)]
            loaded.host.renumber(number)
            if loaded.kea is not None:
                loaded.kea.register(chain)
            else:
                _register_guarded(loaded, number, chain, tools)
        if chain.dhcp4_srv_configured:
            consult("dhcp4_srv_configured", chain.dhcp4_srv_configured, server.log, settings)

    def _prepared(self, entry: Entry, number: int, settings: Settings, before: Mapping[str, Loaded]) -> Loaded:
        known = self._loaded.get(key_of(entry))
        kind, basis = self._found(entry, settings)
        if known is not None and known.kind is kind and known.basis == basis:
            return known
        if is_python(entry.library):
            self._check(entry, kind)
        host = Host(self._server, number)
        loaded = Loaded(entry, kind, basis, self._made(entry, kind, host), host, {})
        return loaded._replace(commands=self._own_commands(loaded, before))

    def _found(self, entry: Entry, settings: Settings) -> tuple[type[HookLibrary], object]:
        if is_python(entry.library):
            return self._python(entry), entry.parameters
        kind = lookup.find(entry.base_name)
        return kind, kind.basis(entry, settings)

    def _made(self, entry: Entry, kind: type[HookLibrary], host: Host) -> HookLibrary:
        name = entry.library
        try:
            if kind.events:
                self._server.log.add(kind.events)
            library = kind(entry.parameters)
            library.load(host)
        except ConfigError:
            raise
        except Exception as error:
            self._say(E.HOOKS_LOAD_EXCEPTION, name, described(error))
            what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            text = f"hooks library '{name}' cannot be loaded: {what}"
            raise ConfigError([Problem(entry.place, text)]) from error
        return library

    def _python(self, entry: Entry) -> type[HookLibrary]:
        try:
            return self.code.find(entry.library)
        except ValueError as error:
            self._say(E.HOOKS_OPEN_ERROR, entry.library, error)
            raise ConfigError([Problem(entry.place, str(error))]) from error

    def _check(self, entry: Entry, kind: type[HookLibrary]) -> None:
        """Let the library check its parameters, which no check of a configuration does: it would run its code."""
        problems = Problems()
        _check_by(kind, entry, problems)
        problems.raise_errors()
        for warning in problems.warnings:
            self._say(E.DHCP4_CONFIG_WARNING, warning)

    def _own_commands(self, loaded: Loaded, before: Mapping[str, Loaded]) -> dict[str, Command]:
        functions = loaded.library.commands()
        if not functions:
            return {}
        from kea_twisted.commands.registry import bound  # as above

        taken = self._taken(before)
        for command in functions:
            if command in taken:
                ensureDeferred(self._unload(loaded))
                text = f"hooks library '{loaded.entry.library}': there is a command '{command}' already"
                self._say(E.HOOKS_LOAD_EXCEPTION, loaded.entry.library, text)
                raise ConfigError([Problem(loaded.entry.place, text)])
        return {command: bound(command, function) for command, function in functions.items()}

    def _taken(self, before: Mapping[str, Loaded]) -> Collection[str]:
        """Return the names of commands that a library cannot have."""
        from kea_twisted.commands.registry import BY_NAME  # as above

        names = {name for loaded in before.values() for name in loaded.commands}
        of_keas = (row.name for one in before.values() if one.kea is not None for row in one.kea.command_table())
        return {*BY_NAME, *names, *of_keas}

    async def _unload(self, loaded: Loaded) -> None:
        self._started.discard(id(loaded.library))
        try:
            await maybeDeferred(cast(Any, loaded.library.unload))
        except Exception:
            self._failures.failure("hooks library {name} failed to unload", name=loaded.entry.library)

    def _call(self, loaded: Loaded, method: Callable[..., object], *arguments: object) -> None:
        try:
            method(*arguments)
        except Exception:
            self._failures.failure("hooks library {name} failed", name=loaded.entry.library)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._server.log.enabled:
            self._server.log.emit(event, *arguments)


def _first_first(loaded: Iterable[Loaded]) -> list[Loaded]:
    return sorted(loaded, key=lambda one: one.kea is None or not one.kea.is_first)


def _register_guarded(loaded: Loaded, number: int, chain: HookChain, tools: Tools) -> None:
    """Register the methods of a library that is not part of the server."""
    for point in POINTS:
        # a method that is inherited from the base class as it is has nothing to say
        if getattr(loaded.kind, point.name, None) is not getattr(HookLibrary, point.name):
            method = getattr(loaded.library, point.name)
            callout = Callout(point, method, loaded.library, number, loaded.entry.library, tools)
            chain.register(point.name, callout)
            if not _ABOUT_QUERIES.isdisjoint(point.arguments):
                chain.read_classes()


def check(code: LibraryCode, entry: Entry, problems: Problems) -> None:
    """Report what can be seen to be wrong with one Python library of a configuration, without running it."""
    try:
        outline = code.outline(entry.library)
    except ValueError as error:
        problems.error(entry.place, str(error))
        return
    if outline is None:
        return
    for text in faults(outline):
        problems.error(entry.place, f"hooks library '{entry.library}': {text}")
    if outline.parameters is not None:
        check_parameters(outline.parameters, entry.parameters, problems)


def check_by_running(code: LibraryCode, entry: Entry, problems: Problems) -> None:
    """Report what is wrong with one Python library of a configuration, its code run: for the operator's own check."""
    check(code, entry, found := Problems())
    problems.warnings += found.warnings
    try:
        kind = code.find(entry.library)
    except ValueError as error:
        problems.error(entry.place, str(error))
        return
    _check_by(kind, entry, problems)


def _check_by(kind: type[HookLibrary], entry: Entry, problems: Problems) -> None:
    for text in faults(outline_of(kind)):
        problems.error(entry.place, f"hooks library '{entry.library}': {text}")
    try:
        kind.check(entry.parameters, problems)
    except Exception as error:  # in code that is not ours
        text = f"hooks library '{entry.library}' cannot check its parameters: {described(error)}"
        problems.error(entry.place, text)
