"""THE CHECKS of ``keadhcp-ctl doctor``, one row each, the more urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from kea_twisted.doctor import partners, servers, settings
from kea_twisted.doctor.finding import Finding, Severity
from kea_twisted.doctor.picture import Picture


class Check(NamedTuple):
    """A check. Its function yields what it finds in a picture."""

    name: str
    function: Callable[[Picture], Iterator[Finding]]


CHECKS: Final = (
    # causes before what may follow from them: without an interface the partner is not reached
    Check("sockets", servers.sockets),
    Check("ha-names", partners.identities),
    Check("unreachable", servers.unreachable),
    Check("unserved", partners.unserved),
    Check("service", servers.switched_off),
    Check("ha-state", partners.states),
    Check("connections", partners.connections),
    Check("clocks", partners.clocks),
    Check("disk", servers.disk),
    Check("pools", servers.pools),
    Check("time-to-full", servers.soon_full),
    Check("config-file", settings.file_is_broken),
    Check("lease-exchange", settings.exchange),
    Check("heartbeats", settings.heartbeats),
    Check("unacked-clients", settings.unacked_clients),
    Check("configurations", partners.configurations),
    Check("lease-updates", partners.updates),
    Check("leases", partners.leases),
    Check("auto-failover", settings.failover),
    Check("lifetimes", settings.short_leases),
    Check("shared-pools", settings.shared_pools),
    Check("versions", partners.versions),
    Check("lease-file", servers.memory_only),
    Check("declined", servers.declined),
    Check("file-in-force", settings.file_differs),
    Check("passwords", settings.file_is_readable),
    Check("open-sockets", servers.open_to_all),
    Check("path-rules", servers.path_rules),
)


def findings(picture: Picture) -> list[Finding]:
    """Return what all checks find, the most urgent first."""
    found = [each._replace(check=check.name) for check in CHECKS for each in check.function(picture)]
    return sorted(found, key=lambda each: -each.severity)


def worst(found: list[Finding]) -> Severity:
    """Return the urgency of the whole."""
    return max((each.severity for each in found), default=Severity.NOTE)
