"""High availability as the server sees it. Where it is not configured, nothing of it is imported.

The partner's protocol and its HTTP client would be more than a quarter of what a start without them costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.errors import Problems
from kea_twisted.lease.lease import Change
from kea_twisted.server.libraries import has_partners

if TYPE_CHECKING:
    from kea_twisted.ha.library import HaLibrary
    from kea_twisted.ha.settings import HaSettings


def wanted(settings: Settings) -> tuple[HaSettings, ...]:
    """The relationships that are configured; that they are right has been checked."""
    if not has_partners(settings.hooks_libraries):
        return ()
    from kea_twisted.ha.parameters import relationships_of  # see above

    return relationships_of(settings.hooks_libraries, Problems())


def own_names(relationships: Iterable[HaSettings]) -> list[str]:
    """The host names in this server's own URLs."""
    return [one.me.url.host for one in relationships if one.me.url.is_named]


def partner_identifiers(settings: Settings) -> frozenset[int]:
    """The server identifiers of partners that stand for this server, too (``one-server-identifier``)."""
    sharing = [one for one in wanted(settings) if one.one_server_identifier and one.has_partner]
    if not sharing:
        return frozenset()
    from kea_twisted.adapters.partner.prober import addresses_of  # see above

    return frozenset(address for one in sharing for address in addresses_of(one.partner))


def check(settings: Settings, problems: Problems) -> None:
    """Report what of the machine does not fit the relationships."""
    if has_partners(settings.hooks_libraries):
        from kea_twisted.adapters.partner import connect  # see above

        connect.check(settings, problems)


def grounds(relationships: tuple[HaSettings, ...]) -> tuple[Any, ...]:
    """Return the inputs of relationships: while they stay the same, relationships continue. Raises ConfigError."""
    if not relationships:
        return (), ()
    from kea_twisted.adapters.partner import connect  # see above

    return relationships, connect.files_of(relationships)


def connect(
    relationships: Sequence[HaSettings],
    service: ServiceState,
    table: LeaseTable,
    commit: Callable[[Sequence[Change]], object],
    log: Any,
    reactor: Any,
    sockets: Any,
    well: Callable[[], bool],
    lease_file: str = "",
) -> HaLibrary | None:
    """The library of these relationships, None when there are none; nothing is started or connected yet.

    ConfigError when a file (certificate, password) cannot be used.
    """
    if not relationships:
        return None
    from kea_twisted.adapters.partner import connect  # see above

    return connect.connect(relationships, service, table, commit, log, reactor, sockets, well, lease_file)
