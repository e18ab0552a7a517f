"""The definitions of commands that access lists refer to: the access right and the library of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from kea_twisted.commands.context import READ, WRITE, Command
from kea_twisted.config.librarynames import HA, PREFIX


class Definition(NamedTuple):
    """The access right of a command, and the library that has it ("" for the server's own)."""

    access: str
    hook: str


Definitions = Mapping[str, Definition]
NO_DEFINITIONS: Final[Definitions] = MappingProxyType({})

HOOKS: Final[Mapping[str, str]] = {HA: "high_availability"}
"""The names of libraries in Kea's descriptions that differ from those of their files."""


def hook_of(library: str) -> str:
    """Return the name that access lists have for a library."""
    return HOOKS.get(library, library.removeprefix(PREFIX))


def own_definitions() -> dict[str, Definition]:
    """Return the definitions of all commands of this server and of Kea's libraries."""
    rows = _rows()
    return {name: Definition(row.access, _hook(row, rows)) for name, row in rows.items()}


def added_definitions() -> dict[str, Definition]:
    """Return the definitions of the commands that no Kea has: no description of Kea's is about them."""
    rows = _rows()
    return {name: each for name, each in own_definitions().items() if rows[name].is_ours}


def stands_for(name: str) -> tuple[str, ...]:
    """Return those of Kea's commands that show or change the same as one that no Kea has; none for others."""
    row = _rows().get(name)
    return (row and row.stands_for) or ()


def _rows() -> Mapping[str, Command]:
    """Return the rows of all commands of this server and of Kea's libraries."""
    from kea_twisted.libraries.commands import BY_NAME  # for servers that have a control channel

    return BY_NAME


def _hook(row: Command, rows: Mapping[str, Command]) -> str:
    """Return the library of a command: of one of the server's own that stands for Kea's, that of the first."""
    if not row.library and row.stands_for:
        return hook_of(rows[row.stands_for[0]].library)
    return hook_of(row.library)


def read_definition(entry: object) -> tuple[str, Definition]:
    """Return a command's name and definition from a map as in Kea's descriptions. Raises ValueError."""
    if not isinstance(entry, Mapping):
        raise ValueError("a command definition must be a map")
    name, access, hook = entry.get("name"), entry.get("access"), entry.get("hook", "")
    if not isinstance(name, str) or not name:
        raise ValueError("a command definition needs a 'name'")
    if access not in (READ, WRITE):
        raise ValueError(f"'access' of command '{name}' must be '{READ}' or '{WRITE}'")
    if not isinstance(hook, str):
        raise ValueError(f"'hook' of command '{name}' must be a string")
    return name, Definition(access, hook)
