"""The way of updates to one peer: many in a request where the peer understands that, else each in its own.

What a reactor turn brings goes out together at its end. While requests are under way the next group collects
behind them, so groups grow with the load and no client waits for a timer. What the peer understands is asked
(list-commands) after each break of the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from kea_twisted.ha import bulk, messages
from kea_twisted.ha.deletions import UNKNOWN, Ended
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.jsonvalue import Json
from kea_twisted.lease.lease import Change
from kea_twisted.wire.address import address_text

GROUP: Final = 200
"""Updates in a request at most: a few milliseconds of work for who takes them in."""

UNDER_WAY: Final = 2
"""Groups under way at once: one travels while the other is taken in."""

MANY: Final = 64
"""So many updates do not wait for an answer to those before them. Fewer do: at medium load, two small groups at a time
cost a third more for each update, and its client waits longer."""


class Update:
    """News of one address: the change of its lease, None when there is none any more.

    ``ended``: how it ended, if that was some time ago.
    """

    __slots__ = ("address", "change", "ended")

    def __init__(self, address: int, change: Change | None) -> None:
        self.address = address
        self.change = change
        self.ended = UNKNOWN


AnUpdate = TypeVar("AnUpdate", bound=Update)


class Delivery(Generic[AnUpdate]):
    """Sends updates; ``answered`` gets every one of them back with its reply and the time.

    An address may have one update here at a time.
    """

    def __init__(
        self,
        peer: str,
        outbox: Outbox,
        answered: Callable[[AnUpdate, Reply, float], None],
        timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        self._timeout = timeout
        self._peer = peer
        self._outbox = outbox
        self._answered = answered
        self._takes_groups: bool | None = None  # None: not known
        self._asking = False
        self._waiting: list[AnUpdate] = []
        self._under_way = 0
        self._leaving = False  # the end of the turn is awaited

    @property
    def takes_groups(self) -> bool:
        """True if the peer is known to take many updates in a request."""
        return self._takes_groups is True

    @property
    def is_kea(self) -> bool:
        """True if the peer is known not to be of our own kind."""
        return self._takes_groups is False

    def send(self, update: AnUpdate) -> None:
        """Send at the end of this turn, or when there is room."""
        self._waiting.append(update)
        if not self._leaving:
            self._leaving = True
            self._outbox.at_end_of_turn(self._leave)

    def get_to_know(self) -> None:
        """Find out now what the peer understands."""
        if not self._asking:
            self._asking = True
            self._outbox.ask(self._peer, messages.list_commands(), self._timeout, self._known)

    def _leave(self) -> None:
        self._leaving = False
        self._go_on()

    def _go_on(self) -> None:
        if not self._waiting or self._asking:
            return
        if self._takes_groups is None:
            self.get_to_know()
        elif self._takes_groups:
            while self._waiting and self._under_way < (UNDER_WAY if len(self._waiting) >= MANY else 1):
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                self._send_group(group)
        else:
            waiting, self._waiting = self._waiting, []
            for update in waiting:
                self._send_one(update)

    def _known(self, reply: Reply, now: float) -> None:
        self._asking = False
        if reply.kind is Kind.UNREACHABLE:
            self._lost(reply, now)
            return
        names = reply.arguments if reply.kind is Kind.OK else None
        self._takes_groups = isinstance(names, list) and bulk.COMMAND in names
        self._go_on()

    def _send_group(self, group: list[AnUpdate]) -> None:
        self._under_way += 1

        def then(reply: Reply, now: float) -> None:
            self._group_answered(group, reply, now)

        gone = {update.address: update.ended for update in group if update.change is None}
        command = bulk.write([(update.address, update.change) for update in group], gone)
        self._outbox.ask(self._peer, command, self._timeout, then)

    def _group_answered(self, group: list[AnUpdate], reply: Reply, now: float) -> None:
        self._under_way -= 1
        failures: dict[int, Reply] = {}
        if reply.kind is Kind.OK:
            try:
                failures = bulk.read_failures(reply.arguments)
            except ValueError as error:
                reply = Reply(Kind.FAILED, str(error))
        elif bulk.is_refusal(reply):
            self._takes_groups = False
            self._waiting[:0] = group
            self._go_on()
            return
        answered = self._answered
        if failures:
            for update in group:
                answered(update, failures.get(update.address, reply), now)
        else:
            for update in group:
                answered(update, reply, now)
        if reply.kind is Kind.UNREACHABLE:
            self._lost(reply, now)
        else:
            self._go_on()

    def _send_one(self, update: AnUpdate) -> None:
        def then(reply: Reply, now: float) -> None:
            if reply.kind is Kind.UNREACHABLE:
                self._takes_groups = None
            self._answered(update, reply, now)

        change = update.change
        command = messages.lease_gone(update.address) if change is None else messages.lease_update(change)
        if change is None or update.ended.owner:
            self._end_at_kea(update, command, then)
        else:
            self._outbox.ask(self._peer, command, self._timeout, then)

    def _end_at_kea(self, update: AnUpdate, command: messages.Command, then: Callable[[Reply, float], None]) -> None:
        """Tell a Kea of a lease that ended some time ago, unless it has given the address anew since.

        Its commands look at nothing but the address, and lease4-get is not among those that it permits its partner.
        """

        def found(reply: Reply, now: float) -> None:
            if reply.kind is Kind.OK and not _is_at_kea(update, reply.arguments):
                then(Reply(Kind.OK), now)
            elif reply.kind is Kind.UNREACHABLE:
                then(reply, now)
            else:
                self._outbox.ask(self._peer, command, self._timeout, then)

        self._outbox.ask(self._peer, messages.lease_page(update.address - 1, 1, False), self._timeout, found)

    def _lost(self, reply: Reply, now: float) -> None:
        """Fail what waits: the partner is gone, and the next one may be another."""
        self._takes_groups = None
        waiting, self._waiting = self._waiting, []
        for update in waiting:
            self._answered(update, reply, now)


def _is_at_kea(update: Update, page: Json) -> bool:
    """Return True if the first lease of a page, which begins behind the address before, is the one that ended."""
    leases = page.get("leases") if isinstance(page, dict) else None
    lease = leases[0] if isinstance(leases, list) and leases else None
    if not isinstance(lease, dict) or lease.get("ip-address") != address_text(update.address):
        return False
    given = lease.get("cltt")
    ended = update.ended
    anew = isinstance(given, int) and _is_given_since(ended, given)
    return not anew and (not ended.owner or lease.get("hw-address") in (ended.owner.hex(":"), ""))


def _is_given_since(ended: Ended, given: int) -> bool:
    """Return True if a lease of this time may be one that either server gave after that end."""
    if not ended.given:
        return 0 < ended.at < given
    return given != ended.given and given >= min(ended.at, ended.at + ended.partner_ahead)
