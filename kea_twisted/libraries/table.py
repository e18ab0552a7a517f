"""THE LIBRARY TABLE: the class of each of Kea's hook libraries, by the library's name.

A class is imported when its library is configured (``lookup``). A library is recognised by its base name, in any
folder and the suffix: a configuration from FreeBSD (``/usr/local/lib/kea/hooks``) and one from Debian load alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kea_twisted.config.librarynames import FLEX_ID, HA, HOST_CACHE, LEASE_COMMANDS, LEASE_QUERY

LIBRARIES: Final[Mapping[str, str]] = {
    LEASE_COMMANDS: "kea_twisted.libraries.lease_cmds:LeaseCommands",
    HA: "kea_twisted.adapters.partner.library:HighAvailability",
    "libdhcp_subnet_cmds": "kea_twisted.libraries.subnet_cmds:SubnetCommands",
    "libdhcp_host_cmds": "kea_twisted.libraries.host_cmds:HostCommands",
    "libdhcp_class_cmds": "kea_twisted.libraries.class_cmds:ClassCommands",
    "libdhcp_stat_cmds": "kea_twisted.libraries.stat_cmds:StatisticCommands",
    FLEX_ID: "kea_twisted.libraries.flex_id:FlexId",
    "libdhcp_ddns_tuning": "kea_twisted.libraries.ddns_tuning:DdnsTuning",
    "libdhcp_flex_option": "kea_twisted.libraries.flex_option.library:FlexOption",
    "libdhcp_run_script": "kea_twisted.adapters.hooklibraries.run_script:RunScript",
    "libdhcp_bootp": "kea_twisted.libraries.bootp:Bootp",
    "libdhcp_limits": "kea_twisted.libraries.limits.library:Limits",
    "libdhcp_ping_check": "kea_twisted.adapters.hooklibraries.ping_check:PingCheck",
    "libdhcp_legal_log": "kea_twisted.adapters.hooklibraries.legal_log:LegalLog",
    "libdhcp_perfmon": "kea_twisted.libraries.perfmon.library:PerformanceMonitoring",
    "libdhcp_user_chk": "kea_twisted.adapters.hooklibraries.user_chk:UserCheck",
    LEASE_QUERY: "kea_twisted.adapters.hooklibraries.lease_query:LeaseQuery",
    HOST_CACHE: "kea_twisted.adapters.hooklibraries.host_cache:CachedHosts",
    "libdhcp_rbac": "kea_twisted.adapters.hooklibraries.rbac:RoleBasedAccess",
    "libdhcp_radius": "kea_twisted.adapters.hooklibraries.radius:Radius",
    "libdhcp_pgsql": "kea_twisted.libraries.pgsql:Postgresql",
    "libdhcp_mysql": "kea_twisted.libraries.mysql:Mysql",
}


def name_of(kind: type) -> str:
    """Return the name of a library by its class."""
    path = f"{kind.__module__}:{kind.__qualname__}"
    return next((name for name, each in LIBRARIES.items() if each == path), path)
