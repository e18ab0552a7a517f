"""Heartbeats: when the next one is due, what came of the last one.

Kea sends one ``heartbeat-delay`` after the last answer. This one also sends one at once after a step of its server,
and in return for a heartbeat of a partner that may have news: two of these servers reach their normal state
in milliseconds. On the wire nothing shows of this but the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted import events as E
from kea_twisted.ha import messages
from kea_twisted.ha.failure import Link
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.peernames import PeerNames
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.watch import PartnerWatch

EAGER: Final = 4
"""The number of heartbeats of a partner, perhaps echoes of ours, that are returned after the last news."""

ECHO: Final = 0.05
"""Seconds (at least three round trips) after a heartbeat in which the partner's may be its echo."""

SOON: Final = 0.2
"""Seconds to the next heartbeat when the partner is about to change its state."""

RECENTLY: Final = 1.0
"""Seconds for which a failed heartbeat is as good as a new one."""

A_MOMENT: Final = 0.001

ANSWER_TIME: Final = 0.8
"""Seconds that a watched partner has for a heartbeat; twice as many after PATIENCE failures in a row. More would delay
what is owed to it when the link is back: a heartbeat from before is lost.
"""

PATIENCE: Final = 4

RETRY: Final = 0.25
"""Seconds between heartbeats to a watched partner whose end is not decided yet."""


