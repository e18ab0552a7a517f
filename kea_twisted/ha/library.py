"""``libdhcp_ha`` as a hook library: what the packet path and the control commands ask of the relationships.

With one relationship queries are filtered when they come in. With several, for the hub of many pairs, the
subnet of a query tells which one it belongs to: its user-context, or that of its shared network, names a peer
(``ha-server-name``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from kea_twisted import events as E
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.effects import Decision, Query
from kea_twisted.ha import commands, maintenance
from kea_twisted.ha.claims import Claims
from kea_twisted.ha.handedover import accepts_own_offer
from kea_twisted.ha.haservice import HaService, Probes
from kea_twisted.ha.outbox import Ticket
from kea_twisted.ha.partnerclients import answers_for, leave_to_partner
from kea_twisted.ha.reclamation import named_by_partner, reclaims
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.spokes import server_names
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Log
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.address import address_text
from kea_twisted.wire.identity import label

FOR_ALL: Final = ("ha-maintenance-start", "ha-maintenance-cancel")
"""The whole server stays or goes, in all its relationships."""

_PUNCTUAL: Final = 0.9
"""The part of heartbeat-delay after which a heartbeat is one of those that Kea sends, too."""

_WHY_NOBODYS: Final[dict[str | None, E.Event]] = {
    None: E.HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET,
    "": E.HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME,
}


class HaLibrary:
    """The hook callbacks and the backing of the ``ha-…`` commands."""

    failure_events: ClassVar[Mapping[str, E.Event]] = {
        "buffer4_receive": E.HA_BUFFER4_RECEIVE_FAILED,
        "subnet4_select": E.HA_SUBNET4_SELECT_FAILED,
        "leases4_committed": E.HA_LEASES4_COMMITTED_FAILED,
        "lease4_expire": E.HA_LEASE4_EXPIRE_FAILED,
    }
    """The messages about callbacks that fail, by hook point."""

    def __init__(self, services: Sequence[HaService], log: Log, probes: Probes | None = None) -> None:
        self.services = tuple(services)
        self.probes = probes
        self._log = log
        self._only = self.services[0] if len(self.services) == 1 else None
        self._by_name = {peer.name: each for each in self.services for peer in each.relationship.settings.peers}
        self._server_names: Mapping[int, str] = {}
        self._heartbeat_due: dict[str, float] = {}
        self._hooks = HookChain()
        self._networks: Mapping[int, frozenset[int]] = {}

    def register(self, hooks: HookChain, settings: Settings) -> None:
        """Register at the hook points. The relationships start with ``start``, when the server serves."""
        self._server_names = server_names(settings)
        self._divide_subnets()
        self._list_subnets(settings)
        if self.probes is not None:
            hooks.take_probes(self.probes.takes)
        if self._only is not None:
            hooks.register("buffer4_receive", self.buffer4_receive)
            hooks.drop_in_bulk(self.drops_all_queries)
            hooks.refuse(self.refuses)
            hooks.add("query_classes", self.query_classes)
            self._hooks = hooks
            self._only.relationship.subnets.notify(self._select_subnets)
            self._select_subnets()
        else:
            hooks.register("subnet4_select", self.subnet4_select)
            hooks.add("subnet_classes", self.subnet_classes)
        if any(service.relationship.identifiers.enabled for service in self.services):
            hooks.stand_for(partial(answers_for, self.services))
        hooks.register("leases4_committed", self.leases4_committed)
        hooks.register("lease4_expire", self.lease4_expire)
        hooks.add("named_by_others", self.is_named_by_partner)
        self._say(E.HA_CONFIGURATION_SUCCESSFUL)
        for service in self.services:
            self._remind(service.relationship.settings)
        self._say(E.HA_INIT_OK)

    def start(self) -> None:
        """Take up contact with the partners."""
        for service in self.services:
            service.driver.start()

    def unload(self) -> list[Any]:
        """End it; the connections are closed when all these awaitables have fired."""
        ended = [service.driver.stop() for service in self.services]
        if self.probes is not None:
            self.probes.stop()
        self._say(E.HA_DEINIT_OK)
        return ended

    def dhcp_side(self, ok: bool, reason: str = "") -> None:
        """This server's own DHCP side works, or does not for this reason: the partners are to know."""
        for service in self.services:
            service.driver.dhcp_side(ok, reason)

    # hook points

    def buffer4_receive(self, query: Query) -> Step | None:
        """Drop what is the partner's."""
        relationship, driver = self.services[0]
        if relationship.standstill.holds:
            return Step.DROP
        if relationship.scopes.everything:
            return None
        now = driver.now()
        if relationship.receives(query.message, now) or relationship.subnets.missing:
            return None  # where the partner lacks a subnet, the choice of the subnet decides
        if self.refuses(query, None):
            return None
        leave_to_partner(self.services[0], query, now)
        if E.HA_BUFFER4_RECEIVE_NOT_FOR_US in self._log.enabled:
            self._log.emit(E.HA_BUFFER4_RECEIVE_NOT_FOR_US, label(query.message))
        if relationship.link.interrupted(now):
            driver.perform([])  # a client that waits in vain may have brought the deadline forward
        return Step.DROP

    def refuses(self, query: Query, subnet: Subnet | None) -> bool:
        """Return True for a REQUEST that accepts an offer of before this server left the client to its partner."""
        relationship, driver = self.services[0]
        if not relationship.handed_over.active(driver.now()) or not accepts_own_offer(query):
            return False
        if subnet is not None and self._serves_all_of(subnet):
            return False
        return relationship.handed_over.holds(query.message, relationship.scopes)

    def drops_all_queries(self) -> bool:
        """Return True if ``buffer4_receive`` would drop every usual query, without a word."""
        relationship, driver = self.services[0]
        driver.notice_standstill()
        if not relationship.scopes.holds_none or relationship.subnets.missing:
            return False
        now = driver.now()
        if relationship.handed_over.active(now) or E.HA_BUFFER4_RECEIVE_NOT_FOR_US in self._log.enabled:
            return False
        return relationship.alone or not relationship.link.interrupted(now)

    def subnet4_select(self, query: Query, subnet: Subnet | None) -> Step | None:
        """Drop what is the partner's in the relationship of the subnet, and what is neither's."""
        message = query.message
        if subnet is None:
            self._say(E.HA_SUBNET4_SELECT_NO_SUBNET_SELECTED, label(message))
            return Step.DROP
        name = self._server_names.get(subnet.id)
        service = self._by_name.get(name or "")
        if service is None:
            event = _WHY_NOBODYS.get(name, E.HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET)
            self._say(event, label(message), name or subnet.text)
            return Step.DROP
        service.driver.notice_standstill()
        if service.relationship.standstill.holds:
            return Step.DROP
        if service.relationship.receives(message, service.driver.now()):
            return None
        service.relationship.recent.add(query, service.driver.now())
        self._say(E.HA_SUBNET4_SELECT_NOT_FOR_US, label(message), name)
        service.driver.perform([])
        return Step.DROP

    def select_missing(self, query: Query, subnet: Subnet | None) -> Step | None:
        """Drop the partner's queries, but for those in a network of which the partner has no subnet.

        And leave the clients of the subnets that only the partner has to it: an authoritative server refuses them.
        """
        relationship, driver = self.services[0]
        if subnet is None and relationship.subnets.lacks:
            self._say(E.HA_SUBNET4_SELECT_NO_SUBNET_SELECTED, label(query.message))
            return Step.DROP
        if relationship.scopes.holds_query(query.message) or self.refuses(query, subnet):
            return None
        if subnet is not None and self._serves_all_of(subnet):
            return None
        leave_to_partner(self.services[0], query, driver.now())
        self._say(E.HA_BUFFER4_RECEIVE_NOT_FOR_US, label(query.message))
        return Step.DROP

    def _serves_all_of(self, subnet: Subnet) -> bool:
        """Return True if the partner has no subnet of a network, so that this server serves its clients, too."""
        return self._networks[subnet.id] <= self.services[0].relationship.subnets.missing

    def _select_subnets(self) -> None:
        """Be asked about the choice of a subnet while the partner lacks some."""
        subnets = self.services[0].relationship.subnets
        self._hooks.withdraw("subnet4_select", self.select_missing)
        if subnets.missing or subnets.lacks:
            self._hooks.register("subnet4_select", self.select_missing)

    def query_classes(self, query: Query) -> tuple[str, ...]:
        """The class that says whose client sent a query: ``HA_`` and the name of the server."""
        return _query_classes(self.services[0], query)

    def subnet_classes(self, query: Query, subnet: Subnet | None) -> tuple[str, ...]:
        """The same in the relationship of the subnet."""
        service = None if subnet is None else self._of_subnet(subnet.id)
        return _query_classes(service, query) if service is not None else ()

    def leases4_committed(self, decision: Decision) -> Awaitable[object] | None:
        """Let the reply wait until the partner has the leases; an awaitable of a Step, or None."""
        if not decision.changes and E.HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE in self._log.enabled:
            self._log.emit(E.HA_LEASES4_COMMITTED_NOTHING_TO_UPDATE, label(decision.query.message))
        lease = _lease_of(decision)
        service = self._only or self._of_lease(lease)
        if service is None:
            if lease is not None:
                about = f"subnet {lease.subnet_id} names no peer"
                self._say(E.HA_LEASES4_COMMITTED_NO_RELATIONSHIP, label(decision.query.message), about)
            return None
        ticket, effects = service.relationship.committed(decision)
        awaited = service.driver.expect(ticket) if ticket is not None else None
        if effects:
            service.driver.perform(effects)
        return awaited

    def lease4_expire(self, lease: Lease) -> Step | None:
        """Leave the lease of a partner's client alone when both servers are on their own."""
        service = self._only or self._of_lease(lease)
        if service is None and self._server_names.get(lease.subnet_id) == "":
            self._say(E.HA_LEASE4_EXPIRE_INVALID_HA_SERVER_NAME, address_text(lease.address), lease.subnet_id)
        if service is None or reclaims(service.relationship, lease):
            return None
        if E.HA_LEASE4_EXPIRE_RECLAMATION_SKIP in self._log.enabled:
            self._log.emit(E.HA_LEASE4_EXPIRE_RECLAMATION_SKIP, address_text(lease.address))
        return Step.SKIP

    def is_named_by_partner(self, lease: Lease) -> bool:
        """Return True if the partner serves the client of a lease, and so removes its names from the DNS."""
        service = self._only or self._of_lease(lease)
        return service is not None and named_by_partner(service.relationship, lease)

    # commands

    def command(self, name: str, arguments: object, now: float) -> Json:
        """Carry out one of the ``ha-…`` commands: the answer or an awaitable of it. KeyError: no such one."""
        if name in FOR_ALL and self._only is None:
            return self._run_for_all(name, arguments)
        try:
            return _run(self._only or self._chosen(arguments), name, arguments)
        except ValueError as error:
            return maintenance.answer(1, str(error))

    def heartbeat_is_due(self, arguments: object) -> bool:
        """Return True once in ``heartbeat-delay`` for each partner, which may ask more often to see our end soon."""
        name = arguments.get("server-name") if isinstance(arguments, Mapping) else None
        service = self._by_name.get(name) if isinstance(name, str) else None
        if name is None or service is None:
            return True
        now = service.driver.now()
        if now < self._heartbeat_due.get(name, now):
            return False
        self._heartbeat_due[name] = now + _PUNCTUAL * service.relationship.settings.heartbeat_delay
        return True

    def status(self, now: float) -> list[dict[str, Json]]:
        """The part of status-get that is about the relationships."""
        try:
            return [commands.status(service.relationship, service.driver.now()) for service in self.services]
        except Exception as error:
            self._say(E.HA_COMMAND_PROCESSED_FAILED, error)
            raise

    def deleted(self, leases: Sequence[Lease]) -> None:
        """A command deleted leases: the partners are to delete them, too."""
        for service in self.services:
            own = [lease for lease in leases if (self._only or self._of_lease(lease)) is service]
            if own:
                service.driver.perform(service.relationship.deleted(own))

    def was_deleted(self, lease: Lease) -> bool:
        """Return True if a command deleted a lease of the partner's update here after its client had it last."""
        found = False
        for each, _ in self.services:
            if each.updates.deletions.covers_update(lease, each.wall(), each.link.skew):
                each.updates.owe((lease.address,))  # the partner has it, so it is to hear of this again
                found = True
        return found

    def kept(self, lease: Lease) -> None:
        """The partner deleted a lease of before this one, which it does not know: it is owed to the partner."""
        service = self._only or self._of_lease(lease)
        if service is not None:
            service.relationship.updates.owe((lease.address,))

    def claims(self, lease: Lease) -> Claims | None:
        """Return the claims of the relationship that a lease belongs to."""
        service = self._only or self._of_lease(lease)
        return None if service is None else service.relationship.claims

    def gave(self, lease: Lease) -> bool | None:
        """Return True if this server gave a lease, False if its partner did; None if that is not known."""
        service = self._only or self._of_lease(lease)
        return None if service is None else service.relationship.history.gave(lease, service.relationship.scopes)

    async def _run_for_all(self, name: str, arguments: object) -> maintenance.Answer:
        """One relationship after the other, until one refuses: the last answer counts."""
        answer: maintenance.Answer = {}
        for service in self.services:
            found = _run(service, name, arguments)
            answer = found if isinstance(found, dict) else await found
            if answer["result"]:
                break
        return answer

    def _chosen(self, arguments: object) -> HaService:
        """The relationship that a command is for: ``server-name`` is that of any of its peers.

        Without one it is the first, as measured with a real Kea.
        """
        name = arguments.get("server-name") if isinstance(arguments, Mapping) else None
        if not isinstance(name, str):
            return self.services[0]
        if name not in self._by_name:
            raise ValueError(f"{name} matches no configured 'server-name'")
        return self._by_name[name]

    def _of_lease(self, lease: Lease | None) -> HaService | None:
        if lease is None:
            return None
        return self._of_subnet(lease.subnet_id)

    def _of_subnet(self, subnet_id: int) -> HaService | None:
        return self._by_name.get(self._server_names.get(subnet_id, ""))

    def _divide_subnets(self) -> None:
        """Let each relationship fetch the leases of its own subnets only; all leases where none names it."""
        for service in self.services:
            names = self._server_names.items()
            own = [subnet_id for subnet_id, name in names if self._by_name.get(name) is service]
            service.relationship.outbox.restrict(own)

    def _list_subnets(self, settings: Settings) -> None:
        """Tell each relationship its subnets, to be compared with the partner's."""
        networks = {
            network.name: frozenset(each.id for each in network.subnets) for network in settings.shared_networks
        }
        self._networks = {
            subnet.id: networks.get(subnet.shared_network, frozenset((subnet.id,))) for subnet in settings.subnets
        }
        for service in self.services:
            own = service.relationship.outbox.subnets
            listed = {subnet.id: subnet.text for subnet in settings.subnets if not own or subnet.id in own}
            service.relationship.subnets.configure(listed)
            service.relationship.heartbeat.hasten(service.driver.now())

    def _remind(self, settings: HaSettings) -> None:
        """Say what is unusual."""
        name = settings.this_server_name
        if not settings.send_lease_updates:
            self._say(E.HA_CONFIG_LEASE_UPDATES_DISABLED, name)
        if not settings.sync_leases:
            self._say(E.HA_CONFIG_LEASE_SYNCING_DISABLED, name)
        if settings.send_lease_updates != settings.sync_leases:
            values = (str(settings.send_lease_updates).lower(), str(settings.sync_leases).lower())
            self._say(E.HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER, name, *values)
        if not settings.me.auto_failover:
            self._say(E.HA_CONFIG_AUTO_FAILOVER_DISABLED, name)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)


def _query_classes(service: HaService, query: Query) -> tuple[str, ...]:
    name = service.relationship.scopes.query_class(query.message)
    return (name,) if name else ()


def _run(service: HaService, name: str, arguments: object) -> Json:
    """The answer of one relationship, or an awaitable of it."""
    relationship, driver = service
    answer = commands.run(relationship, name, arguments, driver.now())
    awaited = driver.expect(answer) if isinstance(answer, Ticket) else answer
    driver.perform(relationship.outbox.take())
    return awaited


def _lease_of(decision: Decision) -> Lease | None:
    if decision.changes:
        return decision.changes[0].lease
    return decision.lease if isinstance(decision.lease, Lease) else None
