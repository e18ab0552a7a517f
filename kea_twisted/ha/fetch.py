"""Fetching the partner's leases while a server begins: in the state syncing, and no heartbeats meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from kea_twisted.ha.failure import Link
from kea_twisted.ha.heartbeat import HeartbeatTimer
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.sync import SyncRun
from kea_twisted.ha.updates import Updates
from kea_twisted.interfaces import Log


class Fetch:
    """``changed`` is called at the end, when the state table has to be asked."""

    def __init__(
        self,
        settings: HaSettings,
        link: Link,
        outbox: Outbox,
        updates: Updates,
        heartbeat: HeartbeatTimer,
        log: Log,
        changed: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._link = link
        self._outbox = outbox
        self._updates = updates
        self._heartbeat = heartbeat
        self._log = log
        self._changed = changed
        self._run: SyncRun | None = None
        self.done: bool = False  # the leases have been fetched in this state

    @property
    def under_way(self) -> bool:
        """True while leases are fetched."""
        return self._run is not None

    def begin(self, now: float) -> None:
        """Fetch them, unless the partner cannot be asked."""
        if self._link.partner_state in (State.UNAVAILABLE, State.TERMINATED):
            return
        self._heartbeat.active = False
        self._heartbeat.rest()
        settings = self._settings
        period = max(1, int(settings.sync_timeout))
        self._run = SyncRun(settings, settings.partner, period, self._link, self._outbox, self._log, self._ended)
        self._run.begin(now)

    def abandon(self) -> None:
        """End it, and forget that it was done."""
        self.done = False
        if self._run is not None:
            self._run.abandon()
            self._run = None

    def _ended(self, error: str, now: float) -> None:
        if self._run is not None and not error:
            self._updates.owe(self._run.lacking.addresses)
        self._run = None
        self.done = not error
        self._heartbeat.active = True
        if error:  # the partner may have died: a watched one is asked soon
            watch, delay = self._settings.watch, self._settings.heartbeat_delay
            self._heartbeat.schedule(now + (min(delay, watch.interval) if watch.enabled else delay))
        else:
            self._link.caught_up()
        self._changed(now)
