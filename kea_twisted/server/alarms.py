"""The alarms of a running server: it is looked at once a second, and what is worth an alarm goes to the webhook."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from kea_twisted import events as E
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.adapters.system.webhook import Post, Webhook
from kea_twisted.config.alarms import CONFLICT, HA_STATE, POOL, SOCKETS, AlarmSettings, alarm_settings
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.alarms import Alarm, AlarmWatch, Step, Use, given_twice
from kea_twisted.engine.statistics import Statistics
from kea_twisted.interfaces import Log, Timer
from kea_twisted.wire.address import address_text

if TYPE_CHECKING:
    from kea_twisted.ha.conflicts import Conflict
    from kea_twisted.ha.haservice import HaService
    from kea_twisted.ha.library import HaLibrary

PERIOD: Final = 1.0
POOL_PERIOD: Final = 60.0
"""Seconds between two looks."""

SLICE: Final = 1000
"""Subnets that are looked at in one go."""

Item = TypeVar("Item")


class Health(Protocol):
    """The ability of the server to do its part."""

    @property
    def fault(self) -> str:
        """The reason why it cannot; "" if it can."""


class Watched(Protocol):
    """The part of the server that alarms are about."""

    @property
    def settings(self) -> Settings:
        """The configuration in force."""

    @property
    def statistics(self) -> Statistics:
        """The counters."""

    @property
    def health(self) -> Health:
        """Its health."""

    @property
    def ha(self) -> HaLibrary | None:
        """The HA library, when it is loaded."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...


class Alarms:
    """Sends the alarms of a server, if its configuration names a URL. ``post`` replaces the way that they are sent."""

    def __init__(self, reactor: Reactor, log: Log, server: Watched, post: Post | None = None) -> None:
        self._reactor = reactor
        self._log = log
        self._server = server
        self._post = post
        self._settings: AlarmSettings | None = None
        self._watch = AlarmWatch(0)
        self._webhook: Webhook | None = None
        self._timers: dict[str, Timer] = {}
        self._seen: dict[int, tuple[object, int]] = {}
        self._seen_conflicts: dict[int, tuple[object, int]] = {}

    def use(self, settings: Settings) -> None:
        """Send alarms as a configuration wants them; what is the same goes on."""
        configured = alarm_settings(settings.tree)
        if configured == self._settings:
            return
        self.stop()
        self._settings = configured
        if configured is None:
            return
        self._webhook = Webhook(self._reactor, configured.url, self._way(), partial(self._report, configured.host))
        self._watch = AlarmWatch(configured.pool_threshold)
        self._seen, self._seen_conflicts = {}, {}
        for service in self._services():
            self._fresh(service)
            self._fresh_conflicts(service)
        self._every(PERIOD, self._look)
        if POOL in configured.kinds:
            self._every(POOL_PERIOD, self._look_at_pools)

    def stop(self) -> None:
        """End it."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers = {}
        if self._webhook is not None:
            self._webhook.stop()
        self._webhook, self._settings = None, None

    def _way(self) -> Post:
        if self._post is not None:
            return self._post
        from kea_twisted.adapters.system.poster import Poster  # for servers that send alarms

        return Poster(self._reactor)

    def _every(self, period: float, look: Callable[[], None]) -> None:
        def again() -> None:
            self._timers[str(period)] = self._reactor.callLater(period, again)
            look()

        self._timers[str(period)] = self._reactor.callLater(period, again)

    def _look(self) -> None:
        server, watch = self._server, self._watch
        self._send(HA_STATE, watch.steps(step for service in self._services() for step in self._fresh(service)))
        self._send(SOCKETS, watch.fault(server.health.fault))
        refused = {
            address_text(address): reason
            for service in self._services()
            for address, reason in service.relationship.updates.reasons.items()
        }
        self._send(CONFLICT, watch.conflicts(server.statistics.value("declined-addresses"), refused))
        twice = [conflict for service in self._services() for conflict in self._fresh_conflicts(service)]
        self._send(CONFLICT, watch.given_twice([given_twice(address_text(each[0]), *each[1:]) for each in twice]))

    def _services(self) -> Sequence[HaService]:
        return self._server.ha.services if self._server.ha is not None else ()

    def _fresh(self, service: HaService) -> list[Step]:
        """Return the steps of a relationship since the last look, those that are still kept."""
        history = service.relationship.history
        new = _new(self._seen, service, history, history.count)
        return [Step(each.server, each.before, each.after, each.reason) for each in _last(history.steps, new)]

    def _fresh_conflicts(self, service: HaService) -> list[Conflict]:
        """Return the conflicts of a relationship since the last look, those that are still kept."""
        conflicts = service.relationship.conflicts
        return _last(conflicts.recent, _new(self._seen_conflicts, service, conflicts, conflicts.count))

    def _look_at_pools(self) -> None:
        self._read_pools(iter(self._server.settings.subnets), [])

    def _read_pools(self, left: Iterable[Subnet], uses: list[Use]) -> None:
        """Read the counters of some subnets, and go on in the next turn of the reactor."""
        some = list(islice(left, SLICE))
        uses += [self._use_of(subnet) for subnet in some]
        if len(some) == SLICE:
            self._timers["pools"] = self._reactor.callLater(0, self._read_pools, left, uses)
            return
        self._timers.pop("pools", None)
        self._send(POOL, self._watch.pools(uses))

    def _use_of(self, subnet: Subnet) -> Use:
        names = [f"subnet[{subnet.id}].{what}-addresses" for what in ("assigned", "total")]
        assigned, total = self._server.statistics.values(names)
        return Use(subnet.id, subnet.text, assigned, total)

    def _send(self, kind: str, found: Iterable[Alarm]) -> None:
        if self._settings is None or self._webhook is None or kind not in self._settings.kinds:
            return
        for alarm in found:
            self._webhook.send(
                {
                    "kind": alarm.kind,
                    "severity": alarm.severity,
                    "server": next((service.relationship.name for service in self._services()), "") or platform.node(),
                    "host": platform.node(),
                    "time": datetime.fromtimestamp(self._server.now(), UTC).isoformat(timespec="seconds"),
                    "text": alarm.text,
                    "details": dict(alarm.details),
                }
            )

    def _report(self, host: str, reason: str, given_up: bool) -> None:
        self._log.emit(E.DHCP4_ALARM_FAILED, host, reason, "it is dropped" if given_up else "it is tried again")


def _new(seen: dict[int, tuple[object, int]], service: HaService, record: object, count: int) -> int:
    """Return how many are new in a record of a relationship, which is another one after a reconfiguration."""
    key = service.relationship.settings.id
    before, known = seen.get(key, (None, 0))
    seen[key] = record, count
    return count - (known if before is record else 0)


def _last(kept: Iterable[Item], count: int) -> list[Item]:
    return list(kept)[-count:] if count > 0 else []
