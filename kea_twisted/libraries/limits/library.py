"""The library as the library table names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kea_twisted.config.model import HookLibrary, Settings, Subnet
from kea_twisted.engine.effects import Query
from kea_twisted.errors import Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.chain import HookChain
from kea_twisted.hooks.library import HookHost
from kea_twisted.hooks.points import Step
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.context import with_isc
from kea_twisted.lease.lease import Lease
from kea_twisted.libraries.base import KeaLibrary
from kea_twisted.libraries.limits import messages as M
from kea_twisted.libraries.limits.counts import CLASSES, ClassCounts, Moments
from kea_twisted.libraries.limits.rules import Bounds, Rate, read
from kea_twisted.wire.address import address_text

EXCEEDED: Final = "pkt4-limit-exceeded"
_MANY: Final = 10000


class Limits(KeaLibrary):
    """Limits of queries and leases by class and subnet."""

    events = M.EVENTS
    own_events = M.OWN

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self._bounds = Bounds({}, {}, {}, {}, frozenset())
        self._of_classes: dict[str, Moments] = {}
        self._many = _MANY
        self._of_subnets: dict[int, Moments] = {}
        self._counts = ClassCounts()

    @classmethod
    def check_settings(cls, entry: HookLibrary, settings: Settings, problems: Problems) -> None:
        """Report limits that cannot be used."""
        read(settings, problems)

    def load(self, host: HookHost) -> None:
        """Follow the lease table."""
        super().load(host)
        host.table.subscribe(self._counts)

    def register(self, hooks: HookChain) -> None:
        """Take part, and have every query classified."""
        super().register(hooks)
        hooks.read_classes()

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Take the limits of a configuration; what was counted stays."""
        self._bounds = bounds = read(settings, Problems())
        self._counts.recount(self.host.table.store)
        for event, limits in (
            (M.ADDRESSES_BY_CLASS, bounds.class_addresses), (M.ADDRESSES_BY_SUBNET, bounds.subnet_addresses),
        ):  # fmt: skip
            for name, number in limits.items():
                self._log(event, number, name)
        for event, rates in ((M.RATE_BY_CLASS, bounds.class_rates), (M.RATE_BY_SUBNET, bounds.subnet_rates)):
            for name, rate in rates.items():
                self._log(event, rate.text, name)

    def pkt4_receive(self, query: Query) -> Step | None:
        """Drop a query if the rate of one of its classes is reached."""
        rates = self._bounds.class_rates
        if not rates:
            return None
        now = self.host.timers.seconds()
        passed: list[Moments] = []
        for defined, name in self._limited(query, rates):
            rate = rates[defined]
            moments = self._of_classes.get(name)
            if moments is None:
                moments = self._new(name, now)
            if not moments.has_room(rate, now):
                self._log(M.CLASS_DROPPED, ", ".join(query.classes), rate.text, name)
                self.host.statistics.count(EXCEEDED)
                return Step.DROP
            passed.append(moments)
        for moments in passed:
            moments.add(now)
        if passed:
            self._log(M.CLASS_HONORED, ", ".join(query.classes))
        return None

    def subnet4_select(self, query: Query, subnet: Subnet | None) -> Subnet | None | Step:
        """Drop a query if the rate of its subnet is reached."""
        if subnet is None:
            self._log(M.NO_SUBNET)
            return None
        rate = self._bounds.subnet_rates.get(subnet.id)
        if rate is None:
            return None
        moments = self._of_subnets.get(subnet.id)
        if moments is None:
            moments = self._of_subnets[subnet.id] = Moments()
        now = self.host.timers.seconds()
        if not moments.has_room(rate, now):
            self._log(M.SUBNET_DROPPED, subnet.id, rate.text)
            self.host.statistics.count(EXCEEDED)
            return Step.DROP
        moments.add(now)
        self._log(M.SUBNET_HONORED, subnet.id, rate.text)
        return None

    def lease4_select(self, query: Query, lease: Lease, offered: bool) -> Lease | Step | None:
        """Return the lease with the classes of the client, or SKIP if it were one too many.

        DROP: it may be, as leases of its classes are still read from a database.
        """
        bounds = self._bounds
        names = list(self._limited(query, bounds.class_addresses)) if bounds.class_addresses else []
        limit = bounds.subnet_addresses.get(lease.subnet_id)
        if names or limit is not None:
            excess = self._excess(names, lease.subnet_id, limit)
            if excess:
                self._log(M.EXCEEDED, excess)
                return Step.SKIP
            if names and self.host.table.progress is not None:
                self._log(M.UNREAD, address_text(lease.address))
                return Step.DROP
            self._log(M.WITHIN, address_text(lease.address))
        return _with_classes(lease, query)

    def lease4_renew(self, query: Query, lease: Lease) -> Lease | None:
        """Return the lease with the classes of the client; None: it has them already."""
        return _with_classes(lease, query)

    def unload(self) -> None:
        """Follow the lease table no longer."""
        self.host.table.unsubscribe(self._counts)

    def _new(self, name: str, now: float) -> Moments:
        """Begin to count a class; clients choose the names of spawned ones, so those at rest are forgotten."""
        if len(self._of_classes) >= self._many:
            since = now - max(rate.seconds for rate in self._bounds.class_rates.values())
            self._of_classes = {name: each for name, each in self._of_classes.items() if each.latest >= since}
            self._many = max(_MANY, 2 * len(self._of_classes))
        made = self._of_classes[name] = Moments()
        return made

    def _excess(self, names: list[tuple[str, str]], subnet_id: int, subnet_limit: int | None) -> str:
        for defined, name in names:
            limit = self._bounds.class_addresses[defined]
            count = self._counts.of(name) if limit else 0
            if count >= limit:
                return f'address limit {limit} for client class "{name}", current lease count {count}'
        if subnet_limit is not None:
            count = self.host.statistics.value(f"subnet[{subnet_id}].assigned-addresses") if subnet_limit else 0
            if count >= subnet_limit:
                return f"address limit {subnet_limit} for subnet ID {subnet_id}, current lease count {count}"
        return ""

    def _limited(self, query: Query, limits: Mapping[str, Rate] | Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Yield the classes of a query with a limit: the name under which it is defined, and the one that counts."""
        classes = query.classes
        for defined in limits:
            if defined in self._bounds.templates:
                start = f"SPAWN_{defined}_"
                for name in classes:
                    if name.startswith(start):
                        yield defined, name
            elif defined in classes:
                yield defined, defined

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


def _with_classes(lease: Lease, query: Query) -> Lease | None:
    context = with_isc(lease.user_context, CLASSES, list(query.classes))
    return None if context == lease.user_context else lease._replace(user_context=context)
