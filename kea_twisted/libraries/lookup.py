"""Finds the classes of the library table: by name, by command, by the entries of a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from kea_twisted.config.model import HookLibrary as Entry
from kea_twisted.config.model import Settings
from kea_twisted.errors import Problems
from kea_twisted.libraries.table import LIBRARIES

if TYPE_CHECKING:
    from kea_twisted.libraries.base import KeaLibrary


def find(name: str) -> type[KeaLibrary]:
    """Import the class of a library. Raises KeyError if the name is not in the table."""
    module, _, attribute = LIBRARIES[name].partition(":")
    kind: type[KeaLibrary] = getattr(import_module(module), attribute)
    return kind


def library_of(command: str) -> str:
    """Return the name of the library that has a command, "" for none. It imports all libraries."""
    rows = ((name, row) for name in LIBRARIES for row in find(name).command_table())
    return next((name for name, row in rows if row.name == command), "")


def configured(entries: Iterable[Entry]) -> Iterator[tuple[Entry, type[KeaLibrary]]]:
    """Yield those of Kea's libraries that are configured, each with its class."""
    for entry in entries:
        if entry.base_name in LIBRARIES:
            yield entry, find(entry.base_name)


def caches_hosts(settings: Settings) -> bool:
    """Return True if a library puts a cache before the hosts databases."""
    return any(kind.caches_hosts for _, kind in configured(settings.hooks_libraries))


def check(settings: Settings, problems: Problems) -> None:
    """Report faults of the parameters of Kea's libraries; one without a place has that of its library."""
    for entry, kind in configured(settings.hooks_libraries):
        found = Problems()
        kind.check(entry.parameters, found)
        kind.check_settings(entry, settings, found)
        problems.errors += [each if each.place else each._replace(place=entry.place) for each in found.errors]
        problems.warnings += [each if each.place else each._replace(place=entry.place) for each in found.warnings]
