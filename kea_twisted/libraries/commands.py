"""The commands of the server and of all of Kea's libraries together, for the documentation and other programs.

It imports every library; a server asks ``commands.context.Context.commands``, which has those of its own libraries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kea_twisted.commands import registry
from kea_twisted.commands.context import Command, Context
from kea_twisted.commands.envelope import Answer
from kea_twisted.errors import CommandError
from kea_twisted.libraries.lookup import find
from kea_twisted.libraries.table import LIBRARIES


def rows_of(library: str) -> Iterator[Command]:
    """Yield the commands of a library."""
    kind = find(library)
    for row in kind.command_table():
        yield row._replace(library=library)
    for name, access, method in kind.method_table():
        yield Command(name, access, _not_loaded, registry.summary_of(method), library=library)


def _not_loaded(context: Context, arguments: object) -> Answer:
    """Refuse a command that a loaded library carries out."""
    raise CommandError("the library of the command is not loaded")


def available(libraries: Iterable[str]) -> tuple[Command, ...]:
    """Return the commands of a server with these libraries."""
    return (*registry.COMMANDS, *(row for library in libraries for row in rows_of(library)))


COMMANDS: Final = available(LIBRARIES)
BY_NAME: Final = {row.name: row for row in COMMANDS}

OURS: Final = frozenset(row.name for row in COMMANDS if row.is_ours)
"""The commands that no Kea has."""
