"""The base of Kea's hook libraries: the rules that Kea has for all of them.

Kea accepts unknown parameters of its libraries silently; a misspelt one would never be noticed. Here it is reported as
a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MethodType
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from kea_twisted.commands.context import Command
from kea_twisted.commands.envelope import Reply
from kea_twisted.config.model import HookLibrary as Entry
from kea_twisted.config.model import Settings
from kea_twisted.config.text import key_place, place_of
from kea_twisted.errors import Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import REQUIRED, TYPE_NAMES, HookHost, HookLibrary, Parameter, is_of
from kea_twisted.hooks.points import POINTS
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.table import name_of

if TYPE_CHECKING:
    from kea_twisted.ha.library import HaLibrary
    from kea_twisted.ha.settings import HaSettings

ANYWHERE: Final = (Parameter("user-context", dict, None), Parameter("comment", str, None))
"""The parameters that every map of a configuration may have."""


class NamedFile(NamedTuple):
    """A file that a parameter names; ``is_program``: the server runs it. Else it is the folder of a legal log."""

    keyword: str
    path: str
    is_program: bool


class MethodCommand(NamedTuple):
    """A control command that a method of a library carries out. ``access`` is that of ``Command``."""

    name: str
    access: str
    method: Callable[..., Reply]


class KeaLibrary(HookLibrary):
    """One of Kea's hook libraries. The first line of a library's docstring is its title in the documentation.

    The hook chain calls its methods directly, without the guard that code of others has: a method does not wait longer
    than it must, and returns what the hook table permits.
    """

    own_events: ClassVar[tuple[Event, ...]] = ()
    """Those of ``events`` that Kea's library does not have."""

    is_first: ClassVar[bool] = False
    """It is started and unloaded before the others."""

    caches_hosts: ClassVar[bool] = False
    """It puts a cache before the hosts databases: reservations are looked up outside of the configuration."""

    host: HookHost

    @classmethod
    def name(cls) -> str:
        """Return the name in the library table."""
        return name_of(cls)

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report missing and mistyped parameters as errors, unknown ones as warnings."""
        cls.warn_of_unknown(parameters, problems)
        known = {row.name: row for row in (*cls.parameters, *ANYWHERE)}
        for name, value in parameters.items():
            row = known.get(name)
            if row is not None and not is_of(value, row.type):
                text = f"parameter '{name}' of {cls.name()} must be {TYPE_NAMES[row.type]}"
                problems.error(place_of(parameters, name), text)
        for row in cls.parameters:
            if row.default is REQUIRED and row.name not in parameters:
                problems.error(None, f"{cls.name()} needs the parameter '{row.name}'")

    @classmethod
    def warn_of_unknown(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Warn about parameters that the library does not have."""
        own = [row.name for row in cls.parameters]
        for name in parameters:
            if name not in own and all(name != row.name for row in ANYWHERE):
                close = get_close_matches(name, own, 1)
                have = f"it has {', '.join(own)}" if own else "it has no parameters"
                hint = f"did you mean '{close[0]}'?" if close else have
                text = f"'{name}' is not a parameter of {cls.name()} and has no effect: {hint}"
                problems.warning(key_place(parameters, name), text)

    @classmethod
    def check_settings(cls, entry: Entry, settings: Settings, problems: Problems) -> None:
        """Report faults that depend on the rest of the configuration. Called after ``check`` in any case."""

    @classmethod
    def files(cls, parameters: Mapping[str, Json]) -> Sequence[NamedFile]:
        """Return the files that the parameters name."""
        return ()

    @classmethod
    def basis(cls, entry: Entry, settings: Settings) -> object:
        """Return what the library is made from: while it is equal, the library stays. Raises ConfigError."""
        return entry.parameters

    @classmethod
    def shown(cls, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the parameters as ``config-get`` shows them."""
        return parameters

    @classmethod
    def command_table(cls) -> Sequence[Command]:
        """Return the control commands that need the server only, a row each."""
        return ()

    @classmethod
    def method_table(cls) -> Sequence[MethodCommand]:
        """Return the control commands that are methods of the library, a row each."""
        return ()

    def commands(self) -> Mapping[str, Callable[[Json], Json]]:
        """Return the methods of ``method_table``."""
        return {row.name: MethodType(row.method, self) for row in self.method_table()}

    @classmethod
    def relationships(cls, settings: Settings) -> tuple[HaSettings, ...]:
        """Return the relationships with other servers, for which ports are opened."""
        return ()

    @property
    def availability(self) -> HaLibrary | None:
        """The relationships at work, for the commands that concern them."""
        return None

    def load(self, host: HookHost) -> None:
        """Keep the host."""
        self.host = host

    def register(self, hooks: HookChain) -> None:
        """Take part at the hook points whose methods the class has."""
        for point in POINTS:
            if getattr(type(self), point.name) is not getattr(HookLibrary, point.name):
                callback: Callable[..., object] = getattr(self, point.name)
                hooks.register(point.name, callback)
