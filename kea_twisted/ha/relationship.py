"""One server's side of a relationship: events and the time come in, effects and the next deadline come out.

The server has a state; one table says what a state means (``states``), another what comes next
(``transitions``). The next step is looked up whenever something is learnt of the partner: after a heartbeat,
a failed update, a fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kea_twisted import events as E
from kea_twisted.engine.effects import Decision
from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha import messages
from kea_twisted.ha.aside import Aside
from kea_twisted.ha.deletions import Deletion
from kea_twisted.ha.dhcpservice import DhcpService
from kea_twisted.ha.doubts import Doubts
from kea_twisted.ha.evidence import ProbeOutcome
from kea_twisted.ha.failure import Link
from kea_twisted.ha.fetch import Fetch
from kea_twisted.ha.guards import GUARDS
from kea_twisted.ha.handover import catches_up, has_left, informs_after_end, may_linger
from kea_twisted.ha.heart import SOON, Heart
from kea_twisted.ha.messages import Cause, Kind, Pulse, Reply
from kea_twisted.ha.outbox import Effect, Outbox, Ticket
from kea_twisted.ha.pauses import Pauses
from kea_twisted.ha.recovery import Recovery
from kea_twisted.ha.scopes import Scopes
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import STATES, Serves, State
from kea_twisted.ha.states import Updates as UpdatePolicy
from kea_twisted.ha.statesets import CAUSES, MAINTENANCE, OUT_OF_USE, SHARING, WATCHING, WITHOUT_MAINTENANCE
from kea_twisted.ha.subnetlists import PartnerSubnets
from kea_twisted.ha.transitions import NORMAL, Guard, next_step
from kea_twisted.ha.updates import Updates
from kea_twisted.ha.upkeep import Upkeep
from kea_twisted.ha.watch import PartnerWatch
from kea_twisted.ha.words import Words
from kea_twisted.interfaces import Log
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.message import Message


class Relationship:
    """``lookup`` gives the lease of an address; ``service`` is shared with all who may switch it off.

    ``own_addresses`` are those of the DHCP sockets.
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
        self.words = Words(settings, self.link, log)
        self.watch: PartnerWatch = PartnerWatch(settings, self.outbox, self.words, self._run, now)
        self.aside = Aside(self.link)
        self.heart = Heart(settings, self.link, self.outbox, self.words, self.watch, self._beaten)
        changes = self._update_failed, self._updates_settled
        self.updates: Updates = Updates(settings, self.link, self.outbox, log, *changes, self.wall)
        self.recovery: Recovery = Recovery(
            settings, self.link, self.updates, self.outbox, self.words, lookup, self._run
        )
        self.fetch: Fetch = Fetch(settings, self.link, self.outbox, self.updates, self.heart, log, self._run)
        self.upkeep = Upkeep(settings, self.link, self.outbox, self.updates, lookup, self.wall, self.words, log)
        self.subnets = PartnerSubnets(settings, self.outbox, self.words, self.updates.retry_refused)
        self._service = DhcpService(settings, service, self.link, self.heart, self.updates, self.words)
        self._lookup = lookup
        self._own_addresses = own_addresses
        self.log = log
        self._pauses = Pauses(settings.pauses)
        self._doubts = Doubts()
        self._lingers = False  # it serves the partner's clients until a Kea, which is ready, has noticed that it may

    # what comes in

    def start(self, now: float) -> list[Effect]:
        """The service begins: waiting, and the first heartbeat at once."""
        self._enter(now)
        self._run(now)
        self.words.say(E.HA_SERVICE_STARTED, self.settings.mode, self.settings.me.role)
        return self._out(now)

    def recall(self, state: str = "", deletions: Sequence[Deletion] = ()) -> None:
        """Take over the state in which this server ended, "" when it is not known, and unconfirmed deletions."""
        self.watch.recall(state)
        self.updates.recall_deletions(deletions, self._lookup)

    def stop(self) -> list[Effect]:
        """The service ends: the DHCP service is no longer held."""
        self.heart.active = False
        self.heart.rest()
        self.fetch.abandon()
        self.upkeep.stop()
        self._service.end()
        return self.outbox.take()

    def tick(self, now: float) -> list[Effect]:
        """The deadline has come."""
        self.heart.mend(now)
        self.updates.tick(self._lookup, now)
        self.upkeep.tick(now)
        if self.updates.waits.overdue(now):
            self._in_doubt(now)
        if self.heart.notice_interruption(now):
            self._run(now)
        return self._out(now)

    def answered(self, token: int, answer: object, now: float) -> list[Effect]:
        """A Send was answered with this dict."""
        self.outbox.answered(token, messages.read_answer(answer), now)
        return self._out(now)

    def failed(self, token: int, reply: Reply, now: float) -> list[Effect]:
        """A Send had no answer, or none that could be understood."""
        self.outbox.answered(token, reply, now)
        return self._out(now)

    def applied(self, token: int, count: int, error: str, now: float) -> list[Effect]:
        """An Apply is done: so many leases were newer; or it failed for this reason."""
        self.outbox.applied(token, count, error, now)
        return self._out(now)

    def worked(self, token: int, outcome: object, now: float) -> list[Effect]:
        """The outcome of a Work."""
        self.outbox.worked(token, outcome, now)
        return self._out(now)

    def probed(self, token: int, outcome: ProbeOutcome, now: float) -> list[Effect]:
        """The outcome of a Probe."""
        self.outbox.probed(token, outcome, now)
        return self._out(now)

    def connection_ended(self, now: float) -> list[Effect]:
        """A kept-alive connection to the partner ended: ask at once whether its process did."""
        if self.watch.enabled:
            self.heart.connection_ended(now)
        return self._out(now)

    def dhcp_side(self, ok: bool, reason: str, now: float) -> list[Effect]:
        """This server's own DHCP side works; or it does not, for this reason, and the partner is to serve."""
        before = self.unable
        self.watch.own_side(ok, reason, now)
        if self.unable and not before and self.updates.partner_is_known_kea and self.state is not State.WAITING:
            self.aside.begin()
        elif before and not self.unable:
            self.aside.able(self.heart.beats)
            self.heart.hasten(now)
        if self.unable and not before and self.state is not State.WAITING and self.state not in OUT_OF_USE:
            self.step(State.WAITING, now)
        elif before and not self.unable:
            self._run(now)
        return self._out(now)

    def turn_ended(self, now: float) -> list[Effect]:
        """Everything that came in together has been looked at."""
        self.outbox.turn_ended()
        return self._out(now)

    def committed(self, decision: Decision) -> tuple[Ticket | None, list[Effect]]:
        """Leases were written. The reply waits for the ticket, whose end is a Step."""
        ticket = self.updates.commit(decision, self._sends_updates)
        if self.state is State.COMMUNICATION_RECOVERY:
            self.recovery.queued()
        return ticket, self.outbox.take()

    def deleted(self, leases: Sequence[Lease]) -> list[Effect]:
        """A command deleted these leases."""
        self.updates.deleted(leases, self._sends_updates)
        return self.outbox.take()

    def receives(self, message: Message, now: float) -> bool:
        """Return True if a query is for this server. If not, it may still tell something about the partner."""
        if self.scopes.holds_query(message):
            return True
        if self.scopes.query_class(message) == "":
            self.words.say(E.HA_LOAD_BALANCING_IDENTIFIER_MISSING, f"0x{message.xid:x}")
            return False
        if not self.alone and self.link.interrupted(now):
            self.watch.client_waits(message, self.link, self.heart, now)
        return False

    @property
    def deadline(self) -> float | None:
        """When ``tick`` wants to be called."""
        times = (self.heart.deadline, self.watch.deadline, self.updates.waits.deadline, self.updates.arrears.deadline)
        return min((time for time in times if time is not None), default=None)

    def lease_at(self, address: int) -> Lease | None:
        """Return the lease of an address."""
        return self._lookup(address)

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
        return self.watch.enabled and self.watch.may_be_elsewhere(self.state, self.link.partner_state)

    @property
    def unable(self) -> str:
        """Why this server cannot serve and leaves it to its partner; "" while it can."""
        return self.watch.evidence.own_fault if self.watch.enabled and not self.alone else ""

    # what the partner and the operator ask for; ``commands`` reads the arguments and writes the answers

    def pulse(self, sender: str | None, now: float) -> Pulse:
        """Somebody asks how it goes. Old partners (Kea 2.2) do not say who they are."""
        self.heart.names.heard_from(sender, self.alone or sender in (None, self.settings.partner.name))
        if not self.alone and not self.fetch.under_way and sender in (None, self.settings.partner.name):
            self._hand_back()  # the answer tells the partner to serve
            self.heart.heard(now, self.state in NORMAL and self.link.partner_state is self.state)
        state = self.aside.shown_state or self.state if self.aside.active else self.state
        cause = self.cause if self.state is State.TERMINATED else Cause.NONE
        self._now = now
        ours, unsent = self.watch.enabled, self.link.unsent_updates
        addresses = tuple(self._own_addresses()) if ours else ()
        subnets = self.subnets.digest if ours else ""
        return Pulse(state, int(self.wall()), self.scopes.served, unsent, ours, cause, addresses, subnets)

    def unknown_sender(self, name: str) -> dict[str, Any] | None:
        """Take note of a heartbeat with an unknown name; return what its sender is to know beside the refusal."""
        if not self.watch.enabled or self.alone:
            return None
        self.heart.names.heard_from(name, False)
        return self.heart.names.refusal(self.scopes.everything and self.serves, self.unable)

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
        self.words.say(E.HA_STATE_MACHINE_CONTINUED)
        self.paused = False
        self._run(now)
        return True

    def partner_synced(self, origins: tuple[int, ...], now: float) -> None:
        """The partner has all our leases. If we served alone, we hold back until we know what it does now."""
        self.updates.synced()
        if self.state is State.PARTNER_DOWN and not self.watch.enabled:
            self._service.hold(now)
        else:
            self.heart.soon(now)  # the partner is about to be ready
        self._service.release(origins)

    def maintenance_canceled(self, now: float) -> None:
        """Both servers return. The partner may be late: what it says of maintenance is not believed yet."""
        self._doubts.begin(MAINTENANCE, now)
        self.heart.schedule(now + SOON)

    def maintenance_started(self, now: float) -> None:
        """Do not believe at once that the partner has no part in it: it is about to step, or was asked before."""
        self._doubts.begin(WITHOUT_MAINTENANCE, now)

    def serve_names(self, names: list[str]) -> None:
        """Serve these scopes until the next step; ValueError for an unknown one."""
        self.scopes.serve_names(names)
        self._service.adjust(self.state)

    # steps

    def step(self, state: State, now: float, *, maintenance: bool = False) -> None:
        """Go to a state: say so, then do what it asks for on entry."""
        self.words.step(self.state, state)
        if self.state is State.TERMINATED:
            self.link.forget_clocks()  # Kea keeps the old skew and terminates again before the next heartbeat
        self.previous, self.state = self.state, state
        self._enter(now, maintenance)
        if has_left(self):
            self.updates.replay(self._lookup)

    def _run(self, now: float) -> None:
        if self.fetch.under_way:
            return  # the fetch decides
        if (self.unable or self.aside.active) and self.state is State.WAITING:
            return
        if STATES[self.state].heartbeat and self.link.should_warn_of_skew(now):
            self.words.say(E.HA_HIGH_CLOCK_SKEW, self.link.skew_text)
        if self.state is State.COMMUNICATION_RECOVERY:
            self.recovery.go_on(now)
        if self._doubts.cover(self.link.partner_state, now):
            self.heart.soon(now)
            return
        while not self.paused:
            row = next_step(self.state, self.link.partner_state, lambda guard: GUARDS[guard](self, now))
            if row is None:
                break
            self.words.reason(row)
            if row.next is State.TERMINATED:
                self.cause = Cause.PARTNER if row.says is None else CAUSES.get(row.says, Cause.PARTNER)
            if row.next is None:
                break
            if Guard.FAILURE_CONFIRMED in row.guards:
                self.heart.say_interrupted()
                self.watch.say_gone(now)
            self.step(row.next, now)
        if self.state is State.SYNCING and not self.paused and not self.fetch.done:
            self.fetch.begin(now)

    def _enter(self, now: float, maintenance: bool = False) -> None:
        row = STATES[self.state]
        self.fetch.abandon()
        self.upkeep.entered(self.state in NORMAL, now)
        self.recovery.begin()
        self._lingers = may_linger(self)
        self.scopes.serve(Serves.ALL if self._lingers else self._serves(row.serves, maintenance))
        self._service.enter(self.state)
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
        self.heart.active = (row.heartbeat or terminated) and not self.alone
        self.watch.active = self.watch.enabled and self.state in WATCHING and not self.alone
        self.heart.news()
        if not self.heart.active:
            self.heart.rest()
        elif self.link.partner_state is not State.UNAVAILABLE:
            self.heart.hasten(now)

    def _serves(self, serves: Serves, maintenance: bool) -> Serves:
        may_take_over = maintenance or self.settings.me.auto_failover or self.state is not State.PARTNER_DOWN
        return serves if may_take_over or serves is not Serves.ALL else Serves.OWN

    def _latest(self) -> float:
        return self._now

    def _out(self, now: float) -> list[Effect]:
        self._now = now
        self.heart.beat_if_due(now)
        self.updates.waits.note_time(now)
        if self.watch.enabled and self.state in NORMAL and self.scopes.served:
            self.watch.say_owing(self.link.partner_state is State.UNAVAILABLE, len(self.updates.owed))
        self.watch.tick(now)
        return self.outbox.take()

    # heartbeats, updates and clients

    def _beaten(self, now: float) -> None:
        together = self.state in NORMAL and self.link.partner_state is self.state
        if together:
            self.link.caught_up()
        self.watch.note_states(self.state, self.link.partner_state)
        if self.watch.enabled and self.link.partner_state is not State.UNAVAILABLE:
            self.subnets.heard(self.link.partner_subnets)
        informs = together or informs_after_end(self) or catches_up(self) or has_left(self)
        if informs and self.watch.enabled and self.updates.owed:
            self.updates.replay_if_due(self._lookup, now)
        self._service.beaten(self.state, now)
        self.aside.beaten(self.heart.beats)
        self._run(now)
        if self.link.partner_state is not State.READY:
            self._hand_back()
        if catches_up(self) or self._lingers:
            self.heart.soon(now)

    def _hand_back(self) -> None:
        """Leave the clients of a Kea that has returned to it."""
        if self._lingers:
            self._lingers = False
            self.scopes.serve(self._serves(STATES[self.state].serves, False))

    @property
    def _sends_updates(self) -> bool:
        in_doubt = self.watch.enabled and self.link.partner_state is State.UNAVAILABLE
        sends = STATES[self.state].updates is UpdatePolicy.SEND and not in_doubt
        return sends or informs_after_end(self) or catches_up(self)

    def _in_doubt(self, now: float) -> None:
        """The partner did not take updates in time: clients are answered without it, and it is asked."""
        self.link.unavailable(now)
        self.heart.news()
        self.heart.hasten(now)
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
                self.heart.news()
                self.heart.hasten(now)
            self._run(now)
            return not STATES[self.state].service
        if kind is not Kind.CONFLICT:
            self.heart.news()
            self.heart.soon(now)
        self._run(now)
        return self._sends_updates or not STATES[self.state].service
