"""Reclamation of expired leases (Kea: ``AllocEngine::reclaimExpiredLeases4``).

``run`` marks expired leases as reclaimed, and takes declined addresses back into use; ``flush`` deletes those
that have been reclaimed for long. Between the two a returning client still finds its address (lease
affinity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from kea_twisted import events as E
from kea_twisted.config.model import Settings
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.nameupdates import NameUpdates
from kea_twisted.engine.statistics import Statistics
from kea_twisted.hooks.chain import HookChain, consult
from kea_twisted.hooks.points import Step
from kea_twisted.interfaces import Log
from kea_twisted.lease.context import hardware_type, with_hardware_type
from kea_twisted.lease.lease import DECLINED, RECLAIMED, Change, Lease
from kea_twisted.wire.address import address_text

_SLICE: Final = 250  # leases in one go: some three milliseconds
_FURTHER: Final = 1000  # leases that a run looks at for one that a hook library gives up


class Reclaimer:
    """Reclamation for one configuration. What it changes is in the table; the caller saves it."""

    def __init__(
        self,
        settings: Settings,
        table: LeaseTable,
        hooks: HookChain,
        log: Log,
        statistics: Statistics,
        names: NameUpdates | None = None,
    ) -> None:
        self._rules = settings.expired_leases_processing
        self._table = table
        self._hooks = hooks
        self._log = log
        self._statistics = statistics
        self._names = names
        self._unfinished = 0  # runs in a row that left something over
        self._round: Iterator[Lease] | None = None  # where the next run continues, with hook libraries

    def run(self, now: float, clock: Callable[[], float] | None = None) -> list[Change]:
        """All of ``run_slices`` in one go: for commands and small numbers."""
        return [change for changes in self.run_slices(now, clock) for change in changes]

    def run_slices(self, now: float, clock: Callable[[], float] | None = None) -> Iterator[list[Change]]:
        """Reclaim up to ``max-reclaim-leases`` expired leases, for at most ``max-reclaim-time``.

        ``clock`` (seconds, any start) measures that time; without it there is no such bound. A slice takes a
        few milliseconds; what it changed is to be saved before the next one is asked for.
        """
        self._statistics.now = now
        limit, ends = self._rules.max_reclaim_leases, self._end(clock)
        if E.ALLOC_ENGINE_V4_LEASES_RECLAMATION_START in self._log.enabled:
            self._log.emit(E.ALLOC_ENGINE_V4_LEASES_RECLAMATION_START, limit, self._rules.max_reclaim_time)
        changes: list[Change] = []
        count = 0
        finished = True
        for looked_at, lease in enumerate(self._due(int(now), limit), 1):
            if (limit and count >= limit) or (clock is not None and ends is not None and clock() >= ends):
                finished = False
                break
            if self._may_reclaim(lease):
                changes.append(self._reclaim(lease))
                count += 1
            if looked_at % _SLICE == 0:
                yield changes
                changes = []
        self._report(count, finished)
        yield changes

    def flush(self, now: float) -> list[Change]:
        """All of ``flush_slices`` in one go."""
        return [change for changes in self.flush_slices(now) for change in changes]

    def flush_slices(self, now: float) -> Iterator[list[Change]]:
        """Delete the leases that were reclaimed more than ``hold-reclaimed-time`` seconds ago, as above."""
        self._statistics.now = now
        count = 0
        over = self._table.store.walk_reclaimed(int(now) - self._rules.hold_reclaimed_time)
        while True:
            changes = [Change(lease, True) for lease in islice(over, _SLICE)]
            self._table.apply_all(changes)
            count += len(changes)
            if len(changes) < _SLICE:
                break
            yield changes
        if E.ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE in self._log.enabled:
            self._log.emit(E.ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE, count)
        yield changes

    def _due(self, now: int, limit: int) -> Iterator[Lease]:
        """The leases to examine. Those that a hook library keeps stay at the head of the queue.

        Then a run examines a bounded number more, and the next one continues from there.
        """
        store = self._table.store
        if not (self._hooks.lease4_expire or self._hooks.lease4_recover) or not limit:
            yield from store.walk_expired(now)
            return
        if self._round is None:
            self._round = store.walk_expired(now)
        bound = limit + _FURTHER
        looked_at = 0
        for lease in islice(self._round, bound):
            looked_at += 1
            current = store.get(lease.address)
            if current == lease:
                yield lease
        if looked_at < bound:
            self._round = None

    def _end(self, clock: Callable[[], float] | None) -> float | None:
        if clock is None or not self._rules.max_reclaim_time:
            return None
        return clock() + self._rules.max_reclaim_time / 1000

    def _may_reclaim(self, lease: Lease) -> bool:
        callbacks = self._hooks.lease4_expire
        if callbacks and consult("lease4_expire", callbacks, self._log, lease) is Step.SKIP:
            return False
        callbacks = self._hooks.lease4_recover if lease.state == DECLINED else ()
        return not callbacks or consult("lease4_recover", callbacks, self._log, lease) is not Step.SKIP

    def _reclaim(self, lease: Lease) -> Change:
        """A declined lease is deleted; others are kept as reclaimed, if a timer will flush them."""
        declined = lease.state == DECLINED
        if declined and E.ALLOC_ENGINE_V4_DECLINED_RECOVERED in self._log.enabled:
            self._log.emit(E.ALLOC_ENGINE_V4_DECLINED_RECOVERED, address_text(lease.address), lease.valid_lifetime)
        if declined or not self._rules.flush_reclaimed_timer_wait_time:
            change = Change(lease, True)
        else:
            context = lease.user_context
            context = with_hardware_type("", hardware_type(context)) if context else ""
            change = Change(
                lease._replace(state=RECLAIMED, hostname="", fqdn_fwd=False, fqdn_rev=False, user_context=context)
            )
        if self._names is not None and lease.hostname:
            self._remove_names(lease)
        self._table.count_reclaimed(lease)
        self._table.apply(change)
        if E.ALLOC_ENGINE_LEASE_RECLAIMED in self._log.enabled:
            self._log.emit(E.ALLOC_ENGINE_LEASE_RECLAIMED, address_text(lease.address))
        return change

    def _remove_names(self, lease: Lease) -> None:
        """Have the names of an expired lease removed, unless another server does it.

        That need not wait for the lease to be written: one that is still there after a crash is reclaimed again.
        """
        others = self._hooks.named_by_others
        if self._names is not None and not (others and any(is_named(lease) for is_named in others)):
            self._names.update(Change(lease, True))

    def _report(self, count: int, finished: bool) -> None:
        if E.ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE in self._log.enabled:
            self._log.emit(E.ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE, count)
        self._unfinished = 0 if finished else self._unfinished + 1
        warn_after = self._rules.unwarned_reclaim_cycles
        if warn_after and self._unfinished > warn_after:
            self._unfinished = 0
            if E.ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW in self._log.enabled:
                self._log.emit(E.ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW, warn_after)
