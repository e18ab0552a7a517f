"""The definitions of commands that access lists refer to: the access right and the library of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from kea_twisted.config.librarynames import HA, PREFIX
from kea_twisted.libraries.lookup import find
from kea_twisted.libraries.table import LIBRARIES

READ: Final = "read"
WRITE: Final = "write"


class Definition(NamedTuple):
    """The access right of a command, and the library that has it ("" for the server's own)."""

    access: str
    hook: str


Definitions = Mapping[str, Definition]
NO_DEFINITIONS: Final[Definitions] = MappingProxyType({})

READING: Final = frozenset((
    "build-report", "cache-get", "cache-get-by-id", "cache-size", "class-get", "class-list", "config-diff",
    "config-get", "config-hash-get", "explain", "ha-digest-get", "ha-subnets-get", "interface-list", "lease4-get",
    "lease4-get-all", "lease4-get-by-client-id", "lease4-get-by-hostname", "lease4-get-by-hw-address",
    "lease4-get-by-state", "lease4-get-page", "leases-search", "list-commands", "network4-get", "network4-list",
    "picture-get", "reservation-get", "reservation-get-all", "reservation-get-by-address",
    "reservation-get-by-hostname", "reservation-get-by-id", "reservation-get-page", "server-tag-get",
    "sflq-pool4-get-all", "sflq-pool4-get-by-range", "sflq-pool4-get-by-subnet", "stat-lease4-get", "statistic-get",
    "statistic-get-all", "statistic-global-get-all", "status-get", "subnet4-get", "subnet4-list", "subnet4-select-test",
    "subnet4o6-select-test", "version-get",
))  # fmt: skip
"""The commands with the access right ``read``, as Kea's descriptions (``src/share/api``) say; all others write."""

HOOKS: Final[Mapping[str, str]] = {HA: "high_availability"}
"""The names of libraries in Kea's descriptions that differ from those of their files."""

_FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "host_cache": (
        "cache-clear", "cache-flush", "cache-get", "cache-get-by-id", "cache-insert", "cache-load", "cache-remove",
        "cache-size", "cache-write",
    ),
    "perfmon": ("perfmon-control", "perfmon-get-all-durations"),
}  # fmt: skip
"""The commands of libraries whose commands are functions of a loaded library."""


STANDS_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "config-diff": ("config-get",),
    "explain": ("lease4-get", "reservation-get"),
    "ha-digest-get": (),
    "ha-repair": ("ha-sync",),
    "ha-subnets-get": (),
    "lease4-bulk-apply": ("lease4-update", "lease4-del"),
    "leases-search": ("lease4-get-all",),
    "picture-get": ("config-get", "status-get", "statistic-get-all"),
}
"""The commands that no Kea has, with Kea's commands that show or change the same.

A role that rejects one of Kea's rejects what stands for it. The two that
stand for none are for HA partners: they show digests of leases, and the prefixes of subnets.
"""

_HOOK_OF_LEASES: Final = "lease_cmds"
_LEASES: Final = ("explain", "leases-search")
"""The server's own commands that show leases: no library is needed for them."""


def hook_of(library: str) -> str:
    """Return the name that access lists have for a library."""
    return HOOKS.get(library, library.removeprefix(PREFIX))


def own_definitions() -> dict[str, Definition]:
    """Return the definitions of all commands of this server and of Kea's libraries."""
    from kea_twisted.commands.registry import BY_NAME  # for servers that have a control channel

    hooks = dict.fromkeys(BY_NAME, "")
    for library in LIBRARIES:
        hooks.update(dict.fromkeys((row.name for row in find(library).command_table()), hook_of(library)))
    hooks.update(dict.fromkeys(_LEASES, _HOOK_OF_LEASES))
    for hook, names in _FUNCTIONS.items():
        hooks.update(dict.fromkeys(names, hook))
    return {name: Definition(READ if name in READING else WRITE, hook) for name, hook in hooks.items()}


def added_definitions() -> dict[str, Definition]:
    """Return the definitions of the commands that no Kea has: no description of Kea's is about them."""
    return {name: each for name, each in own_definitions().items() if name in STANDS_FOR}


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