class HeartbeatTimer:
    """``heartbeat_ended`` is called after every heartbeat, when ``link`` knows what came of it.

    ``serves`` returns True while this server serves clients.
    """

    def __init__(
        self,
        settings: HaSettings,
        link: Link,
        outbox: Outbox,
        words: RelationshipLog,
        watch: PartnerWatch,
        heartbeat_ended: Callable[[float], None],
        serves: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._link = link
        self._outbox = outbox
        self._words = words
        self._watch = watch
        self.names = PeerNames(settings, words)
        self._failures = 0  # heartbeats without an answer in a row
        self.trouble = ""  # why the last heartbeat failed
        self._said_failed_at = float("-inf")
        self._heartbeat_ended = heartbeat_ended
        self._serves = serves
        self.at: float | None = None  # the next heartbeat; None: not planned
        self.count = 0
        self.active = False  # whether the present state has heartbeats
        self._under_way = False
        self._again = False
        self.asked_at = float("-inf")  # when the last heartbeat was sent …
        self._answered_at = float("-inf")  # … and answered
        self._eager = EAGER
        self._hastened_at = float("-inf")  # by the end of a connection
        self._said_interrupted = False

    @property
    def deadline(self) -> float | None:
        """The time of the next heartbeat or check."""
        at, check = None if self._under_way else self.at, self._interruption_at()  # what is due waits for the answer
        return check if at is None or (check is not None and check < at) else at

    def schedule(self, at: float) -> None:
        """Schedule the next heartbeat, replacing what was planned."""
        if self.active and self._settings.heartbeat_delay > 0:
            self.at = at

    def hasten(self, now: float) -> None:
        """Beat now; or again, if the answer under way may be out of date."""
        if self._under_way:
            self._again = True
        else:
            self.schedule(now)

    def soon(self, now: float) -> None:
        """Beat shortly, if nothing is under way: the partner may be gone, or about to make a step."""
        if self.at is not None:
            self.at = min(self.at, now + SOON)

    def at_once(self, now: float) -> None:
        """Send one now, if one is scheduled: the last question before taking over."""
        if self.at is not None:
            self.at = now

    def connection_ended(self, now: float) -> None:
        """Send one now, if one is scheduled; but a partner that closes all connections is not asked without a pause."""
        if self.at is None:
            return
        if now - self._hastened_at >= SOON:
            self._hastened_at = now
            self.hasten(now)
        else:
            self.at = min(self.at, self._hastened_at + SOON)

    def rest(self) -> None:
        """Send none until one is scheduled again."""
        self.at = None

    def news(self) -> None:
        """This server or its partner changed its state."""
        self._eager = EAGER

    def heard(self, now: float, settled: bool) -> None:
        """The partner's heartbeat came in; ``settled``: it can have no news.

        It is returned at once, for the partner may have made a step. One that is but the return of ours must
        not be returned for ever.
        """
        if self._link.partner_state in (None, State.UNAVAILABLE):
            self.hasten(now)
        elif not settled:
            echo = self._may_be_echo(now)
            if not echo or self._eager:
                self._eager -= echo
                self.hasten(now)

    def send_if_due(self, now: float) -> None:
        """Send a heartbeat if it is time."""
        if self.at is None or now < self.at or self._under_way:
            return
        self.at = None
        self.count += 1
        self.asked_at = now
        self._under_way, self._again = True, False
        self._watch.evidence.asked(now)
        command = messages.heartbeat(self._settings.this_server_name, self._claim)
        self._outbox.ask(self._settings.partner.name, command, self._timeout, self._on_answer)

    def notice_interruption(self, now: float) -> bool:
        """Return True if max-response-delay has just run out, which is logged once between heartbeats.

        The partner is asked once more before anything follows from it, unless it has just been asked.
        """
        if self._interruption_at() is None or not self._link.interrupted(now):
            return False
        if now - self._answered_at > RECENTLY and not self._under_way:
            self.schedule(now)
            return False
        self.say_interrupted()
        return True

    def mend(self, now: float) -> None:
        """The clock was set back: nothing that was planned may wait for the old time to come again."""
        self._link.last_good = min(self._link.last_good, now)
        latest = now + self._settings.heartbeat_delay
        if self.at is not None and self.at > latest:
            self.at = latest

    def _on_answer(self, reply: Reply, now: float) -> None:
        self._under_way = False
        self._answered_at = now
        self._watch.heartbeat_answered(reply, self.asked_at, now)
        self._failures = 0 if reply.kind is Kind.OK else self._failures + 1
        before = self._link.partner_state
        if self._read(reply, now):
            self._said_interrupted = False
        else:
            self._link.unavailable(now)
            if self._link.interrupted(now) and (self._said_failed_at == now or not self._said_interrupted):
                self._said_interrupted = False
                self.say_interrupted()
        if self._link.partner_state is not before:
            self.news()
        self.schedule(now if self._again else now + self.period)
        self._heartbeat_ended(now)

    @property
    def period(self) -> float:
        """Seconds from an answer to the next heartbeat; one that serves alone is heard as often as one in a pair."""
        watch, delay = self._settings.watch, self._settings.heartbeat_delay
        if not self._watch.active and not self._claim:
            return delay
        return min(delay, RETRY if 0 < self._failures <= PATIENCE else watch.interval)

    @property
    def _claim(self) -> bool | None:
        """Return whether this server serves clients, for a partner of our own kind."""
        return self._serves() if self._link.partner_ours and self._settings.watch.enabled else None

    @property
    def _timeout(self) -> float:
        if not self._watch.active and not self._claim:
            return REQUEST_TIMEOUT
        return ANSWER_TIME if self._failures <= PATIENCE else 2 * ANSWER_TIME

    def _say_failed(self, event: E.Event, reason: object, now: float) -> None:
        """Keep why a heartbeat failed, and log it, of those beyond Kea's period only the first."""
        self.trouble = str(reason)
        if self._failures > 1 and now - self._said_failed_at < self._settings.heartbeat_delay - SOON:
            return
        self._said_failed_at = now
        self._words.say(event, self._settings.partner.label, reason)

    def _read(self, reply: Reply, now: float) -> bool:
        status, self.trouble = None, ""
        if reply.kind is Kind.UNREACHABLE:
            self._say_failed(E.HA_HEARTBEAT_COMMUNICATIONS_FAILED, reply.text, now)
        else:
            try:
                if reply.kind is not Kind.OK:
                    raise ValueError(reply.text)
                status = messages.read_heartbeat_status(reply.arguments)
                self._link.good(status, now)
            except ValueError as error:
                self._say_failed(E.HA_HEARTBEAT_FAILED, error, now)
        state = self.names.answered(reply, status) if self._settings.watch.enabled else None
        self._watch.names_differ = bool(self.names.difference or self.names.conflict)
        if state is State.PARTNER_DOWN:
            self._watch.evidence.answered(now)
            self._link.heard(state, now)
            return True
        return status is not None and state is None

    def _may_be_echo(self, now: float) -> bool:
        window = max(ECHO, 3 * (self._answered_at - self.asked_at))
        return self._under_way or now - self._answered_at < window

    def _interruption_at(self) -> float | None:
        if self._link.partner_state is not State.UNAVAILABLE or not self.active or self._said_interrupted:
            return None
        if self._under_way and self._failures <= PATIENCE:  # else it is asked all the time
            return None
        return self._link.last_good + self._settings.max_response_delay + A_MOMENT

    def say_interrupted(self) -> None:
        """Say once that the partner is out of reach."""
        if not self._said_interrupted:
            self._said_interrupted = True
            self._words.say(E.HA_COMMUNICATION_INTERRUPTED, self._settings.partner.name)
