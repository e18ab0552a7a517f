"""Access lists: sets of commands by name, access right or library, and their combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kea_twisted.libraries.rbac.definitions import READ, WRITE, Definitions

Matches = Callable[[str], bool]
"""Return True if a command is in the list."""

_MAX_DEPTH: Final = 32


def match_all(name: str) -> bool:
    """Match every command."""
    return True


def match_none(name: str) -> bool:
    """Match no command."""
    return False


class Lists(NamedTuple):
    """The named access lists, and the definitions of commands."""

    named: Mapping[str, Matches]
    definitions: Definitions

    def by_access(self, access: object) -> Matches:
        """Return the list of the commands with an access right. Raises ValueError."""
        if access not in (READ, WRITE):
            raise ValueError(f"'access' of an access list must be '{READ}' or '{WRITE}'")
        return frozenset(name for name, each in self.definitions.items() if each.access == access).__contains__

    def by_hook(self, hook: object) -> Matches:
        """Return the list of the commands of a library. Raises ValueError."""
        if not isinstance(hook, str):
            raise ValueError("'hook' of an access list must be a string")
        return frozenset(name for name, each in self.definitions.items() if each.hook == hook).__contains__

    def by_name(self, names: object) -> Matches:
        """Return the list of some commands. Raises ValueError, also for commands without a definition."""
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise ValueError("'commands' of an access list must be a list of names of commands")
        for name in names:
            if name not in self.definitions:
                raise ValueError(f"command '{name}' is not defined: add it to 'commands', or correct the name")
        return frozenset(names).__contains__

    def read(self, value: object, depth: int = 0) -> Matches:
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
            return lambda name: not inner(name)
        if kind not in _KINDS:
            raise ValueError(f"unknown type '{kind}' of an access list; there are not, and, or, {', '.join(_KINDS)}")
        return _KINDS[kind](self, parameter)

    def _combined(self, kind: str, parameter: object, depth: int) -> Matches:
        if not isinstance(parameter, list):
            raise ValueError(f"'{kind}' of an access list must be a list of access lists")
        parts = [self.read(each, depth + 1) for each in parameter]
        if kind == "and":
            return lambda name: all(each(name) for each in parts)
        return lambda name: any(each(name) for each in parts)


_KINDS: Final[Mapping[str, Callable[[Lists, Any], Matches]]] = {
    "commands": Lists.by_name,
    # Kea's table of list types has the singular, its examples the plural
    "command": Lists.by_name,
    "access": Lists.by_access,
    "hook": Lists.by_hook,
}


def predefined(definitions: Definitions) -> dict[str, Matches]:
    """Return the lists that every configuration has."""
    lists = Lists({}, definitions)
    return {"ALL": match_all, "NONE": match_none, "READ": lists.by_access(READ), "WRITE": lists.by_access(WRITE)}
