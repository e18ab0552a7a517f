"""``libdhcp_ha`` as a hook library: what the packet path and the control commands ask of the relationship."""

from __future__ import annotations

from typing import Any, Protocol

from zope.interface import implementer

from kea_twisted import events as E
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.ha import commands
from kea_twisted.ha.outbox import Effect, Ticket
from kea_twisted.ha.relationship import Relationship
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import IHookLibrary
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import label


class Driver(Protocol):
    """What carries out effects: the clock and the connections are behind it."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def perform(self, effects: list[Effect]) -> None:
        """Carry out effects, and mind the relationship's deadline."""

    def expect(self, ticket: Ticket) -> Any:
        """An awaitable of the ticket's value. To be called before the effects are performed."""

    def start(self) -> None:
        """Start the relationship."""

    def stop(self) -> Any:
        """Stop it; an awaitable of the end of all connections."""


@implementer(IHookLibrary)
class HaLibrary:
    """The hook callbacks and the backing of the ``ha-…`` commands. One relationship."""

    def __init__(self, relationship: Relationship, driver: Driver, log: Any) -> None:
        self.relationship = relationship
        self._driver = driver
        self._log = log

    def load(self, host: Any) -> None:
        """Register at the hook points. The relationship starts with ``start``, when the server serves."""
        host.hooks.register("buffer4_receive", self.buffer4_receive)
        host.hooks.query_classes += (self.query_classes,)
        host.hooks.register("leases4_committed", self.leases4_committed)
        host.hooks.register("lease4_expire", self.lease4_expire)
        settings = self.relationship.settings
        self._say(E.HA_CONFIGURATION_SUCCESSFUL)
        if not settings.send_lease_updates:
            self._say(E.HA_CONFIG_LEASE_UPDATES_DISABLED, settings.this_server_name)
        if not settings.sync_leases:
            self._say(E.HA_CONFIG_LEASE_SYNCING_DISABLED, settings.this_server_name)
        if settings.send_lease_updates != settings.sync_leases:
            values = (str(settings.send_lease_updates).lower(), str(settings.sync_leases).lower())
            self._say(E.HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER, settings.this_server_name, *values)
        if not settings.me.auto_failover:
            self._say(E.HA_CONFIG_AUTO_FAILOVER_DISABLED, settings.this_server_name)
        self._say(E.HA_INIT_OK)

    def start(self) -> None:
        """Take up contact with the partner."""
        self._driver.start()

    def unload(self) -> Any:
        """End it; the connections are closed when the awaitable fires."""
        ended = self._driver.stop()
        self._say(E.HA_DEINIT_OK)
        return ended

    def buffer4_receive(self, query: Query) -> Step | None:
        """Drop what is the partner's."""
        relationship = self.relationship
        if relationship.scopes.everything or relationship.receives(query.message, self._driver.now()):
            return None
        if E.HA_BUFFER4_RECEIVE_NOT_FOR_US in self._log.enabled:
            self._log.emit(E.HA_BUFFER4_RECEIVE_NOT_FOR_US, label(query.message))
        self._driver.perform([])  # a client that waits in vain may have brought the deadline forward
        return Step.DROP

    def query_classes(self, _query: Query) -> tuple[str, ...]:
        """The class that says whose client sent a query: ``HA_`` and the name of the server."""
        return (self.relationship.scopes.query_class,)

    def leases4_committed(self, decision: Decision) -> Any:
        """Let the reply wait until the partner has the leases; an awaitable of a Step, or None."""
        if not decision.changes and E.HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE in self._log.enabled:
            self._log.emit(E.HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE, label(decision.query.message))
        ticket, effects = self.relationship.committed(decision)
        awaited = self._driver.expect(ticket) if ticket is not None else None
        if effects:
            self._driver.perform(effects)
        return awaited

    def lease4_expire(self, lease: Lease) -> Step | None:
        """Leave the lease of a partner's client alone when both servers are on their own."""
        if self.relationship.reclaims(lease):
            return None
        if E.HA_LEASE4_EXPIRE_RECLAMATION_SKIP in self._log.enabled:
            self._log.emit(E.HA_LEASE4_EXPIRE_RECLAMATION_SKIP, address_text(lease.address))
        return Step.SKIP

    def command(self, name: str, arguments: Any, now: float) -> Any:
        """Carry out one of the ``ha-…`` commands: the answer or an awaitable of it. KeyError: no such one."""
        answer = commands.run(self.relationship, name, arguments, now)
        awaited = self._driver.expect(answer) if isinstance(answer, Ticket) else answer
        self._driver.perform(self.relationship.outbox.take())
        return awaited

    def status(self, now: float) -> dict[str, Any]:
        """The part of status-get that is about this relationship."""
        return commands.status(self.relationship, now)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
