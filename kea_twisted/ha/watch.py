"""Watching the partner: which signs become evidence, when a probe is sent, and what is said about the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted import events as E
from kea_twisted.ha.evidence import PRECEDENCE, Evidence, ProbeOutcome, Verdict
from kea_twisted.ha.failure import Link
from kea_twisted.ha.messages import CONNECTION_REFUSED, Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import LOAD_BALANCING, PRIMARY, HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.statesets import SHARING
from kea_twisted.ha.transitions import NORMAL
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message

_SERVING: Final = (Verdict.LINK_BROKEN, Verdict.CLAIMED)


class PartnerWatch:
    """``changed`` is called when a sign may have changed the verdict. ``active``: the state has heartbeats.

    ``enabled``: anything goes beyond Kea's rules.
    """

    def __init__(
        self,
        settings: HaSettings,
        outbox: Outbox,
        words: RelationshipLog,
        link: Link,
        changed: Callable[[float], None],
        now: float,
    ) -> None:
        self.enabled = settings.watch.enabled
        self._settings = settings
        self._outbox = outbox
        self._words = words
        self._link = link
        self._changed = changed
        self._both_serve = settings.mode == LOAD_BALANCING
        self.evidence = Evidence(settings.watch, now)
        self.active = False
        self.served_last = False  # when it ended, this server served without its partner
        self.names_differ = False  # this server and its partner do not take each other for partners
        self._behind = False  # leases may be missing here: the partner served alone, or the clocks differ
        self._said = Verdict.WELL
        self._said_owing = False

    def recall(self, state: str) -> None:
        """Take note of the state in which this server ended, "" when it is not known."""
        self.served_last = state == State.PARTNER_DOWN.value
        self._behind = bool(state) and not self.served_last

    def note_states(self, own: State, partner: State | None) -> None:
        """Take note of this server's state and of the partner's: they tell whether this one may lack leases."""
        if own is State.READY or own in NORMAL:
            self._behind = False
            if own in NORMAL:
                self.served_last = False
        elif own is State.TERMINATED or (own is State.WAITING and partner is State.PARTNER_DOWN):
            self._behind = True  # terminated: by a wrong clock leases have ended that their clients still hold

    def is_behind(self, state: State) -> bool:
        """Return whether this server serves, and may lack leases that clients hold."""
        return (self._behind or self.names_differ) and self.enabled and state in SHARING

    @property
    def deadline(self) -> float | None:
        """The time of the next probe, or of a heartbeat that is to follow one."""
        if not self.active:
            return None
        probe, heartbeat = self.evidence.probe_due(), self.evidence.ask_due()
        return probe if heartbeat is None else heartbeat

    def heartbeat_answered(self, reply: Reply, asked_at: float, now: float) -> None:
        """Take note of the outcome of a heartbeat that was sent at ``asked_at``."""
        evidence = self.evidence
        if reply.kind is Kind.OK:
            evidence.answered(now)
            self._said = Verdict.WELL
        elif reply.kind is Kind.UNREACHABLE and reply.text == CONNECTION_REFUSED:
            evidence.refused(now)
        elif reply.kind is Kind.UNREACHABLE:
            evidence.silent(asked_at)
        else:
            evidence.answered_badly(unable_reason(reply), now)

    def tick(self, now: float) -> None:
        """Send a probe when one is due."""
        self.evidence.update_answered(self._link.answered_at)
        due = self.evidence.probe_due() if self.active else None
        if due is not None and now >= due:
            self.evidence.probe_sent(now)
            self._outbox.probe(self._settings.partner.name, self._probed)

    def client_asks(self, now: float) -> bool:
        """A client of the partner's asks. Return True if the deadline may be an earlier one now.

        In load-balancing only: there this server serves such clients before it is certain that the partner does not.
        """
        return self._both_serve and self.active and self.evidence.client_asked(self._link.answered_at, now)

    def should_ask(self, now: float) -> bool:
        """Return True if a heartbeat is due because a client of the partner's asks, and a probe has no answer yet."""
        due = self.evidence.ask_due() if self.active else None
        return due is not None and now >= due

    def verdict(self, now: float) -> Verdict:
        """Return the conclusion from the evidence; a change is logged."""
        verdict = self.evidence.verdict(now)
        if verdict is not self._said:
            self._said = verdict
            if verdict in _SERVING:
                self._words.say(E.HA_PARTNER_LINK_BROKEN, self._settings.partner.label, self.evidence.reasons(now))
        return verdict

    def serves_out_of_reach(self, now: float) -> bool:
        """Return True if the partner answers no request, and is seen or heard to serve clients all the same."""
        return self.enabled and self.verdict(now) in _SERVING

    def client_waits(self, message: Message, link: Link) -> bool:
        """Take note of a query for the partner, which has been out of reach for long (Kea's rule).

        Return True if that shows the failure: a last heartbeat before taking over is due.
        """
        seen = link.analyze(message)
        if seen.unacked:
            counts = (link.unacked, link.unacked_left)
            self._words.say(E.HA_COMMUNICATION_INTERRUPTED_CLIENT4_UNACKED, label(message), *counts)
            return link.failure_detected
        if seen.new:
            self._words.say(E.HA_COMMUNICATION_INTERRUPTED_CLIENT4, label(message))
        return False

    def may_start_alone(self, now: float) -> bool:
        """Return True if a server that begins may serve.

        The partner's process is gone, or says that it does not serve; or this server served last.
        """
        if not self.enabled:
            return False
        evidence = self.evidence
        precedence = 0.0 if self._settings.me.role == PRIMARY else PRECEDENCE
        unserved = evidence.denies(now) and evidence.unserved(now - precedence)
        if unserved or evidence.process_gone(now) or evidence.nothing_answers(now - precedence):
            return True
        return self.served_last and evidence.short_silence(now)

    def say_gone(self, now: float) -> None:
        """Log what led to a takeover, unless Kea's timers did alone."""
        if self.enabled and self.evidence.in_doubt:
            self._words.say(E.HA_PARTNER_GONE, self._settings.partner.label, self.evidence.reasons(now))

    def may_be_elsewhere(self, state: State, partner: State | None) -> bool:
        """Return True if the partner may be serving out of sight while this server gives addresses."""
        in_doubt = self.enabled and (self.evidence.in_doubt or partner is State.UNAVAILABLE)
        return in_doubt and not self.evidence.proves_end and state in SHARING

    def say_owing(self, owing: bool, count: int) -> None:
        """Log that clients are answered without the partner from now on, with so many updates owed, or no longer."""
        if owing is not self._said_owing:
            self._said_owing = owing
            event = E.HA_PARTNER_IN_DOUBT if owing else E.HA_PARTNER_CAUGHT_UP
            self._words.say(event, self._settings.partner.label, count)

    def own_side(self, ok: bool, reason: str, now: float) -> None:
        """This server's own DHCP side works, or does not for this reason."""
        before, self.evidence.own_fault = self.evidence.own_fault, "" if ok else reason
        if not ok and not before:
            self._words.say(E.HA_DHCP_SIDE_DOWN, reason)
        elif ok and before:
            self._words.say(E.HA_DHCP_SIDE_UP)
            self.evidence.begin_again(now)

    def _probed(self, outcome: ProbeOutcome, now: float) -> None:
        self.evidence.probed(outcome, now)
        if self.evidence.in_doubt:
            self._changed(now)


def unable_reason(reply: Reply) -> str:
    """Return the reason why a partner of ours says that it cannot serve; "" for any other answer."""
    reason = reply.arguments.get("unable") if isinstance(reply.arguments, dict) else None
    return reason if isinstance(reason, str) else ""
