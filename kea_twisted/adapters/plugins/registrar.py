"""The Python hook libraries in force: made, registered, replaced and let go of.

A library whose code and parameters are as before stays as it is over a reconfiguration. The others are loaded
before the old ones are let go of, so that a library that cannot begin leaves everything as it was.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.defer import ensureDeferred, maybeDeferred
from twisted.logger import Logger

from kea_twisted import events as E
from kea_twisted.adapters.log.sparing import SparingLog
from kea_twisted.adapters.plugins.callouts import Callout, Tools, described
from kea_twisted.adapters.plugins.code import LibraryCode, is_python
from kea_twisted.adapters.plugins.outline import faults, outline_of
from kea_twisted.config.model import HookLibrary as Entry
from kea_twisted.errors import ConfigError, Problem, Problems
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookLibrary, check_parameters
from kea_twisted.hooks.points import POINTS

if TYPE_CHECKING:
    from kea_twisted.commands.registry import Command


class Loaded(NamedTuple):
    """A library at work, and what it was made from."""

    entry: Entry
    kind: type[Any]
    library: Any
    commands: Mapping[str, Command]


class HookLibraries:
    """Those of one server. ``host`` is its IHookHost."""

    _failures = Logger()

    def __init__(self, host: Any, code: LibraryCode) -> None:
        self.code = code
        self.commands: dict[str, Command] = {}
        self._host = host
        self._loaded: dict[str, Loaded] = {}
        self._names: tuple[str, ...] = ()
        self._sparing = SparingLog(host.log, host.reactor, E.HOOKS_PACKETS_NOT_LOGGED)

    def prepare(self, entries: Iterable[Entry]) -> dict[str, Loaded]:
        """Load what a configuration wants and is not there; ConfigError: nothing has changed."""
        prepared: dict[str, Loaded] = {}
        try:
            for entry in entries:
                if is_python(entry.library):
                    prepared[entry.library] = self._take(entry, prepared)
        except ConfigError:
            self.discard(prepared)
            raise
        return prepared

    def discard(self, prepared: Mapping[str, Loaded]) -> None:
        """Let go of what was loaded for a configuration that does not come into force."""
        for name, loaded in prepared.items():
            if self._loaded.get(name) is not loaded:
                ensureDeferred(self._unload(loaded))

    def adopt(self, prepared: dict[str, Loaded], entries: Iterable[Entry]) -> list[Loaded]:
        """Make these the libraries in force; those that are to be let go of.

        Kea's own that are built in are merely named in the log.
        """
        before, self._loaded = self._loaded, prepared
        names_before, self._names = self._names, tuple(entry.library for entry in entries)
        self.commands = {name: row for loaded in prepared.values() for name, row in loaded.commands.items()}
        for name in self._names:
            if name not in names_before or before.get(name) is not prepared.get(name):
                self._say(E.HOOKS_LIBRARY_LOADED, name)
        for name in names_before:
            if name not in before and name not in self._names:
                self._say(E.HOOKS_LIBRARY_CLOSED, name)
        return [loaded for name, loaded in before.items() if loaded is not prepared.get(name)]

    async def let_go(self, gone: Iterable[Loaded]) -> None:
        """Unload libraries that are registered nowhere any more."""
        for loaded in gone:
            await self._unload(loaded)
            self._say(E.HOOKS_LIBRARY_CLOSED, loaded.entry.library)

    async def close(self) -> None:
        """The server ends."""
        await self.let_go(self.adopt({}, ()))

    def register(self, name: str, number: int, chain: HookChain) -> None:
        """Put the library of a name, if there is one, at the hook points it wants; it is the ``number``th."""
        loaded = self._loaded.get(name)
        if loaded is None:
            return
        host = self._host
        tools = Tools(host.log, self._sparing, host.statistics, host.reactor)
        for point in POINTS:
            # a method that is inherited from the base class as it is has nothing to say
            if getattr(loaded.kind, point.name, None) is not getattr(HookLibrary, point.name):
                method = getattr(loaded.library, point.name)
                chain.register(point.name, Callout(point, method, loaded.library, number, name, tools))

    def _take(self, entry: Entry, prepared: Mapping[str, Loaded]) -> Loaded:
        name = entry.library
        known = self._loaded.get(name)
        kind = self._kind(entry)
        if known is not None and known.kind is kind and known.entry.parameters == entry.parameters:
            return known
        self._check(entry, kind)
        try:
            library = kind(entry.parameters)
            library.load(self._host)
        except ConfigError:
            raise
        except Exception as error:
            self._say(E.HOOKS_LOAD_EXCEPTION, name, described(error))
            what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            text = f"hooks library '{name}' cannot be loaded: {what}"
            raise ConfigError([Problem(entry.place, text)]) from error
        loaded = Loaded(entry, kind, library, {})
        taken = {command for other in prepared.values() for command in other.commands}
        return loaded._replace(commands=self._commands(loaded, taken))

    def _kind(self, entry: Entry) -> type[Any]:
        try:
            return self.code.find(entry.library)
        except ValueError as error:
            self._say(E.HOOKS_OPEN_ERROR, entry.library, error)
            raise ConfigError([Problem(entry.place, str(error))]) from error

    def _check(self, entry: Entry, kind: type[Any]) -> None:
        """Let the library check its parameters, which no check of a configuration does: it would run its code."""
        problems = Problems()
        _check_by(kind, entry, problems)
        problems.raise_errors()
        for warning in problems.warnings:
            self._say(E.DHCP4_CONFIG_WARNING, warning)

    def _commands(self, loaded: Loaded, taken: Collection[str]) -> dict[str, Command]:
        from kea_twisted.commands.registry import BY_NAME  # all commands, for who can add one

        commands = {}
        for command, function in loaded.library.commands().items():
            if command in BY_NAME or command in taken:
                ensureDeferred(self._unload(loaded))
                text = f"hooks library '{loaded.entry.library}': there is a command '{command}' already"
                self._say(E.HOOKS_LOAD_EXCEPTION, loaded.entry.library, text)
                raise ConfigError([Problem(loaded.entry.place, text)])
            commands[command] = _row(command, function)
        return commands

    async def _unload(self, loaded: Loaded) -> None:
        try:
            await maybeDeferred(loaded.library.unload)
        except Exception:
            self._failures.failure("hooks library {name} failed to unload", name=loaded.entry.library)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._host.log.enabled:
            self._host.log.emit(event, *arguments)


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


def check_running(code: LibraryCode, entry: Entry, problems: Problems) -> None:
    """Report what is wrong with one Python library of a configuration, its code run: for the operator's own check."""
    check(code, entry, found := Problems())
    problems.warnings += found.warnings
    try:
        kind = code.find(entry.library)
    except ValueError as error:
        problems.error(entry.place, str(error))
        return
    _check_by(kind, entry, problems)


def _check_by(kind: type[Any], entry: Entry, problems: Problems) -> None:
    for text in faults(outline_of(kind)):
        problems.error(entry.place, f"hooks library '{entry.library}': {text}")
    try:
        kind.check(entry.parameters, problems)
    except Exception as error:  # in code that is not ours
        text = f"hooks library '{entry.library}' cannot check its parameters: {described(error)}"
        problems.error(entry.place, text)


def _row(name: str, function: Any) -> Command:
    from kea_twisted.commands.registry import Command  # as above

    summary = (inspect.getdoc(function) or "").partition("\n")[0]
    return Command(name, lambda context, arguments: function(arguments), "", False, summary)
