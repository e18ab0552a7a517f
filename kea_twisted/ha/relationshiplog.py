"""The log messages of a relationship, in Kea's words and order."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.ha.failure import Link
from kea_twisted.ha.settings import BACKUP, PASSIVE_BACKUP, HaSettings
from kea_twisted.ha.states import STATES, State, Updates
from kea_twisted.ha.transitions import TERMINATED_PATIENCE, Row
from kea_twisted.interfaces import Log

ON_ENTRY: Final = {
    State.TERMINATED: E.HA_TERMINATED,
    State.IN_MAINTENANCE: E.HA_MAINTENANCE_SHUTDOWN_SAFE,
    State.PARTNER_IN_MAINTENANCE: E.HA_MAINTENANCE_STARTED,
}


class RelationshipLog:
    """Each event has this server's name as its first argument."""

    def __init__(self, settings: HaSettings, link: Link, log: Log) -> None:
        self._settings = settings
        self._link = link
        self._name = settings.this_server_name
        self._log = log

    def say(self, event: E.Event, *arguments: object) -> None:
        """Log one line, if it is enabled."""
        if event in self._log.enabled:
            self._log.emit(event, self._name, *arguments)

    def say_plainly(self, event: E.Event, *arguments: object) -> None:
        """The same for an event without the server's name."""
        if event in self._log.enabled:
            self._log.emit(event, *arguments)

    def step(self, before: State, after: State) -> None:
        """From one state to another, and what that means for lease updates."""
        settings = self._settings
        if settings.mode == PASSIVE_BACKUP:
            self.say(E.HA_STATE_TRANSITION_PASSIVE_BACKUP, before.label, after.label)
        else:
            partner = self._link.partner_state or State.UNAVAILABLE
            self.say(E.HA_STATE_TRANSITION, before.label, after.label, partner.label)
        if before is State.WAITING and after is State.READY:
            self.say(E.HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER)
        if settings.mode == PASSIVE_BACKUP or settings.me.role == BACKUP:
            return
        if not settings.send_lease_updates:
            self.say(E.HA_CONFIG_LEASE_UPDATES_DISABLED_REMINDER, after.label)
        elif STATES[after].updates is Updates.SEND:
            self.say(E.HA_LEASE_UPDATES_ENABLED, after.label)
        else:
            self.say(E.HA_LEASE_UPDATES_DISABLED, after.label)

    def reason(self, row: Row) -> None:
        """The reason why a row of the state table was taken, where it has something to say."""
        if row.says is E.HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION:
            self.say(row.says, self._link.skew_text)
        elif row.says is E.HA_TERMINATED_PARTNER_DID_NOT_RESTART:
            self.say(row.says, int(TERMINATED_PATIENCE // 60))
        elif row.says is not None:
            self.say(row.says)

    def entry(self, state: State, maintenance: bool) -> None:
        """Return the meaning of a state for an operator."""
        if state in ON_ENTRY:
            self.say(ON_ENTRY[state])
        elif state is State.PARTNER_DOWN and maintenance:
            self.say(E.HA_MAINTENANCE_STARTED_IN_PARTNER_DOWN)
