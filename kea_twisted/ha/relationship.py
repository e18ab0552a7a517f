"""One server's side of a relationship: events and the time come in, effects and the next deadline come out.

``statemachine`` has the state and the steps.
"""

from __future__ import annotations

from collections.abc import Sequence

from kea_twisted import events as E
from kea_twisted.engine.effects import Decision
from kea_twisted.ha import messages
from kea_twisted.ha.deletions import Deletion
from kea_twisted.ha.evidence import FRESH, ProbeOutcome
from kea_twisted.ha.handover import serves_instead
from kea_twisted.ha.heartbeat import SOON
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Cause, HeartbeatStatus, Reply
from kea_twisted.ha.outbox import Effect, Ticket
from kea_twisted.ha.statemachine import StateMachine
from kea_twisted.ha.states import State
from kea_twisted.ha.statesets import MAINTENANCE, OUT_OF_USE, WITHOUT_MAINTENANCE
from kea_twisted.ha.transitions import NORMAL
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Lease
from kea_twisted.wire.message import Message


class Relationship(StateMachine):
    """A state machine with what comes in from outside, and what the partner and the operator ask for."""

    # what comes in

    def start(self, now: float) -> list[Effect]:
        """The service begins: waiting, and the first heartbeat at once."""
        self._enter(now)
        self._run(now)
        self.words.say(E.HA_SERVICE_STARTED, self.settings.mode, self.settings.me.role)
        return self._out(now)

    def recall(self, state: str = "", deletions: Sequence[Deletion] = (), apart_since: int = 0) -> None:
        """Take over the state in which this server ended, "" when it is not known, and unconfirmed deletions.

        ``apart_since``: the second since which it had not been in touch with its partner; 0: it was in touch.
        """
        self.watch.recall(state)
        self.claims.recall(apart_since if self.watch.enabled else 0)
        self.updates.recall_deletions(deletions, self._lookup)

    def stop(self) -> list[Effect]:
        """The service ends: the DHCP service is no longer held."""
        self.heartbeat.active = False
        self.heartbeat.rest()
        self.fetch.abandon()
        self.upkeep.stop()
        self._service.end()
        return self.outbox.take()

    def tick(self, now: float) -> list[Effect]:
        """The deadline has come."""
        self.heartbeat.mend(now)
        self.standstill.tick(now)
        self.updates.tick(self._lookup, now)
        self.upkeep.tick(now)
        if self.updates.waits.overdue(now):
            self._in_doubt(now)
        back = self.taking_back.deadline
        if self.heartbeat.notice_interruption(now) or (back is not None and now >= back):
            self._run(now)
        return self._out(now)

    def stood_still(self, seconds: float, now: float) -> list[Effect]:
        """This server did not run for more than so many seconds; clients wait until the partner was asked."""
        if self.watch.active and self.scopes.served and not self.standstill.holds:
            self.words.say(E.HA_SERVER_STOOD_STILL, f"{seconds:.1f}")
            self.standstill.end(now)
            self.updates.waits.drop_all()
            self.heartbeat.news()
            self.heartbeat.hasten(now)
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
            self.heartbeat.connection_ended(now)
        return self._out(now)

    def dhcp_side(self, ok: bool, reason: str, now: float) -> list[Effect]:
        """This server's own DHCP side works; or it does not, for this reason, and the partner is to serve."""
        before, fault = self.unable, self.watch.evidence.own_fault
        self.watch.own_side(ok, reason, now)
        if fault and ok:
            self.link.excuse(max(self.taking_back.delay, FRESH), now)
            self.heartbeat.hasten(now)
        self._note_fault(before, True, now)
        self._ability_changed(before, now)
        return self._out(now)

    def _heartbeat_ended(self, now: float) -> None:
        before, deaf = self.unable, self.deafness.reason
        # else the partner would serve none of the clients that are left to it, or not hear in time that they are
        takes_over = self.settings.partner.auto_failover and self.watch.evidence.asks(now)
        shares = takes_over and self.state in NORMAL and bool(self.scopes.served)
        asked_at, held = self.heartbeat.asked_at, self._is_served_by_partner(now)
        deaf_lately = self.watch.enabled and self.deafness.partner_asked(asked_at, shares, held, now)
        self._say_deafness(deaf)
        self._note_fault(before, self.deafness.since is None, now)
        super()._heartbeat_ended(now)
        self._ability_changed(before, now)
        if deaf_lately:
            self.heartbeat.soon(now)

    @property
    def _has_work(self) -> bool:
        """True in a state in which this server has work that it can leave to its partner."""
        return self.state is not State.WAITING and self.state not in OUT_OF_USE

    def _say_deafness(self, before: str) -> None:
        """Log the beginning or the end of what makes this server leave its clients to its partner."""
        if self.deafness.reason and not before:
            self.words.say(E.HA_DHCP_SIDE_DOWN, self.deafness.reason)
        elif before and not self.deafness.reason:
            self.words.say(E.HA_DHCP_SIDE_UP)

    def _is_served_by_partner(self, now: float) -> bool:
        """Return True if the clients were left to the partner, which serves them as far as that is known."""
        left_at = self.taking_back.left_at
        return left_at is not None and serves_instead(self, left_at, now)

    def _note_fault(self, before: str, over: bool, now: float) -> None:
        """Begin to wait, or stop it, if this server's ability to serve is not what it was.

        ``before``: the former reason for which it could not. ``over``: if there is none any more, the fault is over; if
        not, there is one that the partner has, too.
        """
        back = self.taking_back
        if self.unable not in ("", back.reason):
            if self._has_work or back.left_at is not None:
                back.left(now)
        elif before and not self.unable and over and self._is_served_by_partner(now) and back.delay:
            back.wait(now)
            self.words.say(E.HA_CLIENTS_TAKEN_BACK_LATER, self.settings.partner.label, f"{back.delay:g}")

    def _ability_changed(self, before: str, now: float) -> None:
        """Leave the work to the partner, or take it back, if this server's ability to serve is not what it was."""
        if self.unable and not before and self.updates.partner_is_known_kea and self.state is not State.WAITING:
            self.kea_takeover.begin()
            self._ask_to_take_over()
        if self.unable and not before and self._has_work:
            self.step(State.WAITING, now, why=f"this server cannot serve: {self.unable}")
        elif before and not self.unable:
            self._take_back(now)
            super()._run(now)

    def _take_back(self, now: float) -> None:
        self.taking_back.taken(now)
        self.kea_takeover.able(self.heartbeat.count)
        self.heartbeat.hasten(now)

    def _run(self, now: float) -> None:
        back = self.taking_back
        if back.left_at is not None and not self.watch.evidence.own_fault:
            due = back.deadline is not None and now >= back.deadline
            if due or not serves_instead(self, back.left_at, now):
                deaf = self.deafness.reason
                self.deafness.take_back()
                self._say_deafness(deaf)
                self._take_back(now)
        super()._run(now)

    def _ask_to_take_over(self) -> None:
        """Ask a Kea that has all leases to serve for both now, before its next heartbeat shows that it is to."""
        if self.link.partner_state in NORMAL:
            self.kea_takeover.asked()
            name = self.settings.partner.name
            self.outbox.ask(name, messages.maintenance_start(), REQUEST_TIMEOUT, self._asked_to_take_over)

    def _asked_to_take_over(self, reply: Reply, now: float) -> None:
        self.kea_takeover.answered(self.heartbeat.count)
        self.heartbeat.hasten(now)

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
        if not self.alone and self.link.interrupted(now) and self.watch.client_waits(message, self.link):
            self.heartbeat.at_once(now)
        return False

    @property
    def deadline(self) -> float | None:
        """The time of the next call of ``tick``."""
        times = (
            self.heartbeat.deadline, self.watch.deadline, self.updates.waits.deadline, self.updates.arrears.deadline,
            self.standstill.deadline, self.taking_back.deadline,
        )  # fmt: skip
        return min([time for time in times if time is not None], default=None)

    def lease_at(self, address: int) -> Lease | None:
        """Return the lease of an address."""
        return self._lookup(address)

    # what the partner and the operator ask for; ``commands`` reads the arguments and writes the answers

    def heartbeat_status(self, sender: str | None, now: float, serves: bool | None = None) -> HeartbeatStatus:
        """Answer a heartbeat. Old partners (Kea 2.2) do not say who they are, a Kea not if it ``serves`` clients."""
        if serves is not None and not self.alone and sender == self.settings.partner.name:
            self.watch.evidence.asked_by_partner(serves, now)
        self.heartbeat.names.heard_from(sender, self.alone or sender in (None, self.settings.partner.name))
        if not self.alone and not self.fetch.under_way and sender in (None, self.settings.partner.name):
            self._hand_back(now)  # the answer tells the partner to serve
            self.heartbeat.heard(now, self.state in NORMAL and self.link.partner_state is self.state)
        state = self.kea_takeover.shown_state or self.state if self.kea_takeover.active else self.state
        cause = self.cause if self.state is State.TERMINATED else Cause.NONE
        self._now = now
        ours, unsent = self.watch.enabled, self.link.unsent_updates
        addresses = tuple(self._own_addresses()) if ours else ()
        subnets = self.subnets.digest if ours else ""
        answers = ours and self.identifiers.enabled
        served = self.scopes.served
        return HeartbeatStatus(state, int(self.wall()), served, unsent, ours, cause, addresses, subnets, answers)

    def unknown_sender(self, name: str) -> dict[str, Json] | None:
        """Take note of a heartbeat with an unknown name; return what its sender is to know beside the refusal."""
        if not self.watch.enabled or self.alone:
            return None
        self.heartbeat.names.heard_from(name, False)
        return self.heartbeat.names.refusal(self.scopes.everything and self.serves, self.unable)

    def reset(self, now: float) -> bool:
        """Go back to waiting, from wherever; False when it is there already."""
        if self.state is State.WAITING:
            return False
        self.step(State.WAITING, now, why="ha-reset")
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

    def partner_synced(self, origins: tuple[int, ...], now: float, by_backup: bool = False) -> None:
        """The partner has all our leases. If we served alone, we hold back until we know what it does now.

        ``by_backup``: a backup has them, and the partner is still owed what it was.
        """
        if not by_backup:
            self.updates.synced()
        if self.state is State.PARTNER_DOWN and not self.watch.enabled:
            self._service.hold(now)
        else:
            self.heartbeat.soon(now)  # the partner is about to be ready
        self._service.release(origins)

    def maintenance_canceled(self, now: float) -> None:
        """Both servers return. The partner may be late: what it says of maintenance is not believed yet."""
        self._stale_states.begin(MAINTENANCE, now)
        self.heartbeat.schedule(now + SOON)

    def maintenance_started(self, now: float) -> None:
        """Do not believe at once that the partner has no part in it: it is about to step, or was asked before."""
        self._stale_states.begin(WITHOUT_MAINTENANCE, now)

    def serve_names(self, names: list[str]) -> None:
        """Serve these scopes until the next step; ValueError for an unknown one."""
        self.scopes.serve_names(names)
        self.history.serves(self.scopes.served, self.wall())
        self._service.adjust(self.state)
