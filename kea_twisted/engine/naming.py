"""The choice of a client's name: by the rules of its pool or subnet, and its reservation."""

from __future__ import annotations

from kea_twisted.config.model import Subnet
from kea_twisted.engine.books import PoolBook
from kea_twisted.engine.clientname import ClientName, client_name
from kea_twisted.engine.core import Core
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import current_host
from kea_twisted.wire.constants import OPT_FQDN, OPT_HOST_NAME


class Naming:
    """Gives names to clients that are granted an address, for one configuration."""

    __slots__ = ("_core",)

    def __init__(self, core: Core) -> None:
        self._core = core

    def name(self, exchange: Exchange, subnet: Subnet, address: int, pool: PoolBook | None) -> ClientName | None:
        """Return the name of a client with this address; None if it has none."""
        options = exchange.message.options
        host = current_host(exchange, subnet) if exchange.hosts else None
        reserved = host.hostname if host is not None else ""
        rules = (pool.pool.names if pool is not None else None) or subnet.names
        if reserved or OPT_HOST_NAME in options or OPT_FQDN in options or rules.replaces_none:
            return client_name(exchange, address, rules, reserved, self._core.updates_names)
        return None
