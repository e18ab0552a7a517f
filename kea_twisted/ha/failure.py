"""The state of the communication with the partner (Kea's ``communication_state.cc``).

The time and content of its last answer, the offset of its clock, its clients that get no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from kea_twisted.ha.messages import Cause, HeartbeatStatus
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.jsonvalue import Json
from kea_twisted.wire.identity import Client, client_of
from kea_twisted.wire.message import Message

WARN_SKEW: Final = 30
TERMINATE_SKEW: Final = 60
WARN_AGAIN: Final = 60.0
REJECT_LIFETIME: Final = 86400.0


def waiting_seconds(secs: int) -> int:
    """The ``secs`` field of a client. Some clients send its bytes in the wrong order: the low one is zero."""
    if secs > 255 and not secs & 0xFF:
        return secs >> 8
    return secs


class Watched(NamedTuple):
    """The news in a query to the partner: a client seen first, or one that is now known to wait in vain."""

    new: bool
    unacked: bool


class Link:
    """The partner as seen from here. Times are seconds on a steady clock."""

    def __init__(self, settings: HaSettings, now: float, wall: Callable[[], float] | None = None) -> None:
        """``wall`` is the clock that is compared with the partner's; None: the steady one."""
        self._settings = settings
        self._wall = wall
        self.partner_ours = False  # the partner is not a Kea
        self.partner_cause = Cause.NONE  # why it ended the relationship
        self.partner_addresses: tuple[int, ...] = ()  # of its DHCP service, as it says
        self.partner_subnets = ""  # the digest of its subnets
        self.partner_answers = False  # REQUESTs of its clients that name this server
        self.partner_state: State | None = None  # None: nothing was heard yet
        self.partner_state_since = now
        self.partner_scopes: tuple[str, ...] = ()
        self.last_good = now
        self.good_before = now  # the heartbeat before the last good one
        self.answered_at = now  # an update
        self.analyzed = 0
        self.unsent_updates = 0
        self._partner_unsent = 0
        self._known_unsent = 0
        self._clients: dict[Client, bool] = {}
        self._rejected: dict[Client, float] = {}
        self._skew_warned: float | None = None
        self._clocks: tuple[int, int] | None = None  # own, partner's
        self.apart = 1  # seconds that the clocks of both have differed since they worked together; they show whole ones

    # heartbeats

    def good(self, status: HeartbeatStatus, now: float) -> None:
        """A heartbeat was answered."""
        self.heard(status.state, now)
        self._clocks = (int(now if self._wall is None else self._wall()), status.time)
        self.apart = max(self.apart, self._apart_now)
        self.partner_ours, self.partner_cause = status.ours, status.cause
        self.partner_addresses, self.partner_subnets = status.addresses, status.subnets
        self.partner_answers = status.answers
        if status.scopes is not None:
            self.partner_scopes = status.scopes
        if status.unsent_updates is not None:
            self._partner_unsent = status.unsent_updates
        self.good_before, self.last_good = self.last_good, now
        self._clients.clear()
        self.analyzed = 0

    def heard(self, state: State, now: float) -> None:
        """The partner told its state in some other way, too."""
        if state is not self.partner_state:
            self.partner_state_since = now
        self.partner_state = state

    def unavailable(self, now: float) -> None:
        """Note that a request failed."""
        self.heard(State.UNAVAILABLE, now)
        self.forget_clocks()

    def excuse(self, patience: float, now: float) -> None:
        """Give the partner so many seconds to be heard: this server could hear nothing until now."""
        self.last_good = max(self.last_good, now - self._settings.max_response_delay + patience)

    def interrupted(self, now: float) -> bool:
        """Return True if no heartbeat was good for more than max-response-delay."""
        return now - self.last_good > self._settings.max_response_delay

    # clients that wait for the partner

    def analyze(self, message: Message) -> Watched:
        """Take note of a query meant for the partner while it cannot be reached."""
        self.analyzed += 1
        unacked = waiting_seconds(message.secs) > self._settings.max_ack_delay
        client = client_of(message)
        before = self._clients.get(client)
        if before is None or (unacked and not before):
            self._clients[client] = unacked
        return Watched(before is None, unacked and not before)

    @property
    def connecting(self) -> int:
        """The number of clients that asked since the link broke."""
        return len(self._clients)

    @property
    def unacked(self) -> int:
        """The number of them that have been asking for longer than max-ack-delay."""
        return sum(self._clients.values())

    @property
    def unacked_left(self) -> int:
        """The number of further ones that it takes to count as a failure."""
        return max(0, self._settings.max_unacked_clients + 1 - self.unacked)

    @property
    def failure_detected(self) -> bool:
        """True if enough clients wait in vain; with max-unacked-clients 0 none is needed."""
        return not self._settings.max_unacked_clients or self.unacked > self._settings.max_unacked_clients

    # refused updates

    def rejected(self, message: Message, now: float) -> None:
        """The partner's table does not agree with a lease of this client."""
        self._rejected[client_of(message)] = now + REJECT_LIFETIME

    def accepted(self, message: Message) -> None:
        """The partner took an update of this client."""
        if self._rejected:
            self._rejected.pop(client_of(message), None)

    def forget_rejects(self) -> None:
        """Start counting anew."""
        self._rejected.clear()

    def too_many_rejects(self, now: float) -> bool:
        """Return True if as many clients as max-rejected-lease-updates says are refused at present."""
        for client in [client for client, until in self._rejected.items() if until <= now]:
            del self._rejected[client]
        return 0 < self._settings.max_rejected_lease_updates <= len(self._rejected)

    # updates that were not sent

    def missed_updates(self) -> bool:
        """Return True if the partner served alone since its leases were fetched or both worked together."""
        return 0 < self._partner_unsent != self._known_unsent

    def caught_up(self) -> None:
        """From here on nothing is missing."""
        self._known_unsent = self._partner_unsent
        self.apart = self._apart_now

    # clocks

    @property
    def skew(self) -> int:
        """The seconds by which the partner's clock is ahead; negative: behind; 0 when it is not known."""
        return 0 if self._clocks is None else self._clocks[1] - self._clocks[0]

    @property
    def _apart_now(self) -> int:
        return min(abs(self.skew), TERMINATE_SKEW) + 1

    @property
    def clocks_agree(self) -> bool:
        """True if both clocks are known, and closer than what is warned about."""
        return self._clocks is not None and abs(self.skew) <= WARN_SKEW

    def forget_clocks(self) -> None:
        """Forget what was known of the clocks: it is out of date."""
        self._clocks = None
        self._skew_warned = None

    def should_warn_of_skew(self, now: float) -> bool:
        """Return True if the clocks differ by more than 30 seconds; true once a minute."""
        again = self._skew_warned is None or now - self._skew_warned > WARN_AGAIN
        if abs(self.skew) <= WARN_SKEW or not again:
            return False
        self._skew_warned = now
        return True

    @property
    def skew_text(self) -> str:
        """Both clocks in words."""
        if self._clocks is None:
            return "skew not initialized"
        own, partner = map(time_text, self._clocks)
        way = f"{abs(self.skew)}s {'ahead' if self.skew > 0 else 'behind'}" if self.skew else "synchronized"
        return f"my time: {own}, partner's time: {partner}, partner's clock is {way}"

    @property
    def own_time_text(self) -> str | None:
        """This server's clock at the last heartbeat, as status-get shows it."""
        return None if self._clocks is None else time_text(self._clocks[0])

    def report(self, now: float) -> dict[str, Json]:
        """The part ``remote`` of status-get that is about the link."""
        state, interrupted = self.partner_state, self.interrupted(now)
        clocks = self._clocks
        return {
            "age": int(now - self.last_good) if state else 0,
            "analyzed-packets": self.analyzed,
            "clock-skew": None if clocks is None else self.skew,
            "communication-interrupted": interrupted,
            "connecting-clients": self.connecting,
            "in-touch": state is not None,
            "last-scopes": list(self.partner_scopes),
            "last-state": state.value if state else "",
            "system-time": None if clocks is None else time_text(clocks[1]),
            "unacked-clients": self.unacked,
            "unacked-clients-left": self.unacked_left if interrupted else 0,
        }


def time_text(seconds: float) -> str:
    """``2026-11-22 10:51:09``, in UTC as Kea has it."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S}"
