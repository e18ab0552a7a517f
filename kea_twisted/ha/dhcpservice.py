"""The DHCP service as a relationship switches it: on in the states that serve, held back after a partner's fetch."""

from __future__ import annotations

from typing import Final

from kea_twisted import events as E
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha.claims import Claims
from kea_twisted.ha.failure import Link
from kea_twisted.ha.heartbeat import SOON, HeartbeatTimer
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import STATES, State
from kea_twisted.ha.updates import Updates

ALONE: Final = (State.PARTNER_DOWN, State.PARTNER_IN_MAINTENANCE)


class DhcpService:
    """``state`` is shared with all who may switch the service off."""

    def __init__(
        self,
        settings: HaSettings,
        state: ServiceState,
        link: Link,
        heartbeat: HeartbeatTimer,
        updates: Updates,
        claims: Claims,
        words: RelationshipLog,
    ) -> None:
        self._settings = settings
        self._state = state
        self._link = link
        self._heartbeat = heartbeat
        self._claims = claims
        self._words = words
        self._holding: int | None = None  # the service is held back until a heartbeat after this one …
        self._hold_ends = 0.0  # … and at most until then
        self._updates = updates

    @property
    def enabled(self) -> bool:
        """True if the DHCP service is switched on."""
        return self._state.enabled

    def enter(self, state: State, stands_in: bool) -> None:
        """Switch it as a state asks for. ``stands_in``: this server serves the partner's clients in any case."""
        self._holding = None
        if self._settings.has_partner:
            self._state.fetches[self._settings.partner.name] = self._fetch_begins
        self.adjust(state)
        self.stand_in(state, stands_in)

    def stand_in(self, state: State, active: bool) -> None:
        """Take note of whether this server serves the partner's clients: what the partner gives may be in use."""
        self._claims.alone = (active or state in ALONE) and self._settings.has_partner

    def adjust(self, state: State) -> None:
        """Switch it as a state asks for, unless that was done."""
        before, origin = self._state.enabled, self._settings.local_origin
        if STATES[state].service:
            self._state.enable(origin)
            if not before:
                self._words.say(E.HA_LOCAL_DHCP_ENABLE, state.label)
        else:
            self._state.disable(origin)
            if before:
                self._words.say(E.HA_LOCAL_DHCP_DISABLE, state.label)

    def release(self, origins: tuple[int, ...]) -> None:
        """Take back what a partner switched off."""
        for origin in origins:
            self._state.enable(origin)

    def _fetch_begins(self) -> bool:
        """The partner begins to fetch leases; return True if the service goes on meanwhile."""
        self._updates.fetch_begins()
        return self._settings.watch.enabled

    def end(self) -> None:
        """The relationship ends: it switches nothing any more."""
        self._state.enable(self._settings.local_origin)
        self._claims.alone = False
        # after a reconfiguration the relationship that takes this one's place has started already
        if self._settings.has_partner and self._state.fetches.get(self._settings.partner.name) == self._fetch_begins:
            del self._state.fetches[self._settings.partner.name]

    def hold(self, now: float) -> None:
        """Hold it back until it is known what the partner, which has all leases now, does."""
        self._hold_ends = now + self._settings.heartbeat_delay
        self._hold(now)

    def heartbeat_ended(self, state: State, now: float) -> None:
        """A heartbeat has ended: the partner may be known to serve, or not to."""
        if self._holding is None or self._heartbeat.count <= self._holding:
            return
        if self._link.partner_state is State.SYNCING and now < self._hold_ends:  # it is about to be ready
            self._hold(now)
        elif self._link.partner_state is not State.READY:
            self._holding = None
            self.adjust(state)

    def _hold(self, now: float) -> None:
        self._holding = self._heartbeat.count
        self._state.disable(self._settings.local_origin)
        self._heartbeat.schedule(now + SOON)
