"""The state of a relationship: the parts that it is made of, and the steps from one state to the next.

One table says what a state means (``states``), another what comes next (``transitions``). The next step is looked up
whenever something is learnt of the partner: after a heartbeat, a failed update, a fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kea_twisted import events as E
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha.claims import Claims
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.deafness import Deafness
from kea_twisted.ha.dhcpservice import DhcpService
from kea_twisted.ha.failure import Link
from kea_twisted.ha.fetch import Fetch
from kea_twisted.ha.guards import GUARDS
from kea_twisted.ha.handedover import HandedOver
from kea_twisted.ha.handover import BALANCING, catches_up, has_left, informs_after_end, may_linger, may_stand_in
from kea_twisted.ha.heartbeat import HeartbeatTimer
from kea_twisted.ha.history import History, reason_of
from kea_twisted.ha.keatakeover import KeaTakeover
from kea_twisted.ha.messages import Cause, Kind
from kea_twisted.ha.outbox import Effect, Outbox
from kea_twisted.ha.partneridentifiers import PartnerIdentifiers
from kea_twisted.ha.pauses import Pauses
from kea_twisted.ha.recent import PERIOD, RecentQueries
from kea_twisted.ha.recovery import Recovery
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.stalestates import StaleStates
from kea_twisted.ha.standstill import Standstill
from kea_twisted.ha.states import STATES, Serves, State
from kea_twisted.ha.states import Updates as UpdatePolicy
from kea_twisted.ha.statesets import CAUSES, SHARING, WATCHING
from kea_twisted.ha.subnetlists import PartnerSubnets
from kea_twisted.ha.takingback import TakingBack
from kea_twisted.ha.transitions import NORMAL, STARTING, Guard, Row, next_step
from kea_twisted.ha.updates import Updates
from kea_twisted.ha.upkeep import Upkeep
from kea_twisted.ha.watch import PartnerWatch
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease


class StateMachine:
    """The server has a state; the partner's behaviour and time lead it to others.

    ``lookup`` gives the lease of an address; ``service`` is shared with all who may switch it off.
    ``own_addresses`` are those of the DHCP sockets, ``deaf_addresses`` those of interfaces that receive nothing.
    """

    def __init__(
        self,
        settings: HaSettings,
        service: ServiceState,
        lookup: Callable[[int], Lease | None],
        log: Log,
        now: float,
        wall: Callable[[], float] | None = None,
        own_addresses: Callable[[], Sequence[int]] = tuple,
        deaf_addresses: Callable[[], Sequence[int]] = tuple,
    ) -> None:
        self.settings: HaSettings = settings
        self.name = settings.this_server_name
        self.alone = not settings.has_partner
        self.state = State.WAITING
        self.previous = State.WAITING
        self.paused = False
        self._now = now
        self.wall: Callable[[], float] = wall or self._latest  # leases and dates; all else runs on the steady ``now``
        self.cause = Cause.NONE
        self.link: Link = Link(settings, now, self.wall)
        self.scopes = Scopes(settings)
        self.outbox = Outbox()
        self.words = RelationshipLog(settings, self.link, log)
        self.watch: PartnerWatch = PartnerWatch(settings, self.outbox, self.words, self.link, self._run, now)
        self.kea_takeover = KeaTakeover(self.link)
        self.heartbeat = HeartbeatTimer(
            settings, self.link, self.outbox, self.words, self.watch, self._heartbeat_ended, self._answers_clients
        )
        changes = self._update_failed, self._updates_settled
        self.conflicts = Conflicts(self.name, log)
        self.updates: Updates = Updates(settings, self.link, self.outbox, log, *changes, self.wall, self.conflicts)
        self.recovery: Recovery = Recovery(
            settings, self.link, self.updates, self.outbox, self.words, lookup, self._run
        )
        self.fetch: Fetch = Fetch(settings, self.link, self.outbox, self.updates, self.heartbeat, log, self._run)
        self.upkeep = Upkeep(
            settings, self.link, self.outbox, self.updates, lookup, self.wall, self.words, log, self.conflicts
        )
        self.subnets = PartnerSubnets(settings, self.outbox, self.words, self.updates.retry_refused)
        self.deafness = Deafness(self.link, self.subnets, own_addresses, deaf_addresses)
        self.taking_back = TakingBack(settings.watch.return_delay)
        self.claims: Claims = Claims(self.link, self.updates)
        self._service = DhcpService(settings, service, self.link, self.heartbeat, self.updates, self.claims, self.words)
        self._lookup = lookup
        self._own_addresses = own_addresses
        self.log = log
        self._pauses = Pauses(settings.pauses)
        self._stale_states = StaleStates()
        self.standstill: Standstill = Standstill()
        self.handed_over: HandedOver = HandedOver()
        self.identifiers: PartnerIdentifiers = PartnerIdentifiers(settings)
        partner = "" if self.alone else settings.partner.name
        self.history: History = History(self.name, partner, self.wall())
        self._partner_seen: State | None = None  # as the history has it
        self.recent: RecentQueries = RecentQueries(settings.watch.enabled and not self.alone)
        self.stands_in: bool = False  # it serves the partner's clients while the partner is in doubt
        self._lingers = False  # it serves the partner's clients until a Kea, which is ready, has noticed that it may

    @property
    def serves(self) -> bool:
        """True if the DHCP service is switched on."""
        return self._service.enabled

    @property
    def shares(self) -> bool:
        """True while the partner may serve out of sight: new clients get addresses of this server's own half."""
        if self._lingers or self.watch.is_behind(self.state):
            return True
        together = self.state in NORMAL and self.link.partner_state is self.state
        if self.subnets.mismatches and self.state in SHARING and not together:
            return True
        return self.watch.may_be_elsewhere(self.state, self.link.partner_state)

    @property
    def unable(self) -> str:
        """The reason why this server cannot serve and leaves it to its partner; "" while it can."""
        if not self.watch.enabled or self.alone:
            return ""
        return self.watch.evidence.own_fault or self.deafness.reason or self.taking_back.reason

    def _answers_clients(self) -> bool:
        # a partner that begins, and perhaps does not hear this server, is not told to leave clients of its own to it
        whole = self.scopes.everything or self.link.partner_state not in STARTING
        return self.serves and whole and bool(self.scopes.served) and not self.unable and not self.standstill.holds

    # steps

    def step(self, state: State, now: float, *, why: str = "", maintenance: bool = False) -> None:
        """Go to a state for this reason: say so, then do what it asks for on entry."""
        if self.unable and STATES[state].service:
            state = State.WAITING
        self.words.step(self.state, state)
        if self.state is State.TERMINATED:
            self.link.forget_clocks()  # Kea keeps the old skew and terminates again before the next heartbeat
        self._note_partner(now)
        self.history.own_step(self.state.value, state.value, why, self.wall())
        self.previous, self.state = self.state, state
        self._enter(now, maintenance)
        if has_left(self):
            self.updates.replay(self._lookup)

    @property
    def _has_to_wait(self) -> bool:
        """True while this server cannot serve, or is not asked to yet, and so leaves the work to its partner."""
        return self.state is State.WAITING and (self.unable != "" or self.kea_takeover.active)

    def _run(self, now: float) -> None:
        if self.fetch.under_way:
            return  # the fetch decides
        if self._has_to_wait:
            return
        if STATES[self.state].heartbeat and self.link.should_warn_of_skew(now):
            self.words.say(E.HA_HIGH_CLOCK_SKEW, self.link.skew_text)
        if self.state is State.COMMUNICATION_RECOVERY:
            self.recovery.go_on(now)
        if self._stale_states.covers(self.link.partner_state, now):
            self.heartbeat.soon(now)
            return
        while not self.paused and not self._has_to_wait:
            row = next_step(self.state, self.link.partner_state, lambda guard: GUARDS[guard](self, now))
            if row is None:
                break
            self.words.reason(row)
            if row.next is None:
                break
            self._transit(row, row.next, now)
        if self.state is State.SYNCING and not self.paused and not self.fetch.done:
            self.fetch.begin(now)

    def _transit(self, row: Row, state: State, now: float) -> None:
        if state is State.TERMINATED:
            self.cause = Cause.PARTNER if row.says is None else CAUSES.get(row.says, Cause.PARTNER)
        if Guard.FAILURE_CONFIRMED in row.guards:
            self.heartbeat.say_interrupted()
            self.watch.say_gone(now)
        evidence = self.watch.evidence.reasons(now) if self.watch.enabled else ""
        self.step(state, now, why=reason_of(row, self.link.partner_state, evidence))

    def _enter(self, now: float, maintenance: bool = False) -> None:
        row = STATES[self.state]
        self.fetch.abandon()
        self.upkeep.entered(self.state in NORMAL, now)
        self.recovery.begin()
        self._lingers = may_linger(self)
        self._serve(Serves.ALL if self._lingers else self._serves(row.serves, maintenance), now)
        self._service.enter(self.state, self.stands_in)
        if row.forgets_rejects:
            self.link.forget_rejects()
        self.paused = self._pauses.applies(self.state)
        if self.paused:
            self.words.say(E.HA_STATE_MACHINE_PAUSED, self.state.label)
        self.words.entry(self.state, maintenance)
        self.watch.note_states(self.state, self.link.partner_state)
        if self.state in NORMAL:
            self.watch.evidence.learn_soon(now)
            self.link.caught_up()
            self.updates.replay(self._lookup)
        terminated = self.state is State.TERMINATED and self.watch.enabled
        self.heartbeat.active = (row.heartbeat or terminated) and not self.alone
        self.watch.active = self.watch.enabled and self.state in WATCHING and not self.alone
        self.heartbeat.news()
        if not self.heartbeat.active:
            self.heartbeat.rest()
        elif self.link.partner_state is not State.UNAVAILABLE:
            self.heartbeat.hasten(now)

    def _serve(self, which: Serves, now: float) -> None:
        before = frozenset(self.scopes.served)
        self.scopes.serve(which)
        self.history.serves(self.scopes.served, self.wall())
        if self.watch.enabled and not before.issuperset(self.scopes.served):
            # what came before the last heartbeat was answered was heard by a partner that served
            self.outbox.answer_recent(max(self.link.last_good, now - PERIOD))
        if not before.union((self.name,)).issuperset(self.scopes.served):
            self.claims.alone_since = int(self.wall())
            self.outbox.renew_leases(self.claims.alone_since + self.link.apart)  # the partner gave them by its clock
        if self.state not in BALANCING and self.state not in NORMAL:
            self.handed_over.forget()
        elif self.watch.enabled and not self.settings.one_server_identifier and not self.link.partner_answers:
            self.handed_over.note(before.difference(self.scopes.served), now)

    def _note_partner(self, now: float) -> None:
        """Take note of the partner's state in the history, if it is another one than before."""
        state, before = self.link.partner_state, self._partner_seen
        if state is None or state is before:
            return
        self._partner_seen = state
        reason = "reported by itself"
        if state is State.UNAVAILABLE:
            reason = self.watch.evidence.reasons(now) if self.watch.enabled else "a heartbeat or an update failed"
        self.history.partner_step(before.value if before is not None else "", state.value, reason, self.wall())
        if state in (State.UNAVAILABLE, State.PARTNER_DOWN) and self.watch.enabled:
            self._lose_touch(state, now)

    def _lose_touch(self, partner: State, now: float) -> None:
        """The partner cannot be reached, or served alone without a sign of it before."""
        heard_at = self.link.last_good if partner is State.UNAVAILABLE else self.link.good_before
        self.claims.lose_touch(int(self.wall() - (now - heard_at)))
        # a lease that is confirmed here from now on must not be one that the partner may end meanwhile
        self.outbox.renew_leases(int(self.wall()) + self.link.apart)

    def _stand_in(self, now: float) -> None:
        """Serve the partner's clients, too, as long as the partner is out of reach."""
        if (wanted := may_stand_in(self, now)) is self.stands_in:
            return
        self.stands_in = wanted
        if wanted:
            self.words.say(E.HA_PARTNER_STOOD_IN_FOR, self.settings.partner.label, self.watch.evidence.reasons(now))
            self.updates.waits.end_all()
            self._in_doubt(now)
        self._service.stand_in(self.state, wanted)
        self._serve(self._serves(STATES[self.state].serves, False), now)

    def _serves(self, serves: Serves, maintenance: bool) -> Serves:
        if self.stands_in and serves is Serves.OWN:
            return Serves.ALL
        may_take_over = maintenance or self.settings.me.auto_failover or self.state is not State.PARTNER_DOWN
        return serves if may_take_over or serves is not Serves.ALL else Serves.OWN

    def _latest(self) -> float:
        return self._now

    def _out(self, now: float) -> list[Effect]:
        self._now = now
        if self.link.partner_state is not self._partner_seen:
            self._note_partner(now)
        if self.watch.should_ask(now):
            self.heartbeat.hasten(now)
        self.heartbeat.send_if_due(now)
        self.updates.waits.note_time(now)
        self._stand_in(now)
        if self.watch.enabled and self.state in NORMAL and self.scopes.served:
            self.watch.say_owing(self.link.partner_state is State.UNAVAILABLE, len(self.updates.owed))
        self.watch.tick(now)
        return self.outbox.take()

    # heartbeats, updates and clients

    def _heartbeat_ended(self, now: float) -> None:
        self._learn(now)
        self.standstill.answered(self.heartbeat.asked_at)

    def _learn(self, now: float) -> None:
        together = self.state in NORMAL and self.link.partner_state is self.state
        if together:
            self.link.caught_up()
            self.claims.work_together()
        self.watch.note_states(self.state, self.link.partner_state)
        if self.watch.enabled and self.link.partner_state is not State.UNAVAILABLE:
            self.subnets.heard(self.link.partner_subnets)
            self.identifiers.learn(self.link.partner_addresses)
        informs = together or informs_after_end(self) or catches_up(self) or has_left(self)
        if informs and self.watch.enabled and self.updates.owed:
            self.updates.replay_if_due(self._lookup, now)
        self._service.heartbeat_ended(self.state, now)
        self.kea_takeover.heartbeat_ended(self.heartbeat.count)
        self._run(now)
        if self.link.partner_state is not State.READY:
            self._hand_back(now)
        if catches_up(self) or self._lingers:
            self.heartbeat.soon(now)

    def _hand_back(self, now: float) -> None:
        """Leave the clients of a Kea that has returned to it."""
        if self._lingers:
            self._lingers = False
            self._serve(self._serves(STATES[self.state].serves, False), now)

    @property
    def _sends_updates(self) -> bool:
        in_doubt = self.watch.enabled and self.link.partner_state is State.UNAVAILABLE
        sends = STATES[self.state].updates is UpdatePolicy.SEND and not in_doubt
        return sends or informs_after_end(self) or catches_up(self)

    def _in_doubt(self, now: float) -> None:
        """The partner did not take updates in time: clients are answered without it, and it is asked."""
        self.link.unavailable(now)
        self.heartbeat.news()
        self.heartbeat.hasten(now)
        self._run(now)

    def _updates_settled(self, now: float) -> None:
        if catches_up(self):
            self._run(now)
        if self.state is State.COMMUNICATION_RECOVERY:
            self.recovery.settled(now)

    def _update_failed(self, kind: Kind, now: float) -> bool:
        if self.state is State.COMMUNICATION_RECOVERY:
            self.recovery.failed(kind)
        if self.watch.enabled:
            if kind is Kind.UNREACHABLE:
                self.heartbeat.news()
                self.heartbeat.hasten(now)
            self._run(now)
            return not STATES[self.state].service
        if kind is not Kind.CONFLICT:
            self.heartbeat.news()
            self.heartbeat.soon(now)
        self._run(now)
        return self._sends_updates or not STATES[self.state].service
