"""The periodic tasks of a running server: reclamation, the lease file's checks and cleanup, certificates, alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from kea_twisted import events as E
from kea_twisted.adapters.system.reactor import Reactor
from kea_twisted.config.model import Settings
from kea_twisted.engine.reclaim import Reclaimer
from kea_twisted.errors import AddressesOvertaken, LeasesUnsaved
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Change
from kea_twisted.server import certificates
from kea_twisted.server.alarms import Alarms
from kea_twisted.server.leasestorage import LeaseStorage
from kea_twisted.server.packetloop import Clocks


class PeriodicTasks:
    """The timers of one server. ``commit`` writes changes to the lease file; ``clocks`` has both times."""

    _failures = Logger()

    def __init__(
        self,
        reactor: Reactor,
        clocks: Clocks,
        log: Log,
        storage: LeaseStorage,
        commit: Callable[[Sequence[Change]], Deferred[None] | None],
        alarms: Alarms | None = None,
    ) -> None:
        self._alarms = alarms
        self._reactor = reactor
        self._clocks = clocks
        self._log = log
        self._storage = storage
        self._commit = commit
        self._timers: list[LoopingCall] = []

    def start(self, settings: Settings, reclaimer: Reclaimer) -> None:
        """Start the timers of a configuration in place of those of the one before."""
        self._end_timers()
        if self._alarms is not None:
            self._alarms.use(settings)
        expired = settings.expired_leases_processing
        self._every(expired.reclaim_timer_wait_time, lambda: self._reclaim(reclaimer))
        self._every(expired.flush_reclaimed_timer_wait_time, lambda: self._flush_reclaimed(reclaimer))
        self._warn_of_certificates(settings)
        self._every(certificates.CHECK_INTERVAL, lambda: self._warn_of_certificates(settings))
        self._storage.maintain(settings)

    def stop(self) -> None:
        """Stop all timers."""
        if self._alarms is not None:
            self._alarms.stop()
        self._end_timers()

    def _end_timers(self) -> None:
        for timer in self._timers:
            timer.stop()
        self._timers = []
        self._storage.rest()

    def _warn_of_certificates(self, settings: Settings) -> None:
        for path, end, days in certificates.ending(settings, self._clocks.wall()):
            self._say(E.TLS_CERTIFICATE_ENDS, path, end, days)

    def _every(self, seconds: float, function: Callable[[], object]) -> None:
        """Call again and again, 0 seconds: never; one failure is logged and does not end it."""
        if not seconds:
            return

        def guarded() -> object:
            try:
                return function()
            except Exception:
                self._failures.failure("a periodic task failed")
                return None

        timer = LoopingCall(guarded)
        timer.clock = self._reactor
        timer.start(seconds, now=False)
        self._timers.append(timer)

    def _reclaim(self, reclaimer: Reclaimer) -> Deferred[None]:
        return self._spread(reclaimer.run_slices(self._clocks.wall(), self._clocks.seconds))

    def _flush_reclaimed(self, reclaimer: Reclaimer) -> Deferred[None]:
        return self._spread(reclaimer.flush_slices(self._clocks.wall()))

    def _spread(self, slices: Iterator[list[Change]]) -> Deferred[None]:
        """Do one slice per turn of the reactor, so that queries need not wait for all of them."""
        done: Deferred[None] = Deferred()

        def step() -> None:
            pending = None
            try:
                changes = next(slices, None)
                if changes:
                    pending = self._commit(changes)
            except LeasesUnsaved as error:
                self._log_unsaved(error, changes)
            except Exception:
                self._failures.failure("a periodic task failed")
                changes = None
            if changes is None:
                done.callback(None)
            elif pending is not None:
                pending.addErrback(self._not_committed, changes).addBoth(go_on)
            else:
                self._reactor.callLater(0, step)

        def go_on(_: object) -> None:
            self._reactor.callLater(0, step)

        step()
        return done

    def _not_committed(self, failure: Failure, changes: Sequence[Change]) -> None:
        if isinstance(failure.value, LeasesUnsaved):
            self._log_unsaved(failure.value, changes)
        elif not isinstance(failure.value, AddressesOvertaken):  # another server gave the address to a client again
            self._failures.failure("a periodic task failed", failure)

    def _log_unsaved(self, error: LeasesUnsaved, changes: Sequence[Change] | None) -> None:
        self._say(E.DHCP4_LEASE_SAVE_FAILED, len(changes or ()), error.strerror)

    def _say(self, event: E.Event, *arguments: object) -> None:
        if event in self._log.enabled:
            self._log.emit(event, *arguments)
