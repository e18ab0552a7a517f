"""The code that a name in ``hooks-libraries`` stands for.

Kea's libraries are recognised by their base name, whatever the folder and whatever the suffix: a
configuration from FreeBSD (``/usr/local/lib/kea/hooks``) and one from Debian load alike. Everything else is
Python: see ``adapters.plugins``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from kea_twisted.adapters.plugins import registrar
from kea_twisted.adapters.plugins.code import LibraryCode, is_python
from kea_twisted.config.model import HookLibrary, base_name
from kea_twisted.config.parse import ExtraCheck
from kea_twisted.errors import Problems
from kea_twisted.libraries import flex_id, lease_cmds, parameters

LEASE_COMMANDS: Final = lease_cmds.LIBRARY
HIGH_AVAILABILITY: Final = "libdhcp_ha"
SUBNET_COMMANDS: Final = "libdhcp_subnet_cmds"
STATISTICS_COMMANDS: Final = "libdhcp_stat_cmds"
HOST_COMMANDS: Final = "libdhcp_host_cmds"
CLASS_COMMANDS: Final = "libdhcp_class_cmds"
FLEX_ID: Final = flex_id.LIBRARY

KNOWN: Final = {
    LEASE_COMMANDS: "commands to look at and change leases",
    HIGH_AVAILABILITY: "high availability",
    SUBNET_COMMANDS: "commands to look at and change subnets and shared networks",
    HOST_COMMANDS: "commands to look at and change host reservations",
    CLASS_COMMANDS: "commands to look at and change client classes",
    STATISTICS_COMMANDS: "a command that shows how full the subnets are",
    FLEX_ID: "reservations by the value of an expression, also in place of the client identifier",
}

PARAMETER_CHECKS: Final = (flex_id.check, lease_cmds.check, parameters.check)
"""Checks of the parameters of Kea's libraries that need the rest of the settings."""


def checker(code: LibraryCode, *, running: bool = False) -> ExtraCheck:
    """A check of hook libraries that knows where Python ones are found, and looks at them or runs them."""
    look = registrar.check_running if running else registrar.check
    return lambda libraries, problems: check(libraries, problems, partial(look, code))


def check(libraries: Iterable[HookLibrary], problems: Problems, look: Callable[[HookLibrary, Problems], None]) -> None:
    """Report every library that does not exist here, every one that is named twice, and wrong parameters."""
    seen: set[str] = set()
    libraries = tuple(libraries)
    for library in libraries:
        python = is_python(library.library)
        name = library.library if python else library.base_name
        if name in seen:
            problems.error(library.place, f"hooks library '{name}' is listed twice")
        elif python:
            look(library, problems)
        elif name not in KNOWN:
            have = ", ".join(sorted(KNOWN))
            problems.error(
                library.place,
                f"hooks library '{library.library}' is not available; there are {have}, and what is written "
                "in Python (file.py, mypackage.module)",
            )
        seen.add(name)
    if has_partners(libraries):
        from kea_twisted.ha import parameters as ha_parameters  # high availability is for who uses it

        ha_parameters.check(libraries, problems)


def with_defaults(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an effective configuration with the defaults of the libraries that have a say in ``config-get``."""
    entries = configuration["Dhcp4"]["hooks-libraries"]
    if not any(base_name(entry["library"]) == HIGH_AVAILABILITY for entry in entries):
        return configuration
    from kea_twisted.ha.parameters import with_defaults as filled  # high availability is for who uses it

    shown = [
        {**entry, "parameters": filled(entry["parameters"])}
        if base_name(entry["library"]) == HIGH_AVAILABILITY else entry
        for entry in entries
    ]  # fmt: skip
    return {"Dhcp4": {**configuration["Dhcp4"], "hooks-libraries": shown}}


def has_partners(libraries: Iterable[HookLibrary]) -> bool:
    """True if high availability is among them."""
    return any(library.base_name == HIGH_AVAILABILITY for library in libraries)
