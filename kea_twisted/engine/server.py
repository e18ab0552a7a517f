"""The DHCP server for one configuration: takes queries through the steps, in ``engine.steps``, to decisions.

Decisions are synchronous: no two mix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted import events as E
from kea_twisted.engine import accept, hookpoints, steps
from kea_twisted.engine.arrivals import DISABLED_ON_ARRIVAL, NOT_FOR_US_ON_ARRIVAL, report_disabled
from kea_twisted.engine.core import Core
from kea_twisted.engine.effects import Decision, Outcome, Parked, Query
from kea_twisted.engine.exchange import Exchange
from kea_twisted.engine.hosts import reserve, reserve_stored
from kea_twisted.engine.parts import Parts
from kea_twisted.engine.steps import (
    ARRIVAL,
    RECEPTION,
    ArrivalTake,
    ReceptionTake,
    Verdict,
    ask_pkt4_receive,
    count_received,
    log_accepted,
)

_ARRIVAL: Final = tuple([step.take for step in ARRIVAL])
_RECEPTION: Final = tuple([step.take for step in RECEPTION])
_OF_DISABLED: Final = (E.DHCP4_BUFFER_RECEIVED, E.DHCP4_PACKET_DROP_0008)
_AGAIN: Final = tuple([take for take in _RECEPTION if take not in (count_received, log_accepted, ask_pkt4_receive)])


class Server:
    """The DHCP server for one configuration. A new configuration makes a new one on the same table.

    ``served`` gives the addresses that are listened on at present: a client may name any of them as server
    identifier. ``before`` is the server that was in force until now.
    """

    def __init__(
        self, core: Core, served: Callable[[], frozenset[int]] = frozenset, before: Server | None = None
    ) -> None:
        settings, table = core.settings, core.table
        core.statistics.set_defaults(settings.statistic_default_sample_count, settings.statistic_default_sample_age)
        table.configure(settings.subnets)
        reserve(table, settings)
        if core.host_lookup is not None:
            reserve_stored(table, settings, core.host_lookup.reserved)
        self.core = core
        self.parts: Parts = Parts(core, served, before.parts.allocation if before is not None else None)
        self._seen: tuple[object, ...] = ()  # what ``steps.step_conditions`` goes by; the first batch finds out
        self._arrival: tuple[ArrivalTake, ...] = _ARRIVAL
        self._reception: tuple[ReceptionTake, ...] = _RECEPTION

    def begin_batch(self) -> None:
        """Leave out steps that would do nothing for any of the queries until the next call.

        Nothing but the queries themselves happens meanwhile: no command, no reconfiguration.
        """
        core = self.core
        if core.log.enabled is not core.levels:
            core.read_levels()
        seen = (
            core.levels, core.hooks.changes, core.classifier, core.service_state.enabled,
            not core.settings.hosts.by_subnet,
        )  # fmt: skip
        if seen != self._seen:
            self._seen = seen
            self._arrival, self._reception = steps.needed(steps.step_conditions(self.parts))

    def receive(self, query: Query, now: float) -> Exchange | Parked | None:
        """Take the first half of the steps: accept the query, classify it, choose its subnet. Never raises.

        To be called after ``begin_batch``.
        Return an Exchange for ``decide``, Parked if a hook library wants time, or None: the query was dropped.
        ``now`` is in seconds since the epoch.
        """
        parts = self.parts
        parts.core.statistics.now = now
        for take in self._arrival:
            taken = take(parts, query)
            if taken is None:
                return None
            query = taken
        exchange = Exchange(query, now)
        try:
            for step in self._reception:
                verdict = step(parts, exchange)
                if verdict is not None:
                    return self._turned(verdict, step)
            return exchange
        except Exception as error:  # ours, not the client's: one packet must not stop the others
            accept.fault(parts.core, exchange, error)
        return None

    def decide(self, exchange: Exchange) -> Outcome:
        """Take the second half of the steps; the reply of a Decision may be a draft. Never raises.

        Return None when nothing is to be answered or written. The changes of a Decision are in the table already.
        A query that waits for a hook library is returned as Parked; it has changed nothing.
        """
        self.core.statistics.now = exchange.time
        try:
            return steps.answer(self.parts, exchange)
        except Exception as error:
            accept.fault(self.core, exchange, error)
        return None

    def resume(self, parked: Parked, answer: object, now: float) -> Exchange | Outcome:
        """Continue with a parked query; ``answer`` is the result of its awaitable, or the error.

        Return an Exchange for ``decide`` if the query waited in the first half of the steps and has taken them all now.
        Others may have been decided about meanwhile; when this server is not the one in force any more, the
        query is to be dropped instead.
        """
        exchange: Exchange = parked.exchange
        self.core.statistics.now = now
        exchange.now, exchange.time = int(now), now
        try:
            if self.core.service_state.enabled:
                return self._go_on(parked, exchange, answer)
            report_disabled(self.core, exchange.query)
        except Exception as error:
            accept.fault(self.core, exchange, error)
        return None

    def decide_again(self, query: Query, now: float) -> Outcome:
        """Decide again about a query that was accepted before: another server was faster with what it was to get."""
        core, exchange = self.core, Exchange(query, now)
        core.statistics.now = now
        try:
            if not core.service_state.enabled:
                report_disabled(core, query)
                return None
            for take in _AGAIN:
                verdict = take(self.parts, exchange)
                if verdict is not None:
                    return verdict._replace(next_step=_next(take)) if isinstance(verdict, Parked) else None
            return steps.answer(self.parts, exchange)
        except Exception as error:
            accept.fault(core, exchange, error)
        return None

    def bulk_drop_counters(self, steady: Callable[[], float]) -> tuple[str, ...]:
        """Return the counters of a query dropped without ``receive``; they are the same for all client messages.

        Empty: queries have to be decoded. That holds until something else is done. ``steady`` is the timers' clock.
        """
        core = self.core
        logged = core.log.enabled
        if not core.service_state.enabled:
            core.service_state.expire(steady())
        if not core.service_state.enabled:
            return () if not logged.isdisjoint(_OF_DISABLED) else DISABLED_ON_ARRIVAL
        drops_all = core.hooks.drops_all_queries
        if drops_all is None or not drops_all() or len(core.hooks.buffer4_receive) != 1:
            return ()
        return () if E.DHCP4_BUFFER_RECEIVED in logged else NOT_FOR_US_ON_ARRIVAL

    def _turned(self, verdict: Verdict, step: ReceptionTake) -> Exchange | Parked | None:
        """Do what a step of reception wants: drop the query, let it wait, or continue with another one in its place."""
        behind = _next(step)
        if isinstance(verdict, Parked):
            return verdict._replace(next_step=behind)
        return self._receive(verdict, behind) if isinstance(verdict, Exchange) else None

    def _receive(self, exchange: Exchange, first: int) -> Exchange | Parked | None:
        """Take the steps of reception from the one with this number on."""
        for step in _RECEPTION[first:]:
            verdict = step(self.parts, exchange)
            if verdict is not None:
                return self._turned(verdict, step)
        return exchange

    def _go_on(self, parked: Parked, exchange: Exchange, answer: object) -> Exchange | Outcome:
        outcome = hookpoints.wait_or(parked.waiting.go_on(answer), exchange, parked.then)
        if isinstance(outcome, Exchange):
            return self._receive(outcome, parked.next_step)
        if isinstance(outcome, Parked):
            return outcome._replace(next_step=parked.next_step)
        return outcome if isinstance(outcome, Decision) else None


def _next(step: Callable[[Parts, Exchange], Verdict]) -> int:
    """Return the number of the step of reception behind this one."""
    return _RECEPTION.index(step) + 1
