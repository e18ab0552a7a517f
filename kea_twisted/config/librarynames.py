"""Names of Kea's hook libraries that rules about the configuration need.

All names, with their classes, are in ``libraries.table``, which has these from here.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "libdhcp_"
"""The beginning of all names of Kea's libraries for DHCP servers."""

FLEX_ID: Final = f"{PREFIX}flex_id"
HA: Final = f"{PREFIX}ha"
HOST_CACHE: Final = f"{PREFIX}host_cache"
LEASE_COMMANDS: Final = f"{PREFIX}lease_cmds"
LEASE_QUERY: Final = f"{PREFIX}lease_query"
