"""The choice of a client's name: by the rules of its pool or subnet, and its reservation."""

from __future__ import annotations

from kea_twisted import events as E
from kea_twisted.config.model import NameRules, Subnet
from kea_twisted.engine.books import PoolBook
from kea_twisted.engine.clientname import ClientName, client_name, renamed
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import DnsName
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import current_host
from kea_twisted.hooks.chain import ask
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
        name = None
        if reserved or OPT_HOST_NAME in options or OPT_FQDN in options or rules.replaces_none:
            name = client_name(exchange, address, rules, reserved, self._core.updates_names)
        return self._as_wished(exchange, subnet, rules, name) if self._core.hooks.ddns4_update else name

    def _as_wished(
        self, exchange: Exchange, subnet: Subnet, rules: NameRules, name: ClientName | None
    ) -> ClientName | None:
        """Return the name as the hook libraries want it."""
        hooks, log = self._core.hooks, self._core.log
        before = DnsName("", False, False) if name is None else DnsName(name.hostname, name.forward, name.reverse)
        after = ask("ddns4_update", hooks.ddns4_update, log, exchange.with_classes(), subnet, rules, before)
        if not isinstance(after, DnsName) or after == before:
            return name
        if E.DHCP4_HOOK_DDNS_UPDATE in log.enabled:
            pairs = [(int(old), int(new)) for old, new in zip(before[1:], after[1:], strict=True)]
            log.emit(E.DHCP4_HOOK_DDNS_UPDATE, before.hostname, after.hostname, *pairs[0], *pairs[1])
        try:
            return renamed(name, after)
        except ValueError:  # what a library made is no domain name
            return name
