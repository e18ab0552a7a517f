"""The state communication-recovery (Kea's ``communicationRecoveryHandler``).

The link is down, both servers of load-balancing serve their own clients, and the updates for the partner are queued.

When it is back they are sent; if there were too many, or the partner does not take them, the partner is told
by ha-reset to fetch all leases instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted import events as E
from kea_twisted.ha import messages
from kea_twisted.ha.failure import Link
from kea_twisted.ha.messages import REQUEST_TIMEOUT, Kind, Reply
from kea_twisted.ha.outbox import Outbox
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import HaSettings
from kea_twisted.ha.states import State
from kea_twisted.ha.sync import duration_text
from kea_twisted.ha.updates import Lookup, Updates

CAN_TAKE: Final = (State.LOAD_BALANCING, State.COMMUNICATION_RECOVERY)
"""The partner's states in which it takes the updates that waited."""


class Recovery:
    """Replays the updates that ``updates`` owes. ``changed`` is called when the state table has to be asked."""

    def __init__(
        self,
        settings: HaSettings,
        link: Link,
        updates: Updates,
        outbox: Outbox,
        words: RelationshipLog,
        lookup: Lookup,
        changed: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._link = link
        self._updates = updates
        self._outbox = outbox
        self._words = words
        self._lookup = lookup
        self._changed = changed
        self.begin()

    def begin(self) -> None:
        """The state is entered, or left: nothing is known."""
        self.overflown: bool = False  # more waited than there is room for
        self.sent: bool = False  # the partner has everything
        self.partner_reset: bool = False  # it will fetch everything
        self._refused = False
        self._asking = False
        self._since: float | None = None  # the updates are being sent since then

    def queued(self) -> None:
        """An update was put aside."""
        if len(self._updates.owed) > self._settings.delayed_updates_limit:
            self.overflown = True

    def go_on(self, now: float) -> None:
        """The partner was heard; if it can take updates, do what can be done."""
        if self._link.partner_state not in CAN_TAKE or self._link.interrupted(now):
            return
        if self.sent or self.partner_reset or self._asking:
            return
        self._updates.forget_ended(self._lookup)
        if self.overflown or self._refused:
            self._reset_partner()
        elif not self._updates.owed:
            self._words.say(E.HA_LEASES_BACKLOG_NOTHING_TO_SEND)
            self.sent = True
        elif self._since is None:
            self._since = now
            count = len(self._updates.owed)
            self._words.say(E.HA_LEASES_BACKLOG_START, count, self._settings.partner.name)
            self._updates.replay(self._lookup)

    def settled(self, now: float) -> None:
        """No update is under way any more."""
        if self._since is None or self.overflown or self._refused:
            return
        self._updates.forget_ended(self._lookup)
        if self._updates.owed:
            self._updates.replay(self._lookup)  # clients came meanwhile
            return
        took = duration_text(now - self._since)
        self._words.say(E.HA_LEASES_BACKLOG_SUCCESS, self._settings.partner.name, took)
        self._since, self.sent = None, True
        self._changed(now)

    def failed(self, kind: Kind) -> None:
        """An update did not arrive, or was not taken."""
        if self._since is None:
            return
        self._since = None
        lost = kind is Kind.UNREACHABLE
        self._refused = self._refused or not lost
        event = E.HA_LEASES_BACKLOG_COMMUNICATIONS_FAILED if lost else E.HA_LEASES_BACKLOG_FAILED
        self._words.say(event, self._settings.partner.label, kind.value)

    def _reset_partner(self) -> None:
        self._asking = True
        partner, name = self._settings.partner, self._settings.this_server_name
        self._outbox.ask(partner.name, messages.ha_reset(name), REQUEST_TIMEOUT, self._on_reset)

    def _on_reset(self, reply: Reply, now: float) -> None:
        if not self._asking:
            return
        self._asking = False
        if reply.kind is Kind.OK:
            self.partner_reset = True
            self._changed(now)
            return
        lost = reply.kind is Kind.UNREACHABLE
        event = E.HA_RESET_COMMUNICATIONS_FAILED if lost else E.HA_RESET_FAILED
        self._words.say(event, self._settings.partner.label, reply.text)
        self._link.unavailable(now)
