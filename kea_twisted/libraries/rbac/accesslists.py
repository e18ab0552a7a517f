"""Access lists: sets of commands by name, access right or library, and their combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from kea_twisted.commands.context import READ, WRITE
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.rbac.definitions import Definitions

_MAX_DEPTH: Final = 32


class AccessList(NamedTuple):
    """A set of commands: ``matches`` returns True if a command is in it.

    ``by_access``: the access rights of commands are a part of what it is made of. ``names`` are the commands that it
    names.
    """

    matches: Callable[[str], bool]
    by_access: bool = False
    names: frozenset[str] = frozenset()


ALL: Final = AccessList(lambda name: True)
NONE: Final = AccessList(lambda name: False)


class Lists(NamedTuple):
    """The named access lists, and the definitions of commands."""

    named: Mapping[str, AccessList]
    definitions: Definitions

    def by_access(self, access: object) -> AccessList:
        """Return the list of the commands with an access right. Raises ValueError."""
        if access not in (READ, WRITE):
            raise ValueError(f"'access' of an access list must be '{READ}' or '{WRITE}'")
        found = frozenset(name for name, each in self.definitions.items() if each.access == access)
        return AccessList(found.__contains__, by_access=True)

    def by_hook(self, hook: object) -> AccessList:
        """Return the list of the commands of a library. Raises ValueError."""
        if not isinstance(hook, str):
            raise ValueError("'hook' of an access list must be a string")
        found = frozenset(name for name, each in self.definitions.items() if each.hook == hook)
        return AccessList(found.__contains__)

    def by_name(self, names: object) -> AccessList:
        """Return the list of some commands. Raises ValueError, also for commands without a definition."""
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise ValueError("'commands' of an access list must be a list of names of commands")
        for name in names:
            if name not in self.definitions:
                raise ValueError(f"command '{name}' is not defined: add it to 'commands', or correct the name")
        found = frozenset(names)
        return AccessList(found.__contains__, names=found)

    def read(self, value: object, depth: int = 0) -> AccessList:
        """Return the access list of a name or a map with one entry. Raises ValueError."""
        if depth > _MAX_DEPTH:
            raise ValueError(f"access lists are nested deeper than {_MAX_DEPTH}")
        if isinstance(value, str):
            if value not in self.named:
                raise ValueError(f"access list '{value}' is not defined; there are {', '.join(self.named)}")
            return self.named[value]
        if not isinstance(value, Mapping) or len(value) != 1:
            raise ValueError("an access list must be the name of one, or a map with a single entry")
        ((kind, parameter),) = value.items()
        if kind in ("and", "or"):
            return self._combined(kind, parameter, depth)
        if kind == "not":
            inner = self.read(parameter, depth + 1)
            return inner._replace(matches=lambda name: not inner.matches(name))
        if kind not in _KINDS:
            raise ValueError(f"unknown type '{kind}' of an access list; there are not, and, or, {', '.join(_KINDS)}")
        return _KINDS[kind](self, parameter)

    def _combined(self, kind: str, parameter: object, depth: int) -> AccessList:
        if not isinstance(parameter, list):
            raise ValueError(f"'{kind}' of an access list must be a list of access lists")
        parts = [self.read(each, depth + 1) for each in parameter]
        join = all if kind == "and" else any
        return AccessList(
            lambda name: join(each.matches(name) for each in parts),
            any(each.by_access for each in parts),
            frozenset().union(*(each.names for each in parts)),
        )


_KINDS: Final[Mapping[str, Callable[[Lists, Json], AccessList]]] = {
    "commands": Lists.by_name,
    # Kea's table of list types has the singular, its examples the plural
    "command": Lists.by_name,
    "access": Lists.by_access,
    "hook": Lists.by_hook,
}


def predefined(definitions: Definitions) -> dict[str, AccessList]:
    """Return the lists that every configuration has."""
    lists = Lists({}, definitions)
    return {"ALL": ALL, "NONE": NONE, "READ": lists.by_access(READ), "WRITE": lists.by_access(WRITE)}
