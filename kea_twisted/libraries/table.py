"""THE LIBRARY TABLE: the class of each of Kea's hook libraries, by the library's name.

A class is imported when its library is configured. A library is recognised by its base name, whatever the folder and
the suffix: a configuration from FreeBSD (``/usr/local/lib/kea/hooks``) and one from Debian load alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from kea_twisted.config.model import HookLibrary as Entry
from kea_twisted.config.model import Settings
from kea_twisted.errors import Problems

if TYPE_CHECKING:
    from kea_twisted.libraries.base import KeaLibrary

LIBRARIES: Final[Mapping[str, str]] = {
    "libdhcp_lease_cmds": "kea_twisted.libraries.lease_cmds:LeaseCommands",
    "libdhcp_ha": "kea_twisted.adapters.partner.library:HighAvailability",
    "libdhcp_subnet_cmds": "kea_twisted.libraries.subnet_cmds:SubnetCommands",
    "libdhcp_host_cmds": "kea_twisted.libraries.host_cmds:HostCommands",
    "libdhcp_class_cmds": "kea_twisted.libraries.class_cmds:ClassCommands",
    "libdhcp_stat_cmds": "kea_twisted.libraries.stat_cmds:StatisticCommands",
    "libdhcp_flex_id": "kea_twisted.libraries.flex_id:FlexId",
    "libdhcp_flex_option": "kea_twisted.libraries.flex_option.library:FlexOption",
}


def find(name: str) -> type[KeaLibrary]:
    """Import the class of a library. Raises KeyError if the name is not in the table."""
    module, _, attribute = LIBRARIES[name].partition(":")
    kind: type[KeaLibrary] = getattr(import_module(module), attribute)
    return kind


def name_of(kind: type) -> str:
    """Return the name of a library by its class."""
    path = f"{kind.__module__}:{kind.__qualname__}"
    return next((name for name, each in LIBRARIES.items() if each == path), path)


def library_of(command: str) -> str:
    """Return the name of the library that has a command, "" for none. It imports all libraries."""
    rows = ((name, row) for name in LIBRARIES for row in find(name).command_table())
    return next((name for name, row in rows if row.name == command), "")


def configured(entries: Iterable[Entry]) -> Iterator[tuple[Entry, type[KeaLibrary]]]:
    """Yield those of Kea's libraries that are configured, each with its class."""
    for entry in entries:
        if entry.base_name in LIBRARIES:
            yield entry, find(entry.base_name)


def check(settings: Settings, problems: Problems) -> None:
    """Report faults of the parameters of Kea's libraries; one without a place has that of its library."""
    for entry, kind in configured(settings.hooks_libraries):
        found = Problems()
        kind.check(entry.parameters, found)
        kind.check_settings(entry, settings, found)
        problems.errors += [each if each.place else each._replace(place=entry.place) for each in found.errors]
        problems.warnings += [each if each.place else each._replace(place=entry.place) for each in found.warnings]
