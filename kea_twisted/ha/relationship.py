"""One server's side of a relationship: events and the time come in, effects and the next deadline come out.

The server has a state; a table says what the state means (``states``), another what comes next (``transitions``). The
next step is looked up whenever something is learnt of the partner: after a heartbeat, a failed update, a fetch.

Heartbeats go out every ``heartbeat-delay`` and, unlike Kea's, at once after every step, and in return for a heartbeat of
a partner that has news: two of these servers reach their normal state in milliseconds. Nothing of this shows on
the wire but the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kea_twisted import events as E
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha import messages
from kea_twisted.ha.failure import TERMINATE_SKEW, Link
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Pulse, Reply
from kea_twisted.ha.outbox import Effect, Outbox, Ticket
from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.settings import (
    BACKUP,
    HOT_STANDBY,
    LOAD_BALANCING,
    PASSIVE_BACKUP,
    PRIMARY,
    STANDBY,
    HaSettings,
)
from kea_twisted.ha.states import STATES, Serves, State, Updates as UpdatePolicy
from kea_twisted.ha.sync import SyncRun
from kea_twisted.ha.transitions import NORMAL, Guard, Row, next_step
from kea_twisted.ha.updates import Updates
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message

TERMINATED_PATIENCE: Final = 600.0
"""Seconds that a waiting server gives a terminated partner to be restarted."""

EAGER: Final = 4
"""How many heartbeats of a partner are returned at once after the last change: news travels, and echoes end."""

SOON: Final = 0.2
"""Seconds until the next heartbeat when the partner is about to change its state."""

A_MOMENT: Final = 0.001


class Relationship:
    """See the module. ``lookup`` is the lease table's ``get``; ``service`` is shared with whoever else switches it."""

    def __init__(
        self,
        settings: HaSettings,
        service: ServiceState,
        lookup: Callable[[int], Lease | None],
        log: Any,
        now: float,
    ) -> None:
        self.settings = settings
        self.name = settings.this_server_name
        self.alone = settings.me.role == BACKUP or settings.mode == PASSIVE_BACKUP
        self.state = State.WAITING
        self.previous = State.WAITING
        self.paused = False
        self.link = Link(settings, now)
        self.scopes = Scopes(settings)
        self.outbox = Outbox()
        self.updates = Updates(settings, self.link, self.outbox, log, self._update_failed)
        self._service = service
        self._lookup = lookup
        self._log = log
        self._visited: set[State] = set()
        self._sync: SyncRun | None = None
        self._synced = False
        self._heartbeat_at: float | None = None
        self._beating = False
        self._again = False
        self._eager = EAGER
        self._holding = False
        self._said_interrupted = False

    # what comes in

    def start(self, now: float) -> list[Effect]:
        """The service begins: waiting, and the first heartbeat at once."""
        self._enter(now)
        self._run(now)
        self.say(E.HA_SERVICE_STARTED, self.settings.mode, self.settings.me.role)
        return self._beat_if_due(now)

    def stop(self, now: float) -> list[Effect]:
        """The service ends: whoever waits is let go, the DHCP service is no longer held."""
        self._heartbeat_at = None
        if self._sync is not None:
            self._sync.abandon()
            self._sync = None
        self._service.enable(self.settings.local_origin)
        return self.outbox.take()

    def tick(self, now: float) -> list[Effect]:
        """The deadline has come."""
        self._mend_clock(now)
        if self._interruption_at() is not None and self.link.interrupted(now):
            self._say_interrupted()
            self._run(now)
        return self._beat_if_due(now)

    def answered(self, token: int, answer: Any, now: float) -> list[Effect]:
        """A Send was answered with this dict."""
        self.outbox.answered(token, messages.read_answer(answer), now)
        return self._beat_if_due(now)

    def failed(self, token: int, reply: Reply, now: float) -> list[Effect]:
        """A Send had no answer, or none that could be understood."""
        self.outbox.answered(token, reply, now)
        return self._beat_if_due(now)

    def applied(self, token: int, count: int, error: str, now: float) -> list[Effect]:
        """An Apply is done: so many leases were newer; or it failed for this reason."""
        self.outbox.applied(token, count, error, now)
        return self._beat_if_due(now)

    def committed(self, decision: Decision) -> tuple[Ticket | None, list[Effect]]:
        """Leases were written. The reply waits for the ticket, whose end is a Step."""
        sending = STATES[self.state].updates is UpdatePolicy.SEND
        return self.updates.commit(decision, sending), self.outbox.take()

    def receives(self, message: Message, now: float) -> bool:
        """Whether a query is for this server. If not, it may still tell something about the partner."""
        if self.scopes.holds_query(message):
            return True
        if not self.alone and self.link.interrupted(now):
            self._watch(message, now)
        return False

    def reclaims(self, lease: Lease) -> bool:
        """Whether an expired lease is this server's to reclaim: all are, unless each server is on its own for good."""
        return self.state is not State.TERMINATED or self.scopes.holds_lease(lease)

    @property
    def deadline(self) -> float | None:
        """When ``tick`` wants to be called."""
        times = [time for time in (self._heartbeat_at, self._interruption_at()) if time is not None]
        return min(times, default=None)

    # what the partner and the operator ask for; ``commands`` reads arguments and writes the answers

    def pulse(self, sender: str | None, now: float) -> Pulse:
        """The partner asks for a heartbeat; or somebody else does."""
        if sender is not None and not self.alone and sender == self.settings.partner.name:
            self._answer_back(now)
        return Pulse(self.state, int(now), self.scopes.served, self.link.unsent_updates)

    def reset(self, now: float) -> bool:
        """Go back to waiting, from wherever; False when it is there already."""
        if self.state is State.WAITING:
            return False
        self.step(State.WAITING, now)
        self._run(now)
        return True

    def resume(self, now: float) -> bool:
        """End a pause; False when there is none."""
        if not self.paused:
            return False
        self.say(E.HA_STATE_MACHINE_CONTINUED)
        self.paused = False
        self._run(now)
        return True

    def partner_synced(self, origins: tuple[int, ...], now: float) -> None:
        """The partner has all our leases. If we served alone, we hold back until we know what it does now."""
        self.updates.synced()
        if self.state is State.PARTNER_DOWN:
            self._holding = True
            self._service.disable(self.settings.local_origin)
            self._schedule(now + SOON)
        for origin in origins:
            self._service.enable(origin)

    def serve_names(self, names: list[str]) -> None:
        """Serve these scopes until the next step; ValueError for an unknown one."""
        self.scopes.serve_names(names)
        self._adjust_service()

    def sync_with(self, name: str, max_period: int, done: Callable[[str, float], None], now: float) -> None:
        """Fetch a peer's leases because somebody wants it now."""
        SyncRun(
            self.settings, self.settings.peer(name), max_period, self.link, self.outbox, self._log, done
        ).begin(now)

    # steps

    def step(self, state: State, now: float, *, maintenance: bool = False) -> None:
        """Go to a state: say so, then do what it asks for on entry."""
        self._say_step(state)
        if self.state is State.TERMINATED:
            self.link.forget_clocks()  # Kea keeps the old skew and terminates again before the next heartbeat
        self.previous, self.state = self.state, state
        self._enter(now, maintenance)

    def _run(self, now: float) -> None:
        if self._sync is not None:
            return  # the fetch decides
        self._warn_of_skew(now)
        while not self.paused:
            row = next_step(self.state, self.link.partner_state, lambda guard: self._holds(guard, now))
            if row is not None:
                self._say_row(row)
            if row is None or row.next is None:
                break
            self.step(row.next, now)
        if self.state is State.SYNCING and not self.paused and not self._synced:
            self._fetch(now)

    def _holds(self, guard: Guard, now: float) -> bool:
        return _GUARDS[guard](self, now)

    def failure_confirmed(self, now: float) -> bool:
        """Whether the partner counts as down, and not only the way to it."""
        if not self.link.interrupted(now):
            return False
        sees_clients = self.settings.mode == LOAD_BALANCING or self.settings.me.role == STANDBY
        return self.link.failure_detected if self._service.enabled and sees_clients else True

    def _enter(self, now: float, maintenance: bool = False) -> None:
        row = STATES[self.state]
        if self._sync is not None:
            self._sync.abandon()
            self._sync = None
        self._synced = self._holding = False
        self._eager = EAGER
        serves = row.serves
        if serves is Serves.ALL and not (
            maintenance or self.settings.me.auto_failover or self.state is State.PARTNER_IN_MAINTENANCE
        ):
            serves = Serves.OWN
        self.scopes.serve(serves)
        self._adjust_service()
        if row.forgets_rejects:
            self.link.forget_rejects()
        self._pause()
        self._say_entry(maintenance)
        if self.state in NORMAL:
            self.link.caught_up()
            self.updates.replay(self._lookup)
        if not row.heartbeat or self.alone:
            self._heartbeat_at = None
        elif self.link.partner_state is not State.UNAVAILABLE:
            self._hasten(now)

    def _adjust_service(self) -> None:
        before, origin = self._service.enabled, self.settings.local_origin
        if STATES[self.state].service:
            self._service.enable(origin)
            if not before:
                self.say(E.HA_LOCAL_DHCP_ENABLE, self.state.label)
        else:
            self._service.disable(origin)
            if before:
                self.say(E.HA_LOCAL_DHCP_DISABLE, self.state.label)

    def _pause(self) -> None:
        pause = self.settings.pauses.get(self.state, "never")
        self.paused = pause == "always" or (pause == "once" and self.state not in self._visited)
        self._visited.add(self.state)
        if self.paused:
            self.say(E.HA_STATE_MACHINE_PAUSED, self.state.label)

    # fetching leases

    def _fetch(self, now: float) -> None:
        if self.link.partner_state in (State.UNAVAILABLE, State.TERMINATED):
            return
        self._heartbeat_at = None
        period = max(1, int(self.settings.sync_timeout))
        self._sync = SyncRun(
            self.settings, self.settings.partner, period, self.link, self.outbox, self._log, self._fetched
        )
        self._sync.begin(now)

    def _fetched(self, error: str, now: float) -> None:
        self._sync = None
        self._synced = not error
        if error:
            self._schedule(now + self.settings.heartbeat_delay)
        else:
            self.link.caught_up()
        self._run(now)

    # heartbeats

    def _schedule(self, at: float) -> None:
        if self.settings.heartbeat_delay > 0 and STATES[self.state].heartbeat and not self.alone:
            self._heartbeat_at = at

    def _hasten(self, now: float) -> None:
        if self._beating:
            self._again = True
        elif self._sync is None:
            self._schedule(now)

    def _answer_back(self, now: float) -> None:
        settled = self.state in NORMAL and self.link.partner_state is self.state
        if self.link.partner_state in (None, State.UNAVAILABLE):
            self._hasten(now)
        elif not settled and self._eager:
            self._eager -= 1
            self._hasten(now)

    def _beat_if_due(self, now: float) -> list[Effect]:
        if self._heartbeat_at is not None and now >= self._heartbeat_at and not self._beating:
            self._beat()
        return self.outbox.take()

    def _beat(self) -> None:
        self._heartbeat_at = None
        self._beating, self._again = True, False
        held, self._holding = self._holding, False

        def then(reply: Reply, now: float) -> None:
            self._beaten(reply, held, now)

        self.outbox.ask(self.settings.partner.name, messages.heartbeat(self.name), REQUEST_TIMEOUT, then)

    def _beaten(self, reply: Reply, held: bool, now: float) -> None:
        self._beating = False
        before = self.link.partner_state
        if self._read(reply, now):
            self._said_interrupted = False
            if self.state in NORMAL and self.link.partner_state is self.state:
                self.link.caught_up()
        else:
            self.link.unavailable(now)
            if self.link.interrupted(now):
                self._say_interrupted()
        if self.link.partner_state is not before:
            self._eager = EAGER
        if self._sync is None:
            self._schedule(now if self._again else now + self.settings.heartbeat_delay)
        if held:
            self._hold_or_serve(now)
        self._run(now)

    def _read(self, reply: Reply, now: float) -> bool:
        partner = self.settings.partner.label
        if reply.kind is Kind.UNREACHABLE:
            self.say(E.HA_HEARTBEAT_COMMUNICATIONS_FAILED, partner, reply.text)
            return False
        try:
            if reply.kind is not Kind.OK:
                raise ValueError(reply.text)
            self.link.good(messages.read_pulse(reply.arguments), now)
        except ValueError as error:
            self.say(E.HA_HEARTBEAT_FAILED, partner, error)
            return False
        return True

    def _hold_or_serve(self, now: float) -> None:
        if self.state is not State.PARTNER_DOWN:
            return
        if self.link.partner_state is State.SYNCING:  # it is about to be ready
            self._holding = True
            self._schedule(now + SOON)
        elif self.link.partner_state is not State.READY:
            self._adjust_service()

    def _mend_clock(self, now: float) -> None:
        """The clock was set back: nothing that was planned may wait for the old time to come again."""
        self.link.last_good = min(self.link.last_good, now)
        latest = now + self.settings.heartbeat_delay
        if self._heartbeat_at is not None and self._heartbeat_at > latest:
            self._heartbeat_at = latest

    def _interruption_at(self) -> float | None:
        waits = self.link.partner_state is State.UNAVAILABLE and not self._said_interrupted
        if not waits or not STATES[self.state].heartbeat or self._sync is not None:
            return None
        return self.link.last_good + self.settings.max_response_delay + A_MOMENT

    # updates and clients

    def _update_failed(self, kind: Kind, now: float) -> bool:
        if kind is not Kind.CONFLICT:
            if self._heartbeat_at is not None and not self._beating:
                self._heartbeat_at = min(self._heartbeat_at, now + SOON)
            self._eager = EAGER
        self._run(now)
        return STATES[self.state].updates is UpdatePolicy.SEND

    def _watch(self, message: Message, now: float) -> None:
        seen = self.link.analyze(message)
        if seen.unacked:
            self.say(
                E.HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED,
                label(message), self.link.unacked, self.link.unacked_left,
            )
            if self.link.failure_detected and self._heartbeat_at is not None:
                self._heartbeat_at = now  # the last question before taking over
        elif seen.new:
            self.say(E.HA_COMMUNICATION_INTERRUPTED_CLIENT4, label(message))

    # words

    def say(self, event: E.Event, *arguments: object) -> None:
        """Log an event whose first argument is this server's name."""
        if event in self._log.enabled:
            self._log.emit(event, self.name, *arguments)

    def _say_interrupted(self) -> None:
        self._said_interrupted = True
        self.say(E.HA_COMMUNICATION_INTERRUPTED, self.settings.partner.name)

    def _say_step(self, state: State) -> None:
        if self.settings.mode == PASSIVE_BACKUP:
            self.say(E.HA_STATE_TRANSITION_PASSIVE_BACKUP, self.state.label, state.label)
        else:
            partner = self.link.partner_state or State.UNAVAILABLE
            self.say(E.HA_STATE_TRANSITION, self.state.label, state.label, partner.label)
        if self.state is State.WAITING and state is State.READY:
            self.say(E.HA_CONFIG_LEASE_SYNCING_DISABLED_REMINDER)
        if self.alone:
            return
        if not self.settings.send_lease_updates:
            self.say(E.HA_CONFIG_LEASE_UPDATES_DISABLED_REMINDER, state.label)
        elif STATES[state].updates is UpdatePolicy.SEND:
            self.say(E.HA_LEASE_UPDATES_ENABLED, state.label)
        else:
            self.say(E.HA_LEASE_UPDATES_DISABLED, state.label)

    def _say_row(self, row: Row) -> None:
        if row.says is E.HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION:
            self.say(row.says, self.link.skew_text)
        elif row.says is E.HA_TERMINATED_PARTNER_DID_NOT_RESTART:
            self.say(row.says, int(TERMINATED_PATIENCE // 60))
        elif row.says is not None:
            self.say(row.says)

    def _say_entry(self, maintenance: bool) -> None:
        if self.state is State.TERMINATED:
            self.say(E.HA_TERMINATED)
        elif self.state is State.IN_MAINTENANCE:
            self.say(E.HA_MAINTENANCE_SHUTDOWN_SAFE)
        elif self.state is State.PARTNER_IN_MAINTENANCE:
            self.say(E.HA_MAINTENANCE_STARTED)
        elif self.state is State.PARTNER_DOWN and maintenance:
            self.say(E.HA_MAINTENANCE_STARTED_IN_PARTNER_DOWN)

    def _warn_of_skew(self, now: float) -> None:
        if STATES[self.state].heartbeat and self.link.should_warn_of_skew(now):
            self.say(E.HA_HIGH_CLOCK_SKEW, self.link.skew_text)


_GUARDS: Final[dict[Guard, Callable[[Relationship, float], bool]]] = {
    Guard.AM_PRIMARY: lambda r, now: r.settings.me.role == PRIMARY,
    Guard.AM_BACKUP: lambda r, now: r.settings.me.role == BACKUP,
    Guard.HOT_STANDBY: lambda r, now: r.settings.mode == HOT_STANDBY,
    Guard.LOAD_BALANCING: lambda r, now: r.settings.mode == LOAD_BALANCING,
    Guard.PASSIVE_BACKUP: lambda r, now: r.settings.mode == PASSIVE_BACKUP,
    Guard.NOT_HOT_STANDBY: lambda r, now: r.settings.mode != HOT_STANDBY,
    Guard.NOT_LOAD_BALANCING: lambda r, now: r.settings.mode != LOAD_BALANCING,
    Guard.SYNC_LEASES: lambda r, now: r.settings.sync_leases,
    Guard.SYNCED: lambda r, now: r._synced,
    Guard.SKEW_TOO_HIGH: lambda r, now: abs(r.link.skew) > TERMINATE_SKEW,
    Guard.TOO_MANY_REJECTS: lambda r, now: r.link.too_many_rejects(now),
    Guard.FAILURE_CONFIRMED: lambda r, now: r.failure_confirmed(now),
    Guard.TERMINATED_LONG_AGO: lambda r, now: now - r.link.partner_state_since >= TERMINATED_PATIENCE,
    Guard.UNSENT_UPDATES: lambda r, now: r.link.missed_updates(),
    Guard.CAN_RECOVER: lambda r, now: r.settings.delayed_updates_limit > 0,
    Guard.IN_TOUCH: lambda r, now: not r.link.interrupted(now),
}
