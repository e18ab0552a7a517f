"""Which of our modules a name in ``hooks-libraries`` stands for.

Kea's libraries are recognised by their base name, whatever the folder and whatever the suffix: a configuration from
FreeBSD (``/usr/local/lib/kea/hooks``) and one from Debian load alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kea_twisted.config.model import HookLibrary
from kea_twisted.errors import Problems
from kea_twisted.ha import settings as ha_settings

LEASE_COMMANDS: Final = "libdhcp_lease_cmds"
HIGH_AVAILABILITY: Final = "libdhcp_ha"

KNOWN: Final = {
    LEASE_COMMANDS: "commands to look at and change leases",
    HIGH_AVAILABILITY: "high availability",
}


def check(libraries: Iterable[HookLibrary], problems: Problems) -> None:
    """Report every library that does not exist here, every one that is named twice, and wrong parameters."""
    seen: set[str] = set()
    libraries = tuple(libraries)
    for library in libraries:
        name = library.base_name
        if name not in KNOWN:
            have = ", ".join(sorted(KNOWN))
            problems.error(library.place, f"hooks library '{library.library}' is not available; there are {have}")
        elif name in seen:
            problems.error(library.place, f"hooks library '{name}' is listed twice")
        seen.add(name)
    ha_settings.check(libraries, problems)
