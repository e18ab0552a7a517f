"""Everything that one configuration brings into force; the next configuration replaces it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kea_twisted.commands.subnets import SubnetIndex
from kea_twisted.config.model import Settings
from kea_twisted.engine.core import Core
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.engine.server import Server
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.hooks.chain import HookChain


class InForce(NamedTuple):
    """The settings in force, and what was made from them."""

    settings: Settings
    subnets: SubnetIndex
    hooks: HookChain
    server: Server
    reclaimer: Reclaimer
    since: float  # seconds since the epoch


def bring_into_force(
    settings: Settings,
    table: LeaseTable,
    log: Any,
    service_state: ServiceState,
    ports: tuple[int, int],
    served: Callable[[], frozenset[int]],
    now: float,
    before: Server | None = None,
) -> InForce:
    """Make the server of a configuration on a lease table; from now on the table has its subnets.

    ``ports`` are those of clients and of this server, ``served`` gives the addresses that are listened on, ``before``
    is the server that was in force until now.
    """
    hooks = HookChain()
    core = Core(settings, table, hooks, log, table.statistics, service_state, *ports)
    server = Server(core, served, before)
    reclaimer = Reclaimer(settings, table, hooks, log, table.statistics)
    return InForce(settings, SubnetIndex(settings), hooks, server, reclaimer, now)
