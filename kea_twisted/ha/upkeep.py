"""Comparisons of the leases of two servers of our own kind: by the primary in idle time, and on demand (ha-repair)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kea_twisted import events as E
from kea_twisted.ha.comparison import Comparison, Counts
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.failure import Link
from kea_twisted.ha.outbox import Outbox, Ticket
from kea_twisted.ha.relationshiplog import RelationshipLog
from kea_twisted.ha.settings import PRIMARY, HaSettings
from kea_twisted.ha.updates import Lookup, Updates
from kea_twisted.interfaces import Log
from kea_twisted.jsonvalue import Json

FIRST: Final = 60.0
"""Seconds of normal operation until the first comparison."""

INTERVAL: Final = 600.0
"""Seconds from the end of a comparison to the next one."""

PAUSE: Final = 0.05
"""Seconds between two ranges: with a million leases a comparison takes half a minute and a thirtieth of a core."""


class Upkeep:
    """``tick`` is to be called now and then; heartbeats are often enough."""

    def __init__(
        self,
        settings: HaSettings,
        link: Link,
        outbox: Outbox,
        updates: Updates,
        lookup: Lookup,
        wall: Callable[[], float],
        words: RelationshipLog,
        log: Log,
        conflicts: Conflicts,
    ) -> None:
        self._settings = settings
        self._link = link
        self._outbox = outbox
        self._updates = updates
        self._lookup = lookup
        self._wall = wall
        self._words = words
        self._log = log
        self._conflicts = conflicts
        self._due: float | None = None
        self._comparison: Comparison | None = None
        self._ticket: Ticket | None = None  # of the command that waits for the outcome
        self._is_normal = False

    def entered(self, is_normal: bool, now: float) -> None:
        """A state was entered; both servers have the same leases in normal operation only."""
        self._is_normal = is_normal
        self.stop()
        if is_normal and self._settings.has_partner and self._settings.me.role == PRIMARY:
            self._due = now + FIRST

    def stop(self) -> None:
        """Compare nothing any more; a command that waits fails."""
        self._due = None
        if self._comparison is not None:
            self._comparison.abandon()
            self._comparison = None
            self._answer("the state of this server changed meanwhile", {})

    def tick(self, now: float) -> None:
        """Begin what is due."""
        if self._comparison is None and self._due is not None and now >= self._due:
            self._due = now + INTERVAL
            settings = self._settings
            if self._link.partner_ours and settings.send_lease_updates and settings.sync_leases:
                self._begin(PAUSE, now)

    def on_demand(self, now: float) -> Ticket:
        """Compare now; the ticket's value is ``(error, counts)``. ValueError where that cannot be done."""
        if not self._is_normal:
            raise ValueError("leases are compared in the states hot-standby and load-balancing only")
        if self._ticket is not None:
            raise ValueError("leases are being compared already")
        if self._comparison is not None:
            self._comparison.abandon()
        self._ticket = ticket = Ticket()
        self._begin(0.0, now)
        return ticket

    def _begin(self, pause: float, now: float) -> None:
        values = self._settings, self._link, self._outbox, self._updates, self._lookup, self._wall, self._log
        self._comparison = Comparison(*values, self._conflicts, pause, self._done)
        self._comparison.begin(now)

    def _done(self, error: str, counts: Counts, now: float) -> None:
        self._comparison = None
        if self._due is not None:
            self._due = now + INTERVAL
        self._say(error, counts)
        self._answer(error, counts)

    def _say(self, error: str, counts: Counts) -> None:
        label = self._settings.partner.label
        if error:
            self._words.say(E.HA_LEASES_COMPARISON_FAILED, label, error)
            return
        for subnet_id, each in sorted(counts.items()):
            if each.differing:
                numbers = (each.differing, each.taken, each.sent, each.deleted)
                self._words.say(E.HA_LEASES_REPAIRED, subnet_id, label, *numbers)
        self._words.say(E.HA_LEASES_COMPARED, label, sum(each.leases for each in counts.values()), len(counts))

    def _answer(self, error: str, counts: Counts) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            self._outbox.finish(ticket, report(error, counts))


def report(error: str, counts: Counts) -> dict[str, Json]:
    """The answer to ha-repair."""
    if error:
        return {"result": 1, "text": f"Leases could not be compared: {error}"}
    differing = sum(each.differing for each in counts.values())
    text = f"{sum(each.leases for each in counts.values())} lease(s) compared with the partner, {differing} differed."
    subnets = [
        {
            "subnet-id": subnet_id, "leases": each.leases, "differing": each.differing,
            "taken": each.taken, "sent": each.sent, "deleted": each.deleted,
        }
        for subnet_id, each in sorted(counts.items())
    ]  # fmt: skip
    return {"result": 0, "text": text, "arguments": {"subnets": subnets}}
